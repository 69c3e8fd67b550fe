"""The record page: set up a session, record it, lead the subject through it, and say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu

from app.live_page.live_actions import LiveActions
from app.live_page.live_session import LiveSession, Phase, SessionView
from app.live_page.messages import MessageFilter, Tone, message_for
from app.live_page.pipeline_protocol import Pipeline
from app.record_page.alarms import alarms
from app.record_page.cues import Cues
from app.record_page.moment_marker import MomentMarker
from app.record_page.record_access import RecordAccess
from app.record_page.record_controls import RecordControls
from app.record_page.record_view import RecordLook, RecordView
from app.record_page.recovered import StartRepair
from app.record_page.session_choices import SessionChoices, known_subjects
from app.record_page.stream_checks import LABELS, StreamCheck, check_streams
from app.record_page.take import Take, TakeState
from app.record_page.take_leader import TakeLeader
from app.record_page.take_question import TakeQuestion
from mia_core.clock import Clock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import Snapshot
from mia_core.muscles import Placement

PICTURE_MS: Final = 15
POLL_MS: Final = 50
TRACES_EVERY: Final = 4
"""The traces follow every so many polls: they cost more than a picture."""


class RecordPage(RecordView):
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
        leader: Leads the subject through it.
        question: Asks before it would be cut short.
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
        cues = Cues(access)
        super().__init__(actions, source_menu, look, choices, cues.words)
        self._access = access
        self._session = session
        self._lookahead_steps = lookahead_steps
        self._clock = clock
        self._feed: SensorFeed | None = None
        self._view = SessionView()  # as it was looked at last, and the newest picture of the same moment
        self._snapshot: Snapshot | None = None
        self._pictured: tuple[Pipeline | None, int] = (None, 0)  # whose picture is shown, and its number
        self._messages = MessageFilter()
        self._repair = StartRepair(access.folder)
        self._asked: frozenset[str] = frozenset()
        self._polls = 0
        self._shown_state: TakeState | None = None
        self.take = Take(access, clock)
        self.leader = TakeLeader(self.take, cues, clock)
        self.question = TakeQuestion(self, self.take, self.end_take)
        self._marker = MomentMarker(self.take, self.panel, clock)
        self.controls = RecordControls(source_menu)
        self._connect()
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
            "marker": self._marker.mark,
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
        self.dress(look)
        self._shown_state = None
        self.follow()

    def begin_or_end(self) -> None:
        """Begin a take, after asking about what is missing, or end it."""
        if self.take.is_under_way:
            self.end_take()
            return
        pipeline = self._look()
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
            self._marker.begin()
            self.take.begin(pipeline, self._feed, self.choices, self.setup.protocol, self._lookahead_steps())
        self.follow()

    def end_take(self) -> None:
        """End the take in order."""
        self._name_marker("")
        self.leader.close_ritual()
        self.take.end()
        self.follow()

    def go_on(self) -> None:
        """Do what waits: give the cues of a ritual, begin or go on with the exercise."""
        self.leader.go_on()
        self.follow()

    def open_or_close_ritual(self) -> None:
        """Begin to set up the sync ritual, or leave it."""
        self.leader.open_or_close_ritual(self._look())
        self.follow()

    def poll_picture(self) -> None:
        """Show the newest picture when there is one."""
        if not self.isVisible():
            return
        self._view = self._session.view
        pipeline = self._view.pipeline
        newest = (pipeline, 0 if pipeline is None else pipeline.sequence)
        if newest != self._pictured:
            self._pictured = newest
            self._snapshot = None if pipeline is None else pipeline.snapshot()
            self.stage.camera_view.show_snapshot(self._snapshot or Snapshot())

    def follow(self) -> None:
        """Let the take and the protocol go on, and show how they stand; called some times a second."""
        pipeline = self._look()
        choices = self.choices if self.isVisible() else replace(self.choices, keeps_past=False)
        self.take.follow(pipeline, self._snapshot, self._feed, choices)
        self.leader.tick(None if self._snapshot is None else self._snapshot.pose)
        self._follow_news()
        self.question.follow()
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

    def _look(self) -> Pipeline | None:
        """See how things stand, so that all that is said and done next is of one moment; return what is watched."""
        self._view = self._session.view
        pipeline = self._view.pipeline
        self._snapshot = None if pipeline is None else pipeline.snapshot()
        return pipeline

    def _missing(self) -> frozenset[str]:
        """Return what a take would lack, for people."""
        missing = {LABELS[check.name] for check in self.checks if check.is_missing}
        return frozenset(missing if self.choices.has_consent else missing | {"Consent"})

    def _with_runner(self, what: str) -> None:
        runner = self.leader.runner
        if runner is not None:
            getattr(runner, what)()
        self.follow()

    def _name_marker(self, text: str) -> None:
        if self._marker.name(text):
            self.setFocus()

    def _follow_news(self) -> None:
        repairs = self._repair.take()
        if repairs is not None and (words := repairs.words)[0]:
            self.news.say(Tone.WARNING if repairs.failed else Tone.INFO, *words)

    def _say(self, tone: Tone, title: str, text: str) -> None:
        self.trouble.say(tone, title, text)

    def _show(self) -> None:
        take, state = self.take, self.take.state
        if state is not self._shown_state:
            self._shown_state = state
            self.show_state(take)
            if state is TakeState.OVER:
                self.setup.offer_subjects(known_subjects(self._access.folder))
        self.show_guide(take, self.leader.ritual)
        view = self._view
        self.stage.show_welcome(view.phase is Phase.IDLE)
        message = message_for(view, self._snapshot)
        self.stage.show_message(self._messages.settle(message, self._clock.now()))
        if state in (TakeState.RECORDING, TakeState.ENDING):
            self._show_take()
        else:
            self._show_setup()
        self.show_button(state, self._asked)
        self.controls.show_take(view.choice, take, self.choices)
        if self._polls % TRACES_EVERY == 0 and self.shows_traces and view.pipeline and self._snapshot:
            self.show_traces(view.pipeline, self._snapshot)

    def _show_take(self) -> None:
        take = self.take
        self.panel.show_health(take.health, take.subject)
        states = take.feed.states() if take.feed is not None else ()
        self.panel.show_sensors(states, take.health.counts)
        self.alarm_strip.show_alarms(alarms(take.health, take.losses, self._clock.now()))
        can_sync = take.feed is not None and take.state is TakeState.RECORDING
        self._actions["ritual"].setEnabled(can_sync)

    def _show_setup(self) -> None:
        self.alarm_strip.show_alarms(())
        self.setup.show_past(self.take.past_s())
        self.strip.show_checks(self.checks)
        self.fit_strip()
        missing = self._missing()
        if self._asked and self._asked != missing:
            self._asked = frozenset()  # what was asked about is not the case any more
            self._say(Tone.INFO, "", "")
        if self.take.error is not None:
            self._say(Tone.ERROR, str(self.take.error), self.take.error.advice)
        elif self._asked:
            self._say(Tone.ERROR, f"{_listed(self._asked)} missing", "Press R again to record all the same.")

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

    def _choose_muscle(self, placement: Placement) -> None:
        self.leader.choose_muscle(placement)
        self.follow()

    def _choose_way(self, by_light: bool) -> None:
        self.leader.choose_way(self._look(), by_light=by_light)
        self.follow()

    def _point_at(self, x_px: float, y_px: float) -> None:
        self.leader.point_at(x_px, y_px)
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
        self.ritual_view.way_chosen.connect(self._choose_way)
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


def _listed(things: Collection[str]) -> str:
    """Return `Video is`, `Sensors are`, or `Pose and video are`."""
    first, *others = sorted(things)
    if not others:
        return f"{first} {'are' if first.endswith('s') else 'is'}"
    return f"{', '.join([first, *(name.lower() for name in others[:-1])])} and {others[-1].lower()} are"
