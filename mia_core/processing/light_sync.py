"""The camera's offset from several changes of one sensor's light, and how far the single ones disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.processing.light_change import LightChangeError, find_light_change
from mia_core.processing.sync_ritual import SyncSettings
from mia_core.samples import Times

SWITCHES: Final = 5
SWITCH_S: Final = 2.0
"""A sensor's light is switched so often, at this distance."""
LIGHT_SHOW_S: Final = SWITCH_S * (SWITCHES + 1)
MIN_CHANGES: Final = 3
BEFORE_S: Final = 1.0
AFTER_S: Final = 1.6
"""Frames from so long before an order to so long after it are looked at."""


@dataclass(frozen=True, slots=True)
class LightSwitch:
    """One order to a sensor's light.

    Attributes:
        written_s: When it was given, on the monotonic clock.
        acknowledged_s: When the sensor answered that it had changed its light.
    """

    written_s: float
    acknowledged_s: float


@dataclass(frozen=True, slots=True)
class LightSync:
    """What a sensor's light showed.

    Attributes:
        offset_s: By how much the frames' times are late against the clock by which the light was switched.
        spread_s: Standard deviation of the single changes.
        standard_error_s: Standard deviation of `offset_s` itself.
        n_changes: Changes that were seen.
        n_switches: Orders that were given.
        accepted: Whether the spread is small enough to rely on.
    """

    offset_s: float
    spread_s: float
    standard_error_s: float
    n_changes: int
    n_switches: int
    accepted: bool


def estimate_light_offset(times_s: Times, colours: NDArray[np.float64], switches: Sequence[LightSwitch]) -> LightSync:
    """Return by how much frames are late, by the changes of a light.

    Args:
        times_s: (n,) ascending times of the frames, on the monotonic clock.
        colours: (n, 12) of `light_colours`.
        switches: What the light was told, `SWITCH_S` apart.

    Raises:
        LightChangeError: Too few changes were seen.
    """
    offsets_s: list[float] = []
    problem: LightChangeError | None = None
    for switch in switches:
        near = (times_s >= switch.written_s - BEFORE_S) & (times_s <= switch.written_s + AFTER_S)
        try:
            change = find_light_change(times_s[near], colours[near], switch.written_s, switch.acknowledged_s)
        except LightChangeError as error:
            problem = error
        else:
            offsets_s.append(change.offset_s)
    n = len(offsets_s)
    if n < MIN_CHANGES:
        why = "" if problem is None else f" {problem}"
        raise LightChangeError(
            f"{n} of {len(switches)} changes of the sensor's light were seen, {MIN_CHANGES} are needed.{why}",
            "Turn the sensor's light towards the camera, stand still, and click on it in the picture."
            if problem is None
            else problem.advice,
        )
    spread_s = float(np.std(offsets_s, ddof=1))
    return LightSync(
        offset_s=float(np.mean(offsets_s)),
        spread_s=spread_s,
        standard_error_s=spread_s / float(np.sqrt(n)),
        n_changes=n,
        n_switches=len(switches),
        accepted=spread_s <= SyncSettings().max_spread_s,
    )
