"""The record page: set up a session, record it, lead the subject through it, and say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMessageBox, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.live_page.lane_notes import lane_notes
from app.live_page.live_actions import LiveActions
from app.live_page.live_session import LiveSession, Phase
from app.live_page.messages import MessageFilter, Tone, message_for
from app.live_page.panel import Panel
from app.live_page.pipeline_protocol import Pipeline
from app.live_page.stage import Stage
from app.live_page.trace_legend import TraceLegend
from app.live_page.traces import Traces
from app.record_page.alarm_strip import AlarmStrip
from app.record_page.alarms import alarms
from app.record_page.cues import Cues
from app.record_page.light_ritual import LightRitual
from app.record_page.record_access import RecordAccess
from app.record_page.record_controls import RecordControls
from app.record_page.recovered import StartRepair
from app.record_page.ritual import RitualStage, SyncRitual
from app.record_page.ritual_view import RitualView
from app.record_page.runner_view import RunnerView
from app.record_page.session_choices import SessionChoices, known_subjects
from app.record_page.setup_panel import SetupPanel
from app.record_page.stream_checks import LABELS, StreamCheck, check_streams
from app.record_page.stream_strip import StreamStrip
from app.record_page.summary import summarise
from app.record_page.summary_view import SummaryView
from app.record_page.take import Take, TakeState
from app.record_page.take_panel import TakePanel
from app.sensor_page.key_button import KeyButton
from app.sensor_page.notice import Notice
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.colour_scale import ColourScale
from mia_core.live.light_watch import light_placements
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import Snapshot
from mia_core.recording.protocol_runner import RunPhase

PICTURE_MS: Final = 15
POLL_MS: Final = 50
TRACES_EVERY: Final = 4
"""The traces follow every so many polls: they cost more than a picture."""
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


class RecordPage(QWidget):
    """Everything about recording a subject on one page.

    Args:
        access: The doors to the disk and to the ear.
        session: What is watched.
        actions: The window's actions.
        source_menu: Offers other sources.
        look: How the page looks.
        choices: What was chosen last.
        lookahead_steps: Returns the present look-ahead.
        clock: Tells the present.

    Attributes:
        controls: The page's part of the bar along the upper edge.
        take: What is being recorded.
        ritual: The sync ritual, None while there is none.
    """

    def __init__(
        self,
        access: RecordAccess,
        session: LiveSession,
        actions: LiveActions,
        source_menu: QMenu,
        look: RecordLook,
        choices: SessionChoices,
        lookahead_steps: Callable[[], int],
        clock: Clock,
    ) -> None:
        super().__init__()
        self._access = access
        self._session = session
        self._actions = actions
        self._look = look
        self._lookahead_steps = lookahead_steps
        self._clock = clock
        self._feed: SensorFeed | None = None
        self._snapshot: Snapshot | None = None
        self._messages = MessageFilter()
        self._cues = Cues(access)
        self._repair = StartRepair(access.folder)
        self._asked: frozenset[str] = frozenset()
        self._after_end: Callable[[], object] | None = None
        self._question: QMessageBox | None = None
        self._marked_s: float | None = None
        self._n_marked = 0
        self._polls = 0
        self._shown_state: TakeState | None = None
        self.take = Take(access, clock)
        self.ritual: SyncRitual | LightRitual | None = None
        colours = look.colours
        self.controls = RecordControls(source_menu)
        self.setup = SetupPanel(colours, choices)
        self.panel = TakePanel(actions, colours)
        self.strip = StreamStrip(colours)
        self.runner = RunnerView(actions, colours, self._cues.words)
        self.ritual_view = RitualView(actions, colours)
        self.summary = SummaryView(actions, colours)
        self.stage = Stage(colours, look.scale, actions, source_menu)
        self.traces = Traces(colours, look.scale, look.trace_length_s)
        self.trace_legend = TraceLegend(colours)
        self.alarm_strip = AlarmStrip(colours)
        self.news = Notice(colours)
        self.trouble = Notice(colours)
        self.button = KeyButton("Record", "R", colours, primary=True)
        self._arrange()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._picture_poll, self._poll = self._timer(PICTURE_MS, self.poll_picture), self._timer(POLL_MS, self.follow)
        self.follow()

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the page's actions do, by their names."""
        return {
            "take": self.begin_or_end,
            "go_on": self.go_on,
            "hold": lambda: self._with_runner("pause"),
            "redo_trial": lambda: self._with_runner("redo"),
            "skip_trial": lambda: self._with_runner("skip"),
            "move_pictures": self.setup.moves.toggle,
            "marker": self.mark_moment,
            "ritual": self.open_or_close_ritual,
        }

    @property
    def choices(self) -> SessionChoices:
        """What is chosen for the next take."""
        return self.setup.choices

    @property
    def sensors(self) -> SensorFeed | None:
        """The sensors that the next take records, None for none."""
        return self._feed

    @property
    def checks(self) -> tuple[StreamCheck, ...]:
        """How the streams stand now."""
        return check_streams(self._snapshot, self._feed, self.choices.optional)

    def set_sensors(self, feed: SensorFeed | None) -> None:
        """Record these sensors from the next take on; None for none."""
        self._feed = feed

    def set_look(self, look: RecordLook) -> None:
        """Change theme, colour scale or length of the traces."""
        self._look = look
        colours = look.colours
        for part in (
            self.setup,
            self.panel,
            self.strip,
            self.runner,
            self.ritual_view,
            self.summary,
            self.alarm_strip,
            self.news,
            self.trouble,
            self.button,
        ):
            part.set_look(colours)
        self.stage.set_look(colours, look.scale)
        self.traces.set_look(colours, look.scale, look.trace_length_s)
        self.trace_legend.set_palette_colours(colours)
        self._shown_state = None
        self.follow()

    def begin_or_end(self) -> None:
        """Begin a take, after asking about what is missing, or end it."""
        if self.take.is_under_way:
            self.end_take()
            return
        pipeline = self._pipeline()
        if self.setup.problem:
            self._say(Tone.ERROR, "Nothing can be recorded yet", self.setup.problem)
        elif pipeline is None:
            self._say(Tone.ERROR, "Nothing is watched", "Choose a source: there is nothing to record without one.")
        elif (missing := self._missing()) and missing != self._asked:
            self._asked = missing
        else:
            self._asked = frozenset()
            self._say(Tone.INFO, "", "")
            self.news.say_error(None)
            self._n_marked = 0
            self.panel.show_marked("")
            self.take.begin(pipeline, self._feed, self.choices, self.setup.protocol, self._lookahead_steps())
        self.follow()

    def end_take(self) -> None:
        """End the take in order."""
        self._name_marker("")
        self._close_ritual()
        self.take.end()
        self.follow()

    def go_on(self) -> None:
        """Do what waits: give the cues of a ritual, begin or go on with the exercise."""
        if self.ritual is not None:
            self.ritual.begin()
        elif self.take.runner is not None:
            self.take.runner.go_on()
        self.follow()

    def mark_moment(self) -> None:
        """Mark this moment, and let it be named."""
        if self.take.state is not TakeState.RECORDING:
            return
        self._name_marker("")  # the one before keeps its number
        self._n_marked += 1
        self._marked_s = self._clock.now()
        self.panel.ask_for_text(self.take.health.elapsed_s, self._n_marked)

    def open_or_close_ritual(self) -> None:
        """Begin to set up the sync ritual, or leave it."""
        if self.ritual is not None:
            self._close_ritual()
        elif self.take.state is TakeState.RECORDING:
            if self.take.runner is not None:
                self.take.runner.pause()
            self.choose_way(by_light=False)
        self.follow()

    def choose_way(self, *, by_light: bool) -> None:
        """Find the offset by contractions, or by a sensor's light."""
        feed, pipeline = self.take.feed, self._pipeline()
        if feed is None or pipeline is None or not feed.source.montage.assignments:
            return
        lit = light_placements(feed.source)
        if by_light and lit:
            self.ritual = LightRitual(lit[0], feed, pipeline.captured, self.take.mark, self._clock)
        else:
            first = feed.source.montage.assignments[0][0]
            self.ritual = SyncRitual(first, feed, self.take.tape, self.take.mark, self._clock)
        self.follow()

    def ask_before(self, what: str, then: Callable[[], object]) -> None:
        """Do something that would end the take: at once while nothing is recorded, else after asking.

        Args:
            what: What is to be done, such as `Quit`.
            then: Does it, when the take has ended.
        """
        if not self.take.is_under_way:
            then()
            return

        def end() -> None:
            self._after_end = then
            self.end_take()

        self._ask(
            f"{what} while recording?",
            "The take would end here. What was recorded so far is on the disk and stays.",
            f"End the take, then {what.lower()}",
            end,
        )

    def ask_before_leaving(self, leave: Callable[[], object]) -> None:
        """Show another page: at once while nothing is recorded, else after asking."""
        if not self.take.is_under_way:
            leave()
            return
        self._ask(
            "Leave the page while recording?",
            "The take goes on, and so does the protocol; what happens to it is shown here only.",
            "Leave, and go on recording",
            leave,
        )

    def poll_picture(self) -> None:
        """Show the newest picture when there is one."""
        if not self.isVisible():
            return
        pipeline = self._pipeline()
        if pipeline is None:
            if self._snapshot is not None:
                self._snapshot = None
                self.stage.camera_view.show_snapshot(Snapshot())
        elif self._snapshot is None or pipeline.sequence != self._snapshot.sequence:
            self._snapshot = pipeline.snapshot()
            self.stage.camera_view.show_snapshot(self._snapshot)

    def follow(self) -> None:
        """Let the take and the protocol go on, and show how they stand; called some times a second."""
        pipeline = self._pipeline()
        self._snapshot = None if pipeline is None else pipeline.snapshot()
        choices = self.choices if self.isVisible() else replace(self.choices, keeps_past=False)
        self.take.follow(pipeline, self._snapshot, self._feed, choices)
        self._lead()
        self._follow_news()
        if not self.take.is_under_way and self._after_end is not None:
            then, self._after_end = self._after_end, None
            QTimer.singleShot(0, self, then)
        self._polls += 1
        if self.isVisible():
            self._show()

    def close_all(self, timeout_s: float) -> bool:
        """End the polling and what waits; return whether it ended in time."""
        self._picture_poll.stop()
        self._poll.stop()
        return self._repair.wait_ended(timeout_s)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lay out anew what depends on the room."""
        super().resizeEvent(event)
        self._shown_state = None

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Offer the subjects of today, and show how everything stands now."""
        self.setup.offer_subjects(known_subjects(self._access.folder))
        self._shown_state = None
        self.follow()

    def _pipeline(self) -> Pipeline | None:
        view = self._session.view
        return view.pipeline if view.phase is Phase.LIVE else None

    def _missing(self) -> frozenset[str]:
        """Return what a take would lack, for people."""
        missing = {LABELS[check.name] for check in self.checks if check.is_missing}
        return frozenset(missing if self.choices.has_consent else missing | {"Consent"})

    def _with_runner(self, what: str) -> None:
        runner = self.take.runner
        if runner is not None and self.ritual is None:
            getattr(runner, what)()
        self.follow()

    def _lead(self) -> None:
        """Let time pass for the protocol and for the ritual."""
        runner = self.take.runner
        if runner is not None and self.take.state is TakeState.RECORDING and self.ritual is None:
            before = runner.view.trial
            cues = runner.tick(self._clock.now())
            self._cues.play(cues, runner.view.trial or before)
        ritual = self.ritual
        if ritual is None:
            return
        if self.take.state is not TakeState.RECORDING:
            self._close_ritual()
            return
        was_judged = ritual.stage is RitualStage.JUDGED
        if isinstance(ritual, LightRitual):
            ritual.poll(None if self._snapshot is None else self._snapshot.pose)
        elif ritual.poll():
            self._cues.beep()
        content = ritual.content
        if ritual.stage is RitualStage.JUDGED and not was_judged and content is not None:
            self.take.note_sync(content, is_of_light=isinstance(ritual, LightRitual))

    def _close_ritual(self) -> None:
        if self.ritual is not None:
            self.ritual.cancel()
            self.ritual = None

    def _name_marker(self, text: str) -> None:
        """Write the marked moment down."""
        marked_s, self._marked_s = self._marked_s, None
        if marked_s is None:
            return
        text = text or f"Marker {self._n_marked}"
        self.take.mark("marker", {"text": text}, marked_s)
        self.panel.show_marked(f"Marked: {text}")
        self.setFocus()

    def _follow_news(self) -> None:
        repairs = self._repair.take()
        if repairs is not None and (words := repairs.words)[0]:
            self.news.say(Tone.WARNING if repairs.failed else Tone.INFO, *words)

    def _say(self, tone: Tone, title: str, text: str) -> None:
        self.trouble.say(tone, title, text)

    def _ask(self, title: str, text: str, accept: str, then: Callable[[], object]) -> None:
        """Ask a question; everything goes on behind it."""
        if self._question is not None:
            return
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, title, parent=self.window())
        box.setInformativeText(text)
        yes = box.addButton(accept, QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton("Stay and go on recording", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)

        def answered() -> None:
            self._question = None
            is_yes = box.clickedButton() is yes
            box.deleteLater()
            if is_yes:
                then()

        box.finished.connect(answered)
        self._question = box
        box.open()

    def _show(self) -> None:
        take, state = self.take, self.take.state
        if state is not self._shown_state:
            self._shown_state = state
            self._show_state(state)
        is_recording = state in (TakeState.RECORDING, TakeState.ENDING)
        self._show_guide(is_recording)
        view = self._session.view
        self.stage.show_welcome(view.phase is Phase.IDLE)
        message = message_for(view, self._snapshot)
        self.stage.show_message(self._messages.settle(message, self._clock.now()))
        if is_recording:
            self._show_take()
        else:
            self._show_setup()
        self._show_button()
        self.controls.show_take(view.choice, take, self.choices)
        if self._polls % TRACES_EVERY == 0 and self._lower.currentWidget() is self._traces_panel:
            self._show_traces()

    def _show_state(self, state: TakeState) -> None:
        """Change what stands left and below."""
        is_recording = state in (TakeState.RECORDING, TakeState.ENDING)
        self._left.setCurrentWidget(self._take_side if is_recording else self._setup_side)
        self._lower.setCurrentWidget(self._traces_panel if is_recording else self._strip_panel)
        if is_recording:
            self._lower.setFixedHeight(_LOWER_PX)
        self.setup.setEnabled(state is not TakeState.STARTING)
        if state is TakeState.OVER:
            self.summary.show_summary(summarise(self.take.manifest, self.take.health, self.take.trials))
            self.setup.offer_subjects(known_subjects(self._access.folder))
        for name in ("go_on", "hold", "redo_trial", "skip_trial"):
            self._actions[name].setEnabled(False)
        for name in ("marker", "ritual"):
            self._actions[name].setEnabled(state is TakeState.RECORDING)

    def _show_guide(self, is_recording: bool) -> None:
        """Show what leads through the take, if anything does."""
        take = self.take
        shown: QWidget | None = None
        if is_recording and self.ritual is not None:
            shown = self.ritual_view
            for name in ("hold", "redo_trial", "skip_trial"):
                self._actions[name].setEnabled(False)
            has_light = take.feed is not None and bool(light_placements(take.feed.source))
            self.ritual_view.show_ritual(self.ritual, has_light=has_light)
        elif is_recording and take.runner is not None:
            shown = self.runner
            self.runner.show_view(take.runner.view, moves=self.choices.moves_pictures)
        elif take.state is TakeState.OVER:
            shown = self.summary
        self.stage.camera_view.set_place(self.ritual.place_px if isinstance(self.ritual, LightRitual) else None)
        if shown is not None:
            self._guide.setCurrentWidget(shown)
        self._guide.setVisible(shown is not None)
        is_cramped = shown is not None and (self.width() < _ROOMY.width() or self.height() < _ROOMY.height())
        self.stage.setVisible(not is_cramped)
        self._lower.setVisible(not (is_cramped and is_recording))

    def _show_take(self) -> None:
        take = self.take
        self.panel.show_health(take.health, take.subject)
        states = take.feed.states() if take.feed is not None else ()
        self.panel.show_sensors(states, take.health.counts)
        self.alarm_strip.show_alarms(alarms(take.health, take.losses, self._clock.now()))
        can_sync = take.feed is not None and take.state is TakeState.RECORDING
        self._actions["ritual"].setEnabled(can_sync)
        runner = take.runner
        if runner is not None and runner.view.phase is RunPhase.DONE:
            self._actions["go_on"].setEnabled(self.ritual is not None)

    def _show_setup(self) -> None:
        self.alarm_strip.show_alarms(())
        self.setup.show_past(self.take.past_s())
        self.strip.show_checks(self.checks)
        self._lower.setFixedHeight(self._strip_panel.sizeHint().height())  # longer words may need another line
        missing = self._missing()
        if self._asked and self._asked != missing:
            self._asked = frozenset()  # what was asked about is not the case any more
            self._say(Tone.INFO, "", "")
        if self.take.error is not None:
            self._say(Tone.ERROR, str(self.take.error), self.take.error.advice)
        elif self._asked:
            self._say(Tone.ERROR, f"{_listed(self._asked)} missing", "Press R again to record all the same.")

    def _show_button(self) -> None:
        state = self.take.state
        words = {
            TakeState.STARTING: "Starting \N{HORIZONTAL ELLIPSIS}",
            TakeState.RECORDING: "End take",
            TakeState.ENDING: "Writing the last \N{HORIZONTAL ELLIPSIS}",
        }.get(state, "Record anyway" if self._asked else "Record")
        self.button.say(words)
        self.button.setEnabled(state is not TakeState.ENDING)

    def _show_traces(self) -> None:
        pipeline = self._pipeline()
        if pipeline is None or self._snapshot is None:
            return
        history = pipeline.history()
        self.traces.show_history(history, lane_notes(history, self._snapshot.sensors))
        self.traces.set_low_confidence(self._snapshot.health.low_confidence)
        self.trace_legend.set_reference(self._snapshot.reference_label)

    def _require(self, name: str, needed: bool) -> None:
        optional = self.choices.optional - {name} if needed else self.choices.optional | {name}
        self.setup.choices = replace(self.choices, optional=optional)
        self.follow()

    def _end_protocol(self) -> None:
        if self.take.runner is not None:
            self.take.runner.stop()
        self.follow()

    def _put_away(self) -> None:
        self.take.put_away()
        self.follow()

    def _change(self) -> None:
        self._asked = frozenset()
        self.take.put_away()
        self._say(Tone.INFO, "", "")
        self.follow()

    def _choose_muscle(self, placement: Any) -> None:
        if self.ritual is not None:
            self.ritual.choose(placement)
        self.follow()

    def _point_at(self, x_px: float, y_px: float) -> None:
        if isinstance(self.ritual, LightRitual):
            self.ritual.point_at(x_px, y_px)
            self.follow()

    def _connect(self) -> None:
        self.button.clicked.connect(self.begin_or_end)
        self.setup.changed.connect(self._change)
        line = self.setup.subject.lineEdit()
        if line is not None:
            line.returnPressed.connect(self.setFocus)
        self.strip.required.connect(self._require)
        self.runner.stop.clicked.connect(self._end_protocol)
        self.ritual_view.chosen.connect(self._choose_muscle)
        self.ritual_view.way_chosen.connect(lambda by_light: self.choose_way(by_light=by_light))
        self.stage.camera_view.pressed.connect(self._point_at)
        self.ritual_view.close_button.clicked.connect(self.open_or_close_ritual)
        self.summary.put_away.connect(self._put_away)
        self.panel.named.connect(self._name_marker)

    def _timer(self, interval_ms: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(call)
        timer.start()
        return timer

    def _arrange(self) -> None:
        self.button.setObjectName("bigRecord")
        self.button.setMinimumHeight(_BUTTON_PX)
        scroll = QScrollArea()
        scroll.setObjectName("bare")
        scroll.setWidget(self.setup)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._setup_side = Panel("Session", (), (), scroll)
        self._take_side = Panel("Take", (), (), self.panel)
        self._left = QStackedWidget()
        self._left.addWidget(self._setup_side)
        self._left.addWidget(self._take_side)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self._left, 1)
        left.addWidget(self.trouble)
        left.addWidget(self.button)
        side = QWidget()
        side.setFixedWidth(_LEFT_PX)
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        self._guide = QStackedWidget()
        for view in (self.runner, self.ritual_view, self.summary):
            self._guide.addWidget(view)
        self._strip_panel = Panel("Before you record", (), (), self.strip)
        self._traces_panel = Panel("Predicted and measured", (self.trace_legend,), (), self.traces)
        self._lower = QStackedWidget()
        self._lower.addWidget(self._strip_panel)
        self._lower.addWidget(self._traces_panel)
        self.stage.camera_view.setMinimumSize(200, 160)
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


def _listed(things: Collection[str]) -> str:
    """Return `Video is`, `Sensors are`, or `Pose and video are`."""
    first, *others = sorted(things)
    if not others:
        return f"{first} {'are' if first.endswith('s') else 'is'}"
    return f"{', '.join([first, *(name.lower() for name in others[:-1])])} and {others[-1].lower()} are"
