"""What is shown when a take has ended: what is there, what is missing, and the way to it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.live_page.icons import icon_pixmap
from app.live_page.live_actions import LiveActions
from app.live_page.panel import caption, clear_layout
from app.record_page.summary import Presence, SummaryLine, TakeSummary
from app.theme import Palette

_ICON_PX = 20


class SummaryView(QFrame):
    """Shows a summary.

    Args:
        actions: The window's actions.
        colours: The theme's colours.

    Attributes:
        review: Opens the session on the review page.
        open_folder: Shows the session's files.
        next_take: Is done with this one.

    Signals:
        review_asked: The session in this folder is to be reviewed.
        put_away: The summary was read.
    """

    review_asked = Signal(Path)
    put_away = Signal()

    def __init__(self, actions: LiveActions, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._actions = actions
        self._colours = colours
        self._summary: TakeSummary | None = None
        self._icon = QLabel()
        self.title = QLabel()
        self.title.setObjectName("summaryTitle")
        self.title.setWordWrap(True)
        self._where = caption()
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._where.setWordWrap(True)
        self._lines = QWidget()
        self._grid = QGridLayout(self._lines)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnStretch(2, 1)
        self.notes = QLabel()
        self.notes.setObjectName("bannerText")
        self.notes.setWordWrap(True)
        self.review = QPushButton("Review")
        self.review.clicked.connect(self._ask_review)
        self.open_folder = QPushButton("Open folder")
        self.open_folder.clicked.connect(self._open)
        self.next_take = QPushButton("Next take")
        self.next_take.setObjectName("primary")
        self.next_take.clicked.connect(self.put_away)
        self._arrange()

    @property
    def texts(self) -> tuple[str, ...]:
        """What the lines say."""
        summary = self._summary
        return () if summary is None else tuple(f"{line.label}: {line.words}" for line in summary.lines)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        if self._summary is not None:
            self.show_summary(self._summary)

    def show_summary(self, summary: TakeSummary) -> None:
        """Show a summary."""
        self._summary = summary
        colours = self._colours
        sign, colour = ("done", colours.good) if summary.is_good else ("warning", colours.warning)
        self._icon.setPixmap(icon_pixmap(sign, colour, 34, self.devicePixelRatioF()))
        self.title.setText(summary.title)
        self._where.setText("" if summary.folder is None else str(summary.folder))
        self.notes.setText("\n".join(summary.notes))
        self.notes.setVisible(bool(summary.notes))
        for button in (self.review, self.open_folder):
            button.setEnabled(summary.folder is not None)
        clear_layout(self._grid)
        for row, line in enumerate(summary.lines):
            self._add(row, line)

    def _add(self, row: int, line: SummaryLine) -> None:
        colours = self._colours
        sign, colour = {
            Presence.THERE: ("done", colours.good),
            Presence.MISSING: ("missing", colours.error),
            Presence.LACKING: ("warning", colours.warning),
            Presence.UNWANTED: ("empty", colours.muted),
        }[line.presence]
        mark = QLabel()
        mark.setPixmap(icon_pixmap(sign, colour, _ICON_PX, self.devicePixelRatioF()))
        mark.setAccessibleName(line.presence)
        label = QLabel(line.label)
        label.setObjectName("rowName")
        words = QLabel(line.words)
        words.setWordWrap(True)
        if line.presence is not Presence.THERE:
            words.setStyleSheet(f"color: {colour};")
        for column, widget in enumerate((mark, label, words)):
            self._grid.addWidget(widget, row, column)

    def _ask_review(self) -> None:
        if self._summary is not None and self._summary.folder is not None:
            self.review_asked.emit(self._summary.folder)

    def _open(self) -> None:
        if self._summary is not None and self._summary.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._summary.folder)))

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._icon)
        head.addWidget(self.title, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.next_take)
        buttons.addWidget(self.review)
        buttons.addWidget(self.open_folder)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._where)
        column.addSpacing(8)
        column.addWidget(self._lines)
        column.addSpacing(6)
        column.addWidget(self.notes)
        column.addStretch(1)
        column.addLayout(buttons)
