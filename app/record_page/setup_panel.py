"""The left side before a take: who is recorded, how, and through what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.live_page.panel import caption
from app.record_page.chooser import Chooser
from app.record_page.session_choices import PAPER, PAST_S, SessionChoices, chosen_protocol, subject_problem
from app.record_page.take_panel import clock_text
from app.record_page.tick_box import TickBox
from app.theme import Palette
from mia_core.errors import MiaError
from mia_core.recording.protocol import Protocol
from mia_core.recording.recording_manifest import Privacy

_PRIVACY: Final = {
    Privacy.FULL: ("Full", "The video is written as it is."),
    Privacy.FACE_BLURRED: ("Face blurred", "The face is blurred before anything is written."),
    Privacy.KEYPOINTS_ONLY: ("Keypoints only", "No video: only where the joints are."),
}
_NO_PROTOCOL: Final = "None: record freely"
_PAPER_LABEL: Final = "The paper's twenty exercises"
_OWN_FILE: Final = "Open a file \N{HORIZONTAL ELLIPSIS}"
_FILES: Final = "Protocols (*.toml);;All files (*)"
_PAST: Final = f"Keep the last {PAST_S:.0f} s, and begin with them"
_NOTES_PX: Final = 58


class SetupPanel(QWidget):
    """A form that checks what is typed while it is typed.

    Args:
        colours: The theme's colours.
        choices: What was chosen last.

    Attributes:
        choices: What is chosen now.
        protocol: The protocol, None for none or while its file can't be used.
        problem: Why nothing can be recorded so, in a sentence; empty when it can.

    Signals:
        changed: Something was chosen.
    """

    changed = Signal()

    def __init__(self, colours: Palette, choices: SessionChoices) -> None:
        super().__init__()
        self.setObjectName("bareInside")
        self._colours = colours
        self.choices = choices
        self.protocol: Protocol | None = None
        self.problem = ""
        self._protocol_error: MiaError | None = None
        self.subject = Chooser(colours)
        self.subject.setEditable(True)
        self.subject.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.subject.setAccessibleName("Subject")
        self._subject_line().setPlaceholderText("Short id, such as P07")
        self._subject_says = _wrapping()
        self.notes = QPlainTextEdit()
        self.notes.setPlaceholderText("Anything worth knowing later")
        self.notes.setFixedHeight(_NOTES_PX)
        self.notes.setTabChangesFocus(True)
        self.notes.setAccessibleName("Notes")
        self.consent = TickBox("The subject agreed to be recorded", colours)
        self._privacy_says = caption()
        self.privacy: dict[Privacy, QPushButton] = {}
        self.protocols = Chooser(colours)
        self.protocols.setAccessibleName("Protocol")
        for box in (self.subject, self.protocols):  # however long a name is, the form keeps its width
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._protocol_says = _wrapping()
        self.past = TickBox(_PAST, colours)
        self.past.setToolTip("While this page is shown, in memory only: a take then begins with what came before it.")
        self.moves = TickBox("Pictures of exercises move", colours)
        self.moves.setToolTip("Otherwise they stand still (V changes it at any time).")
        self._arrange()
        self._fill()
        self._connect()

    def offer_subjects(self, subjects: Sequence[str]) -> None:
        """Offer those who were recorded before."""
        with QSignalBlocker(self.subject):
            text = self.subject.currentText()
            self.subject.clear()
            self.subject.addItems(list(subjects))
            self.subject.setEditText(text)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        for part in (self.subject, self.protocols, self.consent, self.moves, self.past):
            part.set_look(colours)
        self._judge()

    def show_past(self, kept_s: float) -> None:
        """Say how much of the past is in memory."""
        text = f"Keep the last {PAST_S:.0f} s ({kept_s:.0f} s are in memory)" if kept_s >= 1.0 else _PAST
        if text != self.past.text():
            self.past.setText(text)

    def choose_file(self) -> None:
        """Ask for a protocol; the page goes on behind the dialog."""
        dialog = QFileDialog(self, "Open a protocol", "", _FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.choose_protocol)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def choose_protocol(self, choice: str) -> None:
        """Choose a protocol: `PAPER`, a path, or empty for none."""
        self.choices = replace(self.choices, protocol=choice)
        self._load_protocol()
        self._fill_protocols()
        self._judge()
        self.changed.emit()

    def _subject_line(self) -> QLineEdit:
        line = self.subject.lineEdit()
        if line is None:
            raise RuntimeError("the box of subjects can't be edited")
        return line

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        group = QButtonGroup(self)
        segments = QHBoxLayout()
        segments.setSpacing(0)
        for place, (privacy, (label, tip)) in enumerate(_PRIVACY.items()):
            button = QPushButton(label)
            button.setObjectName(("segmentFirst", "segment", "segmentLast")[place])
            button.setCheckable(True)
            button.setToolTip(tip)
            group.addButton(button)
            self.privacy[privacy] = button
            segments.addWidget(button, 1)
        column.addWidget(_heading("Subject"))
        column.addWidget(self.subject)
        column.addWidget(self._subject_says)
        column.addSpacing(8)
        column.addWidget(_heading("Notes"))
        column.addWidget(self.notes)
        column.addSpacing(4)
        column.addWidget(self.consent)
        column.addSpacing(12)
        column.addWidget(_heading("What is written of the picture"))
        column.addLayout(segments)
        column.addWidget(self._privacy_says)
        column.addSpacing(12)
        column.addWidget(_heading("Protocol"))
        column.addWidget(self.protocols)
        column.addWidget(self._protocol_says)
        column.addWidget(self.moves)
        column.addSpacing(12)
        column.addWidget(self.past)
        column.addStretch(1)

    def _fill(self) -> None:
        self.subject.setEditText(self.choices.subject)
        self.notes.setPlainText(self.choices.notes)
        self.consent.setChecked(self.choices.has_consent)
        self.privacy[self.choices.privacy].setChecked(True)
        self.past.setChecked(self.choices.keeps_past)
        self.moves.setChecked(self.choices.moves_pictures)
        self._load_protocol()
        self._fill_protocols()
        self._judge()

    def _connect(self) -> None:
        self.subject.editTextChanged.connect(self._take_over)
        self.notes.textChanged.connect(self._take_over)
        self.consent.toggled.connect(self._take_over)
        self.past.toggled.connect(self._take_over)
        self.moves.toggled.connect(self._take_over)
        for button in self.privacy.values():
            button.toggled.connect(self._take_over)
        self.protocols.activated.connect(self._choose_entry)

    def _take_over(self) -> None:
        subject = self.subject.currentText().strip()
        has_consent = self.consent.isChecked()
        if subject != self.choices.subject and has_consent and self.choices.has_consent:
            has_consent = False  # another subject has not agreed yet
            with QSignalBlocker(self.consent):
                self.consent.setChecked(False)
        self.choices = replace(
            self.choices,
            subject=subject,
            notes=self.notes.toPlainText().strip(),
            has_consent=has_consent,
            privacy=next(privacy for privacy, button in self.privacy.items() if button.isChecked()),
            keeps_past=self.past.isChecked(),
            moves_pictures=self.moves.isChecked(),
        )
        self._judge()
        self.changed.emit()

    def _choose_entry(self, row: int) -> None:
        choice = self.protocols.itemData(row)
        if choice is None:
            self._fill_protocols()  # until a file is chosen, the old one holds
            self.choose_file()
        else:
            self.choose_protocol(str(choice))

    def _load_protocol(self) -> None:
        self._protocol_error = None
        try:
            self.protocol = chosen_protocol(self.choices.protocol)
        except MiaError as error:
            self.protocol, self._protocol_error = None, error

    def _fill_protocols(self) -> None:
        choice = self.choices.protocol
        with QSignalBlocker(self.protocols):
            self.protocols.clear()
            self.protocols.addItem(_NO_PROTOCOL, "")
            self.protocols.addItem(_PAPER_LABEL, PAPER)
            if choice not in ("", PAPER):
                name = self.protocol.name if self.protocol is not None else Path(choice).name
                self.protocols.addItem(name, choice)
            self.protocols.addItem(_OWN_FILE, None)
            self.protocols.setCurrentIndex(max(self.protocols.findData(choice), 0))

    def _judge(self) -> None:
        """Say what is wrong where it is wrong."""
        problem = subject_problem(self.choices.subject)
        says = problem or f"Goes into sub-{self.choices.subject}."
        _say(self._subject_says, says, self._colours.error if problem else "")
        self._privacy_says.setText(_PRIVACY[self.choices.privacy][1])
        protocol, error = self.protocol, self._protocol_error
        self.moves.setVisible(protocol is not None)
        if error is not None:
            _say(self._protocol_says, f"{error} {error.advice}", self._colours.error)
        elif protocol is None:
            _say(self._protocol_says, "Markers (M) say what happens.", "")
        else:
            n = len(protocol.trials)
            trials = "1 trial" if n == 1 else f"{n} trials"
            _say(self._protocol_says, f"{trials}, {clock_text(protocol.duration_s)} without waiting.", "")
        self.problem = problem or ("" if error is None else str(error))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("fieldName")
    return label


def _wrapping() -> QLabel:
    label = caption()
    label.setWordWrap(True)
    return label


def _say(label: QLabel, text: str, colour: str) -> None:
    label.setText(text)
    label.setStyleSheet(f"color: {colour};" if colour else "")
