"""Put the envelopes of all sensors, each with its own clock, on the common 10 Hz grid.

A sample of an envelope sensor is the mean over the time since the one before it, so that is what it stands for, and a
mean over a span weighs every sample by the time it shares with the span. What is measured at a step is the mean over
0.05 s to both sides of its time (`spans_around`), since what a model says of a step is the activation at that instant.
Of a 10 Hz sensor whose samples fall anywhere in the steps this is the straight line between the middles of what two
samples stand for, read at the step, with no delay of its own; of a fast one it is the plain mean of the samples around
the step. Joining samples by lines and averaging these instead would smooth a 10 Hz sensor a second time and make it
0.05 s late. Price: a step is final when the sample that reaches 0.05 s beyond it has come, of a 10 Hz sensor up to
0.15 s later; until then the last one is held.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.samples import STEP_S, Floats, Times

KNOWN_FOR_S: Final = 0.5
"""Over so long an absence of samples the last one is held; from then on nothing is known."""
_KNOWN_SHARE: Final = 0.5
"""A mean is told when at least this share of its span is known."""
_ROUNDING_S: Final = 1e-9


def spans_around(moments_s: Times, length_s: float = STEP_S) -> tuple[Times, Times]:
    """Return where the spans begin and end over which what is measured at some moments, such as steps, is the mean.

    Args:
        moments_s: (m,) such as times of steps.
        length_s: Of each span, half of it to either side.
    """
    return moments_s - length_s / 2, moments_s + length_s / 2


def span_means(times_s: Times, values: Floats, starts_s: Times, ends_s: Times) -> Floats:
    """Return the means of one channel over some spans of time.

    A sample stands for the time since the one before it. Between samples that are more than `KNOWN_FOR_S` apart the
    first is held for so long, and the second stands for the 0.1 s before it; the newest is held as well.

    Args:
        times_s: (n,) when each sample was taken, not falling.
        values: (n,) finite.
        starts_s: (m,) where each span begins.
        ends_s: (m,) where it ends.

    Returns:
        (m,) float32, of the part of each span in which something is known; NaN where that is less than half of it.
    """
    if len(times_s) == 0:
        return np.full(len(ends_s), np.nan, np.float32)
    away = np.diff(times_s, prepend=-np.inf, append=np.inf) > KNOWN_FOR_S  # (n + 1,) before each sample, and at the end
    from_s = np.where(away[:-1], times_s - STEP_S, np.concatenate([times_s[:1], times_s[:-1]]))
    until_s = np.where(away[1:], np.minimum(times_s + KNOWN_FOR_S, np.append(from_s[1:], np.inf)), times_s)
    edges_s = np.column_stack([from_s, until_s]).ravel()  # (2 n,) what is known begins, ends, begins ...
    known_s = np.repeat(np.cumsum(until_s - from_s), 2)
    known_s[::2] -= until_s - from_s
    area = np.repeat(np.cumsum((until_s - from_s) * values), 2)
    area[::2] -= (until_s - from_s) * values
    in_span_s = np.interp(ends_s, edges_s, known_s) - np.interp(starts_s, edges_s, known_s)
    in_span = np.interp(ends_s, edges_s, area) - np.interp(starts_s, edges_s, area)
    means = np.full(len(ends_s), np.nan, np.float32)
    is_known = in_span_s > _KNOWN_SHARE * (ends_s - starts_s) - _ROUNDING_S
    means[is_known] = in_span[is_known] / in_span_s[is_known]
    return means
