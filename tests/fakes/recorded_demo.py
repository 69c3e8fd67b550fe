"""A recorded session of the demo subject with simulated sensors, made without waiting for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mia_core.capture.demo_camera import DemoTruth
from mia_core.recording import session as form
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.session_json import write_json
from mia_core.recording.session_rows import pose_row
from mia_core.samples import Floats, Pose
from mia_core.sensors.simulated_calibration import calibrate_simulated
from mia_core.sensors.simulated_sensors import SimulatedSensors
from mia_core.streams import SourceInfo
from tests.fakes.clock import FakeClock
from tests.fakes.recordings import record

HZ = 30.0


def make_demo_session(folder: Path, *, seconds: float = 60.0, effort: float = 1.0, subject: str = "P01") -> Path:
    """Write a session whose keypoints are the true ones, seen without error.

    Args:
        folder: Where; must not exist.
        seconds: How long; the medley begins anew after a minute.
        effort: What the subject's muscles do, relative to the demo subject's: half by one twice as strong.
        subject: Whose it is.
    """
    truth, sure = DemoTruth.load(), np.ones(25, np.float32)
    poses = [
        Pose(truth.keypoints_px[frame % len(truth.valid)], sure, frame / HZ, frame)
        for frame in range(round(seconds * HZ))
    ]
    camera = SourceInfo("Demo subject (simulated)", "demo", True, 640, 480, HZ, duration_s=truth.duration_s)
    name = f"ses-20261128T1415{round(100 * effort) % 60:02d}Z"
    return write_session(folder, poses, lambda time_s: effort * truth.at(time_s), camera, subject, name)


def write_session(
    folder: Path,
    poses: Sequence[Pose],
    activation_at: Callable[[float], Floats],
    camera: SourceInfo,
    subject: str,
    name: str,
) -> Path:
    """Write a session of what a camera of 30 Hz saw, and of simulated sensors on what the muscles did.

    Args:
        folder: Where; must not exist.
        poses: One of each frame.
        activation_at: Returns the (8,) activations at a time of the session.
        camera: What the session says of the camera.
        subject: Whose it is.
        name: What it is called.
    """
    folder.mkdir(parents=True)
    clock = FakeClock()
    zero_s, n = clock.now(), len(poses)
    frames = [f"{frame},{frame / HZ:.6f},{round((zero_s + frame / HZ) * 1e9)},0" for frame in range(n)]
    (folder / form.FRAMES).write_text("\n".join([",".join(form.CAPTURED_COLUMNS), *frames]) + "\n")
    rows = [",".join(pose_row(pose.frame_index, pose.timestamp_s, pose)) for pose in poses]
    (folder / form.POSE).write_text("\n".join([",".join(form.POSE_COLUMNS), *rows]) + "\n")
    (folder / form.ACTIVATION).write_text(",".join(form.ACTIVATION_COLUMNS) + "\n")
    (folder / form.EVENTS).write_text("")
    sensors = SimulatedSensors(lambda time_s: activation_at(time_s - zero_s), clock=clock)
    sensors.open()
    chunks = []
    while clock.now() < zero_s + n / HZ:
        chunk = sensors.read()
        chunks += [chunk] if chunk is not None else []
    record(folder / form.EMG_CSV, sensors, chunks)
    manifest = RecordingManifest(
        "mia-live test",
        "2026-11-28T14:15:00+00:00",
        name,
        Subject(subject),
        clock_anchor={
            "utc": "2026-11-28T14:15:00+00:00",
            "monotonic_s": zero_s,
            "source_zero_monotonic_s": zero_s,
        },
        camera=asdict(camera),
        calibration=calibrate_simulated().to_json(),
        complete=True,
    )
    write_json(folder / form.MANIFEST, manifest.to_json())
    return folder
