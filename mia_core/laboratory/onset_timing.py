"""When muscles switch on and off: onsets, ends and peaks of bursts, predicted against measured.

Steps are 0.1 s apart and sensors hold and smooth their values: nothing below 100 ms can be claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.metrics import Array, Labels, Values
from mia_core.processing.agreement import agreement
from mia_core.samples import STEP_S

ON_SHARE: Final = 0.20
"""A burst begins at this share of the way from rest to strong activity ..."""
OFF_SHARE: Final = 0.15
"""... and ends below this one, so that noise at the threshold does not cut it."""
REST_PERCENTILE: Final = 10
STRONG_PERCENTILE: Final = 95
MIN_BURST_STEPS: Final = 2
"""200 ms; a shorter burst, or pause, is none."""
TOLERANCE_STEPS: Final = 5
"""Events further apart than 500 ms are not the same."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Levels of one muscle of one subject, in the unit of the data.

    Attributes:
        on: (C,) from which on a muscle is active.
        off: (C,) below which it no longer is.
    """

    on: Array
    off: Array


@dataclass(frozen=True, slots=True)
class Stretch:
    """An uninterrupted piece of a recording, each step from one window.

    Attributes:
        subject: Its number.
        truth: (S, C).
        predicted: (S, C).
    """

    subject: int
    truth: Array
    predicted: Array


@dataclass(frozen=True, slots=True)
class EventTiming:
    """How events of one kind are met; NaN where there is none.

    Attributes:
        n_true: Events in the truth.
        n_predicted: Events in the prediction.
        n_matched: Pairs within the tolerance, each event in one pair at most.
        median_error_s: By how much the prediction comes later (negative: earlier).
        median_absolute_error_s: The size of that.
    """

    n_true: int
    n_predicted: int
    n_matched: int
    median_error_s: float
    median_absolute_error_s: float

    @property
    def precision(self) -> float:
        """Share of the predicted events that are true."""
        return self.n_matched / self.n_predicted if self.n_predicted else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true events that are predicted."""
        return self.n_matched / self.n_true if self.n_true else float("nan")

    @property
    def f1(self) -> float:
        """The harmonic mean of both; NaN when there is no event at all."""
        events = self.n_true + self.n_predicted
        return 2 * self.n_matched / events if events else float("nan")


@dataclass(frozen=True, slots=True)
class Timing:
    """Timing over all muscles.

    Attributes:
        onset: Where bursts begin; one that runs when the recording begins has none.
        offset: Where they end; one that runs at the end has none.
        peak: Where they are strongest.
        median_lag_s: Of the highest correlation of whole stretches and muscles, positive when the prediction is late;
            NaN when no stretch is long and lively enough.
    """

    onset: EventTiming
    offset: EventTiming
    peak: EventTiming
    median_lag_s: float


def thresholds(emg: Values, subject: Labels) -> dict[int, Thresholds]:
    """Return the levels of every subject, from measured windows (N, T, C)."""
    levels = {}
    for number in np.unique(subject):
        rest, strong = np.percentile(emg[subject == number], [REST_PERCENTILE, STRONG_PERCENTILE], axis=(0, 1))
        levels[int(number)] = Thresholds(rest + ON_SHARE * (strong - rest), rest + OFF_SHARE * (strong - rest))
    return levels


def stretches(
    truth: Values, predicted: Values, subject: Labels, recording: Labels, start_step: Labels
) -> list[Stretch]:
    """Put windows in a row again; where they overlap, a step is taken from the window that has it nearest its middle.

    Args:
        truth: (N, T, C).
        predicted: (N, T, C).
        subject: (N,).
        recording: (N,) uninterrupted recording of each window.
        start_step: (N,) first step of each window in its recording.
    """
    n_steps = truth.shape[1]
    off_middle = np.abs(np.arange(n_steps) - (n_steps - 1) / 2)
    pieces = []
    for number in np.unique(recording):
        rows = np.flatnonzero(recording == number)
        step = (start_step[rows, np.newaxis] + np.arange(n_steps)).reshape(-1)
        order = np.lexsort((np.tile(off_middle, len(rows)), step))
        first = np.ones(len(order), bool)
        first[1:] = np.diff(step[order]) > 0
        kept = order[first]
        values = [np.asarray(of[rows], np.float64).reshape(len(step), -1)[kept] for of in (truth, predicted)]
        cuts = np.flatnonzero(np.diff(step[kept]) > 1) + 1
        pieces += [
            Stretch(int(subject[rows[0]]), *piece) for piece in zip(*(np.split(v, cuts) for v in values), strict=True)
        ]
    return pieces


