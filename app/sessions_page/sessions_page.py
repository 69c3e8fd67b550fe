"""The sessions page: every recording of the folder, to be found, sorted, cleaned up, exported and opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.live_page.live_actions import LiveActions
from app.live_page.panel import caption
from app.live_page.toolbar import action_button
from app.sensor_page.notice import Notice
from app.sessions_page.adapt_dialog import AdaptDialog
from app.sessions_page.adapt_work import ModelChoices, models_folder
from app.sessions_page.export_dialog import ExportDialog
from app.sessions_page.export_work import new_folder
from app.sessions_page.library_access import LibraryAccess
from app.sessions_page.library_shelf import Change, LibraryShelf, Shelf
from app.sessions_page.listed_session import ListedSession
from app.sessions_page.presence_legend import PresenceLegend
from app.sessions_page.session_controls import SessionControls
from app.sessions_page.session_details import SessionDetails
from app.sessions_page.session_head import SessionHead
from app.sessions_page.session_table import SessionTable
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.recording.found_sessions import FoundSession, SessionState
from mia_core.recording.session_library import SessionLibrary

POLL_MS: Final = 50
_NEEDS_SELECTION: Final = ("export_sessions", "discard_session", "open_session_folder")
_NEEDS_ONE: Final = ("open_session", "move_session", "delete_subject")


class SessionsPage(QWidget):
    """Everything about stored sessions on one page.

    Args:
        access: The doors to the disk.
        colours: The theme's colours.
        actions: The window's actions.
        on_open: Gets the folder of a session that is to be looked at.
        clock: Tells the present.

    Attributes:
        controls: The page's part of the bar along the upper edge.
        shelf: The sessions of the folder.
        models: Which activation models the application uses.

    Signals:
        model_made: A model of a subject, by its path, is to be used from now on.
        leaving: These folders, a tuple of paths, are about to be moved or deleted: whoever has one open lets go of it.
    """

    model_made = Signal(str)
    leaving = Signal(tuple)

    def __init__(
        self,
        access: LibraryAccess,
        colours: Palette,
        actions: LiveActions,
        on_open: Callable[[Path], None],
        clock: Clock,
    ) -> None:
        super().__init__()
        self._access = access
        self._colours = colours
        self._actions = actions
        self._on_open = on_open
        self._clock = clock
        self._export: ExportDialog | None = None
        self._adaptation: AdaptDialog | None = None
        self.models = ModelChoices()
        self.shelf = LibraryShelf(access.folder, clock)
        self.controls = SessionControls(actions, colours)
        self.table = SessionTable(colours)
        self.details = SessionDetails(colours)
        self.notice = Notice(colours)
        self._legend = PresenceLegend(colours)
        self._title, self._count, self._said = QLabel(), caption(), caption()
        self._empty_title, self._empty_text = QLabel(), QLabel()
        self._arrange()
        self.setFocusProxy(self.table)
        self.controls.filtered.connect(self._show_sessions)
        self.table.chosen.connect(self._show_chosen)
        self.table.opened.connect(self.open_chosen)
        self.details.tags_edited.connect(self._set_tags)
        self.details.notes_edited.connect(self._set_notes)
        self.details.repair_wanted.connect(self.repair)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.follow)
        self._show_sessions()

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the page's actions do, by their names."""
        return {
            "find_session": self.start_search,
            "refresh_sessions": self.refresh,
            "open_session": self.open_chosen,
            "open_session_folder": lambda: [self._access.open_folder(session.folder) for session in self.chosen[:1]],
            "export_sessions": self.export,
            "adapt_model": self.adapt,
            "move_session": self.ask_subject,
            "discard_session": self.discard_or_restore,
            "recycle_bin": self.show_or_leave_bin,
            "empty_bin": self.ask_empty_bin,
            "delete_subject": self.ask_delete_subject,
        }

    @property
    def shows_bin(self) -> bool:
        """Whether the recycle bin is shown."""
        return self._actions["recycle_bin"].isChecked()

    @property
    def chosen(self) -> tuple[ListedSession, ...]:
        """The chosen sessions."""
        return self.table.selected

    @property
    def export_dialog(self) -> ExportDialog | None:
        """The export that was begun last."""
        return self._export

    @property
    def adapt_dialog(self) -> AdaptDialog | None:
        """The adaptation that was begun last."""
        return self._adaptation

    def start_search(self) -> None:
        """Let a search be typed."""
        self.controls.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.controls.search.selectAll()

    def refresh(self) -> None:
        """Read the folder again."""
        self.shelf.refresh()
        self._poll.start()
        self._show_notice()

    def open_chosen(self) -> None:
        """Look at the chosen session."""
        session = self._only()
        if session is not None and session.state.can_be_read and not session.entry.is_discarded:
            self.details.finish()
            self._on_open(session.folder)

    def export(self) -> None:
        """Choose formats for the chosen sessions."""
        folders = tuple(session.folder for session in self.chosen if session.state.can_be_read)
        if not folders or (self._export is not None and self._export.is_running):
            return
        if self._export is not None:
            self._export.deleteLater()
        out = new_folder(self._access.folder, self._clock.utc())
        self._export = ExportDialog(self, folders, out, self._colours, self._access.open_folder)
        self._export.show()

    def adapt(self) -> None:
        """Offer to adapt the model to the subject of the chosen sessions."""
        sessions = [session for session in self.chosen if session.state.can_be_read]
        if not sessions or (self._adaptation is not None and self._adaptation.is_running):
            return
        if self._adaptation is not None:
            self._adaptation.deleteLater()
        self._adaptation = AdaptDialog(
            self,
            tuple(session.folder for session in sessions),
            sessions[0].subject,
            self.models,
            models_folder(self._access.folder),
            self._colours,
            self._access.open_folder,
            self.model_made.emit,
        )
        self._adaptation.show()

    def ask_subject(self) -> None:
        """Ask whom the chosen session belongs to."""
        session = self._only()
        if session is None or not session.state.can_be_read:
            return
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Move to another subject")
        dialog.setLabelText("Id of the subject that it belongs to:")
        dialog.setComboBoxItems([subject for subject in self._subjects if subject != session.subject] or [""])
        dialog.setComboBoxEditable(True)
        dialog.textValueSelected.connect(lambda subject: self.move_to(session, subject.strip()))
        dialog.open()

    def move_to(self, session: ListedSession, subject: str) -> None:
        """Give a session to another subject."""

        def change(library: SessionLibrary) -> tuple[FoundSession, str]:
            return library.move(session.entry, subject), f"Moved to subject {subject}."

        self.leaving.emit((session.folder,))
        self._change(change)

    def discard_or_restore(self) -> None:
        """Throw the chosen sessions into the recycle bin, or bring them back."""
        brings_back = self.shows_bin
        for session in self.chosen:
            if session.state is not SessionState.RECORDING:
                self.leaving.emit((session.folder,))
                self._change(_relocated(session.entry, brings_back=brings_back))

    def repair(self) -> None:
        """Make a whole session of one that was cut short."""
        session = self._only()
        if session is None:
            return

        def change(_library: SessionLibrary) -> tuple[FoundSession, str]:
            from mia_core.recording.recovery import recover_session

            recover_session(session.folder, self._clock)
            return session.entry, "The session has been repaired."

        self._change(change)

    def show_or_leave_bin(self) -> None:
        """Show what the recycle bin holds, or the sessions again."""
        self._said.setText("")
        self._show_sessions()

    def ask_empty_bin(self) -> None:
        """Ask before all that was thrown away is deleted for ever."""
        n = len(self.shelf.shelf.discarded) if self.shelf.shelf else 0
        if n:
            self._ask(
                f"Delete {_counted(n)} for ever?",
                "What is in the recycle bin can't be brought back afterwards.",
                "Delete for ever",
                lambda: self._change(lambda library: (None, f"Deleted {_counted(library.empty_trash())} for ever.")),
            )

    def ask_delete_subject(self) -> None:
        """Ask before all that was recorded of a subject is deleted for ever."""
        session, shelf = self._only(), self.shelf.shelf
        if session is None or shelf is None:
            return
        subject = session.subject
        folders = tuple(one.folder for one in (*shelf.sessions, *shelf.discarded) if one.subject == subject)
        n = len(folders)
        self._ask(
            f"Delete subject {subject} with {_counted(n)} for ever?",
            "Video, keypoints, sEMG and notes are removed from this machine, those in the recycle bin too. "
            "Exports that were made before are not.",
            "Delete for ever",
            lambda: self._delete_subject(subject, folders),
        )

    def _delete_subject(self, subject: str, folders: tuple[Path, ...]) -> None:
        def change(library: SessionLibrary) -> tuple[None, str]:
            return None, f"Deleted subject {subject} with {_counted(library.delete_subject(subject))} for ever."

        self.leaving.emit(folders)
        self._change(change)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        for part in (self.controls, self.table, self.details, self.notice, self._legend):
            part.set_look(colours)
        if self._export is not None:
            self._export.set_look(colours)
        if self._adaptation is not None:
            self._adaptation.set_look(colours)

    def close_all(self, timeout_s: float) -> bool:
        """End exports and changes; return whether they ended in time."""
        self.details.finish()
        self._poll.stop()
        ended = self._export is None or self._export.close_all(timeout_s)
        ended = (self._adaptation is None or self._adaptation.close_all(timeout_s)) and ended
        return self.shelf.close(timeout_s) and ended

    def follow(self) -> None:
        """Show what has been read; called while something is."""
        is_first = self.shelf.shelf is None
        if self.shelf.poll():
            shelf = self.shelf.shelf or Shelf()
            self._show_sessions(shelf.chosen)
            self._show_notice()
            if is_first and self.table.isVisible():
                self.table.setFocus()
        if not self.shelf.is_busy:
            self._poll.stop()

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Read the folder: a recording may have ended."""
        self.refresh()

    @property
    def _subjects(self) -> tuple[str, ...]:
        return () if self.shelf.shelf is None else self.shelf.shelf.subjects

    def _only(self) -> ListedSession | None:
        return self.chosen[0] if len(self.chosen) == 1 else None

    def _change(self, change: Change) -> None:
        self.shelf.change(change)
        self._poll.start()

    def _set_tags(self, session: ListedSession, tags: tuple[str, ...]) -> None:
        self._change(lambda library: (library.set_tags(session.entry, tags), ""))

    def _set_notes(self, session: ListedSession, notes: str) -> None:
        self._change(lambda library: (library.set_subject_notes(session.entry, notes), ""))

    def _show_sessions(self, choose: Path | None = None) -> None:
        shelf = self.shelf.shelf or Shelf()
        self.controls.show_subjects(tuple(sorted({one.subject for one in (*shelf.sessions, *shelf.discarded)})))
        everything = shelf.discarded if self.shows_bin else shelf.sessions
        text, subject = self.controls.search.text(), self.controls.subject
        shown = tuple(session for session in everything if session.matches(text, subject))
        if choose not in {session.folder for session in shown}:
            choose = None
        self.table.show_sessions(shown, choose)
        self._show_texts(len(everything), len(shown))
        self._layers.setCurrentIndex(0 if shown else 1)
        for part in (self.details, self._legend):
            part.setVisible(bool(everything))

    def _show_texts(self, n: int, n_shown: int) -> None:
        shelf = self.shelf.shelf
        self._count.setText(_counted(n) if n == n_shown else f"{n_shown} of {_counted(n)}")
        n_discarded = 0 if shelf is None else len(shelf.discarded)
        self._actions["empty_bin"].setEnabled(bool(n_discarded))
        self._actions["recycle_bin"].setToolTip(f"Recycle bin: {_counted(n_discarded)}")
        if shelf is None:
            title, text = "Reading …", ""
        elif n:
            title, text = "Nothing found", "Search for something else, or clear the search."
        elif self.shows_bin:
            title, text = "The recycle bin is empty", "Sessions that you throw away wait here until you empty it."
        else:
            title = "No sessions yet"
            text = f"Record a subject; the session appears here at once.\nFolder: {self._access.folder}"
        self._empty_title.setText(title)
        self._empty_text.setText(text)
        is_bin = self.shows_bin
        self._title.setText("Recycle bin" if is_bin else "Sessions")
        self._empty_bin.setVisible(is_bin)
        self._first.setVisible(shelf is not None and not n and not is_bin)
        self._actions["discard_session"].setText("Bring it back" if is_bin else "Throw into the recycle bin")
        self._actions["discard_session"].setIconText("Restore" if is_bin else "Throw away")

    def _show_chosen(self) -> None:
        session = self._only()
        self.details.show_session(session, len(self.chosen))
        readable = [one for one in self.chosen if one.state.can_be_read]
        for name in _NEEDS_SELECTION:
            self._actions[name].setEnabled(bool(self.chosen))
        for name in _NEEDS_ONE:
            self._actions[name].setEnabled(session is not None)
        self._actions["export_sessions"].setEnabled(bool(readable) and not self.shows_bin)
        is_one_subject = len({one.subject for one in readable}) == 1
        self._actions["adapt_model"].setEnabled(is_one_subject and not self.shows_bin)
        can_open = session is not None and session.state.can_be_read and not self.shows_bin
        self._actions["open_session"].setEnabled(can_open)
        self._actions["move_session"].setEnabled(can_open)
        records = any(one.state is SessionState.RECORDING for one in self.chosen)
        self._actions["discard_session"].setEnabled(bool(self.chosen) and not records)
        self._actions["delete_subject"].setEnabled(session is not None and not records)

    def _show_notice(self) -> None:
        shelf = self.shelf.shelf
        self.notice.say_error(self.shelf.error)
        self._said.setText("" if shelf is None or self.shelf.error is not None else shelf.said)

    def _ask(self, question: str, text: str, yes: str, on_yes: Callable[[], None]) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "Delete for ever", question, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setInformativeText(text)
        agree = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Keep", QMessageBox.ButtonRole.RejectRole))
        agree.clicked.connect(on_yes)
        box.open()

    def _arrange(self) -> None:
        self._empty_bin = action_button(self._actions["empty_bin"], "small", text=True)
        of_sessions = ("adapt_model", "move_session", "open_session_folder")
        buttons = tuple(
            action_button(self._actions[name], "small", text=True)
            for name in (*of_sessions, "delete_subject", "discard_session")
        )
        for name in ("open_session", "export_sessions", *of_sessions, "discard_session"):
            self.table.addAction(self._actions[name])
        self._first = action_button(self._actions["show_record"], "", text=True)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(2)
        self._empty_title.setObjectName("welcomeTitle")
        self._empty_text.setObjectName("bannerText")
        for label in (self._empty_title, self._empty_text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        column.addSpacing(10)
        column.addWidget(self._first, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        body = QWidget()
        self._layers = QStackedLayout(body)
        self._layers.addWidget(self.table)
        self._layers.addWidget(empty)
        self._title.setObjectName("panelTitle")
        head = SessionHead(self._title, self._count, (*buttons, self._empty_bin))
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 12, 0)
        foot.addWidget(self._legend, 1)
        foot.addWidget(self._said)
        panel = QFrame()
        panel.setObjectName("panel")
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(4, 7, 4, 5)
        inner.setSpacing(5)
        inner.addWidget(head)
        inner.addWidget(body, 1)
        inner.addLayout(foot)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.notice)
        left.addWidget(panel, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addLayout(left, 1)
        row.addWidget(self.details)


def _relocated(entry: FoundSession, *, brings_back: bool) -> Change:
    def change(library: SessionLibrary) -> tuple[FoundSession | None, str]:
        if brings_back:
            library.restore(entry)
            return None, "Brought back from the recycle bin."
        library.discard(entry)
        return None, "Thrown into the recycle bin."

    return change


def _counted(n: int) -> str:
    return f"{n} session{'s' * (n != 1)}"
