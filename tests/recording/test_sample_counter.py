"""Samples and losses are counted alike, chunk by chunk while recording and in one piece after a crash."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mia_core.muscles import MONTAGE
from mia_core.recording.sample_counter import SampleCounter
from mia_core.samples import EmgChunk, SampleFlag
from tests.fakes.numbered_streams import numbered_chunk
from tests.fakes.scripted_sensors import chunk

KEPT = st.lists(st.booleans(), min_size=2, max_size=60).filter(any)


def of(numbers: list[int], segment: int) -> EmgChunk:
    whole = numbered_chunk(0, max(numbers) + 1)
    rows = np.isin(whole.counters, numbers)
    names = ("channels", "values", "arrivals_s", "timestamps_s", "counters", "segments", "flags")
    columns = {name: getattr(whole, name)[rows] for name in names}
    return EmgChunk(**{**columns, "segments": np.full(rows.sum(), segment, np.int32)})


@given(KEPT, st.integers(1, 10))
def test_losses_are_the_numbers_that_are_missing_between_the_first_and_the_last(kept: list[bool], size: int) -> None:
    numbers = [n for n, is_kept in enumerate(kept) if is_kept]
    counter, whole = SampleCounter(), SampleCounter()
    for begin in range(0, len(numbers), size):
        counter.add(of(numbers[begin : begin + size], 0))
    whole.add(of(numbers, 0))
    assert counter.samples() == whole.samples() == dict.fromkeys(MONTAGE.names, len(numbers))
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    assert counter.lost() == whole.lost() == dict.fromkeys(MONTAGE.names, missing)
    assert counter.total == 8 * len(numbers)


def test_a_new_connection_is_no_loss() -> None:
    counter = SampleCounter()
    counter.add(of([5, 6], 0))
    counter.add(of([90, 91], 1))
    assert set(counter.lost().values()) == {0}


def test_without_a_counter_flags_say_that_something_is_missing() -> None:
    sent = chunk(2, [0.0, 0.1, 0.5], [1.0, 2.0, 3.0])
    sent.flags[2] = SampleFlag.AFTER_LOSS | SampleFlag.INDEX_INFERRED
    counter = SampleCounter()
    counter.add(sent)
    assert counter.samples() == {"left_quadriceps": 3}
    assert counter.lost() == {"left_quadriceps": 1}
