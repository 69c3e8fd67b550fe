"""Which exercise was done when, from the log of a session."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mia_core.export.export_settings import ExportError
from mia_core.recording.event_log import Event
from mia_core.recording.session_review import LOGGED

UNLABELLED: Final = "unlabelled"
"""What stands for the exercise where no trial says one."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class TrialSpan:
    """One take that was done to its end.

    Attributes:
        exercise: Name of the exercise.
        take: Which take of it, from 1.
        start_s: Begin on the time line of the frames.
        end_s: End.
        logged_ns: When its begin was logged, on the clock of the events: what it is known by.
    """

    exercise: str
    take: int
    start_s: float
    end_s: float
    logged_ns: int = 0


def trials_of(events: Sequence[Event], zero_s: float) -> tuple[TrialSpan, ...]:
    """Return the takes that were done, in order; those that were stopped, skipped or done again are none.

    Args:
        events: The log of a session.
        zero_s: Monotonic time of zero of the time line that is wanted.

    Raises:
        ExportError: An exercise has a name that can't name a folder.
    """
    trials: list[TrialSpan] = []
    begin: Event | None = None
    is_last = False  # whether what ended last is the last of `trials`: that is what is done again
    for event in events:
        if event.kind == "trial_begin":
            begin = event
        elif event.kind == "trial_redo":
            if is_last:
                trials.pop()
            is_last = False
        elif event.kind == "trial_end":
            is_last = begin is not None and event.details.get("status") == "done" and event.time_ns > begin.time_ns
            if begin is not None and is_last:
                trials.append(_trial(begin, event, zero_s))
            begin = None
    return tuple(trials)


def _trial(begin: Event, end: Event, zero_s: float) -> TrialSpan:
    exercise, take = begin.details.get("exercise"), begin.details.get("take", begin.details.get("repetition", 1))
    if not isinstance(exercise, str) or not _NAME.fullmatch(exercise):
        raise ExportError(
            "The log names an exercise by something else than letters, digits, - and _.",
            "The recording is damaged; leave it out.",
        )
    number = take if isinstance(take, int) and not isinstance(take, bool) else 1
    logged_ns = begin.details.get(LOGGED, begin.time_ns)
    begin_s, end_s = begin.time_ns / 1e9 - zero_s, end.time_ns / 1e9 - zero_s
    return TrialSpan(exercise, number, begin_s, end_s, logged_ns if isinstance(logged_ns, int) else begin.time_ns)
