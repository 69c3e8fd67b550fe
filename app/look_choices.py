"""How the window looks: what can be chosen, the keys that step through the choices, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.app_settings import (
    FULL_SCALES,
    MUSCLE_VALUES,
    SCALE_NAMES,
    THEMES,
    TRACE_LENGTHS_S,
    AppSettings,
    neighbour_of,
    next_of,
)
from app.live_page.live_page import Look
from app.record_page.record_view import RecordLook
from app.theme import palette
from mia_core.colour_scale import colour_scale


class LookChoices:
    """Changes the settings of the look.

    Args:
        present: Returns the present settings.
        take_over: Gets the changed ones.
    """

    def __init__(self, present: Callable[[], AppSettings], take_over: Callable[[AppSettings], None]) -> None:
        self._present = present
        self._take_over = take_over

    @property
    def look(self) -> Look:
        """How the pages look now."""
        settings = self._present()
        scale = colour_scale(settings.colour_scale).with_full_scale(settings.full_scale)
        return Look(palette(settings.theme), scale, settings.trace_length_s, settings.muscle_values)

    @property
    def record_look(self) -> RecordLook:
        """How the record page looks now."""
        look = self.look
        return RecordLook(look.colours, look.scale, look.trace_length_s)

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of the look do, by their names."""
        present = self._present
        return {
            "next_values": lambda: self.set_muscle_values(next_of(MUSCLE_VALUES, present().muscle_values)),
            "next_scale": lambda: self.set_scale(next_of(SCALE_NAMES, present().colour_scale)),
            "full_scale_down": lambda: self.set_full_scale(neighbour_of(FULL_SCALES, present().full_scale, -1)),
            "full_scale_up": lambda: self.set_full_scale(neighbour_of(FULL_SCALES, present().full_scale, 1)),
            "next_trace_length": lambda: self.set_trace_length(next_of(TRACE_LENGTHS_S, present().trace_length_s)),
            "theme": self.toggle_theme,
        }

    def set_muscle_values(self, values: str) -> None:
        """Choose what the body map shows when there are sensors, one of `MUSCLE_VALUES`."""
        self._take_over(replace(self._present(), muscle_values=values))

    def set_scale(self, name: str) -> None:
        """Choose the colour scale of that name."""
        self._take_over(replace(self._present(), colour_scale=name))

    def set_full_scale(self, activation: float) -> None:
        """Choose the activation that gets the last colour."""
        self._take_over(replace(self._present(), full_scale=activation))

    def set_trace_length(self, seconds: int) -> None:
        """Choose how many seconds the traces show."""
        self._take_over(replace(self._present(), trace_length_s=seconds))

    def toggle_theme(self) -> None:
        """Change between light and dark."""
        self._take_over(replace(self._present(), theme=next_of(THEMES, self._present().theme)))
