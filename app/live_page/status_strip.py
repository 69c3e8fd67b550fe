"""The strip along the lower edge: how fast, how old, how complete, and what made it."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.live_page.age_meter import AgeMeter
from app.live_page.muscle_marks import LOW_CONFIDENCE_SHORT, LOW_CONFIDENCE_TEXT
from app.live_page.sensor_lights import light_colour, sensor_words, worst_light
from app.theme import Palette
from mia_core.live.snapshot import PipelineState, SensorReadings, Snapshot, Tracking
from mia_core.muscles import in_short
from mia_core.sensors.sensor_state import SensorPhase

NOTHING: Final = "\N{EN DASH}"
_EDGE_PX: Final = 14
_SPACING_PX: Final = 18
_TRACKING_TEXT: Final = {
    Tracking.SEARCHING: "nobody seen",
    Tracking.PARTIAL: "part of a person",
    Tracking.TRACKING: "whole person",
    Tracking.REACQUIRING: "looking again",
}


def _age_text(p50_ms: float, p95_ms: float) -> str:
    """Return two ages in the unit that keeps them short, whatever a stalled source makes of them."""
    if math.isnan(p50_ms):
        return NOTHING
    if p95_ms < 1000.0:
        return f"{p50_ms:.0f} / {p95_ms:.0f} ms"
    return f"{p50_ms / 1000.0:.1f} / {p95_ms / 1000.0:.1f} s" if p95_ms < 100_000.0 else "over 99 s"


class Stat(QWidget):
    """A caption above a value."""

    def __init__(self, caption: str, explanation: str, widest: str) -> None:
        super().__init__()
        self._caption = caption
        label = QLabel(caption)
        label.setObjectName("statCaption")
        self._value = QLabel(NOTHING)
        self._value.setObjectName("statValue")
        self._value.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label)
        column.addWidget(self._value)
        self._widest = widest
        self.setToolTip(explanation)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """The shown value."""
        return self._value.text()

    def set_text(self, text: str, colour: str = "") -> None:
        """Show a value, in a colour of the theme when it needs attention."""
        if text != self._value.text():
            self._value.setText(text)
            self.setAccessibleName(f"{self._caption}: {text}")
        style = f"color: {colour};" if colour else ""
        if style != self._value.styleSheet():
            self._value.setStyleSheet(style)

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Be as wide as the widest value."""
        self.reserve()

    def reserve(self) -> None:
        """Reserve room for the widest value, so that the strip never jumps."""
        self._value.ensurePolished()
        self._value.setMinimumWidth(self._value.fontMetrics().horizontalAdvance(self._widest))


