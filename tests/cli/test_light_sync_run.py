"""A recording without a window has a sensor show its light once, and keeps what that tells."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from app.record_page.light_ritual import LightRitual
from app.record_page.ritual import RitualStage
from app.recording_runs import show_light
from mia_core.live.sensor_feed import SensorFeed
from mia_core.processing.light_sync import LightSync
from mia_core.samples import Pose
from tests.live.test_light_watch import HZ, LATE_S, THIGH, Show


@dataclass
class Notes:
    """A recording that notes what it is told."""

    marks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    syncs: list[tuple[Mapping[str, Any], bool]] = field(default_factory=list)

    def mark(self, kind: str, details: dict[str, Any]) -> None:
        self.marks.append((kind, details))

    def note_sync(self, content: Mapping[str, Any], *, is_of_light: bool) -> None:
        self.syncs.append((content, is_of_light))


class Run:
    """Leads a show as `mia record` does, between two looks at the recording."""

    def __init__(self, show: Show) -> None:
        self.notes, self.said = Notes(), io.StringIO()
        self.light = LightRitual(THIGH, SensorFeed(show.sensors), show.frames, self.notes.mark, show.clock)
        self.begin()

    def begin(self) -> None:
        self.see(None)

    def see(self, pose: Pose | None) -> None:
        pipeline = SimpleNamespace(snapshot=lambda: SimpleNamespace(pose=pose))
        show_light(self.light, pipeline, self.notes, Console(file=self.said, width=300))  # type: ignore[arg-type]

    @property
    def is_over(self) -> bool:
        return self.light.stage is RitualStage.JUDGED

    @property
    def n_switches(self) -> int:
        return self.light.n_given

    def judge(self) -> LightSync | None:
        assert self.light.outcome is not None
        return self.light.outcome.estimate


def run(show: Show) -> Run:
    show.watch = run = Run(show)  # type: ignore[assignment]
    show.run()
    for _ in range(5):
        run.see(None)
    return run


def test_what_a_light_tells_is_kept_once() -> None:
    done = run(Show())
    ((content, is_of_light),) = done.notes.syncs
    assert is_of_light
    assert content["accepted"]
    assert content["offset_s"] == pytest.approx(LATE_S, abs=0.5 / HZ)
    assert [kind for kind, _ in done.notes.marks] == ["ritual_begin", "ritual_end"]
    assert done.notes.marks[1][1]["status"] == "accepted"
    assert done.said.getvalue().startswith("The pictures' times are 1")
    assert done.said.getvalue().count("\n") == 1


def test_a_light_that_is_not_seen_leaves_nothing_but_a_sentence() -> None:
    done = run(Show(is_covered=True))
    assert done.notes.syncs == []
    assert done.notes.marks[1][1]["status"] == "refused"
    assert "0 of 5 changes" in done.said.getvalue()
