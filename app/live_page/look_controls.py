"""The choices of how muscles are shown: predicted or measured, colour scale, full colour, length of the traces."""

from __future__ import annotations

from collections.abc import Callable

from app.app_settings import FULL_SCALES, MEASURED, MUSCLE_VALUES, TRACE_LENGTHS_S, AppSettings
from app.live_page.choice_button import ChoiceButton
from mia_core.colour_scale import COLOUR_SCALES


class LookControls:
    """Buttons for the headers of the panels; the window decides what a choice does.

    Attributes:
        values: Whether the body map shows what is predicted or what is measured; hidden while there are no sensors.
        scale: Which colour scale.
        full_scale: Which activation gets the last colour.
        trace_length: How many seconds the traces show.
    """

    def __init__(
        self,
        on_values: Callable[[str], None],
        on_scale: Callable[[str], None],
        on_full_scale: Callable[[float], None],
        on_trace_length: Callable[[int], None],
    ) -> None:
        # Not "Measured": what simulated sensors send is not.
        values = [(value, "From sensors" if value == MEASURED else value.capitalize()) for value in MUSCLE_VALUES]
        self.values = ChoiceButton("Body map", values, on_values, named=False)
        scales = [(scale.name, scale.label) for scale in COLOUR_SCALES]
        self.scale = ChoiceButton("Colours", scales, on_scale, named=False)
        self.full_scale = ChoiceButton(
            "Full at", [(value, f"{100 * value:g} %") for value in FULL_SCALES], on_full_scale
        )
        self.trace_length = ChoiceButton("Show", [(value, f"{value} s") for value in TRACE_LENGTHS_S], on_trace_length)
        self.values.setToolTip("What body map and image show: predicted muscles, or what the sensors say (V)")
        self.values.hide()
        self.scale.setToolTip("Colour scale (C)")
        self.full_scale.setToolTip("Activation that gets the last colour (+ and -)")
        self.trace_length.setToolTip("Seconds that the traces show (W)")
        for button in (self.values, self.scale, self.full_scale, self.trace_length):
            button.setObjectName("small")

    def show_choices(self, settings: AppSettings) -> None:
        """Show what is chosen."""
        self.values.show_choice(settings.muscle_values)
        self.scale.show_choice(settings.colour_scale)
        self.full_scale.show_choice(settings.full_scale)
        self.trace_length.show_choice(settings.trace_length_s)
