"""Records numbered frames, poses and samples until somebody kills it, or the disk refuses; says what it handed in."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from mia_core.recording.disk_guard import DiskGuard
from mia_core.recording.recording_health import RecordingState
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.session_recording import RecordingSettings, SessionRecording
from tests.fakes.numbered_streams import NumberedCamera, NumberedSensors
from tests.fakes.people import make_pose

MANIFEST = RecordingManifest("mia-live 0", "2026-01-01T00:00:00+00:00", "one", Subject("P01"))


def record(folder: Path, seconds: float, largest_file: int | None = None) -> None:
    if largest_file is not None:  # a file that would grow larger is refused by the system, in mid-write
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    recording = SessionRecording(settings=RecordingSettings(disk=DiskGuard(free_bytes=lambda _: 10**12)))
    recording.start()
    sensors, camera = NumberedSensors(seconds), NumberedCamera(seconds, backgrounds=4)
    recording.begin(folder, MANIFEST, sensors)
    sensors.open()
    camera.open()
    threading.Thread(target=_samples, args=(recording, sensors, round(50 * seconds)), daemon=True).start()
    for _ in range(round(30 * seconds)):
        frame = camera.read()
        recording.put_frame(frame)
        recording.put_estimate(frame, make_pose(frame.index, frame.timestamp_s), ())
        recording.mark("marker", {"text": str(frame.index)})
        sys.stdout.write(f"{frame.index}\n")
        sys.stdout.flush()
        if recording.health().state is RecordingState.FAILED:
            recording.finish()
            sys.stdout.write(f"{recording.health().error}\n{recording.health().advice}\n")
            return


def _samples(recording: SessionRecording, sensors: NumberedSensors, n: int) -> None:
    for _ in range(n):
        recording.put_emg(sensors.read())


if __name__ == "__main__":
    record(Path(sys.argv[1]), float(sys.argv[2]), *map(int, sys.argv[3:]))
