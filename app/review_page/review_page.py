"""The review page: look at a session again, trial by trial; put trials right; compare trials and models."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal

from app.live_page.body_figure import BodyFigure
from app.live_page.icons import icon
from app.live_page.live_actions import LiveActions
from app.live_page.messages import Tone
from app.review_page.drift_view import DriftDialog
from app.review_page.file_questions import ask_model, ask_session, ask_video
from app.review_page.lane_painter import Plotted
from app.review_page.overlay_work import write_overlay
from app.review_page.review_access import ReviewAccess
from app.review_page.review_controls import ReviewControls
from app.review_page.review_view import ReviewView
from app.review_page.review_work import ReviewWork
from app.review_page.reviewed_session import ReviewedSession, Track
from app.review_page.session_courses import session_courses
from app.review_page.session_player import SessionPlayer
from app.review_page.trial_desk import TrialDesk
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.colour_scale import ColourScale
from mia_core.export.trials import TrialSpan
from mia_core.recording.session_review import SessionReview

if TYPE_CHECKING:
    from app.review_page.overlay_board import OverlayBoard

PLAY_MS: Final = 16
_NEEDS_SESSION: Final = (
    *("play_session", "frame_back", "frame_on", "second_back", "second_on", "run_model", "overlay_video"),
    *("trial_back", "trial_on", "trim_begin", "trim_end", "relabel_trial", "compare_trial"),
    *("undo_edit", "redo_edit", "watch_session"),
)


class ReviewPage(ReviewView):
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
        work: What takes long.
        desk: Puts trials right.

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
        super().__init__(colours, scale, actions, self.set_speed)
        self._access = access
        self._figure = figure
        self._on_watch = on_watch
        self.session: ReviewedSession | None = None
        self.chosen = -1
        self.player = SessionPlayer(clock)
        self.work = ReviewWork(self.strip, access.load_model)
        self.desk = TrialDesk(self, self.notice, lambda: self.trial, self._take_review)
        self.controls = ReviewControls(actions, access.model_names)
        self._connect_widgets()
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
            "trim_begin": lambda: self.desk.trim(self.player.position_s, None),
            "trim_end": lambda: self.desk.trim(None, self.player.position_s),
            "relabel_trial": self.desk.ask_label,
            "compare_trial": self.show_comparison,
            "undo_edit": self.desk.undo,
            "redo_edit": self.desk.redo,
            "run_model": self.controls.open_models,
            "watch_session": self.watch,
            "overlay_video": self.ask_video,
        }

    @property
    def is_busy(self) -> bool:
        """Whether something is being read, computed or written."""
        return self.work.is_busy

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
        """Look at a session; it is read on a thread. While a model runs or a video is written, that is said instead."""
        if self.work.runs:
            self._refuse(f"{folder.name} was not opened.")
            return
        self.notice.say(Tone.BUSY, f"Reading {folder.name} …", "")
        self.work.load(folder)

    def let_go(self, folders: tuple[Path, ...]) -> None:
        """Close the session if it is one of these: they are about to be moved or deleted."""
        session = self.session
        if session is not None and session.recorded.folder in folders:
            self.player.is_playing = False
            self._follow_player()
            self.work.let_go()
            session.close()
            self.session, self.chosen = None, -1
            self.desk.open(None)
            self._show_all()

    def ask_folder(self) -> None:
        """Ask for a session folder."""
        ask_session(self, self._access.folder, self.load)

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

    def show_comparison(self) -> None:
        """Compare the chosen trial with another, or go back to the picture."""
        compares = self._actions["compare_trial"].isChecked()
        if self.session is not None and compares:
            self.comparison.show_session(self.session, self.chosen)
            self.player.is_playing = False
        self.show_compared(compares=compares)
        self._follow_player()

    def run(self, name: str) -> None:
        """Let a model judge the stored poses; an empty name asks for a file."""
        if self.session is None:
            return
        if self.is_busy:
            self._refuse("The model was not run.")
            return
        if not name:
            ask_model(self, lambda path: self.run(str(path)))
            return
        self._stand_still()
        self.work.run_model(self.session, name)

    def ask_video(self) -> None:
        """Ask where the video with skeleton and muscles is to go."""
        session = self.session
        if session is None:
            return
        if self.is_busy:
            self._refuse("No video was written.")
            return
        trial = self.trial
        part = f"_{trial.exercise}-{trial.take}" if trial is not None else ""
        ask_video(self, f"{session.title}{part}", self.write_video)

    def write_video(self, path: Path) -> None:
        """Write the chosen trial, or the whole session without one, with skeleton and muscles."""
        session, track, trial, scale = self.session, self.track, self.trial, self._scale
        if session is None or track is None:
            return
        if self.is_busy:
            self._refuse(f"{path.name} was not written.")
            return
        span = None if trial is None else (trial.start_s, trial.end_s)
        whole = span or (session.begin_s, session.end_s)
        plotted = Plotted(session_courses(session, track), *whole, zero_s=whole[0])
        figure, colours, family = self._figure, self._colours, self.font()

        def make_board(height_px: int) -> OverlayBoard:
            from app.review_page.overlay_board import OverlayBoard

            return OverlayBoard(figure, colours, scale, plotted, family, height_px)

        self._stand_still()
        self.work.write(lambda work: write_overlay(work, session, track, scale, path, span, make_board))

    def show_clocks(self) -> None:
        """Show how the clocks of camera and sensors ran, in a window of its own."""
        if self.session is not None:
            DriftDialog(self.session, self._colours, self).open()

    def watch(self) -> None:
        """Watch the session's video as a live source."""
        if self.session is not None and self.session.recorded.session.video is not None:
            self.player.is_playing = False
            self._follow_player()
            self._on_watch(self.session.recorded.session.video)

    def set_look(self, colours: Palette, scale: ColourScale) -> None:
        """Change theme and colour scale."""
        self._colours, self._scale = colours, scale
        self.dress(self.session)
        self._follow_player()

    def close_all(self, timeout_s: float) -> bool:
        """End all threads and close the video; return whether they ended in time."""
        self._play.stop()
        have_ended = self.work.close(timeout_s)
        if self.session is not None:
            self.session.close()
        return have_ended

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Stand still while another page is shown."""
        self.player.is_playing = False
        self._follow_player()

    def _take(self, session: ReviewedSession) -> None:
        self.notice.say_error(None)
        if self.session is not None:
            self.session.close()
        self.session = session
        self.desk.open(session)
        self.player.load(session.begin_s, session.end_s)
        self.chosen = 0 if session.trials else -1
        if session.trials:
            self.player.seek(session.trials[0].start_s)
        self._actions["compare_trial"].setChecked(False)
        self.show_compared(compares=False)
        self._show_all()
        self.loaded.emit()

    def _take_track(self, track: Track) -> None:
        if self.session is not None:
            self.session = self.session.with_track(track)
            self.notice.say(Tone.INFO, "", "")
            self.show_tracks(self.session, choose=len(self.session.tracks) - 1)
            self._show_again()
            self._follow_player()

    def _show_again(self) -> None:
        """Show what has changed of the session."""
        self._show_trials()
        if self.session is not None and self.compares:
            self.comparison.show_session(self.session, self.chosen)

    def _refuse(self, what_not: str) -> None:
        """Say what was not done because something else is under way."""
        self.notice.say(Tone.WARNING, what_not, "One thing at a time: wait for what is under way, or stop it.")

    def _stand_still(self) -> None:
        """Let what takes long begin."""
        self.player.is_playing = False
        self._follow_player()
        self.notice.say(Tone.INFO, "", "")

    def _take_review(self, review: SessionReview) -> None:
        if self.session is not None:
            self.session = self.session.with_review(review)
            self._show_again()

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
        if session is not None:
            self.show_moment(session, self.track, at_s)

    def _show_all(self) -> None:
        session = self.session
        self.controls.show_title("No session" if session is None else _title(session))
        for name in _NEEDS_SESSION:
            self._actions[name].setEnabled(session is not None)
        self.controls.run_model.setEnabled(session is not None)
        self.controls.clocks.setEnabled(session is not None)
        self.dress(session)
        self.show_session(session)
        if session is not None:
            self._actions["watch_session"].setEnabled(session.video is not None)
            self._show_trials()
        self._follow_player()

    def _show_trials(self) -> None:
        """Show the trials, and of the chosen one the numbers and the lines."""
        session, track = self.session, self.track
        if session is None or track is None:
            return
        self.show_trials(session, self.chosen, track)
        for name in ("trim_begin", "trim_end", "relabel_trial", "trial_back", "trial_on", "compare_trial"):
            self._actions[name].setEnabled(self.trial is not None)
        self._actions["undo_edit"].setEnabled(self.desk.can_undo)
        self._actions["redo_edit"].setEnabled(self.desk.can_redo)

    def _change_track(self) -> None:
        self._show_trials()
        self._follow_player()

    def _connect_widgets(self) -> None:
        self.trials.picked.connect(self.choose)
        self.stage.timeline.picked.connect(lambda place: self.choose(place, seeks=False))
        self.stage.timeline.sought.connect(self.seek)
        self.stage.timeline.trimmed.connect(self.desk.trim)
        self.lanes.sought.connect(self.seek)
        self.values.currentIndexChanged.connect(lambda _index: self._change_track())
        self.controls.model_chosen.connect(self.run)
        self.controls.clocks_asked.connect(self.show_clocks)
        work, notice = self.work, self.notice
        work.read.connect(self._take)
        work.judged.connect(self._take_track)
        work.written.connect(lambda path: notice.say(Tone.DONE, "The video is written.", str(path)))
        work.stopped.connect(lambda: notice.say(Tone.INFO, "Stopped.", ""))
        work.failed.connect(notice.say_error)


def _title(session: ReviewedSession) -> str:
    begun = session.recorded.utc_at(session.begin_s)
    day = "" if begun is None else f",  {begun.astimezone().day} {begun.astimezone():%b %Y  %H:%M}"
    return f"{session.recorded.subject}{day}"
