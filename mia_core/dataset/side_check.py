"""Are left and right exchanged? The arm that moves more is the one whose muscles do more.

For other muscles that is not so sure: who kicks with one leg stands on the other one. So they are held against those of
the other subjects: fewer that say the opposite are taken to be exchanged, and as many leave open who is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.channel_names import side_and_muscle
from mia_core.dataset.window_set import WindowSet
from mia_core.muscles import Side
from mia_core.skeleton import INDEX

LEAST_R: Final = 0.3
LEAST_T: Final = 4.0
"""A correlation counts that is at least so strong, and so many times its standard error."""
_FEWEST_WINDOWS: Final = 20
_ARM: Final = ("biceps", "triceps")
_END_OF: Final = {"biceps": "wrist", "triceps": "wrist", "latissimus": "wrist"}
"""The joint whose movement tells which side moves; the ankle for all others."""


@dataclass(frozen=True, slots=True)
class ExchangedSides:
    """A muscle whose sides seem to be exchanged.

    Attributes:
        subject: Whose.
        muscle: Such as `biceps`.
        r: Correlation of how one-sided movement and sEMG are.
        is_sure: Whether it is this subject, and not as well the one that says the opposite.
    """

    subject: str
    muscle: str
    r: float
    is_sure: bool


def exchanged_sides(windows: WindowSet) -> Iterator[ExchangedSides]:
    """Yield the muscles whose sides seem to be exchanged."""
    channels = windows.about.channels
    muscles = sorted({muscle for _, muscle in map(side_and_muscle, channels) if muscle})
    for muscle in muscles:
        left, right = (f"{side}_{muscle}" for side in Side)
        if left not in channels or right not in channels:
            continue
        moved = one_sided(*(_movement(windows, side, _END_OF.get(muscle, "ankle")) for side in Side))
        active = windows.emg[:, :, channels.index(left)], windows.emg[:, :, channels.index(right)]
        clear = {}
        for number, subject in enumerate(windows.about.subjects):
            rows = np.flatnonzero(windows.subject == number)
            r = _correlation(windows, rows, moved, active)
            if r is not None:
                clear[subject] = r
        usual = 1.0 if muscle in _ARM else np.sign(sum(np.sign(r) for r in clear.values()))
        together = len({np.sign(r) for r in clear.values()}) == 1
        for subject, r in clear.items():
            if np.sign(r) != usual and (muscle in _ARM or not together):
                yield ExchangedSides(subject, muscle, r, is_sure=usual != 0)


def one_sided(left: NDArray[np.floating], right: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (n,) how much more there is on the left, as a logarithm; a tenth of the mean counts as nothing."""
    floor = 0.1 * (left.mean() + right.mean()) / 2 + 1e-12
    return np.asarray(np.log((left + floor) / (right + floor)), np.float64)


def _movement(windows: WindowSet, side: Side, joint: str) -> NDArray[np.float64]:
    """Return (N,) how far a joint moves against the hips in each window."""
    place = windows.keypoints[:, :, INDEX[f"{side}_{joint}"]] - windows.keypoints[:, :, INDEX["mid_hip"]]
    return np.asarray(np.linalg.norm(np.diff(place, axis=1), axis=-1).sum(axis=1), np.float64)


def _correlation(
    windows: WindowSet,
    rows: NDArray[np.intp],
    moved: NDArray[np.float64],
    active: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> float | None:
    """Return r over the windows of a subject, None where it says nothing."""
    n = float(windows.covered_share[rows].sum())  # overlapping windows tell little more than one of them
    if len(rows) < _FEWEST_WINDOWS or n < _FEWEST_WINDOWS:
        return None
    left, right = (signal[rows].mean(axis=1) for signal in active)
    left, right = left / max(float(left.mean()), 1e-12), right / max(float(right.mean()), 1e-12)
    sides = np.stack([moved[rows], one_sided(left, right)])
    if (sides.std(axis=1) < 1e-9).any():
        return None
    r = float(np.asarray(np.corrcoef(sides))[0, 1])
    t = abs(r) * np.sqrt((n - 2) / max(1 - r * r, 1e-12))
    return r if abs(r) >= LEAST_R and t >= LEAST_T else None
