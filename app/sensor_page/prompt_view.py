"""One step of the check or the calibration: the sentence, the muscle on the body, the time, and all sensors live."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.live_page.messages import Tone
from app.live_page.panel import Panel, caption
from app.sensor_page.channel_bars import Bar, ChannelBars
from app.sensor_page.countdown_ring import CountdownRing
from app.sensor_page.effort_run import EffortRun
from app.sensor_page.guided_run import READY_S, GuidedRun, Note, Stage
from app.sensor_page.heard_sensors import HeardSensors
from app.sensor_page.muscle_figure import MuscleFigure
from app.theme import Palette
from mia_core.muscles import Placement
from mia_core.sensors.sensor_profile import SignalKind

LEAST_FULL: Final = 0.12
"""A bar is full at this share of the range of a sensor that sends envelopes, or later when a muscle beats it."""
HEADROOM: Final = 1.15
_SIGNS: Final = {Tone.DONE: "done", Tone.WARNING: "warning", Tone.ERROR: "error"}
_INTRODUCTION: Final = Note(
    Tone.INFO,
    "",
    "The check takes about a minute and a half: a short rest, then one contraction for each sensor. "
    "Nothing is changed unless you say so.",
)


def tone_colour(tone: Tone, colours: Palette) -> str:
    """Return the colour of how serious something is."""
    return {Tone.DONE: colours.good, Tone.WARNING: colours.warning, Tone.ERROR: colours.error}.get(tone, colours.accent)


class PromptView(QWidget):
    """Shows a run.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._fulls: dict[str, float] = {}  # by unit
        self.muscle = _label("checkMuscle")
        self.headline = _label("checkHeadline")
        self.how = _label("checkHow")
        self.figure = MuscleFigure(colours)
        self.ring = CountdownRing(colours)
        self.word = _label("stageWord")
        self.word.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.note = NoteCard(colours)
        self.bars = ChannelBars(colours)
        self._unit = caption()
        self._legend = caption()
        signals = QWidget()
        column = QVBoxLayout(signals)
        column.setContentsMargins(4, 6, 4, 6)
        column.addWidget(self.bars, 1)
        column.addWidget(self._legend, alignment=Qt.AlignmentFlag.AlignRight)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        words.addWidget(self.muscle)
        words.addWidget(self.headline)
        words.addWidget(self.how)
        middle = QVBoxLayout()
        middle.setSpacing(10)
        middle.addStretch(2)
        middle.addWidget(self.ring, alignment=Qt.AlignmentFlag.AlignHCenter)
        middle.addWidget(self.word)
        middle.addWidget(self.note)
        middle.addStretch(3)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addWidget(self.figure, 12)
        row.addLayout(middle, 10)
        row.addWidget(Panel("Live signals", (self._unit,), (), signals), 12)
        page = QVBoxLayout(self)
        page.setContentsMargins(24, 14, 24, 8)
        page.setSpacing(12)
        page.addLayout(words)
        page.addLayout(row, 1)

    def show_run(self, run: GuidedRun) -> None:
        """Show where a run stands."""
        stretch = run.stretch
        headline, _, how = stretch.sentence.partition(": ")
        self.muscle.setText(stretch.placement.label if stretch.placement is not None else "Rest")
        self.headline.setText(headline)
        self.how.setText(how[:1].upper() + how[1:])
        self._show_muscles(run)
        self._show_time(run)
        self.note.show_note(_INTRODUCTION if run.stage is Stage.WAITING else run.note)
        self._show_bars(run)

    def _show_muscles(self, run: GuidedRun) -> None:
        colours, placement = self._colours, run.stretch.placement
        if placement is None:
            self.figure.light(dict.fromkeys(run.sensors.placements, colours.accent), strong=False)
            return
        lit = {placement: colours.accent}
        if run.note is not None and run.note.other is not None:
            lit[run.note.other] = colours.warning
        self.figure.light(lit)

    def _show_time(self, run: GuidedRun) -> None:
        colours, stretch = self._colours, run.stretch
        if run.note is not None:
            share = run.remaining_s / run.length_s if run.length_s else 0.0
            sign = "busy" if run.stage is Stage.LOST else _SIGNS[run.note.tone]
            self.ring.sign(sign, tone_colour(run.note.tone, colours), share)
            self.word.setText(run.note.title)
        elif run.stage is Stage.HOLD:
            self.ring.count(run.remaining_s, run.length_s, colours.accent, thick=True)
            self.word.setText(_hold_word(run))
        elif run.stage is Stage.READY:
            self.ring.count(run.remaining_s, run.length_s, colours.muted, thick=False)
            self.word.setText("Pause" if stretch.ready_s > READY_S else "Get ready")
        else:
            self.ring.count(stretch.hold_s, stretch.hold_s, colours.line, thick=False)
            self.word.setText(f"Rest for {stretch.hold_s:.0f} seconds")

    def _show_bars(self, run: GuidedRun) -> None:
        sensors = run.sensors
        units = {sensors.profile_of(at).unit for at in sensors.placements}
        self._unit.setText(" / ".join(sorted(units)))
        levels = {at: sensors.level(at) for at in sensors.placements}
        for placement, level in levels.items():
            self._make_room(sensors, placement, level)
        is_calibration = isinstance(run, EffortRun)
        self._legend.setText(
            "\N{VERTICAL LINE} rest    \N{BLACK DOWN-POINTING TRIANGLE} best half second"
            if isinstance(run, EffortRun) and run.rested
            else ""
        )
        self._legend.setVisible(is_calibration)
        bars = {}
        for placement, level in levels.items():
            profile = sensors.profile_of(placement)
            rest, best = (run.rest(placement), run.best(placement)) if isinstance(run, EffortRun) else (math.nan,) * 2
            peak = _peak(run, placement) if run.stage in (Stage.HOLD, Stage.NOTED) else math.nan
            bars[placement] = Bar(level, self._fulls[profile.unit], level >= profile.high, peak, rest, best)
        self.bars.show_bars(bars, run.stretch.placement, run.note.other if run.note is not None else None)

    def _make_room(self, sensors: HeardSensors, placement: Placement, level: float) -> None:
        """Let the bars of a unit hold a level: they have one scale, so that the eye can compare them."""
        profile = sensors.profile_of(placement)
        is_envelope = profile.kind is SignalKind.ENVELOPE
        least = LEAST_FULL * (profile.high - profile.low) if is_envelope else 1e-6
        full = self._fulls.setdefault(profile.unit, least)
        if not math.isnan(level) and level < profile.high:  # one at its end says nothing of what is usual
            self._fulls[profile.unit] = max(full, HEADROOM * level)


