"""The offset between camera and sensors, from a handful of deliberate contractions.

A muscle contracts, and a little later the joint moves. When both are repeated some times at irregular pauses, the speed
of the joint and the envelope of the muscle agree at one shift only, and that shift is the electromechanical delay plus
whatever the two devices are late by. How far the single contractions disagree says how much the shift is worth.

The envelope is compared with the joint's mean speed over the very spans that the sensor's samples stand for, so a
sensor that averages over 0.1 s is not blurred a second time, and the shift is much finer than its samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.muscles import Muscle, Placement
from mia_core.processing.emg_grid import span_means
from mia_core.samples import KNOWN_CONFIDENCE, STEP_S, Floats, Times

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
        fine_s: Distance of those tried around the best; a parabola goes between them.
        min_r: Correlation at the best shift below which motion and muscle have nothing to do with each other.
        max_rival: Share of the best correlation that a shift elsewhere may reach; above it the pauses were too regular.
        max_spread_s: Standard deviation over the contractions above which the offset is refused.
        electromechanical_delay_s: From the envelope's rise to the joint's motion; 0.03 to 0.1 s in the literature
            (Cavanagh and Komi, Eur J Appl Physiol 42, 1979), and part of every such estimate.
        fine_span_s: Spans over which sensors faster than this are averaged first.
    """

    min_events: int = 5
    max_shift_s: float = 0.8
    coarse_s: float = 0.02
    fine_s: float = 0.005
    min_r: float = 0.5
    max_rival: float = 0.5
    max_spread_s: float = 0.040
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
        standard_error_s: Standard deviation of `delay_s` itself, by the jackknife over the contractions.
        n_events: Contractions that were used.
        r: Correlation at the best shift.
        accepted: Whether the spread is small enough to rely on.
    """

    delay_s: float
    offset_s: float
    spread_s: float
    standard_error_s: float
    n_events: int
    r: float
    accepted: bool


def joint_speed(
    times_s: Times, keypoints: Floats, confidence: Floats, placement: Placement
) -> tuple[Times, NDArray[np.float32]]:
    """Return how fast the joint that a muscle moves turns in the muscle's direction.

    Args:
        times_s: (n,) ascending times of the frames.
        keypoints: (n, 25, 2) BODY_25 keypoints in any unit.
        confidence: (n, 25) in [0, 1]; a frame in which the limb is not known is left out.
        placement: The muscle. Biceps and hamstrings bend elbow and knee, triceps and quadriceps straighten them.

    Returns:
        (m,) times and (m,) speeds in rad/s, each the mean since the frame before; 0 while the joint turns the other
        way.
    """
    limb = list(placement.keypoints)
    known = np.all(confidence[:, limb] >= KNOWN_CONFIDENCE, axis=1) & np.isfinite(keypoints[:, limb]).all(axis=(1, 2))
    times_s, points = times_s[known], keypoints[known][:, limb].astype(np.float64)
    upper, lower = points[:, 0] - points[:, 1], points[:, 2] - points[:, 1]
    cosines = np.einsum("ni,ni->n", upper, lower) / np.maximum(
        np.linalg.norm(upper, axis=1) * np.linalg.norm(lower, axis=1), 1e-9
    )
    straightening = np.diff(np.arccos(np.clip(cosines, -1.0, 1.0))) / np.maximum(np.diff(times_s), 1e-6)
    bends = placement.muscle in (Muscle.BICEPS, Muscle.HAMSTRINGS)
    return times_s[1:], np.maximum(-straightening if bends else straightening, 0.0).astype(np.float32)


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
    settings = settings or SyncSettings()
    starts_s, ends_s, levels = _spans(emg_times_s, envelope, settings)
    events = _events(ends_s, levels)
    if len(events) < settings.min_events:
        raise SyncError(
            f"Only {len(events)} of at least {settings.min_events} contractions can be told apart.",
            "Contract 5 to 10 times, hard and briefly, with pauses of different lengths.",
        )
    best_s = _best_shift_s(motion_times_s, motion, (starts_s, ends_s, levels), settings)
    shifts_s: Times = best_s + np.arange(-16, 17, dtype=np.float64) * settings.fine_s
    products = _products(motion_times_s, motion, (starts_s, ends_s, levels), shifts_s)
    owner = np.argmin(np.abs(ends_s[:, None] - events[None]), axis=1)
    per_event = np.stack([products[:, owner == event].sum(axis=1) for event in range(len(events))])  # (events, shifts)
    r = float(per_event.sum(axis=0).max())
    per_event /= np.maximum(per_event.max(axis=1, keepdims=True), 1e-9)  # a hard contraction tells no more than another
    total = per_event.sum(axis=0)
    delay_s = _peak_s(total, shifts_s)
    n = len(events)
    left_out = np.array([_peak_s(total - one, shifts_s) for one in per_event])
    pseudo = n * delay_s - (n - 1) * left_out
    spread_s = float(np.std(pseudo, ddof=1))
    return SyncEstimate(
        delay_s=delay_s,
        offset_s=delay_s - settings.electromechanical_delay_s,
        spread_s=spread_s,
        standard_error_s=spread_s / float(np.sqrt(n)),
        n_events=n,
        r=r,
        accepted=spread_s <= settings.max_spread_s,
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


def _best_shift_s(motion_times_s: Times, motion: Floats, spans: _Spans, settings: SyncSettings) -> float:
    """Return the coarse shift at which motion and muscle fit best, when they fit there and nowhere else."""
    n_side = round(settings.max_shift_s / settings.coarse_s)
    shifts_s: Times = np.arange(-n_side, n_side + 1, dtype=np.float64) * settings.coarse_s
    r = _products(motion_times_s, motion, spans, shifts_s).sum(axis=1)
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
    return float(shifts_s[best])


def _products(motion_times_s: Times, motion: Floats, spans: _Spans, shifts_s: Times) -> NDArray[np.float64]:
    """Return (shifts, spans) products of level and shifted motion whose sums over spans are the correlations."""
    starts_s, ends_s, levels = spans
    products = np.zeros((len(shifts_s), len(levels)))
    for row, shift_s in enumerate(shifts_s):
        shifted = span_means(motion_times_s, motion, starts_s + shift_s, ends_s + shift_s).astype(np.float64)
        known = np.isfinite(shifted)
        if np.count_nonzero(known) < len(levels) / 2:
            continue
        x, y = levels[known] - levels[known].mean(), shifted[known] - shifted[known].mean()
        scale = float(np.sqrt((x @ x) * (y @ y)))
        if scale > 0:
            products[row, known] = x * y / scale
    return products


def _peak_s(values: NDArray[np.float64], shifts_s: NDArray[np.float64]) -> float:
    """Return where a course is highest, by a parabola through the highest value and its neighbours."""
    top = min(max(int(np.argmax(values)), 1), len(values) - 2)
    before, at, after = values[top - 1 : top + 2]
    bend = before - 2 * at + after
    step_s = float(shifts_s[1] - shifts_s[0])
    return float(shifts_s[top] + (0.5 * step_s * (before - after) / bend if bend < 0 else 0.0))
