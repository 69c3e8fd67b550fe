"""C3D: keypoints at the camera's rate, and the sEMG beside them at a multiple of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from mia_core.export.even_frames import EvenFrames, even_frames
from mia_core.export.export_settings import ExportError, ExportSettings, require_package
from mia_core.export.marks import marks_of
from mia_core.export.muscle_samples import MuscleSamples
from mia_core.export.recorded_session import RecordedSession
from mia_core.processing.emg_grid import KNOWN_FOR_S
from mia_core.samples import KNOWN_CONFIDENCE, Floats
from mia_core.sensors.sensor_profile import SignalKind
from mia_core.skeleton import BODY_25

_MOST_FRAMES: Final = 65_535
"""The number of frames has 16 bits in the header, and many readers look nowhere else."""
_README: Final = """\
# Recorded sessions as C3D

One file for each session. Points are the BODY_25 keypoints at the camera's rate, evenly spaced, in **pixels**
(`POINT:UNITS` px): X to the right, Y zero, Z up from the bottom of the picture. A point is invalid where nobody was
found or the detector was less than half sure.

Analogs are the muscles with a sensor, in its unit. C3D wants a whole number of analog samples in every frame, so **the
sEMG is resampled**: envelopes to the mean over each sample's span, raw sEMG by straight lines; 0 where nothing is
known. For the samples as they were sent take csv, edf or bdf. Events are trials and markers. Frame 1 is the first
frame; an accepted sync offset is taken out of the sEMG.
"""


class C3dExporter:
    """Writes C3D.

    Args:
        settings: None of them matters here.

    Raises:
        MissingExtraError: The optional package is not installed.
    """

    def __init__(self, settings: ExportSettings) -> None:
        del settings
        require_package("ezc3d", "C3D")

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's file: see `SetExporter`."""
        session.require_emg()
        frames = even_frames(session, whole_hz=True)
        if len(frames) > _MOST_FRAMES:
            raise ExportError(
                f"The session {session.title} has {len(frames)} frames, and C3D holds {_MOST_FRAMES}.",
                "Use csv, parquet or trc.",
            )
        _write(session, frames, folder / f"{session.title}.c3d")

    def finish(self, folder: Path) -> None:
        """Write the explanation: see `SetExporter`."""
        (folder / "README.md").write_text(_README, encoding="utf-8")


def _write(session: RecordedSession, frames: EvenFrames, path: Path) -> None:
    import ezc3d

    muscles = [muscle for muscle in session.muscles if len(muscle)]
    per_frame = max(1, *(round(muscle.profile.rate_hz / frames.rate_hz) for muscle in muscles))
    file: Any = ezc3d.c3d()
    parameters = file["parameters"]
    parameters["POINT"]["RATE"]["value"] = [frames.rate_hz]
    parameters["POINT"]["LABELS"]["value"] = list(BODY_25)
    parameters["POINT"]["UNITS"]["value"] = ["px"]
    known = (frames.confidence >= KNOWN_CONFIDENCE) & np.isfinite(frames.keypoints_px).all(axis=2)  # (n, 25)
    height_px = session.image_size_px[1]
    points = np.full((4, len(BODY_25), len(frames)), np.nan)
    points[0] = np.where(known, frames.keypoints_px[..., 0], np.nan).T
    points[1] = np.where(known, 0.0, np.nan).T
    points[2] = np.where(known, height_px - frames.keypoints_px[..., 1], np.nan).T
    points[3] = 1.0
    file["data"]["points"] = points
    parameters["ANALOG"]["RATE"]["value"] = [frames.rate_hz * per_frame]
    parameters["ANALOG"]["LABELS"]["value"] = [muscle.placement.name for muscle in muscles]
    parameters["ANALOG"]["UNITS"]["value"] = [muscle.profile.unit for muscle in muscles]
    parameters["ANALOG"]["DESCRIPTIONS"]["value"] = [
        f"{session.provenance}, {muscle.profile.name} {muscle.sensor.serial}" for muscle in muscles
    ]
    analogs = np.stack([_resampled(muscle, frames, per_frame) for muscle in muscles])
    file["data"]["analogs"] = np.nan_to_num(analogs)[np.newaxis].astype(np.float64)
    for mark in marks_of(session):
        at_s = mark.start_s - float(frames.times_s[0])
        if 0 <= at_s <= len(frames) / frames.rate_hz:
            file.add_event(time=[at_s // 60, at_s % 60], context="General", label=mark.text[:32])
    file.write(str(path))


def _resampled(muscle: MuscleSamples, frames: EvenFrames, per_frame: int) -> Floats:
    """Return (n * per_frame,) values, NaN where nothing is known."""
    rate_hz = frames.rate_hz * per_frame
    times_s = float(frames.times_s[0]) + np.arange(len(frames) * per_frame) / rate_hz
    if muscle.profile.kind is SignalKind.ENVELOPE:
        return muscle.means(times_s, 1 / rate_hz)
    values = np.interp(times_s, muscle.times_s, muscle.values, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(muscle.times_s, times_s), 1, max(len(muscle) - 1, 1))
    away = np.diff(muscle.times_s, append=np.inf)[after - 1] > KNOWN_FOR_S
    return np.where(away, np.nan, values).astype(np.float32)
