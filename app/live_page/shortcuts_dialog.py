"""The help page: every action with its keys, made from the table of actions itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QWidget

from app.live_page.live_actions import ACTIONS, ActionEntry, shown_key


class ShortcutsDialog(QDialog):
    """Lists all shortcuts in two columns; not modal, so the picture goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        self.setModal(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 20, 24, 12)
        row.setSpacing(44)
        for sections in _halves():
            row.addLayout(_column(sections))
        self.setFixedSize(self.sizeHint())


def _halves() -> tuple[list[str], list[str]]:
    """Return the sections in the order of the table, about as many lines in each half."""
    sections = list(dict.fromkeys(entry.section for entry in ACTIONS))
    lines = [1 + len(_entries(section)) for section in sections]
    cut = min(range(len(sections)), key=lambda at: abs(sum(lines[:at]) - sum(lines[at:])))
    return sections[:cut], sections[cut:]


def _entries(section: str) -> list[ActionEntry]:
    return [entry for entry in ACTIONS if entry.section == section]


def _column(sections: Sequence[str]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(28)
    grid.setVerticalSpacing(7)
    row = 0
    for section in sections:
        grid.addWidget(_label(section.upper(), "sectionTitle"), row, 0, 1, 2)
        row += 1
        for entry in _entries(section):
            grid.addWidget(QLabel(entry.text), row, 0)
            keys = QHBoxLayout()
            keys.setSpacing(5)
            keys.addStretch(1)
            for key in entry.keys:
                keys.addWidget(_label(shown_key(key), "shortcutKey"))
            grid.addLayout(keys, row, 1)
            row += 1
        grid.setRowMinimumHeight(row, 8)
        row += 1
    grid.setRowStretch(row, 1)
    return grid


def _label(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return label
