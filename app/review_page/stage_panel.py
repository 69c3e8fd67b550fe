"""The picture of the session with its person, and below it the buttons that move through time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.live_page.camera_view import CameraView
from app.live_page.choice_button import ChoiceButton
from app.live_page.live_actions import LiveActions
from app.live_page.panel import caption
from app.live_page.toolbar import action_button
from app.review_page.session_player import SPEEDS
from app.review_page.timeline import Timeline
from app.review_page.trial_numbers import clock_text
from app.theme import Palette
from mia_core.colour_scale import ColourScale

_TIME_PX: Final = 128
_SMALLEST_PX: Final = 240, 160


class StagePanel(QFrame):
    """Holds the picture, the buttons and the time line.

    Args:
        colours: The theme's colours.
        scale: The colours of activation.
        actions: The window's actions.
        on_speed: Called when another speed is chosen.
    """

    def __init__(
        self, colours: Palette, scale: ColourScale, actions: LiveActions, on_speed: Callable[[float], None]
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.view = CameraView(colours, scale)
        self.view.setMinimumSize(*_SMALLEST_PX)
        self.timeline = Timeline(colours)
        self._time = QLabel()
        self._time.setObjectName("statValue")
        self._time.setMinimumWidth(_TIME_PX)
        self.note = caption()
        self._speed: ChoiceButton[float] = ChoiceButton(
            "Speed", [(speed, f"{speed:g}\N{MULTIPLICATION SIGN}") for speed in SPEEDS], on_speed
        )
        self._speed.setObjectName("small")
        buttons = QHBoxLayout()
        buttons.setContentsMargins(10, 0, 10, 0)
        buttons.setSpacing(6)
        for name in ("frame_back", "play_session", "frame_on"):
            buttons.addWidget(action_button(actions[name], ""))
        buttons.addSpacing(4)
        buttons.addWidget(self._time)
        buttons.addWidget(self.note, 1)
        buttons.addWidget(self._speed)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 4)
        column.setSpacing(6)
        column.addWidget(self.view, 1)
        column.addLayout(buttons)
        column.addWidget(self.timeline)

    def show_time(self, since_s: float, length_s: float) -> None:
        """Show where one is."""
        self._time.setText(f"{clock_text(since_s)} / {clock_text(length_s)}")

    def show_speed(self, speed: float) -> None:
        """Show the chosen speed."""
        self._speed.show_choice(speed)

    def set_look(self, colours: Palette, scale: ColourScale) -> None:
        """Change theme and colour scale."""
        self.view.set_look(colours, scale)
        self.timeline.set_look(colours)
