"""A run whose threads hang says so, and where what was written lies, instead of that nothing was."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import headless, recording_runs
from app.live_page.source_choice import SourceChoice
from app.pipelines import Models
from mia_core.errors import MiaError
from mia_core.live.recording_slot import Recorder
from mia_core.live.snapshot import Snapshot
from mia_core.live.subject_recorder import SessionPlan
from mia_core.live.time_line import TimeLine
from mia_core.recording.recording_manifest import Subject
from mia_core.samples import Frame
from mia_core.streams import FanOut, Latest


class Endless:
    """A pipeline that hangs."""

    def __init__(self) -> None:
        self.captured: FanOut[Frame] = FanOut(Latest())
        self.time_line = TimeLine()

    def record(self, _recorder: Recorder) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def wait(self, _timeout_s: float) -> bool:
        return False

    def snapshot(self) -> Snapshot:
        return Snapshot()


def nothing(*_: object) -> None: ...


def test_a_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless, "make_pipeline", lambda *_: Endless())
    monkeypatch.setattr(headless, "_show_progress", nothing)
    with pytest.raises(headless.RunFailedError, match="did not end") as caught:
        headless.run_headless(SourceChoice.demo(), Models(), tmp_path / "out")
    check(caught.value, tmp_path / "out")


def test_a_subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_runs, "LivePipeline", lambda *_, **__: Endless())
    monkeypatch.setattr(recording_runs, "_watch", nothing)
    run = recording_runs.SubjectRun(SourceChoice.demo(), None, SessionPlan(tmp_path, Subject("P01")), Models())
    with pytest.raises(recording_runs.SubjectRunError, match="did not end") as caught:
        recording_runs.record_subject(run)
    check(caught.value, tmp_path)


def check(error: MiaError, folder: Path) -> None:
    assert str(folder) in error.advice
