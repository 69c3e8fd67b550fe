"""What stands beside the picture in an exported video: the body map and the traces with the moment marked."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from app.live_page.body_figure import BodyFigure
from app.live_page.body_layout import BodyLayout
from app.live_page.hatching import paint_unknown
from app.live_page.muscle_labels import MuscleLabels
from app.live_page.muscle_marks import MuscleMarks
from app.review_page.course_legend import paint_samples
from app.review_page.lane_painter import LanePainter, Plotted
from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.muscles import MONTAGE
from mia_core.recording.overlay_painter import OverlayPainter
from mia_core.samples import Image, MuscleActivation, Pose

WIDTH: Final = 560
HEIGHT: Final = 720
"""The board is laid out so large, and scaled to the height of the picture."""
_FIGURE_HEIGHT: Final = 400
_LEGEND_HEIGHT: Final = 26


class OverlayBoard:
    """Paints one board for each moment; used from one thread, which need not be the window's.

    Args:
        figure: The drawing of the body.
        colours: The theme's colours.
        scale: The colours of activation.
        plotted: The traces of the whole video.
        family: The font.
        height_px: Height of the pictures.
    """

    def __init__(
        self,
        figure: BodyFigure,
        colours: Palette,
        scale: ColourScale,
        plotted: Plotted,
        family: QFont,
        height_px: int,
    ) -> None:
        self._colours = colours
        self._scale = scale
        self._zoom = height_px / HEIGHT
        self._size = QSize(2 * round(WIDTH * self._zoom / 2), height_px)  # encoders want even sizes
        self._layout = BodyLayout(figure, QSize(WIDTH, _FIGURE_HEIGHT), 30.0)
        self._labels = MuscleLabels(
            self._layout.leaders,
            family,
            self._layout.letters,
            MuscleMarks(),
            with_intervals=False,
            with_lights=False,
            narrow=False,
        )
        lower = HEIGHT - _FIGURE_HEIGHT - _LEGEND_HEIGHT
        self._lanes = LanePainter(QSizeF(WIDTH, lower), plotted, colours, family)
        self._ground = self._painted(plotted, family)

    def picture(self, activation: MuscleActivation | None, time_s: float) -> Image:
        """Return the board of a moment, (height, width, 3) BGR."""
        board = QImage(self._ground)
        painter = self._painter(board)
        values = np.full(len(MONTAGE), np.nan, np.float32) if activation is None else activation.values
        line = self._colours.text if self._scale.starts_dark else self._colours.muscle_line
        for path, value, rgb in zip(self._layout.muscles, values, self._scale.rgb(values), strict=True):
            if np.isnan(value):
                paint_unknown(painter, path, QColor(self._colours.unknown), QColor(self._colours.unknown_line))
            else:
                painter.fillPath(path, QColor(*(int(channel) for channel in rgb)))
            painter.strokePath(path, QPen(QColor(line), 1.4))
        self._labels.paint_values(painter, activation, self._colours)
        painter.translate(0, _FIGURE_HEIGHT + _LEGEND_HEIGHT)
        self._lanes.paint_cursor(painter, time_s)
        painter.end()
        rows = np.frombuffer(board.constBits(), np.uint8).reshape(board.height(), board.bytesPerLine())
        return rows[:, : 3 * board.width()].reshape(board.height(), board.width(), 3).copy()

    def _painted(self, plotted: Plotted, family: QFont) -> QImage:
        ground = QImage(self._size, QImage.Format.Format_BGR888)
        ground.fill(QColor(self._colours.surface))
        painter = self._painter(ground)
        self._layout.paint(painter, self._colours)
        painter.setPen(QPen(QColor(self._colours.muted), 1.0))
        painter.drawLines(self._layout.leaders)
        self._labels.paint_names(painter, self._colours)
        self._layout.paint_views(painter, family, self._colours)
        legend = QRectF(12, _FIGURE_HEIGHT, WIDTH - 24, _LEGEND_HEIGHT)
        paint_samples(painter, legend, plotted.courses, self._colours, family)
        painter.translate(0, _FIGURE_HEIGHT + _LEGEND_HEIGHT)
        self._lanes.paint(painter)
        painter.end()
        return ground

    def _painter(self, image: QImage) -> QPainter:
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._zoom, self._zoom)
        return painter


class BoardPainter(OverlayPainter):
    """Paints onto the picture, and puts the board beside it.

    Args:
        scale: The colours of activation.
        caption: A line at the bottom that says what the colours are.
        board: What stands beside the picture.
    """

    def __init__(self, scale: ColourScale, caption: str, board: OverlayBoard) -> None:
        super().__init__(scale, caption)
        self._board = board

    def paint(self, image: Image, pose: Pose | None, activation: MuscleActivation | None) -> Image:
        """Return the picture with bones and muscles, and right of it the board."""
        painted = super().paint(image, pose, activation)
        time_s = float("nan") if activation is None else activation.timestamp_s
        return np.hstack([painted, self._board.picture(activation, time_s)])
