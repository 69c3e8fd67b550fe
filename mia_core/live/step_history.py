"""The last minute of the 10 Hz grid: what was predicted, and what stands beside it."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.live.comparison import Comparison
from mia_core.live.snapshot import History
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats, MuscleActivation
from mia_core.streams import RingBuffer

HISTORY_STEPS: Final = 600
"""One minute."""


class StepHistory:
    """Keeps predictions; looks up what stands beside them when asked, so that late samples and a calibration count.

    Args:
        comparison: Knows what stands beside them.
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._steps: RingBuffer[tuple[MuscleActivation, float]] = RingBuffer(HISTORY_STEPS)

    def append(self, activation: MuscleActivation, monotonic_s: float) -> None:
        """Add the next official step, and when it was on the monotonic clock."""
        self._steps.append((activation, monotonic_s))

    def history(self) -> History:
        """Return all steps that are kept."""
        items = self._steps.items()
        shape = (len(items), len(MONTAGE))
        timestamps_s = np.array([step.timestamp_s for step, _ in items], np.float64)
        predicted = np.array([step.values for step, _ in items], np.float32).reshape(shape)
        warming_up = np.array([step.warming_up for step, _ in items], bool)
        reference = self._comparison.over(timestamps_s, np.array([when_s for _, when_s in items], np.float64))
        settled = np.where(warming_up[:, np.newaxis], np.float32(np.nan), predicted)
        return History(
            timestamps_s,
            predicted,
            reference,
            warming_up,
            np.array([_known_or_nan(step.low) for step, _ in items], np.float32).reshape(shape),
            np.array([_known_or_nan(step.high) for step, _ in items], np.float32).reshape(shape),
            self._comparison.calibrated,
            self._comparison.agreement(timestamps_s, settled, reference),
        )


def _known_or_nan(values: Floats | None) -> Floats:
    return np.full(len(MONTAGE), np.nan, np.float32) if values is None else values
