"""The steps of the check in a row: which are done and how they went, which one is on, and which are to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live_page.icons import icon_pixmap
from app.live_page.messages import Tone
from app.theme import Palette

_DISC_PX: Final = 24.0
_HEIGHT_PX: Final = 66
_PIP_PX: Final = 5.0
_WIDE_PX: Final = 108.0
"""From this width on a step has room for usual letters."""


class Mark(StrEnum):
    """How a step stands."""

    TODO = "to come"
    CURRENT = "now"
    GOOD = "good"
    WARNING = "to look at"
    ERROR = "bad"
    SKIPPED = "left out"


MARK_OF: Final = {Tone.DONE: Mark.GOOD, Tone.WARNING: Mark.WARNING, Tone.ERROR: Mark.ERROR}
"""The mark of a step that came to something."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        label: Its name.
        mark: How it stands.
        n_done: Of its parts, when it has some.
        n_parts: How many parts it has, 0 for none.
    """

    label: str
    mark: Mark = Mark.TODO
    n_done: int = 0
    n_parts: int = 0


class StepStrip(QWidget):
    """Paints steps from left to right.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._steps: tuple[Step, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is shown."""
        return self._steps

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show steps."""
        if tuple(steps) != self._steps:
            self._steps = tuple(steps)
            self.setAccessibleName("Steps")
            self.setAccessibleDescription(", ".join(f"{step.label}: {step.mark}" for step in steps))
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for discs and names."""
        return QSize(760, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint line, discs and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width() / max(len(self._steps), 1)
        middle_y = 8 + _DISC_PX / 2
        places = [QPointF(width * (n + 0.5), middle_y) for n in range(len(self._steps))]
        gap = _DISC_PX / 2 + 6
        for step, here, there in zip(self._steps, places, places[1:], strict=False):
            is_passed = step.mark not in (Mark.TODO, Mark.CURRENT)
            painter.setPen(QPen(QColor(self._colours.unknown_line if is_passed else self._colours.line), 2))
            painter.drawLine(here + QPointF(gap, 0), there - QPointF(gap, 0))
        for number, (step, place) in enumerate(zip(self._steps, places, strict=True), 1):
            self._paint_disc(painter, place, step, number)
            self._paint_name(painter, QRectF(place.x() - width / 2, middle_y + 16, width, 18), step)
            self._paint_pips(painter, QPointF(place.x(), middle_y + 39), step)
        painter.end()

    def _paint_disc(self, painter: QPainter, at: QPointF, step: Step, number: int) -> None:
        colours = self._colours
        radius = _DISC_PX / 2
        look = {
            Mark.GOOD: ("done", colours.good),
            Mark.WARNING: ("warning", colours.warning),
            Mark.ERROR: ("error", colours.error),
        }.get(step.mark)
        if look is not None:
            pixmap = icon_pixmap(*look, round(_DISC_PX), self.devicePixelRatioF())
            painter.drawPixmap(at - QPointF(radius, radius), pixmap)
            return
        is_on = step.mark is Mark.CURRENT
        painter.setPen(Qt.PenStyle.NoPen if is_on else QPen(QColor(colours.line), 2))
        painter.setBrush(QColor(colours.accent) if is_on else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, radius - 1, radius - 1)
        painter.setFont(_font(self.font(), 11, QFont.Weight.Bold))
        painter.setPen(QColor(colours.on_accent if is_on else colours.muted))
        text = "\N{EN DASH}" if step.mark is Mark.SKIPPED else str(number)
        painter.drawText(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius), _CENTRE, text)

    def _paint_name(self, painter: QPainter, box: QRectF, step: Step) -> None:
        is_on = step.mark is Mark.CURRENT
        px = 12 if box.width() >= _WIDE_PX else 11
        painter.setFont(_font(self.font(), px, QFont.Weight.DemiBold if is_on else QFont.Weight.Normal))
        painter.setPen(QColor(self._colours.text if is_on else self._colours.muted))
        text = painter.fontMetrics().elidedText(step.label, Qt.TextElideMode.ElideRight, round(box.width() - 4))
        painter.drawText(box, _CENTRE, text)

    def _paint_pips(self, painter: QPainter, at: QPointF, step: Step) -> None:
        """Paint one dot for each part, filled when it is done."""
        for part in range(step.n_parts):
            centre = at + QPointF((part - (step.n_parts - 1) / 2) * 2.2 * _PIP_PX, 0)
            is_done = part < step.n_done
            colour = QColor(self._colours.good if is_done else self._colours.unknown_line)
            painter.setPen(QPen(colour, 1.4))
            painter.setBrush(colour if is_done else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, _PIP_PX / 2, _PIP_PX / 2)


_CENTRE: Final = Qt.AlignmentFlag.AlignCenter


def _font(family: QFont, px: int, weight: QFont.Weight) -> QFont:
    font = QFont(family)
    font.setPixelSize(px)
    font.setWeight(weight)
    return font
