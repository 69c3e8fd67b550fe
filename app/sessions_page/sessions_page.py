"""The sessions page: every recording of the folder, to be found, sorted, cleaned up, exported and opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QInputDialog, QMessageBox

from app.live_page.live_actions import LiveActions
from app.sessions_page.adapt_dialog import AdaptDialog
from app.sessions_page.adapt_work import ModelChoices, models_folder
from app.sessions_page.export_dialog import ExportDialog
from app.sessions_page.export_work import new_folder
from app.sessions_page.library_access import LibraryAccess
from app.sessions_page.library_shelf import Change, LibraryShelf, Shelf
from app.sessions_page.listed_session import ListedSession
from app.sessions_page.session_controls import SessionControls
from app.sessions_page.sessions_view import SessionsView, counted
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.recording.found_sessions import FoundSession, SessionState
from mia_core.recording.session_library import SessionLibrary

POLL_MS: Final = 50


class SessionsPage(SessionsView):
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
        super().__init__(actions, colours)
        self._access = access
        self._colours = colours
        self._on_open = on_open
        self._clock = clock
        self._export: ExportDialog | None = None
        self._adaptation: AdaptDialog | None = None
        self.models = ModelChoices()
        self.shelf = LibraryShelf(access.folder, clock)
        self.controls = SessionControls(actions, colours)
        self.setFocusProxy(self.table)
        self.controls.filtered.connect(self._show_sessions)
        self.table.chosen.connect(lambda: self.show_chosen(self.chosen, is_bin=self.shows_bin))
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
        if not folders or _goes_on(self._export):
            return
        if self._export is not None:
            self._export.deleteLater()
        out = new_folder(self._access.folder, self._clock.utc())
        self._export = ExportDialog(self, folders, out, self._colours, self._access.open_folder)
        self._export.show()

    def adapt(self) -> None:
        """Offer to adapt the model to the subject of the chosen sessions."""
        sessions = [session for session in self.chosen if session.state.can_be_read]
        if not sessions or _goes_on(self._adaptation):
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
        self.say("")
        self._show_sessions()

    def ask_empty_bin(self) -> None:
        """Ask before all that was thrown away is deleted for ever."""
        n = len(self.shelf.shelf.discarded) if self.shelf.shelf else 0
        if n:
            self._ask(
                f"Delete {counted(n)} for ever?",
                "What is in the recycle bin can't be brought back afterwards.",
                "Delete for ever",
                lambda: self._change(lambda library: (None, f"Deleted {counted(library.empty_trash())} for ever.")),
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
            f"Delete subject {subject} with {counted(n)} for ever?",
            "Video, keypoints, sEMG and notes are removed from this machine, those in the recycle bin too. "
            "Exports that were made before are not.",
            "Delete for ever",
            lambda: self._delete_subject(subject, folders),
        )

    def _delete_subject(self, subject: str, folders: tuple[Path, ...]) -> None:
        def change(library: SessionLibrary) -> tuple[None, str]:
            return None, f"Deleted subject {subject} with {counted(library.delete_subject(subject))} for ever."

        self.leaving.emit(folders)
        self._change(change)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.controls.set_look(colours)
        super().set_look(colours)
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
        place = str(self._access.folder)
        self.show_list(self.shelf.shelf, place, len(everything), len(shown), is_bin=self.shows_bin)

    def _show_notice(self) -> None:
        shelf = self.shelf.shelf
        self.notice.say_error(self.shelf.error)
        self.say("" if shelf is None or self.shelf.error is not None else shelf.said)

    def _ask(self, question: str, text: str, yes: str, on_yes: Callable[[], None]) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "Delete for ever", question, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setInformativeText(text)
        agree = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Keep", QMessageBox.ButtonRole.RejectRole))
        agree.clicked.connect(on_yes)
        box.open()


def _goes_on(dialog: ExportDialog | AdaptDialog | None) -> bool:
    """Return whether a dialog is still at work; then it is shown in front, to say why there is no other."""
    if dialog is None or not dialog.is_running:
        return False
    dialog.raise_()
    dialog.activateWindow()
    return True


def _relocated(entry: FoundSession, *, brings_back: bool) -> Change:
    def change(library: SessionLibrary) -> tuple[FoundSession | None, str]:
        if brings_back:
            library.restore(entry)
            return None, "Brought back from the recycle bin."
        library.discard(entry)
        return None, "Thrown into the recycle bin."

    return change
