"""What people put right in trials: kept beside the streams, whole, and refused when it can't be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.errors import SessionFormatError
from mia_core.recording.event_log import Event
from mia_core.recording.session_review import SessionReview, TrialEdit, read_review, write_review

TIMES = st.integers(-(2**61), 2**61)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
EDITS = st.tuples(NAMES, TIMES, st.integers(1, 2**60)).map(
    lambda parts: TrialEdit(parts[0], parts[1], parts[1] + parts[2])
)


def log(*trials: tuple[int, int, str]) -> tuple[Event, ...]:
    events = []
    for begin_ns, end_ns, exercise in trials:
        events.append(Event(begin_ns, "trial_begin", {"exercise": exercise, "take": 1}))
        events.append(Event(begin_ns + 1, "marker", {"text": "between"}))
        events.append(Event(end_ns, "trial_end", {"exercise": exercise, "take": 1, "status": "done"}))
    return tuple(events)


@given(st.dictionaries(TIMES, EDITS, max_size=5))
def test_a_review_comes_back_as_it_was(edits: dict[int, TrialEdit]) -> None:
    review = SessionReview(edits)
    assert SessionReview.from_json(json.loads(json.dumps(review.to_json()))) == review


def test_only_the_edited_trial_changes() -> None:
    events = log((10, 20, "squat"), (30, 40, "twist"))
    edited = SessionReview().with_edit(30, TrialEdit("skater", 32, 38)).applied(events)
    assert edited[:4] == (*events[:3], Event(32, "trial_begin", {"exercise": "skater", "take": 1, "logged_ns": 30}))
    assert edited[4] == events[4]
    assert (edited[5].time_ns, edited[5].details["exercise"], edited[5].details["status"]) == (38, "skater", "done")


def test_an_edit_of_an_edit_is_of_the_same_trial() -> None:
    review = SessionReview().with_edit(10, TrialEdit("skater", 12, 18)).with_edit(10, TrialEdit("twist", 11, 19))
    begin, _, end = review.applied(log((10, 20, "squat")))
    assert (begin.details["exercise"], begin.time_ns, end.time_ns) == ("twist", 11, 19)


def test_it_lies_beside_the_streams_and_is_replaced(tmp_path: Path) -> None:
    assert read_review(tmp_path) == SessionReview()
    for end_ns in (20, 30):
        review = SessionReview().with_edit(10, TrialEdit("squat", 10, end_ns))
        write_review(tmp_path, review)
        assert read_review(tmp_path) == review
    assert [path.name for path in tmp_path.iterdir()] == ["review.json"]


@pytest.mark.parametrize(
    ("exercise", "begin_ns", "end_ns"), [("../x", 0, 1), ("", 0, 1), ("squat", 5, 5), ("squat", 6, 5)]
)
def test_a_trial_that_can_not_be_is_refused(exercise: str, begin_ns: int, end_ns: int) -> None:
    with pytest.raises(ValueError, match=r"names no exercise|after its begin"):
        TrialEdit(exercise, begin_ns, end_ns)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"schema_version": 2, "trials": []}',
        '{"schema_version": 1}',
        '{"schema_version": 1, "trials": [1]}',
        '{"schema_version": 1, "trials": [{"exercise": 3}]}',
        '{"schema_version": 1, "trials": [{"exercise": "a", "logged_ns": 1, "begin_ns": 1, "end_ns": 2.5}]}',
        '{"schema_version": 1, "trials": [{"exercise": "a", "logged_ns": true, "begin_ns": 1, "end_ns": 2}]}',
        '{"schema_version": 1, "trials": [{"exercise": "a/b", "logged_ns": 1, "begin_ns": 1, "end_ns": 2}]}',
        '{"schema_version": 1, "trials": [{"exercise": "a", "logged_ns": NaN, "begin_ns": 1, "end_ns": 2}]}',
    ],
)
def test_a_damaged_review_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "review.json").write_text(content, encoding="utf-8")
    with pytest.raises(SessionFormatError, match=r"review\.json"):
        read_review(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    write_review(tmp_path, SessionReview())
    (folder / "review.json").symlink_to(tmp_path / "review.json")
    with pytest.raises(SessionFormatError, match="link"):
        read_review(folder)
