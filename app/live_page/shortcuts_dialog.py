"""The help page: every action with its keys, made from the table of actions itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.live_page.live_actions import ACTIONS, shown_key


class ShortcutsDialog(QDialog):
    """Lists all shortcuts; not modal, so the picture goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        self.setModal(False)
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(7)
        row = 0
        for section in dict.fromkeys(entry.section for entry in ACTIONS):
            grid.addWidget(_label(section.upper(), "sectionTitle"), row, 0, 1, 2)
            row += 1
            for entry in (entry for entry in ACTIONS if entry.section == section):
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
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.addLayout(grid)
        self.setFixedSize(self.sizeHint())


def _label(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return label
