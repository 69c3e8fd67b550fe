from __future__ import annotations

import threading

import pytest

from app.live_page.live_session import LiveSession, Phase
from app.live_page.pipeline_protocol import Setup
from app.live_page.source_choice import SourceChoice
from mia_core.errors import CameraNotFoundError
from tests.gui.fake_pipeline import FakePipeline

DEMO = SourceChoice.demo()
CAMERA = SourceChoice.camera("1")
WAIT_S = 10.0


class SlowPipeline(FakePipeline):
    """Starts only when it is let go, like a camera that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def start(self) -> None:
        self.entered.set()
        self.let_go.wait(WAIT_S)
        super().start()


def test_a_slow_start_does_not_block_and_is_superseded_by_a_stop() -> None:
    pipeline = SlowPipeline()
    session = LiveSession(lambda _choice, _setup: pipeline)
    session.start(DEMO, Setup())
    assert session.view.phase is Phase.STARTING
    assert pipeline.entered.wait(WAIT_S)
    session.stop()
    assert session.view.phase is Phase.IDLE
    pipeline.let_go.set()
    assert pipeline.stopped.wait(WAIT_S)
    assert session.view.phase is Phase.IDLE
    assert session.close(WAIT_S)


def test_the_old_source_is_released_before_the_new_one_is_opened() -> None:
    order: list[str] = []

    class Noting(FakePipeline):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def start(self) -> None:
            order.append(f"start {self.name}")
            super().start()

        def stop(self) -> None:
            order.append(f"stop {self.name}")
            super().stop()

    made = {DEMO: Noting("demo"), CAMERA: Noting("camera")}
    session = LiveSession(lambda choice, _setup: made[choice])
    session.start(DEMO, Setup())
    assert made[DEMO].started.wait(WAIT_S)
    session.start(CAMERA, Setup())
    assert made[CAMERA].started.wait(WAIT_S)
    assert session.close(WAIT_S)
    assert order == ["start demo", "stop demo", "start camera", "stop camera"]


def test_an_error_at_start_is_shown_and_the_next_start_works() -> None:
    pipeline = FakePipeline()
    done = threading.Event()

    def create(choice: SourceChoice, _setup: Setup) -> FakePipeline:
        if choice == CAMERA:
            raise CameraNotFoundError("No such camera.", "Plug it in.")
        return pipeline

    session = LiveSession(create)
    session.start(CAMERA, Setup())
    session.start(CAMERA, Setup())
    waited = 0
    while session.view.phase is not Phase.FAILED and waited < 1000:
        done.wait(0.01)
        waited += 1
    assert session.view.phase is Phase.FAILED
    assert str(session.view.error) == "No such camera."
    session.start(DEMO, Setup())
    assert pipeline.started.wait(WAIT_S)
    assert session.close(WAIT_S)
    assert pipeline.stopped.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unexpected_failure_is_never_silent() -> None:
    def create(_choice: SourceChoice, _setup: Setup) -> FakePipeline:
        raise ZeroDivisionError

    session = LiveSession(create)
    session.start(DEMO, Setup())
    assert session.wait_ended(WAIT_S)
    assert session.view.phase is Phase.FAILED
    assert session.view.error is not None
