"""The page of recorded sessions, on folders made for it: what it lists, finds, changes, throws away and exports."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QInputDialog, QMessageBox, QToolButton
from pytestqt.qtbot import QtBot

from app.export_commands import ExportFormat
from app.main_window import MainWindow
from app.sessions_page import library_shelf
from app.sessions_page.listed_session import duration_text, listed
from app.sessions_page.session_table import COLUMNS, SessionTable
from app.sessions_page.sessions_page import SessionsPage
from mia_core.recording.found_sessions import Part, SessionState
from mia_core.recording.recording_manifest import Privacy, RecordingManifest, Subject
from mia_core.recording.session_json import read_json, write_json
from mia_core.recording.session_library import SessionLibrary
from mia_core.recording.session_writers import claim
from tests.export.made_sessions import make_session
from tests.gui.fake_pipeline import FakePipeline

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
MANIFEST = RecordingManifest(
    "mia-live 0", "2026-11-28T14:15:00+00:00", "ses-1", Subject("A", "left-handed"), tags=("pilot",), complete=True
)


def add(root: Path, subject: str, name: str, **changes: object) -> Path:
    folder = root / f"sub-{subject}" / name
    folder.mkdir(parents=True)
    manifest = replace(MANIFEST, session_id=name, subject=Subject(subject, MANIFEST.subject.notes))
    write_json(folder / "session.json", replace(manifest, **changes).to_json())  # type: ignore[arg-type]
    (folder / "frames.csv").write_text("frame_index,timestamp_s,captured_ns,in_video\n0,1.5,0,0\n9,64.5,0,0\n")
    return folder


@dataclass
class Rig:
    """The page in its window, over a folder."""

    window: MainWindow
    page: SessionsPage
    root: Path
    qtbot: QtBot

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.page.shelf.is_busy)

    def do(self, action: str) -> None:
        self.window.actions_by_name[action].trigger()
        self.settle()

    def choose(self, folder: Path) -> None:
        self.page.table.choose(folder)

    @property
    def names(self) -> list[str]:
        return [session.folder.name for session in self.page.table.shown]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def open_page(qtbot: QtBot, root: Path, open_window: Callable[..., MainWindow]) -> Iterator[Callable[[], Rig]]:
    opened: list[Rig] = []

    def make() -> Rig:
        window = open_window(lambda *_: FakePipeline())
        window.show_page("sessions")
        rig = Rig(window, window.sessions_page, root, qtbot)
        rig.settle()
        opened.append(rig)
        return rig

    yield make
    for rig in opened:
        rig.settle()


def test_an_empty_folder_says_what_to_do(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    assert rig.names == []
    assert not rig.window.actions_by_name["open_session"].isEnabled()
    assert not rig.window.actions_by_name["empty_bin"].isEnabled()


def test_sessions_are_listed_with_their_state(root: Path, open_page: Callable[[], Rig]) -> None:
    add(root, "A", "ses-1")
    add(root, "A", "ses-2", complete=False)
    add(root, "B", "ses-3", recovered={"utc": ""})
    (add(root, "B", "ses-4") / "session.json").write_text("{")
    claim(add(root, "C", "ses-5", complete=False))
    rig = open_page()
    assert {session.folder.name: session.state for session in rig.page.table.shown} == {
        "ses-5": SessionState.RECORDING,
        "ses-4": SessionState.UNREADABLE,
        "ses-3": SessionState.RECOVERED,
        "ses-2": SessionState.UNFINISHED,
        "ses-1": SessionState.COMPLETE,
    }
    assert rig.names == ["ses-5", "ses-4", "ses-3", "ses-2", "ses-1"]
    assert duration_text(rig.page.table.shown[-1].duration_s) == "1:03"
    rig.choose(root / "sub-C" / "ses-5")
    assert not rig.window.actions_by_name["discard_session"].isEnabled()
    rig.choose(root / "sub-B" / "ses-4")
    assert "session.json" in rig.page.details.problem.text
    assert not rig.window.actions_by_name["open_session"].isEnabled()


def test_parts_are_told_in_words_and_not_by_colour_alone(root: Path, open_page: Callable[[], Rig]) -> None:
    add(root, "A", "ses-1", privacy=Privacy.KEYPOINTS_ONLY, protocol={"name": "Paper"})
    rig = open_page()
    spoken = rig.page.details.parts.accessibleName().splitlines()
    assert "Video: left out on purpose" in spoken
    assert "Protocol: there" in spoken
    assert "Sync: missing" in spoken
    model = rig.page.table.model()
    column = next(place for place, column in enumerate(COLUMNS) if column.part is Part.VIDEO)
    assert model.index(0, column).data(Qt.ItemDataRole.ToolTipRole) == "Video: left out on purpose"


def test_both_ways_of_sync_are_told_with_offset_and_spread(root: Path, open_page: Callable[[], Rig]) -> None:
    light = {"offset_s": 0.1, "spread_s": 0.01, "accepted": True}
    add(root, "A", "ses-1", light_sync=light)
    add(root, "A", "ses-2", sync={"offset_s": -0.02, "spread_s": 0.05, "accepted": False}, light_sync={"offset_s": ""})
    rig = open_page()
    rig.choose(root / "sub-A" / "ses-1")
    assert "Light: camera +100 ms, spread 10 ms" in rig.page.details.facts.text().splitlines()
    assert "Sync: there" in rig.page.details.parts.accessibleName().splitlines()
    rig.choose(root / "sub-A" / "ses-2")
    lines = rig.page.details.facts.text().splitlines()
    assert "Sync: offset \N{MINUS SIGN}20 ms, spread 50 ms: refused" in lines
    assert "Light: can't be read" in lines
    assert "Sync: missing" in rig.page.details.parts.accessibleName().splitlines()


def test_a_search_and_a_subject_narrow_the_list(qtbot: QtBot, root: Path, open_page: Callable[[], Rig]) -> None:
    add(root, "A", "ses-1", tags=("knee",))
    add(root, "A", "ses-2")
    add(root, "B", "ses-3", tags=("knee",))
    add(root, "B", "ses-4", recovered={"utc": ""})
    rig = open_page()
    rig.window.actions_by_name["find_session"].trigger()
    qtbot.keyClicks(rig.page.controls.search, "knee")
    assert rig.names == ["ses-3", "ses-1"]
    rig.page.controls.subjects.setCurrentText("A")
    assert rig.names == ["ses-1"]
    rig.page.controls.search.setText("nothing of the kind")
    assert rig.names == []
    rig.page.controls.search.setText("recovered")
    rig.page.controls.subjects.setCurrentIndex(0)
    assert rig.names == ["ses-4"]


def test_tags_and_notes_are_edited_in_place(qtbot: QtBot, root: Path, open_page: Callable[[], Rig]) -> None:
    folder = add(root, "A", "ses-1")
    rig = open_page()
    details = rig.page.details
    details.tags.setText(" knee,  good ,knee")
    details.tags.editingFinished.emit()
    details.notes.setPlainText("sore knee")
    details.notes.finish()
    rig.settle()
    content = read_json(folder / "session.json")
    assert content["tags"] == ["knee", "good"]
    assert content["subject"]["notes"] == "sore knee"
    assert rig.page.chosen[0].tags == ("knee", "good")


def test_what_was_typed_is_kept_for_its_session_when_another_is_chosen(
    root: Path, open_page: Callable[[], Rig]
) -> None:
    one, other = add(root, "A", "ses-1"), add(root, "A", "ses-2")
    rig = open_page()
    rig.choose(one)
    rig.page.details.tags.setText("mine")
    rig.choose(other)
    rig.settle()
    assert read_json(one / "session.json")["tags"] == ["mine"]
    assert read_json(other / "session.json")["tags"] == ["pilot"]


def test_a_session_moves_to_another_subject(root: Path, open_page: Callable[[], Rig]) -> None:
    add(root, "A", "ses-1")
    add(root, "B", "ses-2")
    rig = open_page()
    rig.choose(root / "sub-A" / "ses-1")
    rig.window.actions_by_name["move_session"].trigger()
    dialog = rig.page.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("B")
    dialog.accept()
    rig.settle()
    assert [session.subject for session in rig.page.table.shown] == ["B", "B"]
    assert rig.page.chosen[0].folder == root / "sub-B" / "ses-1"


def test_a_subject_that_can_not_be_is_told(root: Path, open_page: Callable[[], Rig]) -> None:
    folder = add(root, "A", "ses-1")
    rig = open_page()
    rig.page.move_to(rig.page.chosen[0], "../x")
    rig.settle()
    assert "no subject id" in rig.page.notice.text
    assert folder.is_dir()


def test_the_bin_gives_back_and_is_emptied(root: Path, open_page: Callable[[], Rig]) -> None:
    one, other = add(root, "A", "ses-1"), add(root, "A", "ses-2")
    rig = open_page()
    rig.page.table.selectAll()
    rig.do("discard_session")
    assert rig.names == []
    rig.do("recycle_bin")
    assert rig.names == ["ses-2", "ses-1"]
    rig.choose(rig.page.table.shown[1].folder)
    rig.do("discard_session")
    assert one.is_dir()
    assert not other.exists()
    rig.window.actions_by_name["empty_bin"].trigger()
    assert _answer("Keep") == "Delete 1 session for ever?"
    rig.settle()
    assert len(SessionLibrary(root).discarded()) == 1
    rig.window.actions_by_name["empty_bin"].trigger()
    _answer("Delete for ever")
    rig.settle()
    assert SessionLibrary(root).discarded() == ()
    assert one.is_dir()


def test_a_subject_is_deleted_for_ever_after_it_is_said_how_much(root: Path, open_page: Callable[[], Rig]) -> None:
    for name in ("ses-1", "ses-2"):
        add(root, "A", name)
    kept = add(root, "B", "ses-3")
    rig = open_page()
    rig.choose(root / "sub-A" / "ses-2")
    rig.do("discard_session")
    rig.choose(root / "sub-A" / "ses-1")
    rig.window.actions_by_name["delete_subject"].trigger()
    assert _answer("Delete for ever") == "Delete subject A with 2 sessions for ever?"
    rig.settle()
    assert rig.names == ["ses-3"]
    assert kept.is_dir()
    assert not any(root.rglob("sub-A"))


def test_a_session_that_was_cut_short_is_repaired(root: Path, open_page: Callable[[], Rig]) -> None:
    folder = make_session(root / "sub-A" / "ses-1", subject="A", seconds=2.0, session_id="ses-1", complete=False)
    rig = open_page()
    assert rig.page.details.repair.isVisible()
    rig.page.details.repair.click()
    rig.settle()
    assert rig.page.chosen[0].state is SessionState.RECOVERED
    assert read_json(folder / "session.json")["complete"] is True
    assert not rig.page.details.repair.isVisible()


def test_return_and_a_double_click_open_a_session(qtbot: QtBot, root: Path, open_page: Callable[[], Rig]) -> None:
    folder = make_session(root / "sub-A" / "ses-1", subject="A", session_id="ses-1", seconds=4.0)
    rig = open_page()
    table, review = rig.page.table, rig.window.review_page
    for open_it in (
        lambda: qtbot.keyClick(table, Qt.Key.Key_Return),
        lambda: _double_click(qtbot, table),
    ):
        rig.window.show_page("sessions")
        rig.settle()
        open_it()
        assert rig.window.settings.page == "review"
        qtbot.waitUntil(lambda: not review.is_busy)
        assert review.session is not None
        assert review.session.recorded.folder == folder


def test_a_session_that_is_thrown_away_is_no_longer_reviewed(
    qtbot: QtBot, root: Path, open_page: Callable[[], Rig]
) -> None:
    folder = make_session(root / "sub-A" / "ses-1", subject="A", session_id="ses-1", seconds=4.0)
    add(root, "A", "ses-2")
    rig = open_page()
    review = rig.window.review_page
    rig.choose(folder)
    rig.do("open_session")
    qtbot.waitUntil(lambda: not review.is_busy)
    rig.window.show_page("sessions")
    rig.settle()
    rig.choose(root / "sub-A" / "ses-2")
    rig.do("discard_session")
    assert review.session is not None
    rig.choose(folder)
    rig.do("discard_session")
    assert review.session is None
    assert not rig.window.actions_by_name["play_session"].isEnabled()


def test_sessions_are_exported_in_several_formats(qtbot: QtBot, root: Path, open_page: Callable[[], Rig]) -> None:
    for name in ("ses-1", "ses-2"):
        make_session(root / "sub-P01" / name, session_id=name, seconds=4.0)
    add(root, "B", "ses-3", complete=False)
    rig = open_page()
    rig.page.table.selectAll()
    rig.window.actions_by_name["export_sessions"].trigger()
    dialog = rig.page.export_dialog
    assert dialog is not None
    assert dialog.windowTitle() == "Export 2 sessions"
    dialog.formats[ExportFormat.MIA].setChecked(False)
    assert not dialog.start.isEnabled()
    for kind in (ExportFormat.CSV, ExportFormat.TRC):
        dialog.formats[kind].setChecked(True)
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.is_running)
    assert "CSV tables (2), OpenSim .trc (2)" in dialog.outcome.text
    out = Path(dialog.out.text())
    assert sorted(path.name for path in out.iterdir()) == ["csv", "trc"]
    assert not dialog.bar.isVisible()
    dialog.start.click()  # the same folder again: nothing is overwritten
    qtbot.waitUntil(lambda: not dialog.is_running)
    assert "nothing is overwritten" in dialog.outcome.text
    dialog.close()


def test_an_export_can_be_stopped(
    qtbot: QtBot, root: Path, open_page: Callable[[], Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ses-1", "ses-2"):
        make_session(root / "sub-P01" / name, session_id=name, seconds=4.0)
    rig = open_page()
    began, may_go_on = threading.Event(), threading.Event()
    from mia_core.export.csv_exporter import CsvExporter

    add_session = CsvExporter.add

    def slow(self: CsvExporter, *arguments: object) -> None:
        began.set()
        may_go_on.wait(10)
        add_session(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(CsvExporter, "add", slow)
    rig.page.table.selectAll()
    rig.window.actions_by_name["export_sessions"].trigger()
    dialog = rig.page.export_dialog
    assert dialog is not None
    dialog.formats[ExportFormat.MIA].setChecked(False)
    dialog.formats[ExportFormat.CSV].setChecked(True)
    dialog.start.click()
    assert began.wait(10)
    dialog.follow()
    assert dialog.bar.isVisible()
    rig.window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is rig.window)
    rig.window.actions_by_name["export_sessions"].trigger()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    assert rig.page.export_dialog is dialog, "there is one at a time"
    dialog.stop.click()
    assert "Stopping" in dialog.doing.text()
    may_go_on.set()
    qtbot.waitUntil(lambda: not dialog.is_running)
    assert "Stopped" in dialog.outcome.text
    assert not (Path(dialog.out.text()) / "csv").exists()
    dialog.close()


def test_a_slow_disk_does_not_hold_up_the_window(
    qtbot: QtBot, root: Path, open_page: Callable[[], Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(root, "A", "ses-1")
    rig = open_page()
    may_go_on = threading.Event()

    def slow(*arguments: object) -> object:
        may_go_on.wait(10)
        return listed(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(library_shelf, "listed", slow)
    add(root, "A", "ses-2")
    rig.window.actions_by_name["refresh_sessions"].trigger()
    rig.page.controls.search.setText("ses")
    QApplication.processEvents()
    assert rig.page.shelf.is_busy
    assert rig.names == ["ses-1"]
    may_go_on.set()
    rig.settle()
    assert rig.names == ["ses-2", "ses-1"]


def test_columns_sort(qtbot: QtBot, root: Path, open_page: Callable[[], Rig]) -> None:
    add(root, "B", "ses-1")
    add(root, "A", "ses-2")
    rig = open_page()
    rig.page.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert [session.subject for session in rig.page.table.shown] == ["A", "B"]
    rig.page.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert [session.subject for session in rig.page.table.shown] == ["B", "A"]


def test_a_length_is_unknown_where_nothing_tells_it(tmp_path: Path) -> None:
    folder = add(tmp_path, "A", "ses-1")
    (folder / "frames.csv").write_text("frame_index,timestamp_s,captured_ns,in_video\n")
    (entry,) = SessionLibrary(tmp_path).sessions()
    assert listed(entry).duration_s is None
    assert duration_text(None) == "\N{EN DASH}"
    assert duration_text(3723.4) == "1:02:03"


@pytest.mark.skipif(os.name == "nt", reason="needs pipes that have names")
def test_a_pipe_in_place_of_a_table_is_not_waited_for(tmp_path: Path) -> None:
    frames = add(tmp_path, "A", "ses-1") / "frames.csv"
    frames.unlink()
    os.mkfifo(frames)
    (entry,) = SessionLibrary(tmp_path).sessions()
    assert listed(entry).duration_s is None


def _double_click(qtbot: QtBot, table: SessionTable) -> None:
    place: QPoint = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def _answer(text: str) -> str:
    """Press a button of the question; returns the question."""
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    question = box.text()
    button: QAbstractButton = next(button for button in box.buttons() if button.text() == text)
    button.click()
    return question


def test_the_words_of_all_buttons_are_whole_where_there_is_little_room(
    root: Path, open_page: Callable[[], Rig]
) -> None:
    add(root, "A", "ses-1")
    rig = open_page()
    for width in (1280, 960):
        rig.window.resize(width, 600)
        QApplication.processEvents()
        buttons = [button for button in rig.page.findChildren(QToolButton) if button.isVisible()]
        assert len(buttons) >= 4
        for button in buttons:
            assert button.width() >= button.sizeHint().width(), button.text()
            assert rig.page.rect().contains(button.mapTo(rig.page, button.rect().bottomRight()))


def test_an_empty_folder_leads_to_recording(open_page: Callable[[], Rig]) -> None:
    rig = open_page()
    (first,) = (button for button in rig.page.findChildren(QToolButton) if button.text() == "Record")
    assert first.isVisible()
    first.click()
    assert rig.window.record_page.isVisible()
