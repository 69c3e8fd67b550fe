from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from mia_core.streams import Latest, LosslessQueue, RingBuffer


@given(st.lists(st.booleans(), max_size=60))
def test_latest_accounts_for_every_item(takes: list[bool]) -> None:
    slot: Latest[int] = Latest()
    taken = []
    for index, take in enumerate(takes):
        slot.put(index)
        if take:
            taken.append(slot.take(0))
    rest = slot.take(0)
    taken += [] if rest is None else [rest]
    assert taken == sorted(taken)
    assert len(taken) + slot.skipped == len(takes)
    if takes:
        assert taken[-1] == len(takes) - 1, "the newest item is never the one that is skipped"


def test_skipped_counts_only_what_came_before_the_item_that_was_taken() -> None:
    slot: Latest[int] = Latest()
    for index in range(4):
        slot.put(index)
    assert slot.take(0) == 3
    assert slot.skipped == 3
    slot.put(4)
    slot.put(5)
    assert slot.skipped == 3, "4 is in front of an item that nobody has taken yet"
    assert slot.take(0) == 5
    assert slot.skipped == 4


def test_closing_latest_wakes_its_reader_and_keeps_the_last_item() -> None:
    slot: Latest[str] = Latest()
    slot.put("last")
    slot.close()
    assert not slot.finished, "the last item is still there"
    assert slot.take(5) == "last"
    assert slot.take(5) is None
    assert slot.finished


def test_an_impatient_queue_counts_what_it_refuses() -> None:
    queue: LosslessQueue[int] = LosslessQueue(3)
    accepted = [queue.put(index) for index in range(5)]
    assert accepted == [True, True, True, False, False]
    assert queue.lost == 2
    assert [queue.take(0) for _ in range(4)] == [0, 1, 2, None]


def test_a_patient_queue_loses_nothing_and_keeps_the_order() -> None:
    queue: LosslessQueue[int] = LosslessQueue(2, patience_s=None)
    writer = threading.Thread(target=lambda: [queue.put(index) for index in range(200)])
    writer.start()
    received = [queue.take(5) for _ in range(200)]
    writer.join()
    assert received == list(range(200))
    assert queue.lost == 0


def test_closing_a_full_patient_queue_frees_its_writer() -> None:
    queue: LosslessQueue[int] = LosslessQueue(1, patience_s=None)
    queue.put(0)
    outcome: list[bool] = []
    writer = threading.Thread(target=lambda: outcome.append(queue.put(1)))
    writer.start()
    queue.close()
    writer.join(5)
    assert outcome == [False]
    assert not queue.finished
    assert queue.take(0) == 0
    assert queue.finished


@given(st.integers(1, 10), st.integers(0, 40))
def test_ring_buffer_keeps_the_newest(capacity: int, n: int) -> None:
    ring: RingBuffer[int] = RingBuffer(capacity)
    for index in range(n):
        ring.append(index)
    assert ring.items() == list(range(n))[-capacity:]
