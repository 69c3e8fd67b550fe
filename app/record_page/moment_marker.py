"""Marks moments of a take, and lets them be named afterwards."""

from __future__ import annotations

from app.record_page.take import Take, TakeState
from app.record_page.take_panel import TakePanel
from mia_core.clock import Clock


class MomentMarker:
    """A moment is the one at which the key was pressed, however long the naming takes.

    Args:
        take: Whose moments.
        panel: Asks for their names.
        clock: Tells the present.
    """

    def __init__(self, take: Take, panel: TakePanel, clock: Clock) -> None:
        self._take = take
        self._panel = panel
        self._clock = clock
        self._marked_s: float | None = None
        self._n = 0

    def begin(self) -> None:
        """Count from one again, for a new take."""
        self._n = 0
        self._panel.show_marked("")

    def mark(self) -> None:
        """Mark this moment, and let it be named."""
        if self._take.state is TakeState.RECORDING:
            self.name("")  # the one before keeps its number
            self._n += 1
            self._marked_s = self._clock.now()
            self._panel.ask_for_text(self._take.health.elapsed_s, self._n)

    def name(self, text: str) -> bool:
        """Write the marked moment down, under its number when the text is empty; returns whether there was one."""
        marked_s, self._marked_s = self._marked_s, None
        if marked_s is None:
            return False
        text = text or f"Marker {self._n}"
        self._take.mark("marker", {"text": text}, marked_s)
        self._panel.show_marked(f"Marked: {text}")
        return True
