"""The trials of a session in their order, to be chosen from."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem

from app.review_page.trial_numbers import clock_text, exercise_label
from app.theme import Palette
from mia_core.export.trials import TrialSpan

_ROW_PX: Final = 46


class _TrialDelegate(QStyledItemDelegate):
    """Paints name and take, and below them begin and length."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.colours = colours

    def sizeHint(self, option: QStyleOptionViewItem, index: object) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        super().paint(painter, option, index)  # type: ignore[arg-type]
        title, text = index.data(Qt.ItemDataRole.UserRole)  # type: ignore[attr-defined]
        box = QRectF(option.rect).adjusted(12, 6, -10, -6)
        font = QFont(painter.font())
        font.setPixelSize(13)
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(self.colours.text))
        room = math.floor(box.width())
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, room)  # its number is at the end
        painter.drawText(box, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, title)
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(self.colours.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()


class TrialList(QListWidget):
    """Shows trials.

    Signals:
        picked: A trial is chosen, by its place.
    """

    picked = Signal(int)

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._delegate = _TrialDelegate(colours)
        self.setObjectName("trialList")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(self._delegate)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Trials")
        self.currentRowChanged.connect(self.picked)

    def show_trials(self, trials: tuple[TrialSpan, ...], chosen: int, begin_s: float) -> None:
        """Show trials; `chosen` is the place of one, -1 for none."""
        signals = self.blockSignals(True)
        self.clear()
        for trial in trials:
            title = f"{exercise_label(trial.exercise)} {trial.take}"
            text = f"{clock_text(trial.start_s - begin_s)},  {trial.end_s - trial.start_s:.1f} s"
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, (title, text))
            item.setToolTip(title)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title} {text}")
            self.addItem(item)
        self.setCurrentRow(chosen)
        self.blockSignals(signals)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._delegate.colours = colours
        self.viewport().update()
