"""Everybody who tapped a stream gets every sample, whatever its main sink does."""

from __future__ import annotations

import threading

from mia_core.streams import FanOut, Latest, LosslessQueue


def test_taps_get_every_sample_and_the_main_sink_decides_the_answer() -> None:
    queue: LosslessQueue[int] = LosslessQueue(2)
    fan = FanOut(queue)
    first: list[int] = []
    second: list[int] = []
    fan.tap(first.append)
    assert [fan.put(n) for n in range(2)] == [True, True]
    fan.tap(second.append)
    assert not fan.put(2), "the queue is full"
    fan.untap(first.append)
    fan.untap(first.append)
    fan.put(3)
    assert (first, second) == ([0, 1, 2], [2, 3])
    assert queue.lost == 2


def test_the_main_sink_is_closed_and_taps_are_not_asked() -> None:
    latest: Latest[int] = Latest()
    fan = FanOut(latest)
    fan.close()
    assert latest.finished


def test_taps_may_come_and_go_while_samples_flow() -> None:
    fan: FanOut[int] = FanOut(Latest())
    got: list[int] = []
    stop = threading.Event()

    def flow() -> None:
        number = 0
        while not stop.is_set():
            fan.put(number)
            number += 1

    thread = threading.Thread(target=flow)
    thread.start()
    for _ in range(200):
        fan.tap(got.append)
        fan.untap(got.append)
    fan.tap(got.append)
    while len(got) < 10_000:
        stop.wait(0.001)
    stop.set()
    thread.join()
    tail = got[-5000:]
    assert tail == list(range(tail[0], tail[0] + 5000)), "in order, each once"


def test_a_queue_says_how_full_it_is() -> None:
    queue: LosslessQueue[int] = LosslessQueue(4)
    assert queue.fill == 0
    queue.put(1)
    assert queue.fill == 0.25
    queue.take(0)
    assert queue.fill == 0
