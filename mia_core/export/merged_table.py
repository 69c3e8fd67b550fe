"""Everything about a session in one table of 10 Hz: what csv and parquet hold."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.recorded_session import RecordedSession
from mia_core.muscles import MONTAGE
from mia_core.skeleton import BODY_25

MERGED_DESCRIPTION: Final = """\
One row for each step of 0.1 s. Cells are empty where nothing is known.

- `time_s`: time of the step, on the time line of the frames (0 = begin of the camera or file).
- `exercise`, `take`: the trial in which the 0.1 s before `time_s` lie; empty outside of trials.
- `seen`: 1 when a person was seen.
- `emg_MUSCLE`: mean of the sEMG envelope from 0.05 s before to 0.05 s after `time_s`, in the unit of the sensor (see
  `session.json`, `sensors`). Raw sEMG is band-passed, rectified and smoothed first. Times of samples are those at which
  they were taken, as far as arrivals tell; an accepted sync offset is taken out.
- `whole_MUSCLE`: 1 when no sample of that time is missing or at the end of the sensor's range.
- `measured_MUSCLE`: the same relative to rest (0) and maximal contraction (1); empty without a calibration.
- `predicted_MUSCLE`: what the model said live of `time_s`, and `low_MUSCLE`, `high_MUSCLE`: the ends of its 80 %
  interval. Predicted values are never measured ones.
- `KEYPOINT_x_px`, `KEYPOINT_y_px`: mean place of each BODY_25 keypoint over the 0.1 s before `time_s`, x to the right
  and y down, in pixels, and `KEYPOINT_confidence`.
"""


def merged_table(session: RecordedSession) -> dict[str, NDArray[Any]]:
    """Return the columns by name: float64 or float32 with NaN for nothing, int64, or text."""
    steps = session.steps
    exercises = np.array([*(trial.exercise for trial in session.trials), ""])
    takes = np.array([*(float(trial.take) for trial in session.trials), np.nan])
    columns: dict[str, NDArray[Any]] = {
        "time_s": np.round(steps.timestamps_s, 6),
        "exercise": exercises[steps.trial],
        "take": takes[steps.trial],
        "seen": steps.seen.astype(np.int64),
    }
    by_muscle: dict[str, NDArray[Any]] = {
        "emg": steps.emg,
        "whole": steps.emg_whole.astype(np.int64),
        "measured": steps.measured,
        "predicted": steps.predicted,
        "low": steps.low,
        "high": steps.high,
    }
    for what, values in by_muscle.items():
        columns |= {f"{what}_{name}": values[:, place] for place, name in enumerate(MONTAGE.names)}
    unseen = ~steps.seen
    for place, name in enumerate(BODY_25):
        for axis, which in enumerate(("x_px", "y_px")):
            columns[f"{name}_{which}"] = np.where(unseen, np.nan, steps.keypoints_px[:, place, axis])
        columns[f"{name}_confidence"] = steps.confidence[:, place]
    return columns
