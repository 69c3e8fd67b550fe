"""Trials and marks of a film that was held up while it was recorded lie on the frames' own line of time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.review_page.reviewed_session import ReviewedSession
from app.review_page.trial_edits import TrialEdits
from mia_core.export.recorded_session import RecordedSession
from mia_core.recording import session as form
from tests.export.made_sessions import make_session

HELD_UP_S, FROM_S = 0.8, 5.0
NS = 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A session of 12 s whose film stood still for 0.8 s at 5 s: what came later was later."""
    folder = make_session(tmp_path / "s", trials=[("squat", 1.0, 3.0), ("lunge", 7.0, 9.0)])
    rows = (folder / form.FRAMES).read_text().splitlines()
    late = [rows[0]]
    for row in rows[1:]:
        index, time_s, captured_ns, in_video = row.split(",")
        later_ns = round(HELD_UP_S * NS) if float(time_s) >= FROM_S else 0
        late.append(f"{index},{time_s},{int(captured_ns) + later_ns},{in_video}")
    (folder / form.FRAMES).write_text("\n".join(late) + "\n")
    events = [json.loads(line) for line in (folder / form.EVENTS).read_text().splitlines()]
    for event in events:
        event["time_ns"] += round(HELD_UP_S * NS) if event.get("exercise") == "lunge" else 0
    events.append({"time_ns": events[3]["time_ns"], "kind": "marker", "text": "end"})
    (folder / form.EVENTS).write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder


def test_trials_and_marks_stand_where_the_frames_show_them(folder: Path) -> None:
    session = ReviewedSession.load(folder)
    spans = [(trial.exercise, trial.start_s, trial.end_s) for trial in session.trials]
    assert spans == [
        ("squat", pytest.approx(1.0, abs=1e-6), pytest.approx(3.0, abs=1e-6)),
        ("lunge", pytest.approx(7.0, abs=1e-6), pytest.approx(9.0, abs=1e-6)),
    ]
    assert [mark.time_s for mark in session.marks] == pytest.approx([1.0, 9.0], abs=1e-6)


def test_a_trim_is_read_back_where_it_was_made_and_by_exports_too(folder: Path) -> None:
    session = ReviewedSession.load(folder)
    edits = TrialEdits(folder, session.review, session.recorded.monotonic_s)
    edits.trim(session.trials[1], 7.5, 8.5)
    edits.trim(session.trials[0], 4.0, 6.0)  # over the pause
    for trials in (session.with_review(edits.review).trials, RecordedSession.read(folder).trials):
        spans = [(trial.start_s, trial.end_s) for trial in trials]
        assert spans == [pytest.approx((4.0, 6.0), abs=1e-6), pytest.approx((7.5, 8.5), abs=1e-6)]
    stored = json.loads((folder / "review.json").read_text())["trials"]
    assert [one["end_ns"] - one["begin_ns"] for one in stored] == pytest.approx([(2 + HELD_UP_S) * NS, NS], abs=10), (
        "in the time of the clock, which ran on"
    )
