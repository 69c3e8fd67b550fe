"""The four streams before a take, each with a sign, a word, and whether it must be there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.live_page.icons import icon_pixmap
from app.record_page.session_choices import STREAMS
from app.record_page.stream_checks import LABELS, StreamCheck
from app.record_page.tick_box import TickBox
from app.theme import Palette

_ICON_PX: Final = 22
_ONE_ROW_PX: Final = 740


class StreamCell(QFrame):
    """One stream.

    Args:
        name: One of `STREAMS`.
        colours: The theme's colours.

    Signals:
        required: It must be there, or needs not be.
    """

    required = Signal(bool)

    def __init__(self, name: str, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("streamCell")
        self._colours = colours
        self._check: StreamCheck | None = None
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON_PX, _ICON_PX)
        label = QLabel(LABELS[name])
        label.setObjectName("rowName")
        self._words = QLabel()
        self._words.setObjectName("caption")
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.needed = TickBox("required", colours, is_small=True)
        self.needed.setAccessibleName(f"{LABELS[name]} required")
        self.needed.toggled.connect(self.required)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addWidget(label)
        head.addStretch(1)
        head.addWidget(self.needed)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(self._words, 1)

    @property
    def words(self) -> str:
        """What is said of the stream."""
        return self._words.text()

    @property
    def check(self) -> StreamCheck | None:
        """What is shown."""
        return self._check

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.needed.set_look(colours)
        check, self._check = self._check, None
        if check is not None:
            self.show_check(check)

    def show_check(self, check: StreamCheck) -> None:
        """Show how the stream stands."""
        if check == self._check:
            return
        self._check = check
        colours = self._colours
        if check.is_there:
            sign, colour, word = "done", colours.good, ""
        elif check.is_required:
            sign, colour, word = "missing", colours.error, "Missing: "
        else:
            sign, colour, word = "empty", colours.muted, ""
        self._icon.setPixmap(icon_pixmap(sign, colour, _ICON_PX, self.devicePixelRatioF()))
        self._words.setText(f"{word}{check.words}")
        self._words.setStyleSheet(f"color: {colour};" if check.is_missing else "")
        border = colours.error if check.is_missing else colours.line
        self.setStyleSheet(f"#streamCell {{ border-color: {border}; }}")
        self.needed.blockSignals(True)
        self.needed.setChecked(check.is_required)
        self.needed.blockSignals(False)
        self.setAccessibleName(f"{LABELS[check.name]}: {self._words.text()}")


class StreamStrip(QWidget):
    """All streams side by side.

    Args:
        colours: The theme's colours.

    Attributes:
        cells: By the streams' names.

    Signals:
        required: A stream must be there, or needs not be.
    """

    required = Signal(str, bool)

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.cells = {name: StreamCell(name, colours) for name in STREAMS}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(10, 0, 10, 8)
        self._grid.setSpacing(8)
        for name, cell in self.cells.items():
            cell.required.connect(lambda needed, which=name: self.required.emit(which, needed))
        self._lay_out(len(STREAMS))

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        for cell in self.cells.values():
            cell.set_look(colours)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Put the streams into two rows where one is too narrow."""
        super().resizeEvent(event)
        n_columns = len(STREAMS) if event.size().width() >= _ONE_ROW_PX else len(STREAMS) // 2
        if n_columns != self._grid.columnCount():
            self._lay_out(n_columns)

    def _lay_out(self, n_columns: int) -> None:
        for number, cell in enumerate(self.cells.values()):
            self._grid.addWidget(cell, number // n_columns, number % n_columns)
        for column in range(len(STREAMS)):
            self._grid.setColumnStretch(column, int(column < n_columns))

    def show_checks(self, checks: Sequence[StreamCheck]) -> None:
        """Show how all streams stand."""
        for check in checks:
            self.cells[check.name].show_check(check)
