"""The live page: pulls the newest snapshot and shows it, never waits for anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from app.app_settings import PREDICTED
from app.live_page.age_meter import AgeMeter
from app.live_page.body_figure import BodyFigure
from app.live_page.body_map import BodyMap
from app.live_page.lane_notes import lane_notes
from app.live_page.live_actions import LiveActions
from app.live_page.live_session import LiveSession, Phase
from app.live_page.look_controls import LookControls
from app.live_page.messages import MessageFilter, message_for
from app.live_page.muscle_marks import shown_muscles
from app.live_page.panel import Panel
from app.live_page.pipeline_protocol import Pipeline
from app.live_page.stage import Stage
from app.live_page.status_strip import StatusStrip
from app.live_page.trace_legend import TraceLegend
from app.live_page.traces import Traces
from app.record_page.quick_take import QuickTake
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.colour_scale import ColourScale
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import History, PipelineState, Snapshot
from mia_core.muscles import MONTAGE

PICTURE_POLL_MS: Final = 1
"""How often the page asks whether there is a new picture; asking costs microseconds, and this is what it waits."""
SLOW_POLL_MS: Final = 100
"""How often banner and controls follow."""
TRACES_EVERY: Final = 2
"""The traces follow every so many slow polls: they cost more than a picture, and move a hair's breadth in between."""
STATUS_EVERY: Final = 3
"""The status strip follows every so many slow polls: numbers that change faster can't be read."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the page looks: theme, colour scale, length of the traces, and what the body map shows of sensors."""

    colours: Palette
    scale: ColourScale
    trace_length_s: float
    muscle_values: str = PREDICTED


