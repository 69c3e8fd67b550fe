"""The demo subject's muscles at the times of the monotonic clock: what simulated sensors sit on."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from mia_core.capture.demo_camera import DemoTruth
from mia_core.live.time_line import TimeLine
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats


class PlayedMuscles:
    """Follows the demo subject on the screen; while something else is watched, its medley goes on by itself.

    Any thread may ask.
    """

    def __init__(self) -> None:
        self._time_line: TimeLine | None = None

    def follow(self, time_line: TimeLine | None) -> None:
        """Follow the demo subject as it is played; None when it is not."""
        self._time_line = time_line

    def __call__(self, monotonic_s: float) -> Floats:
        """Return (8,) activations in [0, 1], NaN before the first picture."""
        time_line = self._time_line
        when_s = monotonic_s if time_line is None else time_line.timestamp_s(monotonic_s)
        return self._truth.at(when_s) if np.isfinite(when_s) else np.full(len(MONTAGE), np.nan, np.float32)

    @cached_property
    def _truth(self) -> DemoTruth:
        return DemoTruth.load()
