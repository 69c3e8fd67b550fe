"""Recorded sessions whose every number says where it belongs, in the agreed form, without a camera or a sensor."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mia_core.live.muscle_readout import MuscleReadout
from mia_core.models.activation_model import ActivationModel
from mia_core.processing.pose_grid import PoseGrid
from mia_core.recording import session as form
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.session_json import write_json
from mia_core.recording.session_rows import activation_row, pose_row
from mia_core.samples import EmgChunk, Pose
from mia_core.sensors.emg_calibration import EmgCalibration, MuscleReference
from mia_core.sensors.emg_csv import EmgCsvWriter
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.streams import SourceInfo
from tests.fakes.clock import FakeClock
from tests.fakes.people import HipModel, make_pose
from tests.fakes.scripted_sensors import COUNTS, ScriptedSensors

ZERO_S = 1000.0
"""Monotonic time at which the camera was opened."""
FIRST_SAMPLE_S = 0.05
"""When the first sample is usually taken, on the time line of the frames."""
AT_STEPS_S = 0.1
"""The same such that samples are taken at the steps: half of what is around a step is of one, half of the next."""
IMAGE = 640, 480
HZ = 30.0


def value_of(sample: int, channel: int) -> int:
    """What the sensor of a channel sends at a sample: it tells which."""
    return (8 * sample + channel) % 1024


def standing(frame: int) -> Pose:
    """Somebody whose place tells the frame."""
    return make_pose(frame, frame / HZ, 100 + frame / 4, confidence=0.875)


def make_session(
    folder: Path,
    *,
    seconds: float = 12.0,
    subject: str = "P01",
    session_id: str = "ses-20261128T141500Z",
    channels: Sequence[int] = tuple(range(8)),
    profile: SensorProfile = COUNTS,
    lost: Sequence[int] = (),
    unseen: Sequence[int] = (),
    another: Sequence[int] = (),
    trials: Sequence[tuple[str, float, float]] = (),
    calibrated: bool = True,
    delay_s: float = 0.0,
    begins_at: int = 0,
    first_sample_s: float = FIRST_SAMPLE_S,
    model: ActivationModel | None = None,
    **changes: object,
) -> Path:
    """Write a session.

    Args:
        folder: Where; must not exist.
        seconds: How long.
        subject: Whose.
        session_id: Its name.
        channels: Places in `MONTAGE` with a sensor; all send 10 samples a second.
        profile: Kind of all sensors.
        lost: Numbers of samples that never arrived, from any sensor.
        unseen: Frames in which nobody was found.
        another: Frames in which somebody else is seen, 300 pixels further.
        trials: Exercise, begin and end on the time line of the frames.
        calibrated: Whether rest is 0 and the maximum 1000 of every muscle.
        delay_s: By how much frames are stamped late, which the sync ritual found.
        begins_at: Frame with which the recording begins; the model saw those before as well.
        first_sample_s: When the first sample is taken.
        model: What predicts; None for one that says where the hips are.
        changes: Of the manifest.
    """
    folder.mkdir(parents=True)
    n_frames = round(seconds * HZ)
    _write_frames(folder, range(begins_at, n_frames), delay_s)
    model = model or HipModel()
    _write_model(folder, n_frames, begins_at, frozenset(unseen), frozenset(another), model)
    sensors = ScriptedSensors(profile, tuple(channels))
    if channels:
        with EmgCsvWriter(folder / form.EMG_CSV, sensors, FakeClock()) as writer:
            for sample in range(math.ceil((seconds - first_sample_s) * profile.rate_hz)):
                if sample not in lost:
                    taken_s = first_sample_s + sample / profile.rate_hz
                    writer.write(_packet(sample, channels, taken_s, profile.rate_hz))
    lines = []
    for exercise, begin_s, end_s in trials:
        for kind, at_s, more in (("trial_begin", begin_s, {}), ("trial_end", end_s, {"status": "done"})):
            time_ns = round((ZERO_S + delay_s + at_s) * 1e9)
            lines.append(json.dumps({"time_ns": time_ns, "kind": kind, "exercise": exercise, "take": 1, **more}))
    lines.append(json.dumps({"time_ns": round((ZERO_S + delay_s + 1) * 1e9), "kind": "marker", "text": "slipped"}))
    (folder / form.EVENTS).write_text("\n".join(lines) + "\n")
    manifest = RecordingManifest(
        "mia-live test",
        "2026-11-28T14:15:00+00:00",
        session_id,
        Subject(subject),
        clock_anchor={
            "utc": "2026-11-28T14:15:00+00:00",
            "monotonic_s": ZERO_S,
            "source_zero_monotonic_s": ZERO_S + delay_s,
        },
        camera=_camera(),
        model={"name": model.card.name, "weights_sha256": model.weights_sha256, "provenance": model.card.provenance},
        lookahead_steps=2,
        calibration=_calibration(sensors).to_json() if calibrated and channels else None,
        sync={"offset_s": delay_s, "accepted": True} if delay_s else None,
        complete=True,
    )
    write_json(folder / form.MANIFEST, replace(manifest, **changes).to_json())  # type: ignore[arg-type]
    return folder


def _write_frames(folder: Path, frames: range, delay_s: float) -> None:
    rows = [f"{frame},{frame / HZ:.6f},{round((ZERO_S + delay_s + frame / HZ) * 1e9)},0" for frame in frames]
    (folder / form.FRAMES).write_text("\n".join([",".join(form.CAPTURED_COLUMNS), *rows]) + "\n")


def _write_model(
    folder: Path,
    n_frames: int,
    begins_at: int,
    unseen: frozenset[int],
    another: frozenset[int],
    model: ActivationModel,
) -> None:
    """Write what a pipeline finds out that has run since frame 0."""
    grid, readout = PoseGrid(), MuscleReadout(model, IMAGE, 2)
    pose_lines, step_lines = [",".join(form.POSE_COLUMNS)], [",".join(form.ACTIVATION_COLUMNS)]
    for frame in range(n_frames):
        pose = None if frame in unseen else standing(frame)
        if pose is not None and frame in another:
            pose = replace(pose, keypoints_px=pose.keypoints_px + np.float32([300, 0]))
        if frame >= begins_at:
            pose_lines.append(",".join(pose_row(frame, frame / HZ, pose)))
        for step in grid.push(frame / HZ, pose):
            step_lines += [
                ",".join(activation_row(activation))
                for activation in readout.push(step)
                if frame >= begins_at and activation.timestamp_s >= begins_at / HZ - 0.05
            ]
    (folder / form.POSE).write_text("\n".join(pose_lines) + "\n")
    (folder / form.ACTIVATION).write_text("\n".join(step_lines) + "\n")


def _packet(sample: int, channels: Sequence[int], taken_s: float, rate_hz: float) -> EmgChunk:
    n = len(channels)
    # Most come at once, some late: what Bluetooth does, in small.
    arrivals_s = np.full(n, ZERO_S + taken_s + (0.12 / rate_hz if sample % 7 == 3 else 0.0))
    return EmgChunk(
        np.array(channels, np.intp),
        np.array([value_of(sample, channel) for channel in channels], np.float32),
        arrivals_s,
        arrivals_s,
        np.full(n, -1, np.int64),
        np.zeros(n, np.int32),
        np.zeros(n, np.uint8),
    )


def _calibration(sensors: ScriptedSensors) -> EmgCalibration:
    return EmgCalibration(
        {
            placement: MuscleReference(0.0, 1000.0, sensor, "2026-11-28T14:00:00+00:00", "counts")
            for placement, sensor in sensors.montage.assignments
        }
    )


def _camera() -> dict[str, object]:
    info = SourceInfo("Test camera", "test", is_live=True, width_px=IMAGE[0], height_px=IMAGE[1], nominal_hz=HZ)
    return {name: getattr(info, name) for name in info.__slots__}
