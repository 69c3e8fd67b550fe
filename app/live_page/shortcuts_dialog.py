"""The help page: every action with its keys, made from the table of actions itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.live_page.live_actions import ACTIONS, ActionEntry, shown_key


class ShortcutsDialog(QDialog):
    """Lists all shortcuts in two columns; not modal, so the picture goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        self.setModal(False)
        lists = QWidget()
        lists.setObjectName("bareInside")
        row = QHBoxLayout(lists)
        row.setContentsMargins(24, 20, 24, 12)
        row.setSpacing(44)
        for sections in _halves():
            row.addLayout(_column(sections))
        scroll = QScrollArea()
        scroll.setObjectName("bare")
        scroll.setWidget(lists)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        whole = lists.sizeHint()
        self.setFixedWidth(whole.width() + scroll.verticalScrollBar().sizeHint().width())
        self.resize(self.width(), min(whole.height(), parent.height()))


def _halves() -> tuple[list[str], list[str]]:
    """Return the sections in the order of the table, about as many lines in each half."""
    sections = list(dict.fromkeys(entry.section for entry in ACTIONS))
    lines = [1 + len(_entries(section)) for section in sections]
    cut = min(range(len(sections)), key=lambda at: abs(sum(lines[:at]) - sum(lines[at:])))
    return sections[:cut], sections[cut:]


def _entries(section: str) -> list[ActionEntry]:
    return [entry for entry in ACTIONS if entry.section == section]


def _column(sections: Sequence[str]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(7)
    for section in sections:
        column.addWidget(_label(section.upper(), "sectionTitle"))
        for entry in _entries(section):
            row = QHBoxLayout()
            row.setSpacing(5)
            row.addWidget(QLabel(entry.text))
            row.addSpacing(16)
            row.addStretch(1)
            for key in entry.keys:
                row.addWidget(_label(shown_key(key), "shortcutKey"))
            column.addLayout(row)
        column.addSpacing(8)
    column.addStretch(1)
    return column


def _label(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return label
