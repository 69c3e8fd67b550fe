"""The offset between camera and sensors, from a handful of deliberate contractions.

A muscle contracts, and a little later the joint moves. When both are repeated some times at irregular pauses, the speed
of the joint and the envelope of the muscle agree at one shift only, and that shift is the electromechanical delay plus
whatever the two devices are late by. Around it each contraction is correlated on its own; the offset is the mean of
their shifts, and how far they disagree says how much it is worth.

What limits it is the body: a delay that differs by 12 ms from one contraction to the next leaves the mean of five
within 10 ms in 94 of 100 rituals, were every single shift known exactly. So a ritual goes on until its margin is small
enough. What no repetition shows is a motion of another shape than its envelope, which shifts all contractions alike.

The envelope is compared with the joint's mean speed over the very spans that the sensor's samples stand for, so a
sensor that averages over 0.1 s is not blurred a second time, and the shift is much finer than its samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.processing.emg_grid import span_means
from mia_core.samples import STEP_S, Floats, Times

DELAYS_KNOWN_S: Final = (0.03, 0.1)
"""From the envelope's rise to the joint's motion (Cavanagh and Komi, Eur J Appl Physiol 42, 1979)."""

_Spans = tuple[Times, Times, NDArray[np.float64]]
"""Begin, end and level of the spans of time that samples stand for."""


class SyncError(MiaError):
    """No offset can be told from a sync ritual."""


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """What a ritual must be like. The limits are our choice.

    Attributes:
        min_events: Contractions that must be found.
        max_shift_s: Largest shift that is looked for.
        coarse_s: Distance of the shifts that are tried first.
        fine_s: Distance of those tried for each contraction; a parabola goes between them.
        fine_side_s: So far from the best of all a contraction's own shift is looked for.
        event_side_s: So long before and after its middle belongs to a contraction, unless another one is nearer.
        min_r: Correlation at the best shift below which motion and muscle have nothing to do with each other; a single
            contraction below it is left out.
        max_rival: Share of the best correlation that a shift elsewhere may reach; above it the pauses were too regular.
        max_spread_s: Standard deviation over the contractions above which the offset is refused.
        exact_s: Margin below which no more contractions are needed.
        confidence: Of the margin. More than 0.95, since who looks after every contraction whether it is small enough
            will find it small too early at times.
        electromechanical_delay_s: From the envelope's rise to the joint's motion, within `DELAYS_KNOWN_S`: a part of
            every such estimate, and no repetition shows how far it is from the subject's own.
        fine_span_s: Spans over which sensors faster than this are averaged first.
    """

    min_events: int = 5
    max_shift_s: float = 0.8
    coarse_s: float = 0.02
    fine_s: float = 0.005
    fine_side_s: float = 0.16
    event_side_s: float = 0.6
    min_r: float = 0.5
    max_rival: float = 0.5
    max_spread_s: float = 0.040
    exact_s: float = 0.010
    confidence: float = 0.98
    electromechanical_delay_s: float = 0.06
    fine_span_s: float = 0.02


@dataclass(frozen=True, slots=True)
class SyncEstimate:
    """What a ritual showed.

    Attributes:
        delay_s: By how much the motion comes after the envelope, in the times as they were recorded.
        offset_s: `delay_s` less the electromechanical delay: by how much the camera's times are late (negative: early)
            against the sensors'.
        spread_s: Standard deviation of the contractions' own shifts.
        standard_error_s: Standard deviation of `delay_s` itself.
        margin_s: By how much `delay_s` may be off by chance: half of Student's interval.
        n_events: Contractions that were used.
        r: Correlation at the best shift.
        accepted: Whether the spread is small enough to rely on.
        is_exact: Whether the margin is so small that no more contractions are needed.
    """

    delay_s: float
    offset_s: float
    spread_s: float
    standard_error_s: float
    margin_s: float
    n_events: int
    r: float
    accepted: bool
    is_exact: bool


def estimate_offset(
    motion_times_s: Times,
    motion: Floats,
    emg_times_s: Times,
    envelope: Floats,
    settings: SyncSettings | None = None,
) -> SyncEstimate:
    """Return by how much a motion comes after the muscle that made it.

    Args:
        motion_times_s: (n,) ascending; each value is the mean since the one before, as of `joint_speed`.
        motion: (n,) speed in any unit.
        emg_times_s: (m,) ascending; a sample of a slow sensor stands for the time since the one before.
        envelope: (m,) envelope in any unit.
        settings: What the ritual must be like.

    Raises:
        SyncError: Too few contractions, too regular pauses, or motion and muscle have nothing to do with each other.
    """
    from scipy.special import stdtrit  # slow to import, and rarely needed

    settings = settings or SyncSettings()
    spans = _spans(emg_times_s, envelope, settings)
    events = _events(spans[1], spans[2])
    _check_number(len(events), settings)
    best_s, r = _best_shift(motion_times_s, motion, spans, settings)
    delays_s = _delays(motion_times_s, motion, spans, events, best_s, settings)
    n = len(delays_s)
    _check_number(n, settings)
    delay_s, spread_s = float(delays_s.mean()), float(delays_s.std(ddof=1))
    standard_error_s = spread_s / float(np.sqrt(n))
    margin_s = float(stdtrit(n - 1, (1 + settings.confidence) / 2)) * standard_error_s
    return SyncEstimate(
        delay_s=delay_s,
        offset_s=delay_s - settings.electromechanical_delay_s,
        spread_s=spread_s,
        standard_error_s=standard_error_s,
        margin_s=margin_s,
        n_events=n,
        r=r,
        accepted=spread_s <= settings.max_spread_s,
        is_exact=margin_s <= settings.exact_s,
    )


def _check_number(n_events: int, settings: SyncSettings) -> None:
    if n_events < settings.min_events:
        raise SyncError(
            f"Only {n_events} of at least {settings.min_events} contractions can be told apart.",
            "Contract 5 to 10 times, hard and briefly, with pauses of different lengths.",
        )


def _spans(times_s: Times, values: Floats, settings: SyncSettings) -> _Spans:
    """Return the spans that the samples stand for; those of fast sensors are joined."""
    finite = np.isfinite(values)
    times_s, values = times_s[finite], values[finite]
    if len(times_s) < 2:
        raise SyncError("The sensor sent next to nothing.", "Wait until its light is green, then do it again.")
    if float(np.median(np.diff(times_s))) < settings.fine_span_s:
        ends_s = np.arange(times_s[0] + settings.fine_span_s, times_s[-1], settings.fine_span_s)
        starts_s = ends_s - settings.fine_span_s
        levels = span_means(times_s, values, starts_s, ends_s).astype(np.float64)
    else:
        starts_s, ends_s, levels = times_s[:-1], times_s[1:], values[1:].astype(np.float64)
        near = ends_s - starts_s < 2.5 * STEP_S  # over a gap a sample stands for its own period only
        starts_s, ends_s, levels = starts_s[near], ends_s[near], levels[near]
    known = np.isfinite(levels)
    return starts_s[known], ends_s[known], levels[known]


def _events(ends_s: Times, levels: NDArray[np.float64]) -> Times:
    """Return the middle of each stretch above half of the usual height."""
    low, high = np.percentile(levels, [20, 98]) if len(levels) else (0.0, 0.0)
    if high <= low:
        return np.empty(0)
    above = np.concatenate([[False], levels > (low + high) / 2, [False]])
    begins, stops = np.flatnonzero(~above[:-1] & above[1:]), np.flatnonzero(above[:-1] & ~above[1:])
    middles: list[float] = []
    last_end_s = -np.inf
    for begin, stop in zip(begins, stops, strict=True):
        if ends_s[begin] - last_end_s < 3 * STEP_S and middles:  # a dip within one contraction
            continue
        middles.append(float((ends_s[begin] + ends_s[stop - 1]) / 2))
        last_end_s = float(ends_s[stop - 1])
    return np.array(middles)


def _best_shift(motion_times_s: Times, motion: Floats, spans: _Spans, settings: SyncSettings) -> tuple[float, float]:
    """Return the shift at which motion and muscle fit best, when they fit there and nowhere else, and how well."""
    shifts_s = _around(0.0, settings.max_shift_s, settings.coarse_s)
    r = _correlations(spans[2], _shifted(motion_times_s, motion, spans, shifts_s))
    best = int(np.argmax(r))
    if r[best] < settings.min_r or best in (0, len(r) - 1):
        raise SyncError(
            f"Motion and muscle do not fit together (correlation {r[best]:.2f}).",
            "Check that the limb is in the picture and that the sensor sits on the muscle that moves it.",
        )
    elsewhere = np.abs(shifts_s - shifts_s[best]) > settings.max_shift_s / 2
    if elsewhere.any() and r[elsewhere].max() > settings.max_rival * r[best]:
        raise SyncError(
            "The contractions came too regularly: several offsets fit.",
            "Do it again with pauses of different lengths.",
        )
    return float(shifts_s[best]), float(r[best])


def _delays(
    motion_times_s: Times, motion: Floats, spans: _Spans, events: Times, best_s: float, settings: SyncSettings
) -> Times:
    """Return the shift at which each contraction fits best; those that fit nowhere, or have no motion, are left out.

    Each is correlated over its own spans: over all of them, where the spans happen to lie within a contraction decides
    how much of it they see, and draws its peak there.
    """
    starts_s, ends_s, levels = spans
    middles_s = (starts_s + ends_s) / 2
    away_s = np.abs(middles_s[:, None] - events[None])
    owner = np.argmin(away_s, axis=1)
    shifts_s = _around(best_s, settings.fine_side_s, settings.fine_s)
    delays_s: list[float] = []
    for event in range(len(events)):
        own = (owner == event) & (away_s[:, event] <= settings.event_side_s)
        shifted = _shifted(motion_times_s, motion, (starts_s[own], ends_s[own], levels[own]), shifts_s)
        r = _correlations(levels[own], shifted)
        if r.max() >= settings.min_r:
            delays_s.append(_peak_s(r, shifts_s))
    return np.array(delays_s)


def _around(middle_s: float, side_s: float, step_s: float) -> Times:
    n_side = round(side_s / step_s)
    return middle_s + np.arange(-n_side, n_side + 1, dtype=np.float64) * step_s


def _shifted(motion_times_s: Times, motion: Floats, spans: _Spans, shifts_s: Times) -> NDArray[np.float64]:
    """Return (shifts, spans) means of the motion over the spans, each shifted; NaN where it is not known."""
    starts_s, ends_s = (edges_s[None] + shifts_s[:, None] for edges_s in spans[:2])
    means = span_means(motion_times_s, motion, starts_s.ravel(), ends_s.ravel())
    return means.astype(np.float64).reshape(starts_s.shape)


def _correlations(levels: NDArray[np.float64], motions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (shifts,) correlations where a motion (shifts, spans) is known, 0 where that is less than half."""
    known = np.isfinite(motions)
    n = np.count_nonzero(known, axis=1)
    x = np.where(known, levels, 0.0)
    y = np.where(known, motions, 0.0)
    x = np.where(known, x - (x.sum(axis=1) / np.maximum(n, 1))[:, None], 0.0)
    y = np.where(known, y - (y.sum(axis=1) / np.maximum(n, 1))[:, None], 0.0)
    scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    r = (x * y).sum(axis=1) / np.where(scale > 0, scale, np.inf)
    return np.asarray(np.where(n >= max(len(levels) / 2, 2), r, 0.0), np.float64)


def _peak_s(values: NDArray[np.float64], shifts_s: NDArray[np.float64]) -> float:
    """Return where a course is highest, by a parabola through the highest value and its neighbours."""
    top = min(max(int(np.argmax(values)), 1), len(values) - 2)
    before, at, after = values[top - 1 : top + 2]
    bend = before - 2 * at + after
    step_s = float(shifts_s[1] - shifts_s[0])
    return float(shifts_s[top] + (0.5 * step_s * (before - after) / bend if bend < 0 else 0.0))
