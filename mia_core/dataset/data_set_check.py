"""What may be wrong with a set of windows: holes, imbalance, dead and exchanged channels, saturation, duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.channel_names import side_and_muscle
from mia_core.dataset.side_check import exchanged_sides
from mia_core.dataset.window_content import is_intact
from mia_core.dataset.window_import import counts_of
from mia_core.dataset.window_set import WindowSet

DEAD_SHARE: Final = 0.99
"""A channel that has one value in more than this share of a subject's steps is dead."""
SATURATED_SHARE: Final = 0.02
"""A channel that is at its greatest value in more than this share of a subject's steps is cut off..."""
_PILED_UP, _NEAR = 5, 11
"""...if that is so many times as often as at the next smaller values, which tells it from a channel of few values."""
FEWEST_SHARE: Final = 0.25
"""An exercise with less than this share of the usual number of minutes is told."""
_AT_ONCE: Final = 2000
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a set, or a split of it.

    Attributes:
        kind: One word, such as `duplicates`.
        is_problem: Whether numbers made with the set would be wrong; else it is something to know.
        what: One sentence.
    """

    kind: str
    is_problem: bool
    what: str


def check_windows(windows: WindowSet) -> tuple[Finding, ...]:
    """Look through a set; problems come first."""
    found = [
        *_numbers(windows),
        *_duplicates(windows),
        *_channels(windows),
        *_sides(windows),
        *_gaps(windows),
        *_balance(windows),
    ]
    return tuple(sorted(found, key=lambda finding: not finding.is_problem))


def content_keys(windows: WindowSet) -> NDArray[np.uint64]:
    """Return (N, T) one number for the keypoints of every step: equal where they are equal, and hardly elsewhere."""
    factors = np.random.default_rng(0).integers(1, 1 << 63, windows.keypoints.shape[2] * 2, dtype=np.uint64) | 1
    keys = np.empty(windows.emg.shape[:2], np.uint64)
    for rows in _pieces(len(windows)):
        flat = np.ascontiguousarray(windows.keypoints[rows]).reshape(*keys[rows].shape, -1)
        keys[rows] = (flat.view(np.uint32).astype(np.uint64) * factors).sum(axis=-1, dtype=np.uint64)
    return keys


def _numbers(windows: WindowSet) -> Iterator[Finding]:
    """Yield arrays with numbers that are none, and keypoints that are far outside of the picture or never move."""
    broken = {"emg": 0, "keypoints": 0, "joints": 0}
    outside = negative = still = 0
    for rows in _pieces(len(windows)):
        for name in broken:
            array = getattr(windows, name)
            if array is not None:
                finite = np.isfinite(array[rows]).reshape(len(array[rows]), -1).all(axis=1)
                broken[name] += int((~finite).sum())
        points = windows.keypoints[rows]
        outside += int(((points < -0.5) | (points > 1.5)).any(axis=(1, 2, 3)).sum())
        still += int((points == points[:, :1]).all(axis=(1, 2, 3)).sum()) if windows.n_steps > 1 else 0
        negative += int((windows.emg[rows] < 0).any(axis=(1, 2)).sum())
    for name, n in broken.items():
        if n:
            yield Finding("numbers", True, f"{n} windows have NaN or infinite numbers in {name}.")
    if still:
        yield Finding("numbers", True, f"In {still} windows no keypoint ever moves.")
    if negative:
        yield Finding("numbers", True, f"{negative} windows have sEMG below 0, which an envelope never is.")
    if outside:
        yield Finding("numbers", False, f"{outside} windows have keypoints further outside than half the picture.")


def _duplicates(windows: WindowSet) -> Iterator[Finding]:
    """Yield windows that are there twice, and moments that are in two recordings."""
    keys = content_keys(windows)
    first = keys[:, 0] * np.uint64(3) + keys.sum(axis=1, dtype=np.uint64)
    for rows in _pieces(len(windows)):
        emg = np.ascontiguousarray(windows.emg[rows]).reshape(len(first[rows]), -1).view(np.uint32)
        first[rows] += emg.astype(np.uint64).sum(axis=1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    _, numbers, counts = np.unique(first, return_inverse=True, return_counts=True)
    twice = np.flatnonzero(counts[numbers] > 1)
    if len(twice):
        yield Finding("duplicates", True, f"{len(twice)} windows are there more than once: {_some(windows, twice)}.")
    moments = np.stack([windows.recording.astype(np.int64), windows.start_step], axis=1)
    _, numbers, counts = np.unique(moments, axis=0, return_inverse=True, return_counts=True)
    same = np.setdiff1d(np.flatnonzero(counts[numbers.ravel()] > 1), twice)
    if len(same):
        yield Finding("duplicates", True, f"{len(same)} different windows say that they are of the same moment.")
    recording = np.repeat(windows.recording.astype(np.uint64), keys.shape[1])  # of one type with the keys
    held, _ = np.unique(np.stack([keys.ravel(), recording]), axis=1)
    shared = np.unique(held[1:][(np.diff(held) == 0)]) if len(held) else held
    if len(shared) and not len(twice):
        both = np.flatnonzero(np.isin(keys, shared).any(axis=1))
        yield Finding(
            "duplicates",
            True,
            f"{len(both)} windows hold moments that another recording holds too: {_some(windows, both)}.",
        )


def check_content(path: Path) -> tuple[Finding, ...]:
    """Find whether a stored set is still what was imported.

    Raises:
        WindowSetError: There is no whole set.
    """
    if is_intact(path):
        return ()
    what = f"{path.name} does not hold what was imported: it was changed, or not copied whole. Import it again."
    return (Finding("content", True, what),)


def _channels(windows: WindowSet) -> Iterator[Finding]:
    """Yield channels that are no muscles, dead, cut off, or the same as another one, the latter by subject."""
    if unknown := [name for name in windows.about.channels if not side_and_muscle(name)[1]]:
        yield Finding("channels", True, f"Channels are named as left_biceps is, got {', '.join(unknown)}.")
    for number, subject in enumerate(windows.about.subjects):
        emg = windows.emg[windows.subject == number].reshape(-1, len(windows.about.channels))
        if not len(emg):
            continue
        dead = []
        for place, channel in enumerate(windows.about.channels):
            values, counts = np.unique(emg[:, place], return_counts=True)
            if counts.max() > DEAD_SHARE * len(emg):
                dead.append(place)
                yield Finding("dead", True, f"{subject}: {channel} is dead, nearly always {values[counts.argmax()]:g}.")
            elif counts[-1] > SATURATED_SHARE * len(emg) and counts[-1] > _PILED_UP * np.median(counts[-_NEAR:]):
                share = counts[-1] / len(emg)
                yield Finding(
                    "saturation", True, f"{subject}: {channel} is at {values[-1]:g}, its end, {share:.0%} of the time."
                )
        for place, channel in enumerate(windows.about.channels):
            for other in range(place + 1, len(windows.about.channels)):
                if place not in dead and np.array_equal(emg[:, place], emg[:, other]):
                    same = windows.about.channels[other]
                    yield Finding("channels", True, f"{subject}: {channel} and {same} are the same signal.")


def _sides(windows: WindowSet) -> Iterator[Finding]:
    """Yield the muscles whose sides seem to be exchanged."""
    for sides in exchanged_sides(windows):
        yield Finding(
            "sides",
            True,
            f"{sides.subject}: left and right {sides.muscle} {'seem to be' if sides.is_sure else 'may be'} exchanged"
            f"{'' if sides.is_sure else ', or those of another subject, who says the opposite'}: how one-sided they "
            f"are follows how one-sided the movement is with r = {sides.r:.2f}.",
        )


def _gaps(windows: WindowSet) -> Iterator[Finding]:
    """Yield how much time is missing within recordings."""
    order = np.lexsort((windows.start_step, windows.recording))
    recording, start = windows.recording[order], windows.start_step[order].astype(np.int64)
    missing = (np.diff(start) - windows.n_steps)[np.diff(recording) == 0]
    if (missing > 0).any():
        n_gaps, seconds = int((missing > 0).sum()), float(missing[missing > 0].sum()) / windows.about.step_hz
        gaps = "1 gap" if n_gaps == 1 else f"{n_gaps} gaps"
        yield Finding("gaps", False, f"{gaps} within recordings, {seconds:.0f} s that no window holds.")


def _balance(windows: WindowSet) -> Iterator[Finding]:
    """Yield subjects that have more windows than their time deserves, and exercises that somebody hardly did."""
    about, counts = windows.about, counts_of(windows)
    weights = windows.weights
    for number, subject in enumerate(about.subjects):
        rows = windows.subject == number
        share, time = float(rows.mean()), float(weights[rows].sum() / max(weights.sum(), 1e-9))
        if share > 1.5 * time:
            yield Finding(
                "balance",
                False,
                f"{subject} has {share:.0%} of the windows and {time:.0%} of the time: weight by time.",
            )
    for subject in sorted(counts):
        absent = sorted(set(about.exercises) - set(counts[subject]))
        if absent:
            named = ", ".join(absent[:_NAMED]) + (f" and {len(absent) - _NAMED} more" if len(absent) > _NAMED else "")
            yield Finding("balance", False, f"{subject} did not do {named}.")
        usual = float(np.median(list(counts[subject].values()) or [0]))
        for exercise, n in counts[subject].items():
            if n < FEWEST_SHARE * usual:
                yield Finding("balance", False, f"{subject} has {n} windows of {exercise}, and {usual:.0f} of others.")


def _some(windows: WindowSet, rows: NDArray[np.intp]) -> str:
    """Return where some windows are from."""
    about = windows.about
    named = [f"{about.subjects[windows.subject[row]]} {about.exercises[windows.exercise[row]]}" for row in rows]
    different = list(dict.fromkeys(named))
    return ", ".join(different[:_NAMED]) + (" and others" if len(different) > _NAMED else "")


def _pieces(n: int) -> Iterator[slice]:
    """Yield slices that keep little of a large set in memory."""
    yield from (slice(first, first + _AT_ONCE) for first in range(0, n, _AT_ONCE))
