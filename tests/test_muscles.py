from __future__ import annotations

import pytest

from mia_core.muscles import Muscle, in_short


@pytest.mark.parametrize(
    ("muscles", "text"),
    [
        (("left_triceps",), "left triceps"),
        (("left_triceps", "right_hamstrings"), "2 of 8 muscles"),
        (("left_quadriceps", "left_hamstrings", "right_quadriceps", "right_hamstrings"), "legs"),
    ],
)
def test_muscles_in_short(muscles: tuple[str, ...], text: str) -> None:
    assert in_short(muscles) == text


def test_antagonists_lie_on_the_other_side_of_the_same_limb():
    assert [muscle.antagonist for muscle in Muscle] == [
        Muscle.TRICEPS,
        Muscle.BICEPS,
        Muscle.HAMSTRINGS,
        Muscle.QUADRICEPS,
    ]
