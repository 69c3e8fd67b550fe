"""What people put right in a session afterwards: names, begins and ends of trials.

    review.json  {"schema_version": 1, "trials": [{"logged_ns": …, "exercise": …, "begin_ns": …, "end_ns": …}]}

It lies beside the streams and is replaced in one piece; what was recorded is never changed. A trial is known by the
time at which its begin was logged, so an edit of an edit still finds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mia_core.errors import SessionFormatError
from mia_core.recording.append_file import cannot_write
from mia_core.recording.event_log import Event
from mia_core.recording.session_json import read_json, write_json

REVIEW: Final = "review.json"
REVIEW_VERSION: Final = 1
LOGGED: Final = "logged_ns"
"""Detail of the begin of an edited trial: when it was logged."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MAX_NS: Final = 2**62
_MAX_TRIALS: Final = 100_000


@dataclass(frozen=True, slots=True)
class TrialEdit:
    """One trial as it should have been.

    Attributes:
        exercise: Name of what was done: letters, digits, `-` and `_`, at most 64.
        begin_ns: Begin on the clock of the events.
        end_ns: End, after the begin.

    Raises:
        ValueError: It is not so.
    """

    exercise: str
    begin_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.exercise):
            raise ValueError(f"{self.exercise!r} names no exercise: letters, digits, - and _, at most 64")
        if not -_MAX_NS < self.begin_ns < self.end_ns < _MAX_NS:
            raise ValueError("a trial ends after its begin")


@dataclass(frozen=True, slots=True)
class SessionReview:
    """All edits of a session.

    Attributes:
        trials: Edits by the time at which the trial's begin was logged.
    """

    trials: Mapping[int, TrialEdit] = field(default_factory=dict)

    def with_edit(self, logged_ns: int, edit: TrialEdit) -> SessionReview:
        """Return it with another edit of one trial."""
        return SessionReview({**self.trials, logged_ns: edit})

    def applied(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """Return the log as it should have been, in its order; begins of edited trials say when they were logged."""
        edited: list[Event] = []
        present: TrialEdit | None = None
        for event in events:
            if event.kind == "trial_begin":
                present = self.trials.get(event.time_ns)
                if present is not None:
                    details = {**event.details, "exercise": present.exercise, LOGGED: event.time_ns}
                    event = replace(event, time_ns=present.begin_ns, details=details)
            elif event.kind == "trial_end" and present is not None:
                details = {**event.details, "exercise": present.exercise}
                event = replace(event, time_ns=present.end_ns, details=details)
                present = None
            edited.append(event)
        return tuple(edited)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        trials = [{LOGGED: logged_ns, **asdict(edit)} for logged_ns, edit in sorted(self.trials.items())]
        return {"schema_version": REVIEW_VERSION, "trials": trials}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> SessionReview:
        """Read what `to_json` returned, out of an untrusted file.

        Raises:
            ValueError: It does not have the form, or is of a future version.
        """
        if content.get("schema_version") != REVIEW_VERSION:
            raise ValueError(f"schema version {content.get('schema_version')!r}, known is {REVIEW_VERSION}")
        trials = content.get("trials")
        if not isinstance(trials, list) or len(trials) > _MAX_TRIALS:
            raise ValueError("it has no list of trials")
        edits: dict[int, TrialEdit] = {}
        for trial in trials:
            if not isinstance(trial, dict) or not isinstance(trial.get("exercise"), str):
                raise ValueError("a trial has no name")
            logged_ns, begin_ns, end_ns = (_time_ns(trial.get(name)) for name in (LOGGED, "begin_ns", "end_ns"))
            edits[logged_ns] = TrialEdit(trial["exercise"], begin_ns, end_ns)
        return cls(edits)


def read_review(folder: Path) -> SessionReview:
    """Return the edits of a session, none when there are none.

    Raises:
        SessionFormatError: The file is a link or damaged.
    """
    path = folder / REVIEW
    if not path.exists() and not path.is_symlink():
        return SessionReview()
    try:
        return SessionReview.from_json(read_json(path))
    except (OSError, ValueError) as error:
        raise SessionFormatError(folder, f"a whole {REVIEW}", str(error)) from error


def write_review(folder: Path, review: SessionReview) -> None:
    """Keep the edits of a session: the file before, or this one, is there whatever happens.

    Raises:
        RecordingError: The disk refuses.
    """
    try:
        write_json(folder / REVIEW, review.to_json())
    except OSError as error:
        raise cannot_write(folder, error) from error


def _time_ns(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a trial has no times")
    return value
