"""How fast and how exact the nearest-neighbour search is at the size of the published data, against a loop over rows.

The loop is what the paper's authors run: for every query the differences to all training windows, squared, summed, and
the least. It is timed on some queries, before and after the search, and extrapolated to all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.clock import SystemClock, processor_s
from mia_core.laboratory.nearest_neighbour import nearest_rows

PUBLISHED_TRAIN: Final = 19_563
PUBLISHED_VAL: Final = 3_053
DIMENSIONS: Final = 1_500
_STEPS: Final = 30
_STRIDE: Final = 5
"""Steps from one window to the next, so that neighbours are near as in the densest of the published recordings."""
_EXERCISES: Final = 15


@dataclass(frozen=True, slots=True)
class NeighbourBenchmark:
    """The outcome.

    Attributes:
        gallery: Windows that are searched.
        queries: Windows whose neighbours are looked for.
        dimensions: Numbers in a window.
        search_s: Seconds of the search for all queries.
        loop_row_ms: Median time of one query in the loop over rows.
        loop_rows: Queries that the loop was timed on.
        loop_s: Seconds that the loop would take for all queries: extrapolated.
        speed_up: `loop_s` over `search_s`.
        processor_speed_up: The same of processor time, all threads together; a busy machine changes it less.
        checked: Queries that were also searched exhaustively in float64.
        agreeing: In so many of them the index is the same.
    """

    gallery: int
    queries: int
    dimensions: int
    search_s: float
    loop_row_ms: float
    loop_rows: int
    loop_s: float
    speed_up: float
    processor_speed_up: float
    checked: int
    agreeing: int


def measure_nearest(
    n_gallery: int = PUBLISHED_TRAIN,
    n_queries: int = PUBLISHED_VAL,
    loop_rows: int = 60,
    checked: int = 150,
    seed: int = 0,
) -> NeighbourBenchmark:
    """Search simulated windows.

    Args:
        n_gallery: Windows that are searched.
        n_queries: Windows whose neighbours are looked for, at least `loop_rows` and `checked`.
        loop_rows: Queries that the loop over rows is timed on, at least 2.
        checked: Queries that are also searched exhaustively in float64.
        seed: Of the windows.
    """
    gallery, queries = _windows(n_gallery, seed), _windows(n_queries, seed + 1)
    clock = SystemClock()
    some = queries[np.linspace(0, n_queries - 1, loop_rows).astype(np.intp)]
    _by_row(gallery, some[0])  # warms up
    spent = [_timed(gallery, query, clock) for query in some[::2]]
    nearest_rows(gallery, queries[:1])
    started_s, used_s = clock.now(), processor_s()
    found = nearest_rows(gallery, queries)
    search_s, search_processor_s = clock.now() - started_s, processor_s() - used_s
    spent += [_timed(gallery, query, clock) for query in some[1::2]]
    row_s, row_processor_s = np.median(np.array(spent), axis=0)
    rows = np.linspace(0, n_queries - 1, checked).astype(np.intp)
    wide = gallery.astype(np.float64)
    agreeing = sum(int(_by_row(wide, queries[row].astype(np.float64)) == found[row]) for row in rows)
    return NeighbourBenchmark(
        gallery=n_gallery,
        queries=n_queries,
        dimensions=gallery.shape[1],
        search_s=search_s,
        loop_row_ms=1e3 * float(row_s),
        loop_rows=loop_rows,
        loop_s=n_queries * float(row_s),
        speed_up=n_queries * float(row_s) / search_s,
        processor_speed_up=n_queries * float(row_processor_s) / search_processor_s,
        checked=checked,
        agreeing=agreeing,
    )


def _timed(gallery: NDArray[np.float32], query: NDArray[np.float32], clock: SystemClock) -> tuple[float, float]:
    """Return the seconds of one query in the loop, by the clock and of the processor."""
    started_s, used_s = clock.now(), processor_s()
    _by_row(gallery, query)
    return clock.now() - started_s, processor_s() - used_s


def _by_row(gallery: NDArray[np.floating], query: NDArray[np.floating]) -> int:
    """Return the nearest row by looking at all, in the precision of the arguments."""
    return int(np.argmin(np.sqrt(np.sum(np.square(gallery - query), axis=1))))


def _windows(n: int, seed: int) -> NDArray[np.float32]:
    """Return (n, 1500) overlapping windows of smooth motion in fractions of the picture, of some exercises in turns."""
    generator = np.random.default_rng(seed)
    motion = np.random.default_rng(0)  # the exercises are the same for all seeds
    rest, swing = motion.uniform(0.3, 0.7, DIMENSIONS // _STEPS), motion.normal(0, 0.05, (_EXERCISES, 2, 50))
    per_exercise = -(-n // _EXERCISES)
    steps = np.arange(per_exercise * _STRIDE + _STEPS)
    taken = np.arange(per_exercise)[:, np.newaxis] * _STRIDE + np.arange(_STEPS)  # (window, step)
    pieces = []
    for number in range(_EXERCISES):
        phase = np.cumsum(generator.normal(0.6, 0.1, len(steps)))[:, np.newaxis] * (1 + number / _EXERCISES)
        drift = np.cumsum(generator.normal(0, 0.001, (len(steps), 50)), axis=0)
        points = rest + swing[number, 0] * np.sin(phase) + swing[number, 1] * np.sin(2 * phase) + drift  # (step, 50)
        pieces.append(points.astype(np.float32)[taken].reshape(per_exercise, DIMENSIONS))
    return np.concatenate(pieces)[:n]
