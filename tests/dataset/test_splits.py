"""Splits hold out what they say, and nothing that is learned from shares a step with what judges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.dataset.splits import (
    Split,
    SplitError,
    cross_subject,
    in_distribution,
    leave_exercise_out,
    leave_subject_out,
    overlapping,
)
from mia_core.dataset.window_set import NO_PART, TRAIN, VAL
from tests.fakes.window_sets import window_set


def test_the_last_fifth_of_the_time_of_every_exercise_is_held_out() -> None:
    windows = window_set()  # ten windows of three seconds each
    split = in_distribution(windows)
    for subject in range(2):
        for exercise in range(3):
            of = np.flatnonzero((windows.subject == subject) & (windows.exercise == exercise))
            assert windows.start_step[np.intersect1d(of, split.test)].tolist() == [240, 270]
            assert windows.start_step[np.intersect1d(of, split.train)].tolist() == list(range(0, 240, 30))


def test_windows_that_overlap_a_held_out_one_are_in_neither_part() -> None:
    windows = window_set(stride=5)
    split = in_distribution(windows)
    first_held_out = windows.start_step[split.test].min()
    assert windows.start_step[split.train].max() + windows.n_steps <= first_held_out
    assert len(split.train) + len(split.test) < len(windows)
    covered = windows.covered_share
    assert covered[split.test].sum() / covered.sum() == pytest.approx(0.2, abs=0.03)


def test_a_subject_that_is_cut_more_densely_does_not_count_more() -> None:
    windows = window_set(subjects=("anna",), stride=5)
    assert windows.weights.mean() == pytest.approx(1)
    assert windows.minutes == pytest.approx(3 * 30 / 60)
    assert window_set(subjects=("anna",)).minutes == pytest.approx(windows.minutes)


def test_published_parts_are_kept_as_they_are() -> None:
    windows = window_set(exercises=("squat",))
    part = np.resize(np.array([TRAIN, TRAIN, VAL, NO_PART], np.int8), len(windows))
    split = in_distribution(replace(windows, part=part))
    assert split.train.tolist() == np.flatnonzero(part == TRAIN).tolist()
    assert split.test.tolist() == np.flatnonzero(part == VAL).tolist()


def test_who_or_what_is_left_out_is_only_judged_by() -> None:
    windows = window_set()
    known = in_distribution(windows)
    exercise = leave_exercise_out(windows, "running")
    assert set(windows.exercise[exercise.test]) == {1}
    assert set(windows.exercise[exercise.train]) == {0, 2}
    assert np.isin(exercise.test, known.test).all()
    assert np.isin(exercise.train, known.train).all()
    subject = leave_subject_out(windows, "ben")
    assert set(windows.subject[subject.test]) == {1}
    assert set(windows.subject[subject.train]) == {0}
    across = cross_subject(windows, "ben", "anna")
    assert (set(windows.subject[across.train]), set(windows.subject[across.test])) == ({1}, {0})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: leave_exercise_out(window_set(), "flying"), "squat, running, skater"),
        (lambda: leave_subject_out(window_set(), "carl"), "anna, ben"),
        (lambda: leave_subject_out(window_set(subjects=("anna",)), "anna"), "no windows to learn from"),
        (lambda: cross_subject(window_set(), "ben", "ben"), "Both subjects"),
        (lambda: in_distribution(window_set(steps_each=30)), "no windows to judge by"),
    ],
)
def test_a_split_that_leaves_nothing_is_refused(make, says: str) -> None:
    with pytest.raises(SplitError, match=says):
        make()


@given(stride=st.integers(1, 40), steps=st.integers(60, 200), seed=st.integers(0, 9))
def test_no_step_is_in_both_parts(stride: int, steps: int, seed: int) -> None:
    windows = window_set(("anna",), ("squat", "running"), steps_each=steps, stride=stride, seed=seed)
    try:
        split = in_distribution(windows)
    except SplitError:  # so dense that all of it overlaps what is held out
        assert steps < 90
        return
    is_test = np.isin(np.arange(len(windows)), split.test)
    assert not overlapping(windows, is_test)[split.train].any()
    steps_of = [
        {(windows.recording[row], windows.start_step[row] + i) for row in rows for i in range(windows.n_steps)}
        for rows in (split.train, split.test)
    ]
    assert not steps_of[0] & steps_of[1]


@pytest.mark.parametrize("name", ["", "folder"])
def test_a_split_that_can_not_be_written_leaves_nothing(tmp_path: Path, name: str, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(SplitError, match=r"names no file|can't be written"):
        in_distribution(window_set()).save(Path(name))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_is_not_overwritten_by_a_split(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(SplitError, match="nothing is overwritten"):
        in_distribution(window_set()).save(tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_split_that_is_not_there_is_told_in_the_words_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(SplitError, match=r"none is not a readable split \(No such file or directory\)"):
        Split.load(tmp_path / "none")


def test_a_saved_split_is_read_back_and_belongs_to_its_windows(tmp_path: Path) -> None:
    windows = window_set()
    windows = replace(windows, about=replace(windows.about, sha256="a" * 64))
    split = leave_exercise_out(windows, "squat")
    split.save(tmp_path / "s.json")
    again = Split.load(tmp_path / "s.json")
    assert (again.name, again.note, again.data_sha256) == (split.name, split.note, "a" * 64)
    train, test = again.of(windows)
    assert (len(train), len(test)) == (len(split.train), len(split.test))
    assert [path.name for path in tmp_path.iterdir()] == ["s.json"]
    with pytest.raises(SplitError, match="of other windows"):
        again.of(replace(windows, about=replace(windows.about, sha256="b" * 64)))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"schema_version": 2, "name": "x"}']
    + [
        '{"schema_version": 1, "name": "x", "note": "", "data_sha256": "", "train": ' + rows + ', "test": [3]}'
        for rows in ("[]", "[1, 1]", "[-1]", "[1.5]", '["1"]', "[3]", "[2, 1]", "[99999999999999999999]", "7")
    ],
)
def test_a_damaged_split_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(SplitError):
        Split.load(tmp_path / "s.json")
