"""Measures how old the muscles on the screen are."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

KEPT: Final = 300


class AgeMeter:
    """Keeps the last 300 ages: seconds from the arrival of the newest frame to the end of painting its muscles."""

    def __init__(self, kept: int = KEPT) -> None:
        self._ages_s: deque[float] = deque(maxlen=kept)

    def add(self, age_s: float) -> None:
        """Add one age in seconds."""
        self._ages_s.append(age_s)

    def clear(self) -> None:
        """Forget all ages: another source starts."""
        self._ages_s.clear()

    @property
    def ages_ms(self) -> NDArray[np.float64]:
        """(n,) the kept ages in milliseconds, oldest first."""
        return 1e3 * np.array(self._ages_s)

    def percentile_ms(self, percent: float) -> float:
        """Return a percentile in milliseconds, NaN before the first age."""
        return float(np.percentile(self.ages_ms, percent)) if self._ages_s else float("nan")
