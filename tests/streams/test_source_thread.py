from __future__ import annotations

from mia_core.errors import DeviceLostError
from mia_core.samples import Frame
from mia_core.streams import LosslessQueue, SourceThread
from tests.fakes.people import NumberedSource


def drain(queue: LosslessQueue[Frame]) -> list[int]:
    indices = []
    while (frame := queue.take(5)) is not None:
        indices.append(frame.index)
    return indices


def test_every_frame_arrives_in_order_and_the_source_is_closed() -> None:
    source = NumberedSource([i / 30 for i in range(50)])
    queue: LosslessQueue[Frame] = LosslessQueue(4, patience_s=None)
    thread = SourceThread(source, queue, "camera")
    thread.start()
    assert drain(queue) == list(range(50))
    assert thread.stop()
    assert source.closed == 1
    assert thread.error is None


def test_a_lost_device_reaches_the_reader_as_an_error_after_its_last_frame() -> None:
    queue: LosslessQueue[Frame] = LosslessQueue(4, patience_s=None)
    thread = SourceThread(NumberedSource([0.0, 0.1, 0.2], lost_after=2), queue, "camera")
    thread.start()
    assert drain(queue) == [0, 1]
    thread.stop()
    assert isinstance(thread.error, DeviceLostError)
    assert "pulled out" in str(thread.error)
    assert thread.error.advice


def test_pause_holds_and_step_gives_one_frame() -> None:
    queue: LosslessQueue[Frame] = LosslessQueue(100)
    thread = SourceThread(NumberedSource([i / 30 for i in range(50)]), queue, "camera")
    thread.pause()
    thread.start()
    assert thread.wait_opened(5)
    assert queue.take(0.2) is None
    thread.step()
    first = queue.take(5)
    assert first is not None
    assert first.index == 0
    assert queue.take(0.2) is None
    thread.resume()
    assert drain(queue) == list(range(1, 50))
    thread.stop()


def test_stop_ends_a_source_that_waits_for_a_full_queue() -> None:
    queue: LosslessQueue[Frame] = LosslessQueue(1, patience_s=None)
    thread = SourceThread(NumberedSource([i / 30 for i in range(50)]), queue, "camera")
    thread.start()
    assert thread.wait_opened(5)
    assert thread.stop()
