"""Leads through the guided check and the calibration, one large sentence at a time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from app.sensor_page.montage_editor import MontageEditor
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Placement


class CheckWizard(QDialog):
    """The guided check of the running sensors, and after it, for who wants it, their calibration.

    Args:
        parent: The window.
        feed: The running sensors.
        editor: Takes an exchange of sensors, when the user accepts it.
        contract: Tells simulated subjects what the user is asked to do: to contract a muscle, or to rest (None).
        colours: The theme's colours.
        clock: Times the steps.

    Signals:
        exchanged: The user has accepted the suggested exchange; the editor holds it.
        calibrated: The user has accepted a calibration, an `EmgCalibration`; it is not in use yet.
    """

    exchanged = Signal()
    calibrated = Signal(object)

    def __init__(
        self,
        parent: QWidget | None,
        feed: SensorFeed,
        editor: MontageEditor,
        contract: Callable[[Placement | None], None],
        colours: Palette,
        clock: Clock,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guided check")
        self._feed = feed
        self._editor = editor
        self._contract = contract
        self._colours = colours
        self._clock = clock

    def set_feed(self, feed: SensorFeed) -> None:
        """Go on with other running sensors, such as the same ones after an exchange."""
        self._feed = feed
