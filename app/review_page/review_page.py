"""The review page: look at a session again, trial by trial; put trials right; compare trials and models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QStackedLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.background_task import BackgroundTask, Work
from app.live_page.body_figure import BodyFigure
from app.live_page.icons import icon
from app.live_page.live_actions import LiveActions
from app.live_page.messages import Tone
from app.live_page.panel import Panel, caption
from app.live_page.toolbar import action_button
from app.record_page.chooser import Chooser
from app.review_page.comparison import Comparison
from app.review_page.course_legend import CourseLegend
from app.review_page.drift_view import DriftDialog
from app.review_page.lane_painter import Course, Plotted
from app.review_page.overlay_work import write_overlay
from app.review_page.review_access import ReviewAccess
from app.review_page.review_controls import ReviewControls
from app.review_page.reviewed_session import BLANK_BGR, ReviewedSession, Track, run_model
from app.review_page.session_player import SessionPlayer
from app.review_page.stage_panel import StagePanel
from app.review_page.task_strip import TaskStrip
from app.review_page.trace_lanes import TraceLanes
from app.review_page.trial_card import WIDTH_PX, TrialCard
from app.review_page.trial_edits import TrialEdits
from app.review_page.trial_list import TrialList
from app.review_page.trial_numbers import exercise_label, summary_of, trial_label
from app.sensor_page.notice import Notice
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.colour_scale import ColourScale
from mia_core.errors import MiaError
from mia_core.exercises import EXERCISES
from mia_core.export.trials import TrialSpan
from mia_core.live.snapshot import Snapshot
from mia_core.samples import Frame

if TYPE_CHECKING:
    from app.review_page.overlay_board import OverlayBoard

POLL_MS: Final = 50
PLAY_MS: Final = 16
_LIST_PX: Final = 196
_LET_GO_S: Final = 2.0
_LIST_FROM_PX: Final = 1060
_AROUND_S: Final = 0.5
_TRACES_PX: Final = 212
_OTHERS: Final = ("good", "warning", "error")
_NEEDS_SESSION: Final = (
    *("play_session", "frame_back", "frame_on", "second_back", "second_on", "run_model", "overlay_video"),
    *("trial_back", "trial_on", "trim_begin", "trim_end", "relabel_trial", "compare_trial"),
    *("undo_edit", "redo_edit", "watch_session"),
)


class ReviewPage(QWidget):
    """Everything about one recorded session.

    Args:
        access: The doors to models and to the disk.
        figure: The drawing of the body.
        colours: The theme's colours.
        scale: The colours of activation.
        actions: The window's actions.
        on_watch: Gets a video that is to be watched live.
        clock: Tells how time passes while the session plays.

    Attributes:
        controls: The page's part of the bar along the upper edge.
        session: What is looked at, None before the first.
        player: Where one is in it.

    Signals:
        loaded: Another session can be seen.
    """

    loaded = Signal()

    def __init__(
        self,
        access: ReviewAccess,
        figure: BodyFigure,
        colours: Palette,
        scale: ColourScale,
        actions: LiveActions,
        on_watch: Callable[[Path], None],
        clock: Clock,
    ) -> None:
        super().__init__()
        self._access = access
        self._figure = figure
        self._colours = colours
        self._scale = scale
        self._actions = actions
        self._on_watch = on_watch
        self._loading: BackgroundTask[ReviewedSession] | None = None
        self._running: BackgroundTask[Track | Path | None] | None = None
        self._edits: TrialEdits | None = None
        self._shown: tuple[int, int] | None = None
        self.session: ReviewedSession | None = None
        self.chosen = -1
        self.player = SessionPlayer(clock)
        self.controls = ReviewControls(actions, access.model_names)
        self.stage = StagePanel(colours, scale, actions, self.set_speed)
        self.trials = TrialList(colours)
        self.card = TrialCard()
        self.values = Chooser(colours)
        self.lanes = TraceLanes(colours)
        self.comparison = Comparison(colours)
        self.notice = Notice(colours)
        self.strip = TaskStrip()
        self._legend = CourseLegend(colours)
        self._card_title = QLabel()
        self._card_note, self._list_note = caption(), caption()
        self._arrange()
        self._connect_widgets()
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.follow)
        self._play = QTimer(self)
        self._play.setInterval(PLAY_MS)
        self._play.setTimerType(Qt.TimerType.PreciseTimer)
        self._play.timeout.connect(self._tick)
        self.stage.show_speed(self.player.speed)
        self._show_all()

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the page's actions do, by their names."""
        return {
            "open_review": self.ask_folder,
            "play_session": self.play_or_pause,
            "frame_back": partial(self.step_frames, -1),
            "frame_on": partial(self.step_frames, 1),
            "second_back": lambda: self.seek(self.player.position_s - 1.0),
            "second_on": lambda: self.seek(self.player.position_s + 1.0),
            "trial_back": lambda: self.choose(max(self.chosen - 1, 0)),
            "trial_on": lambda: self.choose(self.chosen + 1),
            "trim_begin": partial(self.trim_here, begin=True),
            "trim_end": partial(self.trim_here, begin=False),
            "relabel_trial": self.ask_label,
            "compare_trial": self.show_comparison,
            "undo_edit": lambda: self._edit(lambda edits, _trial: edits.undo()),
            "redo_edit": lambda: self._edit(lambda edits, _trial: edits.redo()),
            "run_model": self.controls.open_models,
            "watch_session": self.watch,
            "overlay_video": self.ask_video,
        }

    @property
    def is_busy(self) -> bool:
        """Whether something is being read, computed or written."""
        return self._loading is not None or self._running is not None

    @property
    def trial(self) -> TrialSpan | None:
        """The chosen trial."""
        trials = self.session.trials if self.session is not None else ()
        return trials[self.chosen] if 0 <= self.chosen < len(trials) else None

    @property
    def track(self) -> Track | None:
        """Whose values the muscles and the numbers show."""
        if self.session is None:
            return None
        return self.session.tracks[max(min(self.values.currentIndex(), len(self.session.tracks) - 1), 0)]

    def load(self, folder: Path) -> None:
        """Look at a session; it is read on a thread."""
        if self._loading is None and self._running is None:
            self._loading = BackgroundTask("reading a session", lambda _work: ReviewedSession.load(folder))
            self.notice.say(Tone.BUSY, f"Reading {folder.name} …", "")
            self._poll.start()

    def let_go(self, folders: tuple[Path, ...]) -> None:
        """Close the session if it is one of these: they are about to be moved or deleted."""
        session = self.session
        if session is not None and session.recorded.folder in folders:
            self.player.is_playing = False
            self._follow_player()
            if self._running is not None:  # it may be reading the video
                self._running.cancel()
                self._running.wait(_LET_GO_S)
            session.close()
            self.session, self._edits, self.chosen = None, None, -1
            self._show_all()

    def ask_folder(self) -> None:
        """Ask for a session folder."""
        dialog = QFileDialog(self, "Open a session folder", str(self._access.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.load(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def play_or_pause(self) -> None:
        """Let the session go on, or stand still."""
        self.player.play_or_pause()
        self._follow_player()

    def step_frames(self, n: int) -> None:
        """Stand still, some frames on or back."""
        session = self.session
        if session is None or not len(session.times_s):
            return
        self.player.is_playing = False
        at = session.frame_at(self.player.position_s) + n
        self.seek(float(session.times_s[min(max(at, 0), len(session.times_s) - 1)]))

    def seek(self, time_s: float) -> None:
        """Go to a time."""
        self.player.seek(time_s)
        self._follow_player()

    def set_speed(self, speed: float) -> None:
        """Play slower or faster."""
        self.player.set_speed(speed)
        self.stage.show_speed(speed)

    def choose(self, place: int, *, seeks: bool = True) -> None:
        """Choose a trial and go to its begin."""
        session = self.session
        if session is None or not 0 <= place < len(session.trials):
            return
        self.chosen = place
        if seeks:
            self.player.seek(session.trials[place].start_s)
        self._show_trials()
        self._follow_player()

    def trim_here(self, *, begin: bool) -> None:
        """Let the chosen trial begin or end where one is."""
        trial, at_s = self.trial, self.player.position_s
        if trial is not None:
            self.trim(*((at_s, trial.end_s) if begin else (trial.start_s, at_s)))

    def trim(self, begin_s: float, end_s: float) -> None:
        """Give the chosen trial another begin and end."""
        self._edit(lambda edits, trial: edits.trim(trial, begin_s, end_s) if trial is not None else None)

    def ask_label(self) -> None:
        """Ask what was done in the chosen trial."""
        trial = self.trial
        if trial is None:
            return
        labels = [exercise.label for exercise in EXERCISES]
        present = exercise_label(trial.exercise)
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Relabel the trial")
        dialog.setLabelText("What was done:")
        dialog.setComboBoxItems([present, *(label for label in labels if label != present)])
        dialog.setComboBoxEditable(True)
        dialog.textValueSelected.connect(self.relabel)
        dialog.open()

    def relabel(self, exercise: str) -> None:
        """Say that something else was done in the chosen trial."""
        self._edit(lambda edits, trial: edits.relabel(trial, exercise) if trial is not None else None)

    def show_comparison(self) -> None:
        """Compare the chosen trial with another, or go back to the picture."""
        compares = self._actions["compare_trial"].isChecked()
        if self.session is not None and compares:
            self.comparison.show_session(self.session, self.chosen)
            self.player.is_playing = False
        self._middle.setCurrentIndex(1 if compares else 0)
        self._follow_player()

    def run(self, name: str) -> None:
        """Let a model judge the stored poses; an empty name asks for a file."""
        session = self.session
        if session is None or self._running is not None:
            return
        if not name:
            self._ask_model()
            return

        def work(task: Work) -> Track | Path | None:
            task.report(0.0, f"Loading {Path(name).name} …")
            model = self._access.load_model(name)
            doing = f"Running {model.card.name}"
            return run_model(session, model, lambda share: task.report(share, doing), task.is_cancelled)

        self._begin("running a model", work)

    def ask_video(self) -> None:
        """Ask where the video with skeleton and muscles is to go."""
        session = self.session
        if session is None or self._running is not None:
            return
        trial = self.trial
        part = f"_{trial.exercise}-{trial.take}" if trial is not None else ""
        dialog = QFileDialog(self, "Write the video", str(Path.home() / f"{session.title}{part}.mp4"), "Video (*.mp4)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("mp4")
        dialog.fileSelected.connect(lambda path: self.write_video(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write_video(self, path: Path) -> None:
        """Write the chosen trial, or the whole session without one, with skeleton and muscles."""
        session, track, trial, scale = self.session, self.track, self.trial, self._scale
        if session is None or track is None or self._running is not None:
            return
        span = None if trial is None else (trial.start_s, trial.end_s)
        whole = span or (session.begin_s, session.end_s)
        plotted = Plotted(self._courses(session), *whole, zero_s=whole[0])
        figure, colours, family = self._figure, self._colours, self.font()

        def make_board(height_px: int) -> OverlayBoard:
            from app.review_page.overlay_board import OverlayBoard

            return OverlayBoard(figure, colours, scale, plotted, family, height_px)

        self._begin("writing a video", lambda work: write_overlay(work, session, track, scale, path, span, make_board))

    def show_clocks(self) -> None:
        """Show how the clocks of camera and sensors ran, in a window of its own."""
        if self.session is not None:
            DriftDialog(self.session.drifts, self._colours, self).open()

    def watch(self) -> None:
        """Watch the session's video as a live source."""
        if self.session is not None and self.session.recorded.session.video is not None:
            self.player.is_playing = False
            self._follow_player()
            self._on_watch(self.session.recorded.session.video)

    def set_look(self, colours: Palette, scale: ColourScale) -> None:
        """Change theme and colour scale."""
        self._colours, self._scale = colours, scale
        self._dress_stage()
        for part in (self.trials, self.values, self.lanes, self.comparison, self.notice, self._legend):
            part.set_look(colours)
        self._follow_player()

    def follow(self) -> None:
        """Take over what threads have done; called while one runs."""
        loading, running = self._loading, self._running
        if loading is not None and not loading.is_running:
            self._loading = None
            self._take(loading)
        if running is not None:
            if running.is_running:
                self.strip.show_progress(running.doing, running.share, stops=running.is_cancelled())
            else:
                self._running = None
                self.strip.hide()
                self._take_result(running)
        if not self.is_busy:
            self._poll.stop()

    def close_all(self, timeout_s: float) -> bool:
        """End all threads and close the video; return whether they ended in time."""
        self._poll.stop()
        self._play.stop()
        tasks = [task for task in (self._loading, self._running) if task is not None]
        for task in tasks:
            task.cancel()
        have_ended = [task.wait(timeout_s) for task in tasks]
        if self._loading is not None and self._loading.result is not None:
            self._loading.result.close()
        if self.session is not None:
            self.session.close()
        return all(have_ended)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the list's room to the picture where there is little: the time line shows the trials too."""
        super().resizeEvent(event)
        self._list.setVisible(event.size().width() >= _LIST_FROM_PX)

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Stand still while another page is shown."""
        self.player.is_playing = False
        self._follow_player()

    def _take(self, loading: BackgroundTask[ReviewedSession]) -> None:
        session = loading.result
        self.notice.say_error(loading.error)
        if session is None:
            return
        if self.session is not None:
            self.session.close()
        self.session = session
        self._edits = TrialEdits(session.recorded.folder, session.review, session.recorded.monotonic_s)
        self.player.load(session.begin_s, session.end_s)
        self.chosen = 0 if session.trials else -1
        if session.trials:
            self.player.seek(session.trials[0].start_s)
        self._actions["compare_trial"].setChecked(False)
        self._middle.setCurrentIndex(0)
        self._show_all()
        self.loaded.emit()

    def _take_result(self, task: BackgroundTask[Track | Path | None]) -> None:
        done = task.result
        if task.error is not None:
            self.notice.say_error(task.error)
        elif isinstance(done, Path):
            self.notice.say(Tone.DONE, "The video is written.", str(done))
        elif isinstance(done, Track) and self.session is not None:
            self.session = self.session.with_track(done)
            self.notice.say(Tone.INFO, "", "")
            self._show_tracks(choose=len(self.session.tracks) - 1)
            self._show_trials()
            self._follow_player()
        else:
            self.notice.say(Tone.INFO, "Stopped.", "")

    def _begin(self, name: str, work: Callable[[Work], Track | Path | None]) -> None:
        self.player.is_playing = False
        self._follow_player()
        self.notice.say(Tone.INFO, "", "")
        self._running = BackgroundTask(name, work)
        self._poll.start()
        self.follow()

    def _edit(self, change: Callable[[TrialEdits, TrialSpan | None], None]) -> None:
        edits, session = self._edits, self.session
        if edits is None or session is None:
            return
        try:
            change(edits, self.trial)
        except MiaError as error:
            self.notice.say_error(error)
            return
        self.notice.say(Tone.INFO, "", "")
        self.session = session.with_review(edits.review)
        self._show_trials()
        if self._middle.currentIndex() == 1:
            self.comparison.show_session(self.session, self.chosen)

    def _tick(self) -> None:
        self.player.tick()
        session = self.session
        if session is not None and self.player.is_playing:
            at_s = self.player.position_s
            inside = (n for n, trial in enumerate(session.trials) if trial.start_s <= at_s < trial.end_s)
            place = next(inside, self.chosen)
            if place != self.chosen:
                self.choose(place, seeks=False)
        self._follow_player()

    def _follow_player(self) -> None:
        """Show the moment where one is."""
        session, at_s = self.session, self.player.position_s
        plays = self.player.is_playing
        if plays != self._play.isActive():
            if plays:
                self._play.start()
            else:
                self._play.stop()
        colour = self._colours
        self._actions["play_session"].setIcon(icon("pause" if plays else "play", colour.text, colour.muted))
        if session is None:
            return
        self.stage.timeline.show_position(at_s)
        self.lanes.show_cursor(at_s)
        self.stage.show_time(at_s - session.begin_s, session.end_s - session.begin_s)
        self._show_picture(session, at_s)

    def _show_picture(self, session: ReviewedSession, at_s: float) -> None:
        frame = session.frame_at(at_s)
        track = self.track
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

    def _show_all(self) -> None:
        session = self.session
        self._layers.setCurrentIndex(0 if session is not None else 1)
        self.controls.show_title("No session" if session is None else _title(session))
        for name in _NEEDS_SESSION:
            self._actions[name].setEnabled(session is not None)
        self.controls.run_model.setEnabled(session is not None)
        self.controls.clocks.setEnabled(session is not None)
        if session is None:
            return
        self._dress_stage()
        self._shown = None
        self._actions["watch_session"].setEnabled(session.video is not None)
        self.stage.timeline.show_session(session.begin_s, session.end_s, session.marks)
        self._show_tracks()
        self._show_trials()
        self._follow_player()

    def _dress_stage(self) -> None:
        """Show the theme; where no picture was kept, the whole stage is as dark as the place of the picture."""
        self.stage.set_look(self._colours, self._scale)
        if self.session is not None and self.session.video is None:
            blue, green, red = BLANK_BGR
            stage = f"#{red:02x}{green:02x}{blue:02x}"
            self.stage.view.set_look(replace(self._colours, stage=stage), self._scale)

    def _show_tracks(self, choose: int = 0) -> None:
        session = self.session
        if session is None:
            return
        signals = self.values.blockSignals(True)
        self.values.clear()
        self.values.addItems([track.name for track in session.tracks])
        self.values.setCurrentIndex(choose)
        self.values.blockSignals(signals)
        self._shown = None
        if self._middle.currentIndex() == 1:
            self.comparison.show_session(session, self.chosen)

    def _show_trials(self) -> None:
        """Show the trials, and of the chosen one the numbers and the lines."""
        session, track = self.session, self.track
        if session is None or track is None:
            return
        trials, trial = session.trials, self.trial
        self.trials.show_trials(trials, self.chosen, session.begin_s)
        self._list_note.setText(str(len(trials)) if trials else "none")
        self.stage.timeline.show_trials(trials, self.chosen)
        for name in ("trim_begin", "trim_end", "relabel_trial", "trial_back", "trial_on", "compare_trial"):
            self._actions[name].setEnabled(trial is not None)
        self._actions["undo_edit"].setEnabled(self._edits is not None and self._edits.can_undo)
        self._actions["redo_edit"].setEnabled(self._edits is not None and self._edits.can_redo)
        span = TrialSpan("session", 1, session.begin_s, session.end_s) if trial is None else trial
        self._card_title.setText("Whole session" if trial is None else trial_label(trial))
        self._card_note.setText(f"{span.end_s - span.start_s:.1f} s")
        self.card.show_summary(summary_of(session, track, span))
        around_s = 0.0 if trial is None else _AROUND_S
        courses = self._courses(session)
        self._legend.show_courses(courses)
        begin_s, end_s = max(span.start_s - around_s, session.begin_s), min(span.end_s + around_s, session.end_s)
        shaded = () if trial is None else ((trial.start_s, trial.end_s),)
        self.lanes.show_courses(Plotted(courses, begin_s, max(end_s, begin_s + 0.1), shaded, span.start_s))

    def _courses(self, session: ReviewedSession) -> tuple[Course, ...]:
        courses, others, shown = [], list(_OTHERS), self.track
        for number, track in enumerate(session.tracks):
            colour = "reference" if not track.is_predicted else "accent" if number == 0 else others.pop(0)
            others = others or list(_OTHERS)
            courses.append(
                Course(
                    track.name,
                    session.steps.timestamps_s,
                    track.values,
                    colour,
                    is_dashed=not track.is_predicted,
                    own_scale=track.own_scale,
                    band=(track.low, track.high) if track is shown else None,
                )
            )
        return tuple(courses)

    def _ask_model(self) -> None:
        dialog = QFileDialog(self, "Choose a model", "", "Activation model (*.safetensors);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.run)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _change_track(self) -> None:
        self._shown = None
        self._show_trials()
        self._follow_player()

    def _stop_task(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self.follow()

    def _connect_widgets(self) -> None:
        self.trials.picked.connect(self.choose)
        self.stage.timeline.picked.connect(lambda place: self.choose(place, seeks=False))
        self.stage.timeline.sought.connect(self.seek)
        self.stage.timeline.trimmed.connect(self.trim)
        self.lanes.sought.connect(self.seek)
        self.values.currentIndexChanged.connect(lambda _index: self._change_track())
        self.controls.model_chosen.connect(self.run)
        self.controls.clocks_asked.connect(self.show_clocks)
        self.strip.stopped.connect(self._stop_task)

    def _arrange(self) -> None:
        self._list = trials = Panel("Trials", (self._list_note,), (), self.trials)
        trials.setFixedWidth(_LIST_PX)
        self.values.setAccessibleName("Whose values are shown")
        self._card_title.setObjectName("panelTitle")
        edits = QHBoxLayout()
        edits.setContentsMargins(12, 0, 12, 0)
        edits.setSpacing(6)
        for name in ("relabel_trial", "trim_begin", "trim_end"):
            edits.addWidget(action_button(self._actions[name], "small", text=True))
        edits.addStretch(1)
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 12, 0)
        head.addWidget(self._card_title)
        head.addWidget(self._card_note)
        head.addStretch(1)
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


def _title(session: ReviewedSession) -> str:
    begun = session.recorded.utc_at(session.begin_s)
    day = "" if begun is None else f",  {begun.astimezone().day} {begun.astimezone():%b %Y  %H:%M}"
    return f"{session.recorded.subject}{day}"
