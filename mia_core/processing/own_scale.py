"""A muscle without calibration on a scale of its own: from its quietest to its strongest half second.

What a sensor sends at rest is not zero, so a share of the strongest alone would let a resting muscle look half active.
But as long as a muscle has only rested, its quietest and strongest half seconds differ by noise, and between them there
is no scale: nothing is known until a first contraction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.processing.trial_summary import peak_means
from mia_core.samples import Floats, Times

_LEAST_RATIO: Final = 2.0
"""A contraction is at least so many times the quietest half second; at rest some 1.3 is reached. Our choice."""


@dataclass(frozen=True, slots=True)
class OwnScale:
    """The scale of one muscle.

    Attributes:
        least_rise: By how much a contraction raises the envelope at least, in its unit.
        quietest: Smallest mean over half a second so far, in the same unit; NaN before the first.
        strongest: Largest one.
    """

    least_rise: float = 0.0
    quietest: float = float("nan")
    strongest: float = float("nan")

    @property
    def saw_contraction(self) -> bool:
        """Whether the muscle has worked yet."""
        rise = self.strongest - self.quietest
        return rise > 0 and rise >= self.least_rise and self.strongest >= _LEAST_RATIO * self.quietest

    def widened(self, means: Floats | Times) -> OwnScale:
        """Return the scale after some more means over half a second; unknown ones (NaN) change nothing."""
        quietest = float(np.fmin.reduce(means, initial=np.float32(self.quietest)))
        strongest = float(np.fmax.reduce(means, initial=np.float32(self.strongest)))
        return replace(self, quietest=quietest, strongest=strongest)

    def share(self, envelope: Floats) -> Floats:
        """Return how active the muscle is: 0 at its quietest half second, 1 at its strongest.

        Args:
            envelope: Any shape, in the unit of the scale.

        Returns:
            float32 >= 0 of the same shape; NaN where the value is, and everywhere before a first contraction.
        """
        values = np.asarray(envelope, np.float32)
        if not self.saw_contraction:
            return np.full_like(values, np.nan)
        rise = np.float32(self.strongest - self.quietest)
        return np.asarray(np.maximum((values - np.float32(self.quietest)) / rise, 0.0), np.float32)


def own_share(envelope: Floats, whole: NDArray[np.bool_], least_rise: float) -> Floats:
    """Return how active a muscle without calibration was in a whole recording: see `OwnScale.share`.

    Args:
        envelope: (n,) on the 10 Hz grid, NaN where unknown.
        whole: (n,) whether a step counts for the scale: all of it arrived, none of it at the end of the sensor's range.
        least_rise: See `OwnScale`.
    """
    scale = OwnScale(least_rise).widened(peak_means(np.where(whole, envelope, np.float32(np.nan))))
    return scale.share(envelope)
