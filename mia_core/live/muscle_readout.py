"""Run the model along the 10 Hz grid and read every step once, a look-ahead later."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from mia_core.models.activation_model import ActivationModel, Prediction
from mia_core.muscles import MONTAGE
from mia_core.processing.pose_grid import PoseStep
from mia_core.processing.windows import PoseWindow
from mia_core.samples import KNOWN_CONFIDENCE, STEP_S, Floats, MuscleActivation

_NEEDED = np.array([placement.keypoints for placement in MONTAGE.placements])  # (8, 3)
_REMEMBERED_STEPS = 20
_NOTHING = np.full(len(MONTAGE), np.nan, np.float32)
_UNKNOWN = Prediction(_NOTHING, _NOTHING, _NOTHING)


@dataclass(slots=True)
class _Pending:
    """A step that waits for its look-ahead, with its newest provisional prediction."""

    step: PoseStep
    prediction: Prediction
    warming_up: bool


class MuscleReadout:
    """The model's answer for every step of the grid.

    The newest steps of a window have seen little of their future, so a step becomes official only `lookahead` steps
    later; until then it has a provisional value, which the display may use to interpolate. A muscle whose joints are
    unknown at a step has no value there (NaN).

    Some steps never get their look-ahead: the last ones before nobody, or somebody else, is seen, and before the source
    ends. They become official as they were judged last, with the future there was: still an estimate of what was seen,
    and its interval is that of so little future, a wider one.

    Args:
        model: Predicts the last steps of a window.
        image_size_px: (width, height) of the frames.
        lookahead: Steps of 0.1 s.
    """

    def __init__(self, model: ActivationModel, image_size_px: tuple[int, int], lookahead: int) -> None:
        self._model = model
        self._image_size_px = image_size_px
        self._window = PoseWindow()
        self._pending: deque[_Pending] = deque()
        self._official: deque[MuscleActivation] = deque(maxlen=_REMEMBERED_STEPS)
        self.lookahead = lookahead

    @property
    def missing_steps(self) -> int:
        """Steps until the window is full."""
        return self._window.missing_steps

    def push(self, step: PoseStep) -> list[MuscleActivation]:
        """Add the next step; return the steps that became official, oldest first."""
        newest = self._pending[-1].step.timestamp_s if self._pending else self._last_official_s()
        jumped = newest is not None and step.timestamp_s - newest > 1.5 * STEP_S  # the grid, over a long pause
        if step.anew or jumped:
            self._window.restart()
        self._window.push(step)
        self._pending.append(_Pending(step, _UNKNOWN, self._window.missing_steps > 0))
        if step.seen:
            self._predict()
        return [self._make_official() for _ in range(len(self._pending) - self.lookahead)]

    def waiting(self) -> list[MuscleActivation]:
        """Return the steps that are not official yet, with what look-ahead they have."""
        return [_activation(pending) for pending in self._pending]

    def flush(self) -> list[MuscleActivation]:
        """Make the waiting steps official as they are, and return them: the source has ended."""
        return [self._make_official() for _ in range(len(self._pending))]

    def at(self, timestamp_s: float) -> MuscleActivation | None:
        """Return the muscles at a time between steps, interpolated; None before the first step.

        After the newest step, and across a jump of the grid, the value before is held.
        """
        steps = [*self._official, *self.waiting()]
        after = next((i for i, step in enumerate(steps) if step.timestamp_s > timestamp_s), len(steps))
        if not steps or after == 0:
            return None
        before = steps[after - 1]
        if after == len(steps) or steps[after].timestamp_s - before.timestamp_s > 1.5 * STEP_S:
            return replace(before, timestamp_s=timestamp_s)
        weight = np.float32((timestamp_s - before.timestamp_s) / STEP_S)
        return _between(before, steps[after], weight, timestamp_s)

    def _last_official_s(self) -> float | None:
        return self._official[-1].timestamp_s if self._official else None

    def _predict(self) -> None:
        """Refresh the provisional values of the waiting steps that lie in the window."""
        n = min(len(self._pending), len(self._window))
        predicted = self._model.predict(
            self._window.keypoints_px(), self._window.confidence(), self._image_size_px, n
        )  # (n, 8)
        for number, pending in enumerate(list(self._pending)[-n:]):
            if pending.step.seen:
                known = (pending.step.confidence[_NEEDED] >= KNOWN_CONFIDENCE).all(axis=1)
                pending.prediction = Prediction(
                    *(
                        np.where(known, part[number], np.float32(np.nan))
                        for part in (predicted.values, predicted.low, predicted.high)
                    )
                )
                pending.warming_up = self._window.missing_steps > 0

    def _make_official(self) -> MuscleActivation:
        activation = _activation(self._pending.popleft())
        self._official.append(activation)
        return activation


def _activation(pending: _Pending) -> MuscleActivation:
    said = pending.prediction
    return MuscleActivation(said.values, pending.step.timestamp_s, pending.warming_up, said.low, said.high)


def _between(
    before: MuscleActivation, after: MuscleActivation, weight: np.float32, timestamp_s: float
) -> MuscleActivation:
    """Return the activation a share `weight` of the way from one step to the next."""

    def blend(one: Floats | None, other: Floats | None) -> Floats | None:
        return None if one is None or other is None else one + weight * (other - one)

    values = before.values + weight * (after.values - before.values)
    return MuscleActivation(
        values, timestamp_s, before.warming_up, blend(before.low, after.low), blend(before.high, after.high)
    )
