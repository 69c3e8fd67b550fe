"""The left side during a take: for how long, how much is on the disk, what was lost, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.live_page.live_actions import LiveActions
from app.live_page.panel import ElidedLabel, caption
from app.live_page.status_strip import Stat
from app.live_page.toolbar import action_button
from app.record_page.alarms import NEARLY_FULL
from app.sensor_page.state_marks import paint_state, state_colour, state_word
from app.theme import Palette
from mia_core.muscles import Side
from mia_core.recording.recording_health import RecordingHealth
from mia_core.recording.recording_manifest import RecordedCounts
from mia_core.sensors.sensor_state import SensorState

_ROW_PX: Final = 18
_GB: Final = 1e9


class SampleRows(QWidget):
    """Each sensor with its state, its samples on disk, and how many were lost.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._rows: tuple[tuple[SensorState, int, int], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Samples of each sensor")

    @property
    def texts(self) -> tuple[str, ...]:
        """What the rows say."""
        return tuple(f"{_short(state)} {n} {_lost(state, lost)}" for state, n, lost in self._rows)

    def show_counts(self, states: Sequence[SensorState], counts: RecordedCounts) -> None:
        """Show the sensors that are recorded; nothing without."""
        rows = tuple(
            (state, counts.samples.get(state.placement.name, 0), counts.samples_lost.get(state.placement.name, 0))
            for state in states
        )
        if rows != self._rows:
            if len(rows) != len(self._rows):
                self.updateGeometry()
            self._rows = rows
            self.setAccessibleDescription("\n".join(self.texts))
            self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for all rows."""
        return QSize(280, _ROW_PX * len(self._rows))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the rows."""
        colours = self._colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        middle = Qt.AlignmentFlag.AlignVCenter
        for number, (state, n, lost) in enumerate(self._rows):
            top = number * _ROW_PX
            paint_state(painter, QRectF(2, top + 4, 10, 10), state, colours)
            painter.setPen(QColor(colours.text))
            painter.drawText(QRectF(20, top, 110, _ROW_PX), middle | left, _short(state))
            painter.drawText(QRectF(116, top, 66, _ROW_PX), middle | right, str(n))
            bad = state_word(state) not in ("good", "fair")
            painter.setPen(QColor(state_colour(state, colours) if bad else colours.warning if lost else colours.muted))
            painter.drawText(QRectF(190, top, self.width() - 192, _ROW_PX), middle | right, _lost(state, lost))
        painter.end()


class TakePanel(QWidget):
    """Shows how a take goes.

    Args:
        actions: The window's actions.
        colours: The theme's colours.

    Attributes:
        marker: What happened at the moment that was marked.

    Signals:
        named: The marked moment has its text.
    """

    named = Signal(str)

    def __init__(self, actions: LiveActions, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self.time = QLabel("0:00")
        self.time.setObjectName("takeTime")
        self._dot = QLabel("\N{BLACK CIRCLE}  RECORDING")
        self._dot.setObjectName("recordingWord")
        self.subject = ElidedLabel(name="caption", cut=Qt.TextElideMode.ElideMiddle)
        self.frames = Stat("FRAMES", "Captured from the camera, and on the disk.", "99999")
        self.written = Stat("IN VIDEO", "Frames whose picture is on the disk.", "99999")
        self.lost = Stat("LOST", "Frames that the camera made but that never arrived.", "9999")
        self.written_size = Stat("WRITTEN", "Size of the session so far.", "9999 MB")
        self.free = Stat("FREE", "Room on the disk; below 5 GB it gets little, below 1 GB the take ends.", "9999 GB")
        self.queue = QProgressBar()
        self.queue.setTextVisible(False)
        self.queue.setFixedHeight(4)
        self.queue.setMaximum(100)
        self._queue_says = caption()
        self.samples = SampleRows(colours)
        self._no_sensors = caption("No sensors are recorded.")
        self.marker = QLineEdit()
        self.marker.setPlaceholderText("M marks a moment")
        self.marker.setAccessibleName("Text of the marker")
        self.marker.returnPressed.connect(lambda: self.named.emit(self.marker.text().strip()))
        self._marked = caption()
        self._arrange(actions)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.samples.set_look(colours)

    def show_health(self, health: RecordingHealth, subject: str) -> None:
        """Show numbers."""
        colours, counts = self._colours, health.counts
        self.time.setText(clock_text(health.elapsed_s))
        self.subject.say(f"sub-{subject}")
        self.frames.set_text(str(counts.frames))
        self.written.set_text(str(counts.in_video))
        self.lost.set_text(str(counts.frames_lost), colours.warning if counts.frames_lost else "")
        self.written_size.set_text(size_text(health.written_bytes))
        free = health.free_bytes
        is_little = bool(health.warning)
        self.free.set_text(
            "\N{EN DASH}" if free is None else f"{free / _GB:.1f} GB", colours.warning if is_little else ""
        )
        fullest = max(health.queue_fill, health.frame_queue_fill)
        self.queue.setValue(round(100 * fullest))
        self._queue_says.setText(f"Waiting for the disk: {100 * fullest:.0f} % of the queue")
        self._queue_says.setStyleSheet(f"color: {colours.warning};" if fullest > NEARLY_FULL else "")

    def show_sensors(self, states: Sequence[SensorState], counts: RecordedCounts) -> None:
        """Show the sensors that are recorded."""
        self._no_sensors.setVisible(not states)
        self.samples.show_counts(states, counts)

    def ask_for_text(self, at_s: float, number: int) -> None:
        """Let a marked moment be named."""
        self.marker.clear()
        self.marker.setPlaceholderText(f"{clock_text(at_s)}: what happened?")
        self.marker.setFocus()

    def show_marked(self, words: str) -> None:
        """Say what was marked last."""
        self.marker.clear()
        self.marker.setPlaceholderText("M marks a moment")
        self._marked.setText(words)

    def _arrange(self, actions: LiveActions) -> None:
        head = QHBoxLayout()
        head.addWidget(self._dot)
        head.addStretch(1)
        head.addWidget(self.subject)
        stats = QGridLayout()
        stats.setHorizontalSpacing(18)
        stats.setVerticalSpacing(6)
        for place, stat in enumerate((self.frames, self.written, self.lost)):
            stats.addWidget(stat, 0, place)
        for place, stat in enumerate((self.written_size, self.free)):
            stats.addWidget(stat, 1, place)
        for place in range(3):
            stats.setColumnStretch(place, 1)
        marker = QHBoxLayout()
        marker.setSpacing(6)
        marker.addWidget(action_button(actions["marker"], ""))
        marker.addWidget(self.marker, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(action_button(actions["ritual"], "", text=True))
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 2, 12, 10)
        column.setSpacing(7)
        column.addLayout(head)
        column.addWidget(self.time)
        column.addLayout(stats)
        column.addWidget(self.queue)
        column.addWidget(self._queue_says)
        column.addSpacing(4)
        column.addWidget(self.samples)
        column.addWidget(self._no_sensors)
        column.addStretch(1)
        column.addLayout(marker)
        column.addWidget(self._marked)
        column.addLayout(buttons)


def clock_text(seconds: float) -> str:
    """Return a time such as `1:02:03` or `2:03`."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def size_text(n_bytes: int) -> str:
    """Return a size such as `12.3 MB` or `1.20 GB`."""
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:.2f} GB"


def _short(state: SensorState) -> str:
    side = "L" if state.placement.side is Side.LEFT else "R"
    return f"{side} {state.placement.muscle}"


def _lost(state: SensorState, lost: int) -> str:
    word = state_word(state)
    if word not in ("good", "fair"):
        return word
    return f"{lost} lost" if lost else "none lost"
