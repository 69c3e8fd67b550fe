"""Repetitions of exercises through the whole chain, led by the left side, made once per test session."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from mia_core.joints import JOINTS
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.emg_model import envelope
from mia_core.simulation.exercise_scripts import SCRIPTS, Style
from mia_core.simulation.inverse_dynamics import Effort, explain
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.posture import MotionScript, Posture
from mia_core.simulation.targets import BodyTargets, targets_of

VARIANTS = 8


@dataclass(frozen=True)
class Performance:
    body: MuscleBody
    targets: BodyTargets
    configurations: np.ndarray
    effort: Effort
    activation: np.ndarray

    def angle(self, joint):
        return self.configurations[:, self.body.position_addresses[JOINTS.index(joint)]]


@cache
def _body():
    return MuscleBody()


@cache
def perform(exercise, variant):
    rng = np.random.default_rng([7, variant])
    style = Style(amplitude=rng.uniform(0.9, 1.1), tempo=rng.uniform(0.95, 1.25), variant=rng.random())
    script = SCRIPTS[exercise](style)
    whole = MotionScript(script.postures[0]).append(0.4, script.postures[0]).extend(script).append(0.4, script.last)
    whole = whole.mapped(Posture.swapped)
    targets = targets_of(whole, whole.duration_s)
    configurations = configurations_of(_body(), targets)
    effort = explain(_body(), configurations)
    return Performance(_body(), targets, configurations, effort, envelope(_body(), effort))
