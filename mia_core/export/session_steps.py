"""A session on the 10 Hz grid: the very steps that the model saw live, and beside them what the muscles did."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.muscle_samples import MuscleSamples
from mia_core.export.trials import TrialSpan
from mia_core.muscles import MONTAGE
from mia_core.processing.pose_grid import PoseGrid, PoseStep
from mia_core.processing.trial_summary import steps_of_trial
from mia_core.recording.session_reader import Session
from mia_core.samples import KNOWN_CONFIDENCE, STEP_S, WINDOW_STEPS, Floats, Pose
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.skeleton import N_KEYPOINTS

_NEEDED: Final = sorted({keypoint for placement in MONTAGE.placements for keypoint in placement.keypoints})
_STORED_S: Final = 0.0011
"""Times of stored steps are rounded to the millisecond."""


@dataclass(frozen=True, slots=True)
class SessionSteps:
    """One row per step, n rows; channels of `MONTAGE`. Poses are means over the 0.1 s before a step, sEMG around it.

    Attributes:
        timestamps_s: (n,) float64 times of the steps on the time line of the frames.
        keypoints_px: (n, 25, 2) float32.
        confidence: (n, 25) float32; zero while nobody is seen.
        seen: (n,) bool whether a person was seen.
        anew: (n,) bool whether another person begins here.
        emg: (n, 8) float32 mean of the envelope over 0.05 s to both sides of each step in the sensor's unit, since what
            is predicted is the activation at the step (`spans_around`); NaN where nothing is known.
        emg_whole: (n, 8) bool whether all of it arrived, and none of it was at the end of the sensor's range.
        measured: (n, 8) float32 the same relative to rest and maximum, NaN without a calibration of that sensor.
        predicted: (n, 8) float32 what the model said live, NaN where it said nothing.
        low: (n, 8) float32 lower ends of its 80 % intervals.
        high: (n, 8) float32 upper ends.
        trial: (n,) intp place in the session's trials, -1 outside of them.
    """

    timestamps_s: NDArray[np.float64]
    keypoints_px: Floats
    confidence: Floats
    seen: NDArray[np.bool_]
    anew: NDArray[np.bool_]
    emg: Floats
    emg_whole: NDArray[np.bool_]
    measured: Floats
    predicted: Floats
    low: Floats
    high: Floats
    trial: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.timestamps_s)

    @property
    def pose_known(self) -> NDArray[np.bool_]:
        """(n,) whether all joints that the eight muscles need are known."""
        return self.seen & (self.confidence[:, _NEEDED] >= KNOWN_CONFIDENCE).all(axis=1)

    def runs(self, usable: NDArray[np.bool_]) -> tuple[slice, ...]:
        """Return the stretches of usable steps that follow one another at 0.1 s: one person, one trial or none."""
        rows = np.flatnonzero(usable)
        breaks = (np.diff(rows) > 1) | (np.diff(self.trial[rows]) != 0)
        breaks |= (np.diff(self.timestamps_s[rows]) > 1.5 * STEP_S) | self.anew[rows[1:]]
        return tuple(
            slice(int(part[0]), int(part[-1]) + 1) for part in np.split(rows, np.flatnonzero(breaks) + 1) if len(part)
        )

    def windows(self, usable: NDArray[np.bool_], stride_steps: int) -> tuple[slice, ...]:
        """Return the windows of 30 steps that can be cut from such stretches."""
        return tuple(
            slice(start, start + WINDOW_STEPS)
            for run in self.runs(usable)
            for start in range(run.start, run.stop - WINDOW_STEPS + 1, stride_steps)
        )


def pose_steps(session: Session) -> Iterator[list[PoseStep]]:
    """Put the stored poses on the 10 Hz grid as live use did; yields the steps that each frame completed.

    The grid is that of the stored activations: a recording that began in mid-run begins between two of its steps.
    """
    grid = PoseGrid()
    start_s = _grid_start_s(session)
    if start_s is not None:
        grid.push(start_s, None)
    newest_s = -np.inf
    for index, time_s, keypoints_px, confidence in zip(
        session.frame_index.tolist(),
        session.frame_timestamps_s.tolist(),
        session.keypoints_px.astype(np.float32),
        session.confidence.astype(np.float32),
        strict=True,
    ):
        if time_s <= newest_s:
            continue  # files may repeat or reverse stamps
        newest_s = time_s
        is_seen = bool(np.isfinite(confidence).all() and np.isfinite(keypoints_px).all())
        yield grid.push(time_s, Pose(keypoints_px, confidence, time_s, index) if is_seen else None)


def session_steps(
    session: Session,
    samples: Sequence[MuscleSamples],
    calibration: EmgCalibration | None,
    trials: Sequence[TrialSpan],
) -> SessionSteps:
    """Put a session on the 10 Hz grid."""
    steps = [step for completed in pose_steps(session) for step in completed]
    n = len(steps)
    times_s = np.array([step.timestamp_s for step in steps], np.float64)
    nothing = np.full((n, len(MONTAGE)), np.nan, np.float32)
    emg, measured, whole = nothing.copy(), nothing.copy(), np.zeros((n, len(MONTAGE)), np.bool_)
    for muscle in samples:
        emg[:, muscle.channel] = muscle.means(times_s)
        whole[:, muscle.channel] = muscle.is_whole(times_s)
        reference = None if calibration is None else calibration.references.get(muscle.placement)
        if calibration is not None and reference is not None and reference.sensor == muscle.sensor:
            measured[:, muscle.channel] = calibration.activation(muscle.placement, emg[:, muscle.channel])
    rows, found = same_steps(session.step_timestamps_s, times_s)
    predicted, low, high = nothing.copy(), nothing.copy(), nothing.copy()
    predicted[found], low[found], high[found] = session.activation[rows], session.low[rows], session.high[rows]
    trial = np.full(n, -1, np.intp)
    for number, span in enumerate(trials):
        trial[steps_of_trial(times_s, span.start_s, span.end_s)] = number
    return SessionSteps(
        times_s,
        np.array([step.keypoints_px for step in steps], np.float32).reshape(n, N_KEYPOINTS, 2),
        np.array([step.confidence for step in steps], np.float32).reshape(n, N_KEYPOINTS),
        np.array([step.seen for step in steps], np.bool_),
        np.array([step.anew for step in steps], np.bool_),
        emg,
        whole,
        measured,
        predicted,
        low,
        high,
        trial,
    )


def _grid_start_s(session: Session) -> float | None:
    """Return a step of the stored grid before the first frame, None when the grid begins with that frame."""
    if not len(session.step_timestamps_s) or not len(session.frame_timestamps_s):
        return None
    first_s, step_s = float(session.frame_timestamps_s[0]), float(session.step_timestamps_s[0])
    if abs(step_s - first_s) <= _STORED_S:
        return None
    return step_s - math.ceil((step_s - first_s) / STEP_S) * STEP_S


def same_steps(
    stored_s: NDArray[np.float64], wanted_s: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return places in `stored_s` and in `wanted_s` that are the same step."""
    if not len(stored_s):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    order = np.argsort(stored_s, kind="stable")
    in_order_s = stored_s[order]
    after = np.clip(np.searchsorted(in_order_s, wanted_s), 1, max(len(in_order_s) - 1, 1))
    candidates = np.minimum(np.stack([after - 1, after]), len(in_order_s) - 1)  # (2, n)
    away_s = np.abs(in_order_s[candidates] - wanted_s)
    nearest = candidates[away_s.argmin(axis=0), np.arange(len(wanted_s))]
    found = np.flatnonzero(away_s.min(axis=0) <= _STORED_S)
    return order[nearest[found]], found
