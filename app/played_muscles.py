"""The demo subject's muscles at the times of the monotonic clock: what simulated sensors sit on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from mia_core.capture.demo_camera import DemoTruth
from mia_core.clock import Clock, SystemClock
from mia_core.live.time_line import TimeLine
from mia_core.muscles import MONTAGE, Placement
from mia_core.samples import Floats

OBEYS_S: Final = 10.0
"""The subject does what it is asked for so long, then plays on; nobody has to tell it that a check was broken off."""
RISE_S: Final = 0.4
"""From the order to the full effort."""
ANTAGONIST: Final = 0.08
"""Activation of the muscle on the other side of the limb while one contracts with all its force."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What the subject was asked for.

    Attributes:
        placement: The muscle to contract, None to rest.
        since_s: When, on the monotonic clock.
    """

    placement: Placement | None
    since_s: float


class PlayedMuscles:
    """Follows the demo subject on the screen; while something else is watched, its medley goes on by itself.

    Asked to contract a muscle or to rest, the subject does so for a while instead. Any thread may ask.

    Args:
        clock: Tells when it was asked.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._time_line: TimeLine | None = None
        self._order: _Order | None = None

    def follow(self, time_line: TimeLine | None) -> None:
        """Follow the demo subject as it is played, whatever it was asked for before; None when it is not."""
        self._order = None
        self._time_line = time_line

    def contract(self, placement: Placement | None) -> None:
        """Let the subject contract one muscle as hard as it can, or rest (None), for 10 s from now."""
        self._order = _Order(placement, self._clock.now())

    def __call__(self, monotonic_s: float) -> Floats:
        """Return (8,) activations in [0, 1], NaN before the first picture."""
        order = self._order
        if order is not None and monotonic_s < order.since_s + OBEYS_S:
            return _obeyed(order, monotonic_s)
        time_line = self._time_line
        when_s = monotonic_s if time_line is None else time_line.timestamp_s(monotonic_s)
        return self._truth.at(when_s) if np.isfinite(when_s) else np.full(len(MONTAGE), np.nan, np.float32)

    @cached_property
    def _truth(self) -> DemoTruth:
        return DemoTruth.load()


def _obeyed(order: _Order, monotonic_s: float) -> Floats:
    activations = np.zeros(len(MONTAGE), np.float32)
    if order.placement is not None:
        effort = float(np.clip((monotonic_s - order.since_s) / RISE_S, 0.0, 1.0))
        partner = Placement(order.placement.side, order.placement.muscle.antagonist)
        activations[MONTAGE.placements.index(order.placement)] = effort
        activations[MONTAGE.placements.index(partner)] = ANTAGONIST * effort
    return activations
