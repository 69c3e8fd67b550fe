"""Two trials, or two models on one trial, side by side: lines over one another, numbers with their differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.live_page.panel import caption
from app.record_page.chooser import Chooser
from app.review_page.lane_painter import Course, Plotted
from app.review_page.reviewed_session import ReviewedSession, Track
from app.review_page.trace_lanes import TraceLanes
from app.review_page.trial_card import NumberGrid
from app.review_page.trial_numbers import difference_rows, summary_of, trial_label
from app.theme import Palette
from mia_core.export.trials import TrialSpan
from mia_core.processing.agreement import agreement

_COLOURS: Final = ("accent", "warning")
_NUMBERS_PX: Final = 600


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two sides.

    Attributes:
        trial: Place of the trial.
        track: Place of the track.
    """

    trial: int
    track: int


class _SidePicker(QWidget):
    """Chooses a trial and who says what the muscles did."""

    changed = Signal()

    def __init__(self, letter: str, colours: Palette) -> None:
        super().__init__()
        self.mark = QLabel(letter)
        self.mark.setFixedWidth(14)
        self.trials, self.tracks = Chooser(colours), Chooser(colours)
        self.trials.setAccessibleName(f"Trial {letter}")
        self.tracks.setAccessibleName(f"Values {letter}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.mark)
        row.addWidget(self.trials, 2)
        row.addWidget(self.tracks, 3)
        for box in (self.trials, self.tracks):
            box.setMinimumWidth(90)
            box.currentIndexChanged.connect(lambda _index: self.changed.emit())

    def offer(self, trials: tuple[TrialSpan, ...], tracks: tuple[Track, ...], chosen: Compared) -> None:
        signals = [box.blockSignals(True) for box in (self.trials, self.tracks)]
        for box, names, place in (
            (self.trials, [trial_label(trial) for trial in trials], chosen.trial),
            (self.tracks, [track.name for track in tracks], chosen.track),
        ):
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(place if place < len(names) else 0)
        for box, before in zip((self.trials, self.tracks), signals, strict=True):
            box.blockSignals(before)

    @property
    def chosen(self) -> Compared:
        return Compared(max(self.trials.currentIndex(), 0), max(self.tracks.currentIndex(), 0))


class Comparison(QFrame):
    """Shows two sides, A and B."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._colours = colours
        self._session: ReviewedSession | None = None
        self.pickers = (_SidePicker("A", colours), _SidePicker("B", colours))
        self.lanes = TraceLanes(colours)
        self.numbers = NumberGrid(
            ("A mean", "B mean", "B\N{MINUS SIGN}A", "A peak", "B peak", "B\N{MINUS SIGN}A", "r", "RMSE"),
            "Activation in % of the maximum; differences in percentage points",
        )
        self.numbers.setMaximumWidth(_NUMBERS_PX)
        self._note = caption("Both lines begin at the begin of their trial.")
        for picker in self.pickers:
            picker.changed.connect(self._show)
        head = QHBoxLayout()
        head.setSpacing(18)
        for picker in self.pickers:
            head.addWidget(picker, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.lanes, 1)
        column.addWidget(self._note)
        column.addWidget(self.numbers)
        self._mark_sides()

    @property
    def sides(self) -> tuple[Compared, Compared]:
        """What is compared."""
        return self.pickers[0].chosen, self.pickers[1].chosen

    def show_session(self, session: ReviewedSession, chosen: int) -> None:
        """Offer the trials of a session; the chosen one is A, unless sides were chosen before."""
        self._session = session
        trials, tracks = session.trials, session.tracks
        if not trials:
            return
        exercise = trials[max(chosen, 0)].exercise
        others = [place for place in range(len(trials)) if place != max(chosen, 0)]
        same = [place for place in others if trials[place].exercise == exercise]
        other = (same or others or [0])[0]
        for picker, side in zip(self.pickers, (Compared(max(chosen, 0), 0), Compared(other, 0)), strict=True):
            picker.offer(trials, tracks, side)
        self._show()

    def compare(self, one: Compared, other: Compared) -> None:
        """Compare two sides."""
        if self._session is not None:
            for picker, side in zip(self.pickers, (one, other), strict=True):
                picker.offer(self._session.trials, self._session.tracks, side)
            self._show()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        for picker in self.pickers:
            picker.trials.set_look(colours)
            picker.tracks.set_look(colours)
        self.lanes.set_look(colours)
        self._mark_sides()

    def _mark_sides(self) -> None:
        for picker, colour in zip(self.pickers, _COLOURS, strict=True):
            picker.mark.setStyleSheet(f"color: {getattr(self._colours, colour)}; font-weight: 700;")

    def _show(self) -> None:
        session = self._session
        if session is None or not session.trials:
            return
        courses, summaries, longest_s = [], [], 0.1
        for letter, side, colour in zip("AB", self.sides, _COLOURS, strict=True):
            trial, track = session.trials[side.trial], session.tracks[side.track]
            times_s = session.steps.timestamps_s
            inside = (times_s >= trial.start_s) & (times_s <= trial.end_s)
            courses.append(
                Course(
                    f"{letter}: {trial_label(trial)}, {track.name}",
                    times_s[inside] - trial.start_s,
                    track.values[inside],
                    colour,
                    is_dashed=not track.is_predicted,
                    own_scale=None if track.own_scale is None else track.own_scale[inside],
                    is_wide=letter == "A" and self.sides[0].trial == self.sides[1].trial,
                )
            )
            summaries.append(summary_of(session, track, trial))
            longest_s = max(longest_s, trial.end_s - trial.start_s)
        self.lanes.show_courses(Plotted(tuple(courses), 0.0, longest_s))
        one, other = self.sides
        trial = session.trials[one.trial]
        agreed = None
        if one.trial == other.trial and one.track != other.track:
            inside = (session.steps.timestamps_s >= trial.start_s) & (session.steps.timestamps_s <= trial.end_s)
            a, b = (session.tracks[side.track].values[inside] for side in (one, other))
            agreed = agreement(a, b)
        self._note.setText(
            "Both lines begin at the begin of their trial."
            if agreed is None
            else "r and RMSE of A and B over the trial; they need five seconds."
        )
        self.numbers.show_rows(difference_rows(summaries[0], summaries[1], agreed))
