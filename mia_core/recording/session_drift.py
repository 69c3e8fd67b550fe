"""How the clocks of camera and sensors ran over a session, against the computer's that stamped what they sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from mia_core.muscles import MONTAGE, Placement
from mia_core.processing.clock_drift import ClockDrift, estimate_drift
from mia_core.recording.session_reader import Session
from mia_core.sensors.emg_csv import EmgRecording
from mia_core.sensors.sample_index import infer_indices

CAMERA: Final = "camera"


@dataclass(frozen=True, slots=True)
class StreamDrift:
    """The drift of one device.

    Attributes:
        device: `camera`, or the name of the muscle on which a sensor sat.
        drift: How its clock ran; its times are on the monotonic clock of the session.
    """

    device: str
    drift: ClockDrift


def session_drifts(session: Session) -> tuple[StreamDrift, ...]:
    """Return the drifts that can be told, the camera's first, then those of the sensors in the order of the montage.

    A device is left out that was recorded for less than half a minute, or whose nominal rate is not known.
    """
    drifts = [(CAMERA, _camera_drift(session))]
    if session.emg is not None:
        drifts += [(at.name, _sensor_drift(session.emg, at)) for at, _ in session.emg.header.montage.assignments]
    return tuple(StreamDrift(device, drift) for device, drift in drifts if drift is not None)


def _camera_drift(session: Session) -> ClockDrift | None:
    frames = session.captured
    nominal_hz = (session.recording.camera or {}).get("nominal_hz")
    if not isinstance(nominal_hz, (int, float)) or not len(frames.index) or (frames.captured_ns < 0).any():
        return None
    return estimate_drift(
        frames.index, frames.captured_ns / 1e9, np.zeros(len(frames.index), np.int32), float(nominal_hz)
    )


def _sensor_drift(recording: EmgRecording, placement: Placement) -> ClockDrift | None:
    rows = np.flatnonzero(recording.channels == MONTAGE.placements.index(placement))
    rows = rows[np.lexsort((recording.arrivals_ns[rows], recording.segments[rows]))]
    arrivals_s, segments, numbers = (
        recording.arrivals_ns[rows] / 1e9,
        recording.segments[rows],
        recording.counters[rows],
    )
    rate_hz = recording.header.profiles[placement].rate_hz
    for segment in np.unique(segments):
        of_segment = segments == segment
        if (numbers[of_segment] < 0).any():  # the sensor counts nothing
            numbers[of_segment] = infer_indices(arrivals_s[of_segment], rate_hz)
    return estimate_drift(numbers, arrivals_s, segments, rate_hz)
