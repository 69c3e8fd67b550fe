"""Eight scrolling traces: the left side's muscles in one plot, the right side's in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.live_page.lane_notes import EXPLANATION, note_lines
from app.live_page.panel import caption
from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.live.snapshot import History
from mia_core.muscles import MONTAGE, Side
from mia_core.samples import STEP_S

if TYPE_CHECKING:
    from app.live_page.trace_plot import TracePlot

FIRST_PICTURE_MS: Final = 30
"""What the first painting of the window needs to reach the screen."""
HIGHER_TOPS: Final = (0.5, 1.0)
"""Upper edges while something exceeds the colours' full scale; above 100 % it stays at the edge."""
_SPACING_PX: Final = 14


class Traces(QWidget):
    """Shows the last seconds of a history.

    All lanes share one scale: from 0 to where the colours are full, or higher while something is above that. The plots
    are made after the first painting, because pyqtgraph takes 0.2 s to import and a window should be there first.
    """

    def __init__(self, colours: Palette, scale: ColourScale, length_s: float) -> None:
        super().__init__()
        self._colours = colours
        self._scale = scale
        self._length_s = length_s
        self._history: History | None = None
        self._notes = ("",) * len(MONTAGE)
        self._low_confidence: tuple[str, ...] = ()
        self._plots: dict[Side, TracePlot] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(10, 0, 0, 0)
        self._grid.setHorizontalSpacing(_SPACING_PX)
        self._grid.setVerticalSpacing(2)
        self._grid.setRowStretch(1, 1)
        for column, side in enumerate(Side):
            self._grid.addWidget(caption(f"{side.capitalize()}, % of maximum"), 0, column)
            self._grid.setColumnStretch(column, 1)
        self.setMinimumSize(420, 130)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Traces of the eight muscles")
        self.setToolTip(EXPLANATION)

    def show_history(self, history: History | None, notes: tuple[str, ...] = ()) -> None:
        """Show a history, and in each lane a text, by channel of `MONTAGE`; None clears."""
        self._say_notes(notes or ("",) * len(MONTAGE))
        self._history = history if history is not None and len(history.timestamps_s) else None
        if self._history is not None:
            self._make_plots()
        self._fill_plots()

    def set_look(self, colours: Palette, scale: ColourScale, length_s: float) -> None:
        """Change theme, colour scale and the seconds that are shown."""
        if (colours, scale, length_s) != (self._colours, self._scale, self._length_s):
            self._colours, self._scale, self._length_s = colours, scale, length_s
            self._dress_plots()

    def set_low_confidence(self, names: tuple[str, ...]) -> None:
        """Mark the muscles that the model hardly follows."""
        if names != self._low_confidence:
            self._low_confidence = names
            self._dress_plots()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that shows the traces well."""
        return QSize(1200, 200)

    def plot_box(self, channel: int) -> QRectF:
        """Return the plotting area of a channel."""
        self._make_plots()
        placement = MONTAGE.placements[channel]
        plot = self._plots[placement.side]
        return plot.lane_box(placement.muscle).translated(QPointF(plot.pos()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Have the plots made as soon as the window is on the screen."""
        super().paintEvent(event)
        if not self._plots:
            QTimer.singleShot(FIRST_PICTURE_MS, self, self._make_plots)

    def _say_notes(self, notes: tuple[str, ...]) -> None:
        """Take over the notes; in low or narrow lanes only the pointer and the screen reader tell them in full."""
        if notes != self._notes:
            self._notes = notes
            lines = note_lines(notes)
            self.setAccessibleDescription(lines)
            self.setToolTip(f"{lines}\n\n{EXPLANATION}" if lines else EXPLANATION)

    def _make_plots(self) -> None:
        if self._plots:
            return
        from app.live_page.trace_plot import TracePlot

        for column, side in enumerate(Side):
            self._plots[side] = TracePlot(side)
            self._grid.addWidget(self._plots[side], 1, column)
        self._grid.activate()
        self._dress_plots()

    def _dress_plots(self) -> None:
        for side, plot in self._plots.items():
            plot.set_look(self._colours, self._scale, self._length_s)
            low = (placement for placement in MONTAGE.placements if placement.name in self._low_confidence)
            plot.set_low_confidence(frozenset(placement.muscle for placement in low if placement.side is side))
        self._fill_plots()

    def _fill_plots(self) -> None:
        history = self._history
        if history is None:
            for plot in self._plots.values():
                plot.clear_history(self._scale.full_scale)
            return
        shown = history.timestamps_s >= history.timestamps_s[-1] - self._length_s - STEP_S / 2
        top = self._fitting_top(history, shown)
        for side, plot in self._plots.items():
            plot.show_history(history, shown, top, self._scale)
            sides = (placement.side for placement in MONTAGE.placements)
            plot.set_notes(tuple(note for note, at in zip(self._notes, sides, strict=True) if at is side))

    def _fitting_top(self, history: History, shown: NDArray[np.bool_]) -> float:
        """Return the activation at the upper edge of all lanes: full scale, or the next that holds all values."""
        values = np.hstack([history.predicted[shown], history.reference[shown][:, history.calibrated]])
        highest = float(np.nanmax(values, initial=self._scale.full_scale))
        return next((top for top in (self._scale.full_scale, *HIGHER_TOPS) if top >= highest), HIGHER_TOPS[-1])
