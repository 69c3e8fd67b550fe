"""The numbers of a trial as texts; what is not known is said to be so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from app.review_page.reviewed_session import ReviewedSession, Track
from mia_core.exercises import EXERCISES
from mia_core.export.trials import TrialSpan
from mia_core.muscles import MONTAGE, Muscle, Side
from mia_core.processing.agreement import Agreement
from mia_core.processing.trial_summary import ANTAGONISTS, TrialSummary, summarise_trial

NOT_KNOWN: Final = "not known"
NO_VALUE: Final = "\N{EN DASH}"
_MINUS: Final = "\N{MINUS SIGN}"
_LABELS: Final = {exercise.name: exercise.label for exercise in EXERCISES}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a name, and a text a column."""

    name: str
    cells: tuple[str, ...]


def exercise_label(name: str) -> str:
    """Return an exercise's name for people."""
    return _LABELS.get(name) or name.replace("_", " ").replace("-", " ").capitalize()


def trial_label(trial: TrialSpan) -> str:
    """Return which trial it is, for people."""
    return f"{exercise_label(trial.exercise)} {trial.take}"


def clock_text(seconds: float) -> str:
    """Return a time such as `1:23.4`."""
    tenths = round(max(seconds, 0.0) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minute = divmod(minutes, 60)
    second = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minute:02}:{second}" if hours else f"{minute}:{second}"


def summary_of(session: ReviewedSession, track: Track, trial: TrialSpan) -> TrialSummary:
    """Return one trial of a track in numbers."""
    return summarise_trial(session.steps.timestamps_s, track.values, trial.start_s, trial.end_s)


def percent(value: float) -> str:
    """Return an activation in % of the maximum."""
    return NOT_KNOWN if math.isnan(value) else f"{100 * value:.0f} %"


def seconds(value: float) -> str:
    """Return a time since the begin of a trial."""
    return NOT_KNOWN if math.isnan(value) else f"{value:.1f} s"


def muscle_rows(summary: TrialSummary) -> tuple[Row, ...]:
    """Return mean, peak and time of the peak of each muscle of `MONTAGE`."""
    return tuple(
        Row(
            placement.label,
            (
                percent(float(summary.mean[channel])),
                percent(float(summary.peak[channel])),
                seconds(float(summary.peak_at_s[channel])),
            ),
        )
        for channel, placement in enumerate(MONTAGE.placements)
    )


def asymmetry_text(value: float) -> str:
    """Return which side does more, such as `12 % more on the right`."""
    if math.isnan(value):
        return NOT_KNOWN
    rounded = round(100 * abs(value))
    if not rounded:
        return "even"
    return f"{rounded} % more on the {Side.RIGHT if value > 0 else Side.LEFT}"


def asymmetry_rows(summary: TrialSummary) -> tuple[Row, ...]:
    """Return left against right of each muscle."""
    return tuple(
        Row(muscle.capitalize(), (asymmetry_text(float(value)),))
        for muscle, value in zip(Muscle, summary.asymmetry, strict=True)
    )


def co_contraction_rows(summary: TrialSummary) -> tuple[Row, ...]:
    """Return what partners have in common, a column a side."""
    return tuple(
        Row(
            f"{one.capitalize()} and {other}",
            tuple(percent(float(summary.co_contraction[side, pair])) for side in range(len(Side))),
        )
        for pair, (one, other) in enumerate(ANTAGONISTS)
    )


def difference_rows(one: TrialSummary, other: TrialSummary, agreed: Agreement | None = None) -> tuple[Row, ...]:
    """Return the means of both and by how much the second is above the first, the same of the peaks, r and RMSE.

    Args:
        one: The first.
        other: The second.
        agreed: How well they agree step by step, None where they are of different trials: then there are dashes.
    """
    rows = []
    for channel, placement in enumerate(MONTAGE.placements):
        cells: list[str] = []
        for a, b in ((one.mean, other.mean), (one.peak, other.peak)):
            before, after = float(a[channel]), float(b[channel])
            cells += [percent(before), percent(after), points(after - before)]
        r, rmse = (float("nan"), float("nan")) if agreed is None else (agreed.r[channel], agreed.rmse[channel])
        cells.append(NO_VALUE if math.isnan(r) else f"{r:.2f}".replace("-", _MINUS))
        cells.append(NO_VALUE if math.isnan(rmse) else percent(float(rmse)))
        rows.append(Row(placement.label, tuple(cells)))
    return tuple(rows)


def points(difference: float) -> str:
    """Return a difference of activations in percentage points, with its sign."""
    if math.isnan(difference):
        return NOT_KNOWN
    return f"{100 * difference:+.0f}".replace("-", _MINUS) if round(100 * difference) else "0"