class StatusStrip(QWidget):
    """All numbers of a snapshot's health, and the age that the window measures itself."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("statusStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._colours = colours
        self.tracking = Stat("TRACKING", "What the pose estimator follows.", "part of a person")
        self.fps = Stat("SOURCE", "Frames a second that arrive from the camera or file.", "30.0 fps")
        self.pose = Stat("POSE", "Median time to find the person in one frame.", "100.0 ms")
        self.model = Stat("MODEL", "Median time to estimate the muscles of one step.", "10.0 ms")
        self.age = Stat(
            "AGE P50 / P95",
            "From the arrival of the newest frame to the painted muscles, look-ahead not counted: "
            "median, and what 95 of 100 pictures stay below.",
            "100 / 100 ms",
        )
        self.skipped = Stat("SKIPPED", "Frames passed over because a newer one was there.", "9999")
        self.lost = Stat("LOST", "Frames that the source made but that never arrived.", "999")
        self.sensors = Stat("SENSORS", "Sensors that send, and the worst of their lights.", "8 of 8, 2 yellow")
        self.samples_lost = Stat("SEMG LOST", "Samples that sensors took but that never arrived.", "999")
        self.device = Stat("DEVICE", "What the activation model really runs on.", "CPU")
        self.model_name = Stat("ACTIVATION MODEL", "The network that turns poses into muscles.", "")
        self.badge = QLabel()
        self.badge.setObjectName("badge")
        self.badge.setToolTip("What the model learned from. Its values are estimates.")
        self.badge.hide()
        self.unsure = QLabel()
        self.unsure.setObjectName("badge")
        self.unsure.hide()
        self._unsure_text = self._unsure_short = ""
        self._wanted = frozenset[QWidget]()
        row = QHBoxLayout(self)
        row.setContentsMargins(_EDGE_PX, 5, _EDGE_PX, 6)
        row.setSpacing(_SPACING_PX)
        frames = (self.tracking, self.fps, self.pose, self.model, self.age, self.skipped, self.lost)
        left: tuple[QWidget, ...] = (*frames, self.sensors, self.samples_lost, self.device)
        self._parts = (*left, self.model_name, self.unsure, self.badge)
        for part in self._parts:
            row.addWidget(part)
        row.insertStretch(len(left), 1)
        self._show_parts(Snapshot())

    def set_palette_colours(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours

    def show_snapshot(self, snapshot: Snapshot | None, ages: AgeMeter) -> None:
        """Show the numbers of a snapshot, or dashes when nothing runs."""
        if snapshot is None:
            for stat in self.findChildren(Stat):
                stat.set_text(NOTHING)
            self._show_parts(Snapshot())
            return
        health = snapshot.health
        self.fps.set_text(f"{health.source_fps:.1f} fps" if health.source_fps else NOTHING)
        self.pose.set_text(f"{health.pose_ms:.1f} ms" if health.pose_ms else NOTHING)
        self.model.set_text(f"{health.model_ms:.1f} ms" if health.model_ms else NOTHING)
        p50, p95 = ages.percentile_ms(50), ages.percentile_ms(95)
        self.age.set_text(_age_text(p50, p95))
        self.skipped.set_text(str(health.skipped))
        self.lost.set_text(str(health.lost), self._colours.warning if health.lost else "")
        self.device.set_text(health.device.partition(":")[0] or NOTHING)  # the name of a card can be long
        self.device.setToolTip(f"What the activation model really runs on: {health.device}")
        self.model_name.set_text(health.model_name or NOTHING)
        self.badge.setText(health.model_provenance)
        self._unsure_text = f"{LOW_CONFIDENCE_TEXT}: {in_short(health.low_confidence)}"
        self._unsure_short = f"{LOW_CONFIDENCE_SHORT}: {len(health.low_confidence)}"
        self.unsure.setToolTip(
            "On real motion it is not known to follow "
            + ", ".join(name.replace("_", " ") for name in health.low_confidence)
        )
        if snapshot.sensors is not None:
            self._show_sensors(snapshot.sensors)
        self._show_tracking(snapshot)
        self._show_parts(snapshot)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Use the new room."""
        super().resizeEvent(event)
        self._make_room()

    def _show_parts(self, snapshot: Snapshot) -> None:
        """Show what there is something to say of."""
        has_sensors, health = snapshot.sensors is not None, snapshot.health
        is_wanted = {
            self.sensors: has_sensors,
            self.samples_lost: has_sensors,
            self.unsure: bool(health.low_confidence),
            self.badge: bool(health.model_provenance),
        }
        self._wanted = frozenset(part for part in self._parts if is_wanted.get(part, True))
        self._make_room()

    def _make_room(self) -> None:
        """Hide what one can do without, from the first on, until the rest is seen in full.

        Which muscles are doubtful, what was lost, how old it is and what computed it always stay.
        """
        for stat in self.findChildren(Stat):
            stat.reserve()
        shown = set(self._wanted)
        self.unsure.setText(self._unsure_text)
        for spare in (self.pose, self.model, self.skipped, self.model_name, self.fps):
            if self._needed_px(shown) > self.width():
                shown.discard(spare)
        if self._needed_px(shown) > self.width():
            self.unsure.setText(self._unsure_short)
        for part in self._parts:
            part.setVisible(part in shown)

    def _needed_px(self, shown: set[QWidget]) -> int:
        return sum(part.sizeHint().width() + _SPACING_PX for part in shown) + 2 * _EDGE_PX

    def _show_sensors(self, sensors: SensorReadings) -> None:
        """Say how many sensors send and how well."""
        states = sensors.states
        sending = sum(state.phase is SensorPhase.STREAMING for state in states)
        worst = worst_light(states)
        n_worst = sum(state.quality.light is worst for state in states)
        how_many = f" {worst}" if n_worst == len(states) else f", {n_worst} {worst}"
        self.sensors.set_text(f"{sending} of {len(states)}{how_many}", light_colour(worst, self._colours))
        self.sensors.setToolTip("\n".join(sensor_words(state) for state in states) or "No sensor is assigned.")
        connected = [state.quality for state in states if not state.quality.only_advertises]
        lost = sum(quality.lost for quality in connected)
        self.samples_lost.set_text(str(lost) if connected else NOTHING, self._colours.warning if lost else "")
        exact = all(quality.loss_is_exact for quality in connected)
        how = "counted" if exact else "as far as gaps in time tell: not every sensor sends a counter"
        apart = "" if len(connected) == len(states) else " Those that only advertise are never heard in full: left out."
        self.samples_lost.setToolTip(f"Samples that sensors took but that never arrived, {how}.{apart}")

    def _show_tracking(self, snapshot: Snapshot) -> None:
        if snapshot.state is PipelineState.STARTING:
            self.tracking.set_text("starting")
            return
        good = snapshot.tracking is Tracking.TRACKING
        self.tracking.set_text(_TRACKING_TEXT[snapshot.tracking], self._colours.good if good else self._colours.warning)
