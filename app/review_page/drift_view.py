"""How the clocks of camera and sensors ran over a session: one row for each."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from app.review_page.reviewed_session import ReviewedSession
from app.sync_words import sync_lines
from app.theme import Palette
from mia_core.recording.session_drift import StreamDrift

_ROW_PX: Final = 44
_NAME_PX: Final = 120
_FONT_PX: Final = 12
_LEAST_SPAN_S: Final = 0.01
"""Smaller lags are not blown up to the height of a row: they are what arrivals scatter by."""

_LEAST_PPM: Final = 0.05
"""What is less is 0 as it is written."""

_NO_SYNC: Final = "Sync: no ritual, so the offset between video and sensors is not known."


class DriftPlot(QWidget):
    """Paints for each device how far it fell behind its nominal rate, each on a scale of its own.

    Args:
        drifts: What to paint.
        colours: The theme's colours.
    """

    def __init__(self, drifts: tuple[StreamDrift, ...], colours: Palette) -> None:
        super().__init__()
        self._drifts = drifts
        self._colours = colours
        self._font = QFont(self.font())
        self._font.setPixelSize(_FONT_PX)
        metrics = QFontMetricsF(self._font)
        self._words_px = 16 + max((metrics.horizontalAdvance(drift_words(stream)) for stream in drifts), default=0.0)
        self.setMinimumSize(round(_NAME_PX + self._words_px + 160), _ROW_PX * len(drifts))
        self.setAccessibleName("; ".join(f"{_name(stream)}: {drift_words(stream)}" for stream in drifts))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size in which a bend can be seen."""
        return QSize(round(_NAME_PX + self._words_px + 320), _ROW_PX * len(self._drifts))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the rows over one time axis."""
        painter, colours = QPainter(self), self._colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        first_s = min(float(stream.drift.times_s[0]) for stream in self._drifts)
        last_s = max(float(stream.drift.times_s[-1]) for stream in self._drifts)
        for number, stream in enumerate(self._drifts):
            row = QRectF(0, number * _ROW_PX, self.width(), _ROW_PX)
            box = row.adjusted(_NAME_PX, 7, -self._words_px, -7)
            painter.setPen(QColor(colours.text))
            painter.drawText(row.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, _name(stream))
            painter.setPen(QColor(colours.muted))
            words = QRectF(box.right() + 12, row.top(), self._words_px - 12, _ROW_PX)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, drift_words(stream))
            lags_s = stream.drift.lags_s
            low_s, high_s = float(np.min(lags_s)), float(np.max(lags_s))
            spare_s = max(0.0, _LEAST_SPAN_S - (high_s - low_s)) / 2
            low_s, high_s = low_s - spare_s, high_s + spare_s
            ys = box.bottom() - (lags_s - low_s) / (high_s - low_s) * box.height()
            xs = box.left() + (stream.drift.times_s - first_s) / max(last_s - first_s, 1e-9) * box.width()
            zero_y = box.bottom() + low_s / (high_s - low_s) * box.height()
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawLine(QPointF(box.left(), zero_y), QPointF(box.right(), zero_y))
            painter.setPen(QPen(QColor(colours.accent), 1.8))
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]))
        painter.end()


class DriftDialog(QDialog):
    """A window of its own that shows the drifts and the offsets of a session, or why there are none.

    Args:
        session: The session.
        colours: The theme's colours.
        parent: The page.
    """

    def __init__(self, session: ReviewedSession, colours: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        drifts = session.drifts
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Clocks of camera and sensors")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        words = (
            "How far each fell behind its nominal rate, by this computer's clock; each row on a scale of its own."
            if drifts
            else "The session is too short to tell how the clocks ran: half a minute is needed."
        )
        column.addWidget(_wrapped(words))
        if drifts:
            column.addWidget(DriftPlot(drifts, colours), 1)
        if session.measured is not None:
            column.addWidget(_wrapped("\n".join(sync_lines(session.recorded.session.recording)) or _NO_SYNC))


def _wrapped(words: str) -> QLabel:
    label = QLabel(words)
    label.setWordWrap(True)
    return label


def drift_words(stream: StreamDrift) -> str:
    """Return a drift in words, such as `12.0 ± 0.4 ppm fast, 36 ms ahead at the end`."""
    drift = stream.drift
    end_ms = 1e3 * float(drift.lags_s[-1])
    amount = f"{abs(drift.ppm):.1f} ± {drift.standard_error_ppm:.1f} ppm"
    if abs(drift.ppm) <= max(2 * drift.standard_error_ppm, _LEAST_PPM):
        return f"{amount}: as fast as it says"
    pace, place = ("fast" if drift.ppm > 0 else "slow"), ("behind" if end_ms > 0 else "ahead")
    return f"{amount} {pace}, {abs(end_ms):.0f} ms {place} at the end"


def _name(stream: StreamDrift) -> str:
    return stream.device.replace("_", " ").capitalize()
