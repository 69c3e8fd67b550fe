"""The paper's twenty exercises as motion scripts: one repetition each, with a random style.

Every script starts and ends in its own ready posture. The leading side does what the name says: it is the leg that
kicks, the arm that punches, the side that is lunged to. Durations are those of a brisk but relaxed person. The key
postures were chosen by hand, in an earlier trial of this simulator and by looking at its motions; they were not fitted
to muscle activity, but whoever chose them knew what the paper says of the muscles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mia_core.simulation import arm_exercises as arms
from mia_core.simulation import leg_exercises as legs
from mia_core.simulation.exercise_style import Style
from mia_core.simulation.posture import MotionScript

__all__ = ["SCRIPTS", "Style"]

SCRIPTS: Final[dict[str, Callable[[Style], MotionScript]]] = {
    script.__name__: script
    for script in (
        legs.jumping_jack, legs.high_kick, legs.leg_back, legs.front_kick, arms.front_punch, arms.hook_punch,
        arms.pirouette, legs.skater, arms.twist, legs.squat, legs.feet_cross, arms.elbow_punch, legs.side_shuffle,
        arms.batting, legs.side_lunge, legs.running, arms.ball_throw, arms.bowling, legs.knee_kick, arms.woodchop,
    )
}  # fmt: skip
"""Scripts by the names of `mia_core.exercises`, in their order."""
