"""A framed part of the page: a title, a few controls on its right, and a body."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
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


class ElidedLabel(QLabel):
    """One line that is cut with a sign where there is too little room; all of it is in its tooltip.

    Args:
        text: What it says.
        name: Of its style.
        cut: Where it is cut.
    """

    def __init__(self, text: str = "", name: str = "", cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._whole = ""
        self._cut = cut
        self.say(text)

    def say(self, text: str) -> None:
        """Say something else."""
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Cut anew."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for all of it."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for a sign."""
        return QSize(self.fontMetrics().horizontalAdvance("\N{HORIZONTAL ELLIPSIS}"), super().sizeHint().height())

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._cut, self.width()))


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
