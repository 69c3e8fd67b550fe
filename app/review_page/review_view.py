"""What the review page consists of, where it stands, and how a session is shown in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedLayout, QStackedWidget, QVBoxLayout, QWidget

from app.live_page.live_actions import LiveActions
from app.live_page.panel import ElidedLabel, Panel, caption
from app.live_page.toolbar import action_button
from app.record_page.chooser import Chooser
from app.review_page.comparison import Comparison
from app.review_page.course_legend import CourseLegend
from app.review_page.lane_painter import Plotted
from app.review_page.reviewed_session import BLANK_BGR, ReviewedSession, Track
from app.review_page.session_courses import session_courses
from app.review_page.stage_panel import StagePanel
from app.review_page.task_strip import TaskStrip
from app.review_page.trace_lanes import TraceLanes
from app.review_page.trial_card import WIDTH_PX, TrialCard
from app.review_page.trial_list import TrialList
from app.review_page.trial_numbers import summary_of, trial_label
from app.sensor_page.notice import Notice
from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.errors import MiaError
from mia_core.export.trials import TrialSpan
from mia_core.live.snapshot import Snapshot
from mia_core.samples import Frame

_LIST_PX: Final = 196
_LIST_FROM_PX: Final = 1060
_TRACES_PX: Final = 212
_AROUND_S: Final = 0.5


class ReviewView(QWidget):
    """The widgets of the review page; it decides nothing.

    Args:
        colours: The theme's colours.
        scale: The colours of activation.
        actions: The window's actions.
        on_speed: Gets the speed that is chosen.
    """

    def __init__(
        self, colours: Palette, scale: ColourScale, actions: LiveActions, on_speed: Callable[[float], None]
    ) -> None:
        super().__init__()
        self._colours = colours
        self._scale = scale
        self._actions = actions
        self._shown: tuple[int, int] | None = None
        self.stage = StagePanel(colours, scale, actions, on_speed)
        self.trials = TrialList(colours)
        self.card = TrialCard()
        self.values = Chooser(colours)
        self.lanes = TraceLanes(colours)
        self.comparison = Comparison(colours)
        self.notice = Notice(colours)
        self.strip = TaskStrip()
        self._legend = CourseLegend(colours)
        self._card_title = ElidedLabel(name="panelTitle", cut=Qt.TextElideMode.ElideMiddle)
        self._card_note, self._list_note = caption(), caption()
        self._arrange()

    @property
    def compares(self) -> bool:
        """Whether two trials or tracks are compared, in the place of the picture."""
        return self._middle.currentIndex() == 1

    def show_compared(self, *, compares: bool) -> None:
        """Show the comparison, or the picture."""
        self._middle.setCurrentIndex(1 if compares else 0)

    def dress(self, session: ReviewedSession | None) -> None:
        """Show the theme; where no picture was kept, the whole stage is as dark as the place of the picture."""
        colours = self._colours
        for part in (self.trials, self.values, self.lanes, self.comparison, self.notice, self._legend):
            part.set_look(colours)
        self.stage.set_look(colours, self._scale)
        if session is not None and session.video is None:
            blue, green, red = BLANK_BGR
            stage = f"#{red:02x}{green:02x}{blue:02x}"
            self.stage.view.set_look(replace(colours, stage=stage), self._scale)

    def show_session(self, session: ReviewedSession | None) -> None:
        """Show another session, or that there is none."""
        self._layers.setCurrentIndex(0 if session is not None else 1)
        if session is not None:
            self.stage.timeline.show_session(session.begin_s, session.end_s, session.marks)
            self.show_tracks(session)

    def show_tracks(self, session: ReviewedSession, choose: int = 0) -> None:
        """Offer the tracks, and choose one."""
        signals = self.values.blockSignals(True)
        self.values.clear()
        self.values.addItems([track.name for track in session.tracks])
        self.values.setCurrentIndex(choose)
        self.values.blockSignals(signals)
        self._shown = None

    def show_trials(self, session: ReviewedSession, chosen: int, track: Track) -> None:
        """Show the trials, and of the chosen one, else of the whole session, the numbers and the lines."""
        trials = session.trials
        trial = trials[chosen] if 0 <= chosen < len(trials) else None
        self.trials.show_trials(trials, chosen, session.begin_s)
        self._list_note.setText(str(len(trials)) if trials else "none")
        self.stage.timeline.show_trials(trials, chosen)
        span = TrialSpan("session", 1, session.begin_s, session.end_s) if trial is None else trial
        self._card_title.say("Whole session" if trial is None else trial_label(trial))
        self._card_note.setText(f"{span.end_s - span.start_s:.1f} s")
        self.card.show_summary(summary_of(session, track, span))
        around_s = 0.0 if trial is None else _AROUND_S
        courses = session_courses(session, track)
        self._legend.show_courses(courses)
        begin_s, end_s = max(span.start_s - around_s, session.begin_s), min(span.end_s + around_s, session.end_s)
        shaded = () if trial is None else ((trial.start_s, trial.end_s),)
        self.lanes.show_courses(Plotted(courses, begin_s, max(end_s, begin_s + 0.1), shaded, span.start_s))

    def show_moment(self, session: ReviewedSession, track: Track | None, at_s: float) -> None:
        """Show where one is, and the picture of that moment."""
        self.stage.timeline.show_position(at_s)
        self.lanes.show_cursor(at_s)
        self.stage.show_time(at_s - session.begin_s, session.end_s - session.begin_s)
        frame = session.frame_at(at_s)
        if self._shown == (frame, id(track)) or not len(session.times_s) or track is None:
            return
        self._shown = (frame, id(track))
        note = "" if session.video is not None else "Keypoints only: no picture was kept"
        try:
            image = session.picture(frame)
        except MiaError as error:
            image, note = np.zeros((*session.image_size_px[::-1], 3), np.uint8), str(error)
        self.stage.note.setText(note)
        time_s = float(session.times_s[frame])
        self.stage.view.show_snapshot(
            Snapshot(
                frame=Frame(image, time_s, 0.0, frame),
                pose=session.pose(frame),
                activation=session.activation(track, time_s),
                position_s=time_s,
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the list's room to the picture where there is little: the time line shows the trials too."""
        super().resizeEvent(event)
        self._list.setVisible(event.size().width() >= _LIST_FROM_PX)

    def _arrange(self) -> None:
        self._list = trials = Panel("Trials", (self._list_note,), (), self.trials)
        trials.setFixedWidth(_LIST_PX)
        self.values.setAccessibleName("Whose values are shown")
        edits = QHBoxLayout()
        edits.setContentsMargins(12, 0, 12, 0)
        edits.setSpacing(6)
        for name in ("relabel_trial", "trim_begin", "trim_end"):
            edits.addWidget(action_button(self._actions[name], "small", text=True))
        edits.addStretch(1)
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 12, 0)
        head.addWidget(self._card_title, 1)
        head.addWidget(self._card_note)
        values = QHBoxLayout()
        values.setContentsMargins(12, 0, 12, 0)
        values.addWidget(caption("Values"))
        values.addWidget(self.values, 1)
        card = QFrame()
        card.setObjectName("panel")
        card.setFixedWidth(WIDTH_PX)
        column = QVBoxLayout(card)
        column.setContentsMargins(2, 6, 2, 4)
        column.setSpacing(8)
        for row in (head, edits, values):
            column.addLayout(row)
        column.addWidget(self.card, 1)
        traces = Panel("Muscles", (self._legend,), (), self.lanes)
        traces.setFixedHeight(_TRACES_PX)
        review = QWidget()
        middle = QVBoxLayout(review)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(8)
        middle.addWidget(self.stage, 1)
        middle.addWidget(traces)
        self._middle = QStackedWidget()
        self._middle.addWidget(review)
        self._middle.addWidget(self.comparison)
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(8)
        columns.addWidget(trials)
        columns.addWidget(self._middle, 1)
        columns.addWidget(card)
        body = QWidget()
        self._layers = QStackedLayout(body)
        self._layers.addWidget(content)
        self._layers.addWidget(self._empty())
        page = QVBoxLayout(self)
        page.setContentsMargins(8, 8, 8, 8)
        page.setSpacing(8)
        page.addWidget(self.notice)
        page.addWidget(self.strip)
        page.addWidget(body, 1)

    def _empty(self) -> QWidget:
        title, text = QLabel("No session open"), QLabel("Choose one on the Sessions page, or open a session folder.")
        title.setObjectName("welcomeTitle")
        text.setObjectName("bannerText")
        empty = QFrame()
        empty.setObjectName("panel")
        column = QVBoxLayout(empty)
        column.addStretch(2)
        for label in (title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addSpacing(10)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(action_button(self._actions["show_sessions"], "", text=True))
        buttons.addWidget(action_button(self._actions["open_review"], "", text=True))
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(3)
        return empty