class NoteCard(QFrame):
    """What a step came to, and what to do; its sign and title stand above.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("noteCard")
        self._colours = colours
        self._note: Note | None = None
        self._text = _label("noteText")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = QVBoxLayout(self)
        words.setContentsMargins(18, 12, 18, 12)
        words.addWidget(self._text)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setRetainSizeWhenHidden(True)  # the ring must not jump
        self.setSizePolicy(policy)
        self.setMinimumHeight(76)
        self.hide()

    @property
    def note(self) -> Note | None:
        """What is shown."""
        return self._note

    def show_note(self, note: Note | None) -> None:
        """Show a note, or hide with None."""
        if note == self._note:
            return
        self._note = note
        self.setVisible(note is not None)
        if note is not None:
            self._text.setText(note.text)
            colour = tone_colour(note.tone, self._colours)
            self.setStyleSheet(f"#noteCard {{ border-color: {colour}; }}")
            self.setAccessibleName(f"{note.title} {note.text}".strip())


def _peak(run: GuidedRun, placement: Placement) -> float:
    """Return how high a muscle has risen during the present stretch, as the check judges it."""
    values = run.held(placement).values
    return float(np.percentile(values, 80)) if len(values) else math.nan


def _hold_word(run: GuidedRun) -> str:
    if run.stretch.placement is None:
        return "Rest"
    return "As hard as you can" if isinstance(run, EffortRun) else "Contract and hold"


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
