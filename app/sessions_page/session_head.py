"""What stands above the list of sessions: which list it is, and what can be done with the chosen sessions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QWidget


class SessionHead(QWidget):
    """Title and buttons in one row, in two where there is little room: a button whose words are cut says nothing.

    Args:
        title: Which list it is.
        count: How many there are.
        buttons: In order.
    """

    def __init__(self, title: QLabel, count: QLabel, buttons: Sequence[QWidget]) -> None:
        super().__init__()
        said, self._buttons = QHBoxLayout(), QHBoxLayout()
        for row, widgets in ((said, (title, count)), (self._buttons, buttons)):
            row.setSpacing(8)
            for widget in widgets:
                row.addWidget(widget)
        said.addStretch(1)
        self._said = said
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(12, 0, 6, 0)
        self._rows.setSpacing(8)
        self._rows.addLayout(said, 1)
        self._rows.addLayout(self._buttons)
        self._rows.setAlignment(self._buttons, Qt.AlignmentFlag.AlignLeft)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Choose between one row and two."""
        super().resizeEvent(event)
        margins = self._rows.contentsMargins()
        together_px = self._said.sizeHint().width() + self._buttons.sizeHint().width() + self._rows.spacing()
        fits = together_px <= event.size().width() - margins.left() - margins.right()
        self._rows.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)
