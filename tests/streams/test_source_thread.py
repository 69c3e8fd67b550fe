from __future__ import annotations

import pytest

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


class Hesitant(NumberedSource):
    """Says None in front of every frame, as a file does whose next frame is not due."""

    def __init__(self, timestamps_s: list[float]) -> None:
        super().__init__(timestamps_s)
        self._hesitates = False

    def read(self) -> Frame | None:
        self._hesitates = not self._hesitates
        return None if self._hesitates else super().read()


def test_a_step_gives_a_frame_even_when_the_next_one_is_not_due() -> None:
    queue: LosslessQueue[Frame] = LosslessQueue(100)
    thread = SourceThread(Hesitant([i / 5 for i in range(20)]), queue, "camera")
    thread.pause()
    thread.start()
    for index in range(4):
        thread.step()
        frame = queue.take(5)
        assert frame is not None
        assert frame.index == index
    thread.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_source_that_can_not_be_closed_leaves_no_reader_waiting() -> None:
    class Stuck(NumberedSource):
        def close(self) -> None:
            raise DeviceLostError("numbered", "it can't be closed")

    queue: LosslessQueue[Frame] = LosslessQueue(100)
    thread = SourceThread(Stuck([0.0]), queue, "camera")
    thread.start()
    assert drain(queue) == [0]
    assert queue.finished
    thread.stop()


def test_stop_ends_a_source_that_waits_for_a_full_queue() -> None:
    queue: LosslessQueue[Frame] = LosslessQueue(1, patience_s=None)
    thread = SourceThread(NumberedSource([i / 30 for i in range(50)]), queue, "camera")
    thread.start()
    assert thread.wait_opened(5)
    assert thread.stop()
