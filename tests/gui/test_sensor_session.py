from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_page.sensor_session import UNEXPECTED, Phase, SensorSession
from mia_core.clock import SystemClock
from mia_core.sensors.bluetooth_errors import BluetoothReason, BluetoothUnavailableError
from mia_core.sensors.sensor_source import SensorSource
from mia_core.streams import SourceInfo
from tests.fakes.scripted_sensors import ScriptedSensors
from tests.fakes.waiting import wait_until

CHOICE = SensorChoice(SensorKind.SIMULATED)
OTHER = SensorChoice(SensorKind.BLUETOOTH, "lab")
OFF = BluetoothUnavailableError(BluetoothReason.OFF)
WAIT_S = 10.0


@pytest.fixture
def session() -> Iterator[SensorSession]:
    session = SensorSession(SystemClock())
    yield session
    assert session.close(WAIT_S)


def _started(session: SensorSession, source: ScriptedSensors, choice: SensorChoice = CHOICE) -> None:
    session.start(choice, lambda: source)
    wait_until(lambda: session.view.phase is Phase.ON)


def test_sensors_run_until_they_are_stopped(session: SensorSession) -> None:
    assert session.view.phase is Phase.OFF
    source = ScriptedSensors()
    _started(session, source)
    assert session.view.choice == CHOICE
    assert session.view.feed is not None
    assert session.view.feed.source is source
    session.stop()
    assert (session.view.phase, session.view.feed, session.view.choice) == (Phase.OFF, None, None)
    wait_until(lambda: source.closed == 1)


def test_the_old_sensors_are_let_go_before_the_new_ones_are_made(session: SensorSession) -> None:
    old, new = ScriptedSensors(), ScriptedSensors()
    _started(session, old)
    closed_before: list[int] = []

    def make() -> SensorSource:
        closed_before.append(old.closed)
        return new

    session.start(OTHER, make)
    assert (session.view.phase, session.view.choice) == (Phase.STARTING, OTHER)
    wait_until(lambda: session.view.phase is Phase.ON)
    assert closed_before == [1]
    assert session.view.feed is not None
    assert session.view.feed.source is new


def test_a_slow_start_does_not_block_and_is_superseded_by_a_stop(session: SensorSession) -> None:
    entered, let_go, source = threading.Event(), threading.Event(), ScriptedSensors()

    def slow() -> SensorSource:
        entered.set()
        assert let_go.wait(WAIT_S)
        return source

    session.start(CHOICE, slow)
    assert entered.wait(WAIT_S)
    session.stop()
    assert session.view.phase is Phase.OFF
    let_go.set()
    wait_until(lambda: source.closed == 1)
    assert session.view.phase is Phase.OFF


def test_orders_that_were_superseded_are_not_carried_out(session: SensorSession) -> None:
    entered, let_go, made = threading.Event(), threading.Event(), []

    def slow() -> SensorSource:
        entered.set()
        assert let_go.wait(WAIT_S)
        return ScriptedSensors()

    session.start(CHOICE, slow)
    assert entered.wait(WAIT_S)
    for number in range(3):
        session.start(CHOICE, lambda number=number: (made.append(number), ScriptedSensors())[1])
    let_go.set()
    wait_until(lambda: session.view.phase is Phase.ON)
    assert made == [2]


def test_sensors_that_can_not_be_made_say_why(session: SensorSession) -> None:
    def refuse() -> SensorSource:
        raise OFF

    session.start(CHOICE, refuse)
    wait_until(lambda: session.view.phase is Phase.FAILED)
    assert (session.view.error, session.view.choice, session.view.feed) == (OFF, CHOICE, None)
    _started(session, ScriptedSensors())
    assert session.view.error is None


def test_sensors_that_can_not_be_opened_or_break_later_say_why(session: SensorSession) -> None:
    class Unopenable(ScriptedSensors):
        def open(self) -> SourceInfo:
            raise OFF

    session.start(CHOICE, Unopenable)
    wait_until(lambda: session.view.phase is Phase.FAILED)
    assert session.view.error is OFF
    source = ScriptedSensors()
    _started(session, source)
    source.send(OFF)
    wait_until(lambda: session.view.phase is Phase.FAILED)
    assert session.view.error is OFF
    assert session.view.feed is not None, "what it has measured so far can still be seen"


def test_closing_stops_the_sensors_and_ends_the_thread() -> None:
    session, source = SensorSession(SystemClock()), ScriptedSensors()
    _started(session, source)
    assert session.close(WAIT_S)
    assert source.closed == 1
    assert session.view.phase is Phase.OFF


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_has_foreseen_is_said_too() -> None:
    session = SensorSession(SystemClock())

    def broken() -> SensorSource:
        raise ZeroDivisionError

    session.start(CHOICE, broken)
    wait_until(lambda: session.view.phase is Phase.FAILED)
    assert session.view.error is UNEXPECTED
    assert session.close(WAIT_S)
