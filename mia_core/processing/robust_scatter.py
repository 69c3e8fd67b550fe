"""Scatter that a few outliers do not change."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.samples import Floats

_OF_A_NORMAL: Final = 1.4826
"""Standard deviation over median absolute deviation of normally distributed values."""


def robust_sd(values: Floats) -> float:
    """Return the standard deviation of (n,) values, estimated from their median absolute deviation; NaN of none."""
    return _OF_A_NORMAL * float(np.median(np.abs(values - np.median(values))))
