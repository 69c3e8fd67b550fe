"""What the subject sees of a protocol: exercise, its picture, a large countdown, and what comes next."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from app.live_page.live_actions import LiveActions, shown_key
from app.live_page.panel import caption
from app.live_page.toolbar import action_button
from app.record_page.dial import Dial, DialFace
from app.record_page.exercise_clip import ExerciseClip, picture_of
from app.theme import Palette
from mia_core.recording.protocol_runner import RunPhase, RunView

_WORDS: Final = {
    RunPhase.READY: "Space begins",
    RunPhase.COUNTDOWN: "Get ready",
    RunPhase.WORK: "Go",
    RunPhase.REST: "Rest",
    RunPhase.DONE: "Done",
}


class RunnerView(QFrame):
    """Shows where a protocol stands.

    Args:
        actions: The window's actions.
        colours: The theme's colours.
        sound: What is to be known of the sound here.

    Attributes:
        clip: The exercise: large until it begins, then small beside the time that is left.
        dial: The countdown.
        stop: Ends the protocol; the take goes on.
    """

    def __init__(self, actions: LiveActions, colours: Palette, sound: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._actions = actions
        self._colours = colours
        self._place = QLabel()
        self._place.setObjectName("rowName")
        self._sound = caption(sound)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(5)
        self.exercise = QLabel()
        self.exercise.setObjectName("exercise")
        self.prompt = QLabel()
        self.prompt.setObjectName("exercisePrompt")
        self.next = QLabel()
        self.next.setObjectName("bannerText")
        for label in (self.exercise, self.prompt, self.next):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.clip = ExerciseClip()
        self._moves = action_button(actions["move_pictures"], "")
        self.dial = Dial(colours)
        self.stop = QPushButton("End protocol")
        self._arrange()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.dial.set_look(colours)

    def show_view(self, view: RunView, *, moves: bool) -> None:
        """Show a moment of a protocol; its picture moves only if that is wanted."""
        self._progress.setMaximum(view.n_trials)
        is_past = view.phase in (RunPhase.REST, RunPhase.DONE)
        self._progress.setValue(view.place if is_past else view.place - 1)
        place = f"Trial {view.place} of {view.n_trials}"
        self._place.setText(f"{place} \N{MIDDLE DOT} attempt {view.attempt}" if view.attempt > 1 else place)
        self._show_words(view)
        self._show_picture(view, moves=moves)
        self.dial.show_face(self._face(view))
        self._show_actions(view)

    def _show_words(self, view: RunView) -> None:
        trial, following = view.trial, view.next_trial
        if view.phase is RunPhase.DONE or trial is None:
            self.exercise.setText("The protocol has ended")
            self.prompt.setText(f"{shown_key('R')} ends the take.")
            self.next.setText("")
            return
        if view.phase is RunPhase.REST and following is not None:
            self.exercise.setText(following.exercise.label)
            self.prompt.setText(following.exercise.prompt)
            self.next.setText(f"Comes next \N{MIDDLE DOT} just done: {trial.exercise.label}")
            return
        take = f", {trial.take} of {trial.takes}" if trial.takes > 1 else ""
        self.exercise.setText(f"{trial.exercise.label}{take}")
        self.prompt.setText(trial.exercise.prompt)
        self.next.setText("The last one" if following is None else f"Next: {following.exercise.label}")

    def _show_picture(self, view: RunView, *, moves: bool) -> None:
        trial = view.next_trial if view.phase is RunPhase.REST else view.trial
        path = None if trial is None or view.phase is RunPhase.DONE else picture_of(trial)
        name = "" if trial is None else trial.exercise.label
        self.clip.show_picture(path, name, moves=moves and not view.paused)
        for part in (self.clip, self._moves):
            part.setVisible(self.clip.has_picture)
        self._actions["move_pictures"].setChecked(moves)
        is_large = view.phase is not RunPhase.WORK
        self._middle.setStretch(0, 3 if is_large else 1)
        self._middle.setStretch(1, 2)

    def _face(self, view: RunView) -> DialFace:
        colours, word = self._colours, _WORDS[view.phase]
        seconds = f"{math.ceil(view.remaining_s - 1e-6):d}"
        if view.paused:
            return DialFace("", "Paused", "pause", 1 - view.share, colours.warning)
        match view.phase:
            case RunPhase.READY:
                return DialFace("", word, "play", 0.0, colours.accent)
            case RunPhase.COUNTDOWN:
                return DialFace(seconds, word, "", 1 - view.share, colours.warning)
            case RunPhase.WORK:
                return DialFace(seconds, word, "", 1 - view.share, colours.good, is_filled=True)
            case RunPhase.REST:
                return DialFace(seconds, word, "", 1 - view.share, colours.accent)
            case _:
                return DialFace("", word, "done", 0.0, colours.good)

    def _show_actions(self, view: RunView) -> None:
        runs = view.phase in (RunPhase.COUNTDOWN, RunPhase.WORK, RunPhase.REST)
        is_done = view.phase is RunPhase.DONE
        waits = view.paused or view.phase in (RunPhase.READY, RunPhase.REST)
        self._actions["go_on"].setEnabled(waits and not is_done)
        self._actions["go_on"].setIconText("Begin" if view.phase is RunPhase.READY else "Go on")
        self._actions["hold"].setEnabled(runs and not view.paused)
        self._actions["skip_trial"].setEnabled(not is_done)
        self._actions["redo_trial"].setEnabled(view.phase is not RunPhase.READY or view.place > 1)
        self.stop.setEnabled(not is_done)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._place)
        head.addWidget(self._sound)
        head.addStretch(1)
        head.addWidget(self._moves)
        head.addWidget(self.stop)
        self._middle = QHBoxLayout()
        self._middle.setSpacing(12)
        self._middle.addWidget(self.clip)
        self._middle.addWidget(self.dial)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for name in ("go_on", "hold", "redo_trial", "skip_trial"):
            buttons.addWidget(action_button(self._actions[name], "primary" if name == "go_on" else "", text=True))
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._progress)
        column.addSpacing(4)
        column.addWidget(self.exercise)
        column.addWidget(self.prompt)
        column.addLayout(self._middle, 1)
        column.addWidget(self.next)
        column.addLayout(buttons)
