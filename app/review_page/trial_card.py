"""One trial in numbers: how much, when, left against right, partner against partner."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.live_page.panel import caption
from app.review_page.trial_numbers import NO_VALUE, NOT_KNOWN, Row, asymmetry_rows, co_contraction_rows, muscle_rows
from mia_core.processing.trial_summary import TrialSummary

WIDTH_PX: Final = 306


class NumberGrid(QWidget):
    """A small table of texts.

    Args:
        titles: Headings of the columns, without that of the names.
        explanation: What the numbers are.
    """

    def __init__(self, titles: tuple[str, ...], explanation: str) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._cells: list[QLabel] = []
        self._names: list[QLabel] = []
        for column, title in enumerate(titles, start=1):
            if not title:
                continue
            heading = caption(title)
            heading.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(heading, 0, column)
        self.setToolTip(explanation)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show rows; always of the same number and form."""
        if len(self._names) != len(rows):
            self._make(rows)
        for name, row in zip(self._names, rows, strict=True):
            name.setText(row.name)
        for label, text in zip(self._cells, (cell for row in rows for cell in row.cells), strict=True):
            is_known = text != NOT_KNOWN
            label.setText(text if is_known else NO_VALUE)  # the words would need the room of two numbers
            label.setToolTip("" if is_known else text.capitalize())
            label.setObjectName("" if is_known else "caption")
            label.style().polish(label)
        self.setAccessibleName("\n".join(f"{row.name}: {', '.join(row.cells)}" for row in rows))

    def _make(self, rows: tuple[Row, ...]) -> None:
        for label in (*self._names, *self._cells):
            label.deleteLater()
        self._names, self._cells = [], []
        for number, row in enumerate(rows, start=1):
            name = QLabel()
            self._grid.addWidget(name, number, 0)
            self._names.append(name)
            for column in range(1, len(row.cells) + 1):
                cell = QLabel()
                cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._grid.addWidget(cell, number, column)
                self._cells.append(cell)


class TrialCard(QScrollArea):
    """Shows one trial."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("cardArea")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.muscles = NumberGrid(
            ("Mean", "Peak", "Peak at"), "Activation in % of the maximum; peak: the highest mean over half a second"
        )
        self.asymmetry = NumberGrid(("",), "Difference of the means of both sides, relative to half their sum")
        self.co_contraction = NumberGrid(("Left", "Right"), "What both partners have in common, of all that they do")
        body = QWidget()
        body.setObjectName("card")
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 2, 12, 8)
        column.setSpacing(6)
        for title, grid in (
            ("Muscles", self.muscles),
            ("Left against right", self.asymmetry),
            ("Both partners at once", self.co_contraction),
        ):
            heading = QLabel(title)
            heading.setObjectName("sectionTitle")
            column.addWidget(heading)
            column.addWidget(grid)
            column.addSpacing(6)
        column.addStretch(1)
        self.setWidget(body)
        self.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)

    def show_summary(self, summary: TrialSummary) -> None:
        """Show the numbers of a trial."""
        self.muscles.show_rows(muscle_rows(summary))
        self.asymmetry.show_rows(asymmetry_rows(summary))
        self.co_contraction.show_rows(co_contraction_rows(summary))