class LivePage(QWidget):
    """Camera image, body map, traces and status of one session."""

    def __init__(
        self,
        session: LiveSession,
        figure: BodyFigure,
        look: Look,
        actions: LiveActions,
        source_menu: QMenu,
        controls: LookControls,
        quick_take: QuickTake,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._session = session
        self._look = look
        self._quick_take = quick_take
        self._values_choice = controls.values
        self._clock = clock
        self._pipeline: Pipeline | None = None
        self._sensors: SensorFeed | None = None
        self._snapshot: Snapshot | None = None
        self._trace_end_s: float | None = None
        self._measured_captured_s: float | None = None
        self._low_confidence: tuple[str, ...] = ()
        self._polls = 0
        self._traces_due = False
        self._messages = MessageFilter()
        self.ages = AgeMeter()
        self.stage = Stage(look.colours, look.scale, actions, source_menu)
        self.body_map = BodyMap(figure, look.colours, look.scale, self._after_painting)
        self.traces = Traces(look.colours, look.scale, look.trace_length_s)
        self.trace_legend = TraceLegend(look.colours)
        self.status = StatusStrip(look.colours)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._arrange(controls)
        self._picture_poll = self._timer(PICTURE_POLL_MS, Qt.TimerType.PreciseTimer, self.poll_picture)
        self._slow_poll = self._timer(SLOW_POLL_MS, Qt.TimerType.CoarseTimer, self.poll_slow)

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot on the screen, None while nothing runs."""
        return self._snapshot

    @property
    def pipeline(self) -> Pipeline | None:
        """The pipeline on the screen, None while nothing runs."""
        return self._pipeline

    def set_sensors(self, sensors: SensorFeed | None) -> None:
        """Show measured muscles beside the predicted ones, now and with every source to come; None ends that."""
        self._sensors = sensors
        self._trace_end_s = None
        if self._pipeline is not None:
            self._pipeline.set_sensors(sensors)

    def set_look(self, look: Look) -> None:
        """Change theme, colour scale or length of the traces."""
        self._look = look
        self.stage.set_look(look.colours, look.scale)
        self.traces.set_look(look.colours, look.scale, look.trace_length_s)
        self.trace_legend.set_palette_colours(look.colours)
        self.status.set_palette_colours(look.colours)
        self._show_muscles(self._snapshot or Snapshot())

    def poll_picture(self) -> None:
        """Show the newest snapshot when there is one."""
        pipeline = self._session.view.pipeline
        if pipeline is not self._pipeline:
            self._begin(pipeline)
        if pipeline is not None and (self._snapshot is None or pipeline.sequence != self._snapshot.sequence):
            self.show_picture(pipeline.snapshot())

    def poll_slow(self) -> None:
        """Follow with banner and status, and with the traces when no picture has been painted since the last time."""
        view = self._session.view
        # Asked even without a new picture: a camera that hangs shows in the growing age of its last frame.
        snapshot = self._pipeline.snapshot() if self._pipeline is not None else None
        self.stage.show_welcome(view.phase is Phase.IDLE)
        self._quick_take.follow()
        self._follow_sensors(snapshot)
        message = message_for(view, snapshot, self._quick_take.saved, self._quick_take.problem)
        self.stage.show_message(self._messages.settle(message, self._clock.now()))
        if self._polls % TRACES_EVERY == 0:
            if self._traces_due:
                self._follow_traces()
            self._traces_due = True
        self._polls += 1
        if self._polls % STATUS_EVERY == 0:
            self.status.show_snapshot(snapshot, self.ages)

    def show_picture(self, snapshot: Snapshot) -> None:
        """Show image, person and muscles of a snapshot, all of the same moment."""
        self._snapshot = snapshot
        self._show_muscles(snapshot)
        self.trace_legend.set_reference(snapshot.reference_label)

    def show_history(self, history: History) -> None:
        """Show the traces when they have grown."""
        end_s = float(history.timestamps_s[-1]) if len(history.timestamps_s) else None
        if end_s != self._trace_end_s:
            self._trace_end_s = end_s
            sensors = self._snapshot.sensors if self._snapshot is not None else None
            self.traces.show_history(history, lane_notes(history, sensors))
            self.trace_legend.set_intervals(shown=bool(np.isfinite(history.low).any()))
            low = np.isin(MONTAGE.names, self._low_confidence)
            self.trace_legend.set_low_confidence(shown=bool(np.isnan(history.reference[:, low]).all(axis=0).any()))

    def stop_polling(self) -> None:
        """Stop asking; what is shown stays."""
        self._picture_poll.stop()
        self._slow_poll.stop()

    def _begin(self, pipeline: Pipeline | None) -> None:
        """Clear the screen for another pipeline, or for none."""
        self._pipeline = pipeline
        if pipeline is not None:
            pipeline.set_sensors(self._sensors)
        self.ages.clear()
        self._trace_end_s = None
        self.traces.show_history(None)
        self.trace_legend.set_low_confidence(shown=False)
        self.show_picture(Snapshot())
        self._snapshot = None
        self.status.show_snapshot(None, self.ages)

    def _after_painting(self) -> None:
        """Measure the age of what was painted, then let the traces follow.

        They repaint now, in the idle time before the next frame; just before one they would make its muscles older.
        """
        self._measure_age()
        if self._traces_due:
            self._traces_due = False
            QTimer.singleShot(0, self, self._follow_traces)

    def _follow_traces(self) -> None:
        self._traces_due = False
        if self._pipeline is not None:
            self.show_history(self._pipeline.history())

    def _measure_age(self) -> None:
        """Note how old the muscles are that have just been painted, once for each new frame."""
        snapshot = self._snapshot
        if snapshot is None or snapshot.activation is None or snapshot.state is not PipelineState.RUNNING:
            return
        if snapshot.newest_captured_s != self._measured_captured_s:
            self._measured_captured_s = snapshot.newest_captured_s
            self.ages.add(self._clock.now() - snapshot.newest_captured_s)

    def _show_muscles(self, snapshot: Snapshot) -> None:
        """Colour image and body map, say what the numbers are, and mark the muscles that need a word."""
        shown = shown_muscles(snapshot, self._look.muscle_values)
        self.stage.camera_view.show_snapshot(snapshot, shown)
        self.body_map.set_look(self._look.colours, self._look.scale, shown.quantity, shown.marks)
        self.body_map.show_activation(shown.activation)
        self._low_confidence = snapshot.health.low_confidence
        self.traces.set_low_confidence(self._low_confidence)

    def _follow_sensors(self, snapshot: Snapshot | None) -> None:
        """Show the lights even when no picture comes, and the choice of values while there are sensors."""
        sensors = snapshot.sensors if snapshot is not None else None
        self.body_map.show_sensors(sensors.states if sensors is not None else ())
        self._values_choice.setVisible(sensors is not None)

    def _timer(self, interval_ms: int, kind: Qt.TimerType, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(kind)
        timer.setInterval(interval_ms)
        timer.timeout.connect(call)
        timer.start()
        return timer

    def _arrange(self, controls: LookControls) -> None:
        muscles = Panel("Muscles", (), (controls.values, controls.full_scale, controls.scale), self.body_map)
        traces = Panel("Traces", (self.trace_legend,), (controls.trace_length,), self.traces)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(self.stage)
        self.rows.addWidget(traces)
        self.rows.setStretchFactor(0, 2)
        self.rows.setStretchFactor(1, 1)
        self.rows.setSizes([400, 220])
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.addWidget(self.rows)
        self.columns.addWidget(muscles)
        self.columns.setStretchFactor(0, 5)
        self.columns.setStretchFactor(1, 4)
        self.columns.setSizes([700, 560])
        for splitter in (self.columns, self.rows):
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)
        self.columns.setContentsMargins(8, 8, 8, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.columns, 1)
        column.addWidget(self.status)
