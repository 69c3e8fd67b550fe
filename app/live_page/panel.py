"""A framed part of the page: a title, a few controls on its right, and a body."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget


class Panel(QFrame):
    """Title and notes on the left, controls on the right, the body below."""

    def __init__(self, title: str, notes: tuple[QWidget, ...], controls: tuple[QWidget, ...], body: QWidget) -> None:
        super().__init__()
        self.setObjectName("panel")
        heading = QLabel(title)
        heading.setObjectName("panelTitle")
        header = QHBoxLayout()
        header.setContentsMargins(12, 0, 6, 0)
        header.setSpacing(10)
        header.addWidget(heading)
        for note in notes:
            header.addWidget(note)
        header.addStretch(1)
        for control in controls:
            header.addWidget(control, alignment=Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 6, 2, 4)
        column.setSpacing(4)
        column.addLayout(header)
        column.addWidget(body, 1)


def caption(text: str = "") -> QLabel:
    """Return a small muted line of text."""
    label = QLabel(text)
    label.setObjectName("caption")
    return label


def clear_layout(layout: QLayout) -> None:
    """Take all widgets out of a layout and off the screen at once: they live on until Qt comes round to delete them."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
