"""Who learns from what: no motion is on both sides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.simulated_set import DataSetError
from mia_core.step_clip import StepClip
from tests.fakes.step_clips import make_step_clip


def steps_of(clips: tuple[StepClip, ...]) -> set[tuple[str, int]]:
    return {(clip.session, int(x)) for clip in clips for x in clip.keypoints_px[:, 0, 0]}


def check_apart(parts: Mapping[Part, tuple[StepClip, ...]]) -> None:
    seen = [steps_of(clips) for clips in parts.values()]
    assert all(seen)
    assert sum(map(len, seen)) == len(set.union(*seen))


def test_whole_exercises_go_one_way() -> None:
    names = [f"exercise_{number:02d}" for number in range(20)]
    clips = [make_step_clip(start_s=10.0 * i, exercise=name) for i, name in enumerate(names * 2)]
    parts = parts_of([*clips, make_step_clip(start_s=900.0, exercise="unlabelled")])
    check_apart(parts)
    exercises = {part: {clip.exercise for clip in found} for part, found in parts.items()}
    assert exercises[Part.HELD_OUT] == set(names[3::4])
    assert exercises[Part.CHOSEN_ON] == set(names[1::4])
    assert exercises[Part.LEARNED_FROM] == set(names[::2])


def test_a_film_that_is_shown_again_is_the_same_motion_again() -> None:
    clips = [make_step_clip(2000, repeats_after_s=60.0, exercise="squat")]
    clips += [make_step_clip(900, session="sub-P01_ses-2", repeats_after_s=60.0)]
    parts = parts_of(clips)
    check_apart(parts)
    phases = {part: {step % 600 for _, step in steps_of(found)} for part, found in parts.items()}
    assert not phases[Part.HELD_OUT] & (phases[Part.LEARNED_FROM] | phases[Part.CHOSEN_ON])
    assert phases[Part.HELD_OUT] == {step for part in (3, 7) for step in range(75 * part, 75 * part + 75)}


def test_without_exercises_whole_stretches_of_time_go_one_way() -> None:
    parts = parts_of([make_step_clip(1200, exercise="unlabelled")])
    check_apart(parts)
    assert {len(clip) for found in parts.values() for clip in found} == {150}
    assert sorted(clip.start_s for clip in parts[Part.HELD_OUT]) == [45.0, 105.0]


@pytest.mark.parametrize("n", [30, 300, 440])
def test_too_little_is_refused(n: int) -> None:
    with pytest.raises(DataSetError, match="too short to hold something out"):
        parts_of([make_step_clip(n, exercise="unlabelled")])


@settings(max_examples=30, deadline=None)
@given(
    starts=st.lists(st.integers(0, 3000), min_size=1, max_size=6, unique=True),
    film_s=st.sampled_from([0.0, 13.7, 60.0]),
    labelled=st.booleans(),
)
def test_parts_never_share_a_step_and_depend_on_the_data_alone(
    starts: list[int], film_s: float, labelled: bool
) -> None:
    clips = [
        make_step_clip(
            700,
            start_s=begin / 10,
            session=f"sub-P01_ses-{number}",
            repeats_after_s=film_s,
            exercise=f"own_{number}" if labelled else "unlabelled",
        )
        for number, begin in enumerate(starts)
    ]
    parts = parts_of(clips)
    check_apart(parts)
    again = parts_of(clips)
    assert {part: steps_of(found) for part, found in parts.items()} == {
        part: steps_of(found) for part, found in again.items()
    }
    for clip in (clip for found in parts.values() for clip in found):
        np.testing.assert_allclose(clip.keypoints_px[0, 0, 0], clip.start_s * 10, atol=0.01)
