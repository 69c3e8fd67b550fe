"""Whatever ends work on a thread is told: nothing that failed looks as if it had been stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.background_task import BackgroundTask, Work
from app.live_page.camera_list import CameraList
from app.live_page.source_choice import SourceChoice
from app.record_page.recovered import StartRepair
from app.sensor_page.errand import Errand
from app.sessions_page.job_dialog import JobDialog
from app.sessions_page.library_shelf import LibraryShelf
from app.theme import LIGHT
from mia_core.clock import SystemClock
from mia_core.errors import MiaError
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
"""The traceback is reported as well, by whatever hears of errors of threads."""


def fail(*_: object) -> None:
    raise ModuleNotFoundError("No module named 'that'")


def test_an_unforeseen_error_is_told_with_what_it_was() -> None:
    task = BackgroundTask("work", fail)
    assert task.wait(10)
    assert task.result is None
    assert task.error is not None
    assert "unexpected way: ModuleNotFoundError No module named 'that'" in str(task.error)
    assert "report" in task.error.advice


def test_a_foreseen_error_is_told_as_it_is() -> None:
    foreseen = MiaError("It is full.", "Make room.")

    def call(_: Work) -> None:
        raise foreseen

    task = BackgroundTask("work", call)
    assert task.wait(10)
    assert task.error is foreseen


def test_the_dialog_of_a_job_does_not_call_it_stopped(qtbot: QtBot, tmp_path: Path) -> None:
    class Job(JobDialog[None]):
        def job(self) -> object:
            return fail

        def out_folder(self) -> Path:
            return tmp_path

    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = Job(parent, "Title", "Export", "session", 400, LIGHT, fail)
    dialog.begin()
    qtbot.waitUntil(lambda: not dialog.is_running)
    assert "unexpected way" in dialog.outcome.text
    assert "Stopped" not in dialog.outcome.text


def test_an_errand_a_search_and_a_library_tell_it_too(tmp_path: Path) -> None:
    errand = Errand()
    errand.run(fail)
    assert errand.wait_ended(10)
    assert "unexpected way" in str(errand.error)

    def no_cameras() -> list[SourceChoice]:
        raise ValueError("a driver")

    cameras = CameraList(no_cameras)
    cameras.refresh()
    cameras.wait(10)
    assert cameras.cameras == ()
    assert "unexpected way: ValueError a driver" in cameras.error

    def change(_: object) -> tuple[None, str]:
        raise ValueError("a number")

    shelf = LibraryShelf(tmp_path, SystemClock())
    shelf.change(change)
    wait_until(shelf.poll)
    assert "unexpected way: ValueError a number" in str(shelf.error)
    shelf.refresh()
    wait_until(shelf.poll)
    assert shelf.error is None


def test_the_repair_at_the_start_tells_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mia_core.recording.recovery.recover_unfinished", fail)
    repair = StartRepair(tmp_path)
    assert repair.wait_ended(10)
    found = repair.take()
    assert found is not None
    title, text = found.words
    assert "can't be repaired" in title
    assert "unexpected way" in text
    assert repair.take() is None
