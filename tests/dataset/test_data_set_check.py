"""Whatever is wrong with a set on purpose is found and named, and a good set has no problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.data_set_check import check_windows, content_keys
from mia_core.dataset.split_check import check_split
from mia_core.dataset.splits import Split, SplitError, in_distribution, leave_exercise_out, leave_subject_out
from mia_core.dataset.window_set import WindowSet
from mia_core.skeleton import INDEX
from tests.fakes.window_sets import window_set


def moving(subjects: tuple[str, ...] = ("anna", "ben", "carl", "dora"), n: int = 30) -> WindowSet:
    """Windows in which an arm's muscles do more on the side that moves more, and a leg's on the other side."""
    rng = np.random.default_rng(1)
    made = window_set(subjects, ("squat",), steps_each=30 * n)
    keypoints, emg = made.keypoints.copy(), made.emg.copy()
    keypoints[:] = rng.uniform(0.2, 0.8, (1, 1, 25, 2)) + rng.normal(0, 1e-4, keypoints.shape)
    for joint, muscles, sign in (("wrist", ("biceps", "triceps"), 1), ("ankle", ("quadriceps", "hamstrings"), -1)):
        for side in ("left", "right"):
            size = rng.uniform(0.01, 0.1, len(made))
            sway = size[:, np.newaxis] * np.sin(np.arange(30))
            keypoints[:, :, INDEX[f"{side}_{joint}"], 0] += sway
            for muscle in muscles:
                channel = made.channel(f"{side}_{muscle}")
                level = (size / 0.05) ** sign
                emg[:, :, channel] = level[:, np.newaxis] * rng.uniform(5, 15, emg.shape[:2])
    return replace(made, keypoints=keypoints.astype(np.float32), emg=emg)


def problems(windows: WindowSet) -> list[str]:
    return [finding.what for finding in check_windows(windows) if finding.is_problem]


def change(windows: WindowSet, name: str, edit: Callable[[np.ndarray], None]) -> WindowSet:
    array = np.array(getattr(windows, name))
    edit(array)
    return replace(windows, **{name: array})


def test_a_good_set_has_no_problems() -> None:
    assert problems(window_set()) == []
    assert problems(moving()) == []
    assert problems(window_set(stride=7)) == []
    assert check_windows(window_set()) == ()


def exchange(windows: WindowSet, subject: int, muscle: str) -> WindowSet:
    left, right = windows.channel(f"left_{muscle}"), windows.channel(f"right_{muscle}")

    def swap(emg: np.ndarray) -> None:
        rows = np.flatnonzero(windows.subject == subject)[:, np.newaxis]
        emg[rows, :, [left, right]] = emg[rows, :, [right, left]]

    return change(windows, "emg", swap)


@pytest.mark.parametrize("muscle", ["biceps", "triceps", "quadriceps", "hamstrings"])
def test_exchanged_sides_are_found_in_one_subject_of_several(muscle: str) -> None:
    found = problems(exchange(moving(), 2, muscle))
    assert len(found) == 1
    assert f"carl: left and right {muscle} seem to be exchanged" in found[0]


def test_exchanged_arms_are_found_even_in_the_only_subject() -> None:
    alone = moving(("anna",))
    assert problems(alone) == []
    assert "anna: left and right biceps" in problems(exchange(alone, 0, "biceps"))[0]
    assert problems(exchange(alone, 0, "quadriceps")) == []  # nothing to hold it against


def test_two_subjects_whose_legs_contradict_each_other_are_both_named() -> None:
    found = problems(exchange(moving(("anna", "ben")), 0, "hamstrings"))
    assert [what.split(":")[0] for what in found] == ["anna", "ben"]
    assert all("may be exchanged, or those of another subject" in what for what in found)


def kill(emg: np.ndarray) -> None:
    emg[:30, :, 3] = 4


def cut_off(emg: np.ndarray) -> None:
    emg[:30, :, 3] = np.minimum(emg[:30, :, 3], 90)


def copy_channel(emg: np.ndarray) -> None:
    emg[:30, :, 3] = emg[:30, :, 5]


def not_a_number(emg: np.ndarray) -> None:
    emg[3, 4, 5] = np.nan


def below_zero(emg: np.ndarray) -> None:
    emg[3, 4, 5] = -1


def stand_still(keypoints: np.ndarray) -> None:
    keypoints[3:5] = keypoints[3:5, :1]


def repeat(array: np.ndarray) -> None:
    array[50] = array[3]


def same_moment(starts: np.ndarray) -> None:
    starts[1] = 0


@pytest.mark.parametrize(
    ("name", "edit", "says"),
    [
        ("emg", kill, "anna: left_hamstrings is dead, nearly always 4"),
        ("emg", cut_off, "anna: left_hamstrings is at 90, its end, 9%"),
        ("emg", copy_channel, "anna: left_hamstrings and right_triceps are the same signal"),
        ("emg", not_a_number, "1 windows have NaN or infinite numbers in emg"),
        ("emg", below_zero, "1 windows have sEMG below 0"),
        ("keypoints", stand_still, "In 2 windows no keypoint ever moves"),
        ("keypoints", repeat, "2 windows hold moments that another recording holds too: anna squat, ben skater"),
        ("start_step", same_moment, "2 different windows say that they are of the same moment"),
    ],
)
def test_every_kind_of_damage_is_named(name: str, edit, says: str) -> None:
    windows = window_set()
    found = problems(change(windows, name, edit))
    assert len(found) == 1
    assert says in found[0]


def test_channels_that_are_no_muscles_are_named() -> None:
    made = moving()
    about = replace(made.about, channels=("left_foot", *made.about.channels[1:]))
    assert any("got left_foot" in what for what in problems(replace(made, about=about)))


def test_windows_that_are_there_twice_are_found_once() -> None:
    windows = window_set()
    twice = change(change(windows, "keypoints", repeat), "emg", repeat)
    assert problems(twice) == ["2 windows are there more than once: anna squat, ben skater."]


def notes(windows: WindowSet) -> list[str]:
    return [finding.what for finding in check_windows(windows) if not finding.is_problem]


def test_gaps_and_imbalance_are_told_but_are_no_problem() -> None:
    windows = window_set()
    rows = np.ones(len(windows), np.bool_)
    rows[[3, 4]] = False  # six seconds of one recording
    rows[(windows.subject == 1) & (windows.exercise == 2)] = False
    rows[np.flatnonzero((windows.subject == 1) & (windows.exercise == 1))[1:]] = False
    fewer = windows.take(rows)
    assert problems(fewer) == []
    assert notes(fewer) == [
        "1 gap within recordings, 6 s that no window holds.",
        "ben did not do skater.",
        "ben has 1 windows of running, and 6 of others.",
    ]
    dense, sparse = window_set(("anna",), stride=5), window_set(("ben",), seed=1)
    arrays = {
        name: np.concatenate([getattr(dense, name), getattr(sparse, name)])
        for name in ("keypoints", "emg", "exercise", "start_step", "part")
    }
    n = len(dense)
    both = WindowSet(
        **arrays,
        joints=None,
        subject=np.repeat(np.array([0, 1], np.int16), [n, len(sparse)]),
        recording=np.concatenate([dense.recording, sparse.recording + 10]),
        about=replace(dense.about, subjects=("anna", "ben")),
    )
    assert notes(both) == ["anna has 85% of the windows and 50% of the time: weight by time."]
    far = change(windows, "keypoints", lambda points: points.__setitem__((7, 3, 2, 0), 1.7))
    assert notes(far) == ["1 windows have keypoints further outside than half the picture."]


def test_a_split_without_leaks_has_no_findings() -> None:
    windows = window_set(stride=5)
    for split in (
        in_distribution(windows),
        leave_exercise_out(windows, "squat"),
        leave_subject_out(windows, "ben"),
    ):
        assert check_split(windows, split) == ()


def test_leaks_are_found_by_time_and_by_content() -> None:
    windows = window_set(stride=5)
    split = in_distribution(windows)
    leaky = Split("mine", np.setdiff1d(np.arange(len(windows)), split.test), split.test)
    found = check_split(windows, leaky)
    assert [finding.kind for finding in found] == ["leak"]
    assert "30 windows that are learned from overlap in time" in found[0].what
    # The same windows, if the set did not say that they are of one recording.
    apart = replace(windows, recording=np.arange(len(windows), dtype=np.int32))
    found = check_split(apart, leaky)
    assert "30 windows that are learned from hold moments that held-out ones hold too" in found[0].what


def test_what_should_be_left_out_is_looked_for_on_both_sides() -> None:
    windows = window_set()
    known = in_distribution(windows)
    found = check_split(windows, replace(known, name="leave-exercise-out squat"))
    assert any("learns from it: squat, running, skater" in finding.what for finding in found if finding.is_problem)
    only_squat = np.flatnonzero(windows.exercise == 0)
    split = Split("mine", np.intersect1d(known.train, only_squat), known.test)
    what = [finding.what for finding in check_split(windows, split)]
    assert what == ["Judged by, but not learned from, though not meant to be left out: running, skater."]
    with pytest.raises(SplitError, match="of other windows"):
        check_split(windows, replace(known, data_sha256="a" * 64))


def test_moments_are_told_apart_by_their_keypoints() -> None:
    windows = window_set(stride=5)
    keys = content_keys(windows)
    assert np.array_equal(keys[1, :25], keys[0, 5:])
    assert len(np.unique(keys)) == 2 * 3 * 300