def timing(pieces: Sequence[Stretch], levels: dict[int, Thresholds]) -> Timing:
    """Compare the bursts of all stretches and muscles.

    Args:
        pieces: Of `stretches`.
        levels: Of `thresholds`, for truth and prediction alike; stretches of a subject without any are left out, as are
            muscles whose rest is as strong as their activity.
    """
    true: list[NDArray[np.intp]] = []
    predicted: list[NDArray[np.intp]] = []
    lags = []
    for piece in pieces:
        if piece.subject not in levels:
            continue
        level = levels[piece.subject]
        lags.append(agreement(piece.predicted.astype(np.float32), piece.truth.astype(np.float32)).lag_s)
        for channel in np.flatnonzero(level.on > level.off):
            true.append(bursts(piece.truth[:, channel], level.on[channel], level.off[channel]))
            predicted.append(bursts(piece.predicted[:, channel], level.on[channel], level.off[channel]))
    known = np.concatenate(lags) if lags else np.empty(0)
    known = known[np.isfinite(known)]
    onset, offset, peak = (_events([t[:, of] for t in true], [p[:, of] for p in predicted]) for of in range(3))
    return Timing(onset, offset, peak, float(np.median(known)) if len(known) else float("nan"))


def bursts(course: Array, on: float, off: float) -> NDArray[np.intp]:
    """Return (bursts, 3) steps of begin, end (the first step without) and peak of one muscle's bursts.

    A begin or end that the course (S,) does not show is -1. A pause below `MIN_BURST_STEPS` does not part bursts.
    """
    state = np.where(course >= on, 1, np.where(course < off, 0, -1))  # between the levels it stays what it was
    last = np.maximum.accumulate(np.where(state >= 0, np.arange(len(course)), -1))
    active = np.where(last >= 0, state[last], 0).astype(bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    begins, ends = edges[::2], edges[1::2]
    if len(begins):
        apart = begins[1:] - ends[:-1] >= MIN_BURST_STEPS
        begins, ends = begins[np.concatenate([[True], apart])], ends[np.concatenate([apart, [True]])]
        cut = (begins == 0) | (ends == len(course))  # how long such a burst is, is not known
        long = cut | (ends - begins >= MIN_BURST_STEPS)
        begins, ends = begins[long], ends[long]
    peaks = [begin + int(np.argmax(course[begin:end])) for begin, end in zip(begins, ends, strict=True)]
    found = np.stack([begins, ends, np.array(peaks, np.intp)], axis=1) if len(begins) else np.empty((0, 3), np.intp)
    found[found[:, 0] == 0, 0] = -1
    found[found[:, 1] == len(course), 1] = -1
    return np.asarray(found, np.intp)


def match_events(true: NDArray[np.intp], predicted: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return (pairs, 2) places of events that belong together: the nearest first, none twice, within the tolerance."""
    distance = np.abs(true[:, np.newaxis] - predicted[np.newaxis])
    near = np.argwhere(distance <= TOLERANCE_STEPS)
    near = near[np.argsort(distance[near[:, 0], near[:, 1]], kind="stable")]
    pairs: list[tuple[int, int]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for one, other in near:
        if int(one) not in taken[0] and int(other) not in taken[1]:
            pairs.append((int(one), int(other)))
            taken[0].add(int(one))
            taken[1].add(int(other))
    return np.array(pairs, np.intp).reshape(-1, 2)


def _events(true: Sequence[NDArray[np.intp]], predicted: Sequence[NDArray[np.intp]]) -> EventTiming:
    n_true = n_predicted = 0
    errors: list[float] = []
    for of_truth, of_prediction in zip(true, predicted, strict=True):
        t, p = of_truth[of_truth >= 0], of_prediction[of_prediction >= 0]
        pairs = match_events(t, p)
        errors += ((p[pairs[:, 1]] - t[pairs[:, 0]]) * STEP_S).tolist()
        n_true, n_predicted = n_true + len(t), n_predicted + len(p)
    return EventTiming(
        n_true,
        n_predicted,
        len(errors),
        float(np.median(errors)) if errors else float("nan"),
        float(np.median(np.abs(errors))) if errors else float("nan"),
    )
