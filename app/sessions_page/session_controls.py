"""The sessions page's part of the bar: search, subject, and what can be done with the chosen sessions."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.live_page.live_actions import LiveActions
from app.live_page.toolbar import action_button
from app.record_page.chooser import Chooser
from app.theme import Palette

ALL_SUBJECTS: Final = "All subjects"
_SEARCH_PX: Final = 290
_SUBJECT_PX: Final = 132


class SessionControls(QWidget):
    """Holds the search, the filter and the buttons.

    Args:
        actions: The window's actions.
        colours: The theme's colours.

    Signals:
        filtered: Something else is looked for.
    """

    filtered = Signal()

    def __init__(self, actions: LiveActions, colours: Palette) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search subject, day, tag, note, state")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(_SEARCH_PX)
        self.search.setAccessibleName("Search")
        self.search.textChanged.connect(lambda _text: self.filtered.emit())
        self.subjects = Chooser(colours)
        self.subjects.setFixedWidth(_SUBJECT_PX)
        self.subjects.setAccessibleName("Subject")
        self.subjects.addItem(ALL_SUBJECTS, "")
        self.subjects.currentIndexChanged.connect(lambda _index: self.filtered.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.search)
        row.addWidget(self.subjects)
        row.addWidget(action_button(actions["recycle_bin"], ""))
        row.addWidget(action_button(actions["refresh_sessions"], "quiet"))
        row.addStretch(1)
        row.addWidget(action_button(actions["export_sessions"], "", text=True))
        row.addWidget(action_button(actions["open_session"], "primary", text=True))
        row.addSpacing(8)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self.subjects.set_look(colours)

    @property
    def subject(self) -> str:
        """The subject whose sessions alone are shown, empty for all."""
        return str(self.subjects.currentData() or "")

    def show_subjects(self, subjects: tuple[str, ...]) -> None:
        """Offer these subjects; one that is gone is no longer looked for."""
        offered = tuple(str(self.subjects.itemData(place)) for place in range(1, self.subjects.count()))
        if subjects == offered:
            return
        chosen = self.subject
        signals = self.subjects.blockSignals(True)
        self.subjects.clear()
        self.subjects.addItem(ALL_SUBJECTS, "")
        for subject in subjects:
            self.subjects.addItem(subject, subject)
        self.subjects.setCurrentIndex(max(self.subjects.findData(chosen), 0))
        self.subjects.blockSignals(signals)
