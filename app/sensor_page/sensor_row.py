"""One sensor in the list: what tells it from its twins, how near it is, where it sits, and its light."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.live_page.icons import ICON_PX, icon
from app.live_page.panel import ElidedLabel
from app.sensor_page.listed_sensor import ListedSensor, short_name
from app.sensor_page.signal_bars import SignalBars, strength_words
from app.theme import Palette
from mia_core.muscles import Placement

ROW_PX: Final = 54


class SensorRow(QWidget):
    """Paints nothing itself: labels, bars and a button. Clicks beside the button are the list's.

    Attributes:
        identify: Lets the sensor show its light.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._bars = SignalBars(colours)
        self._name = ElidedLabel(name="rowName", cut=Qt.TextElideMode.ElideMiddle)  # twins differ at the end
        self._details = QLabel()
        self._details.setObjectName("caption")
        self._muscle = QLabel()
        self._muscle.setObjectName("chip")
        self.identify = QToolButton()
        self.identify.setObjectName("quiet")
        self.identify.setIconSize(QSize(ICON_PX, ICON_PX))
        self.identify.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for label in (self._details, self._muscle):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._details.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 6, 6, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.addWidget(self._bars, 0, 0, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._muscle, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._details, 1, 1, 1, 2)
        grid.addWidget(self.identify, 0, 3, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(1, 1)

    def show_sensor(self, sensor: ListedSensor, at: Placement | None, colours: Palette, *, can_identify: bool) -> None:
        """Show a sensor and the muscle it sits on."""
        name = short_name(sensor.sensor)
        self._name.say(name if sensor.is_ready else sensor.kind)
        self._details.setText(sensor.details)
        self._muscle.setText("" if at is None else f"{at.side[0].upper()} {at.muscle}")
        self._muscle.setVisible(at is not None)
        self._bars.show_strength(sensor.rssi_dbm, colours)
        self.identify.setIcon(icon("bulb", colours.text, colours.muted))
        self.identify.setEnabled(can_identify)
        self.identify.setVisible(bool(sensor.colours))
        self.identify.setToolTip(f"Let the light of {name} show itself")
        self.identify.setAccessibleName(f"Identify {name}")
        firmware = f", firmware {sensor.firmware}" if sensor.firmware else ""
        self.setToolTip(f"{name}: {sensor.details}{firmware}, {strength_words(sensor.rssi_dbm)}")
        where = "on no muscle" if at is None else f"on the {at.label.lower()}"
        self.setAccessibleName(f"{name}, {where}, {sensor.details}, {strength_words(sensor.rssi_dbm)}")
