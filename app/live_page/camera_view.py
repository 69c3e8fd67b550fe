"""The camera image with the person's skeleton and muscles on it."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.app_settings import PREDICTED
from app.live_page.muscle_marks import ShownMuscles, shown_muscles
from app.live_page.person_overlay import paint_muscles, paint_skeleton
from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.live.snapshot import Snapshot
from mia_core.muscle_shapes import Points
from mia_core.samples import Frame

PLACE_PX: Final = 16.0
"""Radius of the ring about a place that somebody has pointed at."""


class CameraView(QWidget):
    """Paints one snapshot: image, muscles, skeleton, and for a file how far it has come.

    Signals:
        pressed: Somebody pointed at a place of the image: x and y in its pixels.
    """

    pressed = Signal(float, float)

    def __init__(self, colours: Palette, scale: ColourScale) -> None:
        super().__init__()
        self._colours = colours
        self._scale = scale
        self._mirrored = False
        self._snapshot = Snapshot()
        self._shown = shown_muscles(self._snapshot, PREDICTED)
        self._image: QImage | None = None
        self._image_of: Frame | None = None
        self._place_px: tuple[float, float] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Camera image")

    def show_snapshot(self, snapshot: Snapshot, shown: ShownMuscles | None = None) -> None:
        """Show a snapshot at the next painting.

        Args:
            snapshot: Image and person.
            shown: The muscles to paint on them; None for the predicted ones.
        """
        self._snapshot = snapshot
        self._shown = shown or shown_muscles(snapshot, PREDICTED)
        self.update()

    def set_look(self, colours: Palette, scale: ColourScale) -> None:
        """Change theme and colour scale."""
        self._colours, self._scale = colours, scale
        self.update()

    def set_place(self, place_px: tuple[float, float] | None) -> None:
        """Ring a place of the image, in its pixels; None for none."""
        self._place_px = place_px
        self.update()

    @property
    def mirrored(self) -> bool:
        """Whether the image is shown like a mirror."""
        return self._mirrored

    def set_mirrored(self, mirrored: bool) -> None:
        """Show the image and everything on it like a mirror."""
        self._mirrored = mirrored
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that shows the image well."""
        return QSize(760, 440)

    def image_box(self, width_px: int, height_px: int) -> QRectF:
        """Return where an image of that size is painted: as large as fits, centred."""
        zoom = min(self.width() / width_px, self.height() / height_px)
        size = (width_px * zoom, height_px * zoom)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def to_view(self, width_px: int, height_px: int) -> Points:
        """Return the (2, 3) affine map from pixels of the image to this widget, the mirror included."""
        box = self.image_box(width_px, height_px)
        zoom = box.width() / width_px
        if self._mirrored:
            return np.array([[-zoom, 0.0, box.right()], [0.0, zoom, box.top()]])
        return np.array([[zoom, 0.0, box.left()], [0.0, zoom, box.top()]])

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Tell which place of the image was pointed at."""
        frame = self._snapshot.frame
        if frame is None:
            return
        height_px, width_px = frame.image.shape[:2]
        (a, _, c), (_, e, f) = self.to_view(width_px, height_px).tolist()
        x_px, y_px = (event.position().x() - c) / a, (event.position().y() - f) / e
        if 0 <= x_px < width_px and 0 <= y_px < height_px:
            self.pressed.emit(x_px, y_px)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the snapshot."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._colours.stage))
        frame = self._snapshot.frame
        if frame is not None:
            height_px, width_px = frame.image.shape[:2]
            self._paint_image(painter, frame, self.image_box(width_px, height_px))
            if self._snapshot.pose is not None:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                to_view = self.to_view(width_px, height_px)
                pose, unsure = self._snapshot.pose, self._shown.marks.low_confidence
                paint_muscles(painter, pose, self._shown.activation, self._scale, to_view, unsure)
                paint_skeleton(painter, pose, to_view)
            if self._place_px is not None:
                self._paint_place(painter, self.to_view(width_px, height_px) @ (*self._place_px, 1.0))
        self._paint_position(painter)
        painter.end()

    def _paint_image(self, painter: QPainter, frame: Frame, box: QRectF) -> None:
        if self._image is None or self._image_of is not frame:
            height_px, width_px = frame.image.shape[:2]
            stride = frame.image.strides[0]
            shared = QImage(frame.image.data, width_px, height_px, stride, QImage.Format.Format_BGR888)
            # One fast conversion: scaling straight from three bytes a pixel takes longer. The result owns its pixels.
            self._image = shared.convertToFormat(QImage.Format.Format_RGB32)
            self._image_of = frame
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._mirrored:
            painter.translate(2 * box.center().x(), 0)
            painter.scale(-1, 1)
        painter.drawImage(box, self._image)
        painter.restore()

    def _paint_place(self, painter: QPainter, at: Points) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)  # what is in it is to be seen
        for colour, width in ((self._colours.stage, 5.0), (self._colours.accent, 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(QPointF(float(at[0]), float(at[1])), PLACE_PX, PLACE_PX)

    def _paint_position(self, painter: QPainter) -> None:
        """Paint a thin bar along the lower edge: how far the file has come."""
        duration_s = self._snapshot.duration_s
        if duration_s and self._snapshot.frame is not None:
            share = min(max(self._snapshot.position_s / duration_s, 0.0), 1.0)
            bar = QRectF(0, self.height() - 3, self.width(), 3)
            painter.fillRect(bar, QColor(self._colours.line))
            painter.fillRect(QRectF(0, bar.top(), share * self.width(), 3), QColor(self._colours.accent))
