"""The record page's part of the bar along the upper edge: the source, and how the take stands."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from app.live_page.source_choice import SourceChoice
from app.record_page.session_choices import SessionChoices
from app.record_page.take import Take, TakeState
from app.record_page.take_panel import clock_text


class RecordControls(QWidget):
    """Shows what is watched, and one word about the take.

    Args:
        source_menu: Offers other sources.
    """

    def __init__(self, source_menu: QMenu) -> None:
        super().__init__()
        self.source = QToolButton()
        self.source.setMenu(source_menu)
        self.source.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.status = QLabel()
        self.status.setObjectName("bannerText")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.source)
        row.addWidget(self.status)
        row.addStretch(1)

    def show_take(self, choice: SourceChoice | None, take: Take, choices: SessionChoices) -> None:
        """Show source and take."""
        name = "Choose a source" if choice is None else choice.label
        self.source.setText(f"{name}  \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        self.source.setAccessibleName(f"Source: {name}")
        words = {
            TakeState.STARTING: "Starting \N{HORIZONTAL ELLIPSIS}",
            TakeState.RECORDING: f"Recording sub-{choices.subject}, {clock_text(take.health.elapsed_s)}",
            TakeState.ENDING: "Writing the last \N{HORIZONTAL ELLIPSIS}",
            TakeState.OVER: "The take has ended",
        }.get(take.state, "Keeping the last seconds" if take.is_standing_by else "Not recording")
        self.status.setText(words)
