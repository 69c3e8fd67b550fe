"""The twenty exercises of the paper (section 3.1), with a prompt for the subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    Attributes:
        name: Identifier used in files, such as `side_lunge`.
        label: Name for people, such as `Side lunge`.
        prompt: One sentence that tells a subject what to do.
    """

    name: str
    label: str
    prompt: str


def _exercise(label: str, prompt: str) -> Exercise:
    return Exercise(label.lower().replace(" ", "_"), label, prompt)


EXERCISES: Final = tuple(
    _exercise(*text)
    for text in (
        ("Jumping jack", "Jump the feet apart while the arms swing overhead, then jump back."),
        ("High kick", "Swing one straight leg up in front as high as is comfortable."),
        ("Leg back", "Stand on one leg and swing the other one straight back."),
        ("Front kick", "Lift one knee, then snap the lower leg forward."),
        ("Front punch", "From a guard, punch straight ahead and come back."),
        ("Hook punch", "From a guard, swing a bent arm across in front of the chest."),
        ("Pirouette", "Push off and turn once around on one leg."),
        ("Skater", "Step sideways and cross the free leg behind the standing one."),
        ("Twist", "With the elbows at shoulder height, turn the trunk left and right."),
        ("Squat", "Bend hips and knees as if to sit, then stand up."),
        ("Feet cross", "Step one foot across in front of the other and back, in turns."),
        ("Elbow punch", "With the elbow at shoulder height, strike backwards with it."),
        ("Side shuffle", "In a low stance, take quick side steps to one side and back."),
        ("Batting", "Swing an imaginary bat with both hands."),
        ("Side lunge", "Take a wide step to one side and bend that knee."),
        ("Running", "Run on the spot."),
        ("Ball throw", "Step forward and throw an imaginary ball overhand."),
        ("Bowling", "Swing one arm back, step, and roll an imaginary ball."),
        ("Knee kick", "Drive one knee up in front."),
        ("Woodchop", "Swing both hands from high on one side to low on the other."),
    )
)
EXERCISE_NAMES: Final = tuple(exercise.name for exercise in EXERCISES)

HELD_OUT_EXERCISES: Final = ("elbow_punch", "knee_kick", "skater", "batting")
"""Never shown to a shipped model in training, so that what it makes of an unknown exercise can be judged."""
