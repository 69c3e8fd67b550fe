"""One session at the side of the list: what it is, its parts in words, its tags and notes to be edited in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.live_page.messages import Tone
from app.live_page.panel import caption
from app.sensor_page.notice import Notice
from app.sessions_page.listed_session import ListedSession, duration_text
from app.sessions_page.presence_legend import PartList
from app.sync_words import sync_lines
from app.theme import Palette
from mia_core.recording.found_sessions import SessionState
from mia_core.recording.recording_manifest import Privacy, RecordingManifest

WIDTH_PX = 282
_PRIVACY = {
    Privacy.FULL: "full picture",
    Privacy.FACE_BLURRED: "face blurred",
    Privacy.KEYPOINTS_ONLY: "keypoints only",
}


class NotesField(QPlainTextEdit):
    """Several lines of text.

    Signals:
        edited: It was left with another text than it had.
    """

    edited = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._before = ""
        self.setTabChangesFocus(True)

    def show_text(self, text: str) -> None:
        """Show a text, unless somebody is writing here."""
        if not self.hasFocus():
            self._before = text
            self.setPlainText(text)

    def finish(self) -> None:
        """Hand in what was written."""
        text = self.toPlainText().strip()
        if text != self._before:
            self._before = text
            self.edited.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Hand in what was written."""
        super().focusOutEvent(event)
        self.finish()


class SessionDetails(QFrame):
    """Shows one session.

    Signals:
        tags_edited: The session, and its new tags.
        notes_edited: The session, and the new notes on its subject.
        repair_wanted: It is to be repaired.
    """

    tags_edited = Signal(object, tuple)
    notes_edited = Signal(object, str)
    repair_wanted = Signal()

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH_PX)
        self._session: ListedSession | None = None
        self.title = QLabel()
        self.title.setObjectName("panelTitle")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.facts = QLabel()
        self.facts.setObjectName("bannerText")
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.problem = Notice(colours)
        self.repair = QPushButton("Repair it")
        self.repair.clicked.connect(self.repair_wanted)
        self.parts = PartList(colours)
        self.tags = QLineEdit()
        self.tags.setPlaceholderText("Words, separated by commas")
        self.tags.setAccessibleName("Tags")
        self.tags.editingFinished.connect(self._hand_in_tags)
        self.notes = NotesField()
        self.notes.setPlaceholderText("Anything about the subject; no names")
        self.notes.setAccessibleName("Notes on the subject")
        self.notes.edited.connect(self._hand_in_notes)
        self._tags_title, self._notes_title = caption("Tags"), caption("Notes on the subject")
        self._editors = QWidget()
        self._arrange()

    def show_session(self, session: ListedSession | None, n_selected: int) -> None:
        """Show a session, or how many are chosen."""
        if self._session is not None and (session is None or session.folder != self._session.folder):
            self._hand_in_tags()
            self.notes.finish()
        self._session = session
        manifest = None if session is None else session.entry.manifest
        for part in (self.parts, self._editors):
            part.setVisible(manifest is not None)
        self.repair.setVisible(session is not None and session.state is SessionState.UNFINISHED)
        if session is None:
            self.title.setText(f"{n_selected} sessions chosen" if n_selected else "No session chosen")
            self.facts.setText("They can be exported or thrown away together." if n_selected else "")
            self.problem.say(Tone.INFO, "", "")
            return
        self.title.setText(f"Subject {session.subject}")
        self.facts.setText("\n".join(_facts(session, manifest)))
        tone = Tone.ERROR if session.state is SessionState.UNREADABLE else Tone.WARNING
        if session.state in (SessionState.RECOVERED, SessionState.RECORDING):
            tone = Tone.INFO
        self.problem.say(tone, session.state.value.capitalize() if session.problem else "", session.problem)
        if manifest is not None:
            self.parts.show_parts(session.entry.parts)
            if not self.tags.hasFocus():
                self.tags.setText(", ".join(session.tags))
                self.tags.setCursorPosition(0)
            self.notes.show_text(manifest.subject.notes)
        can_be_changed = session.state.can_be_read and not session.entry.is_discarded
        self.tags.setReadOnly(not can_be_changed)
        self.notes.setReadOnly(not can_be_changed)

    def finish(self) -> None:
        """Hand in what is being written."""
        self._hand_in_tags()
        self.notes.finish()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self.problem.set_look(colours)
        self.parts.set_look(colours)

    def _hand_in_tags(self) -> None:
        session = self._session
        tags = tuple(dict.fromkeys(tag.strip() for tag in self.tags.text().split(",") if tag.strip()))
        if session is not None and not self.tags.isReadOnly() and tags != session.tags:
            self.tags_edited.emit(session, tags)

    def _hand_in_notes(self, text: str) -> None:
        if self._session is not None and not self.notes.isReadOnly():
            self.notes_edited.emit(self._session, text)

    def _arrange(self) -> None:
        editors = QVBoxLayout(self._editors)
        editors.setContentsMargins(0, 0, 0, 0)
        editors.setSpacing(4)
        for widget in (self._tags_title, self.tags):
            editors.addWidget(widget)
        editors.addSpacing(8)
        editors.addWidget(self._notes_title)
        editors.addWidget(self.notes, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.facts)
        column.addWidget(self.problem)
        repair = QHBoxLayout()
        repair.addWidget(self.repair)
        repair.addStretch(1)
        column.addLayout(repair)
        column.addWidget(self.parts)
        column.addSpacing(4)
        column.addWidget(self._editors, 1)
        column.addStretch(0)


def _facts(session: ListedSession, manifest: RecordingManifest | None) -> list[str]:
    """Return what else is known of a session, one line each."""
    facts = [f"{session.day_and_time}, {duration_text(session.duration_s)} long"]
    if manifest is None:
        return [session.day_and_time]
    if manifest.protocol and isinstance(manifest.protocol.get("name"), str):
        facts.append(f"Protocol: {manifest.protocol['name']}")
    facts += sync_lines(manifest)
    facts.append(f"Picture: {_PRIVACY[manifest.privacy]}")
    facts.append(f"Consent: {'given' if manifest.consent.given else 'not noted'}")
    n_lost = sum(manifest.counts.samples_lost.values())
    if manifest.counts.frames_lost or n_lost:
        facts.append(f"Lost: {manifest.counts.frames_lost} frames, {n_lost} samples")
    return facts
