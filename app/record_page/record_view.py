"""What the record page consists of, where it stands, and what is seen of it when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.live_page.lane_notes import lane_notes
from app.live_page.live_actions import LiveActions
from app.live_page.panel import Panel
from app.live_page.pipeline_protocol import Pipeline
from app.live_page.stage import Stage
from app.live_page.trace_legend import TraceLegend
from app.live_page.traces import Traces
from app.record_page.alarm_strip import AlarmStrip
from app.record_page.light_ritual import LightRitual
from app.record_page.ritual import Ritual
from app.record_page.ritual_view import RitualView
from app.record_page.runner_view import RunnerView
from app.record_page.session_choices import SessionChoices
from app.record_page.setup_panel import SetupPanel
from app.record_page.stream_strip import StreamStrip
from app.record_page.summary import summarise
from app.record_page.summary_view import SummaryView
from app.record_page.take import Take, TakeState
from app.record_page.take_panel import TakePanel
from app.sensor_page.key_button import KeyButton
from app.sensor_page.notice import Notice
from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.live.light_watch import light_placements
from mia_core.live.snapshot import Snapshot

_LEFT_PX: Final = 322
_LOWER_PX: Final = 210
_BUTTON_PX: Final = 48
_ROOMY: Final = QSize(1000, 600)
"""On a smaller page what leads the subject needs the room of picture and traces."""


@dataclass(frozen=True, slots=True)
class RecordLook:
    """How the page looks: theme, colour scale, length of the traces."""

    colours: Palette
    scale: ColourScale
    trace_length_s: float


class RecordView(QWidget):
    """The widgets of the record page; it decides nothing.

    Args:
        actions: The window's actions.
        source_menu: Offers other sources.
        look: How the page looks.
        choices: What was chosen last.
        sound: What is to be known of the sound here.
    """

    def __init__(
        self, actions: LiveActions, source_menu: QMenu, look: RecordLook, choices: SessionChoices, sound: str
    ) -> None:
        super().__init__()
        self._actions = actions
        colours = look.colours
        self.setup = SetupPanel(colours, choices)
        self.panel = TakePanel(actions, colours)
        self.strip = StreamStrip(colours)
        self.runner = RunnerView(actions, colours, sound)
        self.ritual_view = RitualView(actions, colours)
        self.summary = SummaryView(actions, colours)
        self.stage = Stage(colours, look.scale, actions, source_menu)
        self.traces = Traces(colours, look.scale, look.trace_length_s)
        self.trace_legend = TraceLegend(colours)
        self.alarm_strip = AlarmStrip(colours)
        self.news = Notice(colours)
        self.trouble = Notice(colours)
        self.button = KeyButton("Record", "R", colours, primary=True)
        self._left, self._guide, self._lower = QStackedWidget(), QStackedWidget(), QStackedWidget()
        self._setup_side = Panel("Session", (), (), _scrolled(self.setup))
        self._take_side = Panel("Take", (), (), self.panel)
        self._strip_panel = Panel("Before you record", (), (), self.strip)
        self._traces_panel = Panel("Predicted and measured", (self.trace_legend,), (), self.traces)
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    @property
    def shows_traces(self) -> bool:
        """Whether the traces are seen."""
        return self._lower.currentWidget() is self._traces_panel

    def dress(self, look: RecordLook) -> None:
        """Change theme, colour scale or length of the traces."""
        colours = look.colours
        for part in (
            *(self.setup, self.panel, self.strip, self.runner, self.ritual_view, self.summary),
            *(self.alarm_strip, self.news, self.trouble, self.button),
        ):
            part.set_look(colours)
        self.stage.set_look(colours, look.scale)
        self.traces.set_look(colours, look.scale, look.trace_length_s)
        self.trace_legend.set_palette_colours(colours)

    def show_state(self, take: Take) -> None:
        """Change what stands left and below, when a take has come into another state."""
        state, is_recording = take.state, _is_recording(take)
        self._left.setCurrentWidget(self._take_side if is_recording else self._setup_side)
        self._lower.setCurrentWidget(self._traces_panel if is_recording else self._strip_panel)
        if is_recording:
            self._lower.setFixedHeight(_LOWER_PX)
        self.setup.setEnabled(state is not TakeState.STARTING)
        if state is TakeState.OVER:
            self.summary.show_summary(summarise(take.manifest, take.health, take.trials))
        for name in ("go_on", "hold", "redo_trial", "skip_trial"):
            self._actions[name].setEnabled(False)
        for name in ("marker", "ritual"):
            self._actions[name].setEnabled(state is TakeState.RECORDING)

    def show_guide(self, take: Take, ritual: Ritual | None) -> None:
        """Show what leads through the take, if anything does."""
        shown: QWidget | None = None
        is_recording = _is_recording(take)
        if is_recording and ritual is not None:
            shown = self.ritual_view
            for name in ("hold", "redo_trial", "skip_trial"):
                self._actions[name].setEnabled(False)
            has_light = take.feed is not None and bool(light_placements(take.feed.source))
            self.ritual_view.show_ritual(ritual, has_light=has_light)
        elif is_recording and take.runner is not None:
            shown = self.runner
            self.runner.show_view(take.runner.view, moves=self.setup.choices.moves_pictures)
        elif take.state is TakeState.OVER:
            shown = self.summary
        self.stage.camera_view.set_place(ritual.place_px if isinstance(ritual, LightRitual) else None)
        if shown is not None:
            self._guide.setCurrentWidget(shown)
        self._guide.setVisible(shown is not None)
        is_cramped = shown is not None and (self.width() < _ROOMY.width() or self.height() < _ROOMY.height())
        self.stage.setVisible(not is_cramped or isinstance(ritual, LightRitual))  # in which the light is pointed at
        self._lower.setVisible(not (is_cramped and is_recording))

    def show_button(self, state: TakeState, asked: Collection[str]) -> None:
        """Say what the large button does; `asked` is what a take would lack, if that was asked about."""
        words = {
            TakeState.STARTING: "Starting \N{HORIZONTAL ELLIPSIS}",
            TakeState.RECORDING: "End take",
            TakeState.ENDING: "Writing the last \N{HORIZONTAL ELLIPSIS}",
        }.get(state, "Record anyway" if asked else "Record")
        self.button.say(words)
        self.button.setEnabled(state is not TakeState.ENDING)

    def show_traces(self, pipeline: Pipeline, snapshot: Snapshot) -> None:
        """Show the last seconds."""
        history = pipeline.history()
        self.traces.show_history(history, lane_notes(history, snapshot.sensors))
        self.traces.set_low_confidence(snapshot.health.low_confidence)
        self.trace_legend.set_reference(snapshot.reference_label)

    def fit_strip(self) -> None:
        """Give the list of streams the height of its words: longer ones may need another line."""
        self._lower.setFixedHeight(self._strip_panel.sizeHint().height())

    def _arrange(self) -> None:
        self.button.setObjectName("bigRecord")
        self.button.setMinimumHeight(_BUTTON_PX)
        self.stage.camera_view.setMinimumSize(200, 160)
        for stack, widgets in (
            (self._left, (self._setup_side, self._take_side)),
            (self._guide, (self.runner, self.ritual_view, self.summary)),
            (self._lower, (self._strip_panel, self._traces_panel)),
        ):
            for widget in widgets:
                stack.addWidget(widget)
        side = QWidget()
        side.setFixedWidth(_LEFT_PX)
        left = QVBoxLayout(side)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        left.addWidget(self._left, 1)
        left.addWidget(self.trouble)
        left.addWidget(self.button)
        upper = QHBoxLayout()
        upper.setSpacing(8)
        upper.addWidget(self._guide, 6)
        upper.addWidget(self.stage, 5)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.news)
        right.addWidget(self.alarm_strip)
        right.addLayout(upper, 1)
        right.addWidget(self._lower)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(side)
        row.addLayout(right, 1)
        self._guide.hide()


def _is_recording(take: Take) -> bool:
    return take.state in (TakeState.RECORDING, TakeState.ENDING)


def _scrolled(widget: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setObjectName("bare")
    scroll.setWidget(widget)
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return scroll
