"""A recording without a window waits for its sensors, and no longer than they can be hoped for."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from app.live_page.source_choice import SourceChoice
from app.pipelines import Models
from app.recording_runs import SubjectRun, await_sensors, record_subject
from app.sensor_choice import SensorChoice, SensorKind
from mia_core.errors import DeviceLostError, RecordingError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.subject_recorder import SessionPlan
from mia_core.recording.recording_manifest import Subject
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import RAW, ScriptedSensors
from tests.fakes.waiting import wait_until


class Awaited:
    """Sensors on two muscles of which one is still looked for, and somebody who waits for them."""

    def __init__(self) -> None:
        self.sensors, self.clock, self.stop = ScriptedSensors(RAW, (2, 5)), FakeClock(), threading.Event()
        self.sensors.set_state(5, replace(self.sensors.state_of(5), phase=SensorPhase.SEARCHING))
        self.feed = SensorFeed(self.sensors, clock=self.clock)
        self.said = io.StringIO()

    def wait(self, seconds: float) -> None:
        """Wait for the sensors, for so long."""
        await_sensors(self.feed, self.stop, Console(file=self.said, width=200), self.clock, seconds)


@pytest.fixture
def awaited() -> Iterator[Awaited]:
    awaited = Awaited()
    awaited.feed.start()
    yield awaited
    awaited.feed.stop()


def test_it_begins_as_soon_as_the_last_one_sends(awaited: Awaited) -> None:
    waiting = threading.Thread(target=awaited.wait, args=(1e9,))
    waiting.start()
    assert waiting.is_alive()
    awaited.sensors.set_state(5, replace(awaited.sensors.state_of(5), phase=SensorPhase.STREAMING))
    awaited.clock.advance(1.0)
    waiting.join(10)
    assert not waiting.is_alive()
    assert awaited.said.getvalue() == ""


def test_it_begins_without_one_that_does_not_come(awaited: Awaited) -> None:
    awaited.wait(-1.0)
    assert awaited.said.getvalue() == "Nothing comes from right triceps.\n"


@pytest.mark.parametrize("why", ["broken", "ctrl-c"])
def test_it_does_not_wait_in_vain(awaited: Awaited, why: str) -> None:
    if why == "broken":
        awaited.sensors.send(DeviceLostError("hub", "it broke"))
        wait_until(lambda: awaited.feed.error is not None)
    else:
        awaited.stop.set()
    awaited.wait(1e9)
    assert "right triceps" in awaited.said.getvalue()


def test_ctrl_c_while_sensors_are_awaited_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_feed: SensorFeed, stop: threading.Event, _console: Console) -> None:
        stop.set()

    monkeypatch.setattr("app.recording_runs.await_sensors", interrupted)
    plan = SessionPlan(tmp_path, Subject("P01"))
    run = SubjectRun(SourceChoice.demo(), SensorChoice(SensorKind.SIMULATED, ""), plan, Models())
    with pytest.raises(RecordingError, match="Nothing was recorded"):
        record_subject(run)
    assert list(tmp_path.iterdir()) == []
