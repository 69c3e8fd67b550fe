"""How the wizard shows what something came to: a headline, a table of muscles, and the body beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.live_page.panel import Panel, clear_layout
from app.sensor_page.muscle_figure import MuscleFigure
from app.theme import Palette


class ResultView(QWidget):
    """A page that is filled when a run is over.

    Args:
        colours: The theme's colours.
        above_figure: What else stands beside the table, None for nothing.

    Attributes:
        headline: The outcome in a few words.
        summary: What it means, in a sentence.
        figure: The body, whose muscles can be lit.
    """

    def __init__(self, colours: Palette, above_figure: QWidget | None = None) -> None:
        super().__init__()
        self.headline, self.summary = QLabel(), QLabel()
        self.headline.setObjectName("checkHeadline")
        self.summary.setObjectName("checkHow")
        self.summary.setWordWrap(True)
        self.figure = MuscleFigure(colours)
        self._table = QVBoxLayout()
        rows = QVBoxLayout()
        rows.addLayout(self._table)
        rows.addStretch(1)
        side = QVBoxLayout()
        side.setSpacing(14)
        if above_figure is not None:
            side.addWidget(above_figure)
        side.addWidget(self.figure, 1)
        body = QHBoxLayout()
        body.setSpacing(20)
        body.addLayout(rows, 3)
        body.addLayout(side, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 14, 24, 8)
        column.setSpacing(4)
        column.addWidget(self.headline)
        column.addWidget(self.summary)
        column.addSpacing(10)
        column.addLayout(body, 1)

    def show_table(self, title: str, table: QWidget) -> None:
        """Show a table in the place of the one before."""
        clear_layout(self._table)
        self._table.addWidget(Panel(title, (), (), table))
