"""Shapes of bodies: how long the segments of a simulated person are, and how heavy the person is.

A segment is scaled as a whole, so that bones keep their proportions, wrapping surfaces stay spheres and cylinders, and
a muscle's lever arms grow with the segments it crosses.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from mia_core.muscles import Side

Array = NDArray[np.float64]

_STATURE_SPREAD: Final = 0.05
_SEGMENT_SPREAD: Final = 0.03
"""Together at most 8 %: about two standard deviations of the stature of adults of one sex, and half as much for the
length of one segment relative to the others (Winter, Biomechanics and Motor Control, after Drillis and Contini)."""
_BUILD_RANGE: Final = (0.82, 1.12)
"""Mass relative to one that grows with the square of the stature; the model at 1 is rather heavy."""

_FIRST_BODY: Final = {  # where each segment begins; everything further out belongs to it
    "hips": "Full Body",
    "trunk": "lumbar5",
    "shoulders": "clavicle_{side}",
    "upper_arm": "humphant_{side}",
    "forearm": "ulna_{side}",
    "thigh": "femur_{side}",
    "shank": "tibia_{side}",
    "foot": "talus_{side}",
}
_HEAD: Final = "head"
_LENGTH_NOISE_M: Final = 0.003  # a change of a muscle's length below this says little about its slope


@dataclass(frozen=True, slots=True)
class BodyShape:
    """Factors on the model's own measures; all 1 is the model as it comes. Both sides are alike.

    Attributes:
        thigh: Femur and patella.
        shank: Tibia.
        foot: Foot with the ankle.
        upper_arm: Humerus.
        forearm: Forearm with the hand.
        trunk: Spine, ribcage and neck; the head keeps its size, which hardly varies between adults.
        shoulders: Collar bones and shoulder blades, and with them the breadth of the shoulders.
        hips: Pelvis, and with it the distance between the hip joints.
        mass: Mass of the whole body. Muscles are stronger in the same proportion, since their volume grows with mass
            times height (Handsfield et al. 2014, J Biomech 47:631) and their length with height.
    """

    thigh: float = 1.0
    shank: float = 1.0
    foot: float = 1.0
    upper_arm: float = 1.0
    forearm: float = 1.0
    trunk: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    mass: float = 1.0

    def __post_init__(self) -> None:
        if not all(0.5 <= factor <= 2.0 for factor in astuple(self)):
            raise ValueError(f"Factors of a body's shape lie between 0.5 and 2, not {astuple(self)}.")

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Draw a shape at random: lengths within 8 % of the model's, tall bodies being longer in most segments."""
        stature = 1.0 + rng.uniform(-_STATURE_SPREAD, _STATURE_SPREAD)
        thigh, shank, foot, upper_arm, forearm, trunk, shoulders, hips = (
            float(factor) for factor in stature + rng.uniform(-_SEGMENT_SPREAD, _SEGMENT_SPREAD, 8)
        )
        return cls(
            thigh=thigh,
            shank=shank,
            foot=foot,
            upper_arm=upper_arm,
            forearm=forearm,
            trunk=trunk,
            shoulders=shoulders,
            hips=hips,
            mass=float(stature**2 * rng.uniform(*_BUILD_RANGE)),
        )

    def body_factors(self, model: Any) -> Array:
        """Return the (n_bodies,) factor on lengths within every body of a MuJoCo model."""
        own = {_HEAD: 1.0}
        for segment, name in _FIRST_BODY.items():
            own |= {name.format(side=side[0]): getattr(self, segment) for side in Side}
        factors = np.ones(model.nbody)
        for body in range(1, model.nbody):  # parents come first
            factors[body] = own.get(model.body(body).name, factors[model.body_parentid[body]])
        return factors


MODEL_SHAPE: Final = BodyShape()
"""The model as it comes."""


def scale_skeleton(mujoco: Any, model: Any, data: Any, shape: BodyShape) -> None:
    """Give a model the lengths and masses of a shape, in place; its muscles' working ranges stay as they were.

    A segment's share of the mass grows with its length: how stout a body is, is left to the mass of the whole.

    Args:
        mujoco: The MuJoCo module.
        model: The model.
        data: Data of the model, left in its reference configuration.
        shape: What it should become.
    """
    factors = shape.body_factors(model)
    parents = factors[model.body_parentid]
    before = model.body_mass.copy()
    mass = before * factors
    mass *= shape.mass * before.sum() / mass.sum()
    heavier = np.divide(mass, before, out=np.ones_like(mass), where=before > 0)
    model.body_mass[:] = mass
    model.body_inertia[:] *= (heavier * factors**2)[:, None]
    model.body_pos[:] *= parents[:, None]
    model.body_ipos[:] *= factors[:, None]
    model.jnt_pos[:] *= factors[model.jnt_bodyid, None]
    model.site_pos[:] *= factors[model.site_bodyid, None]
    model.geom_pos[:] *= factors[model.geom_bodyid, None]
    model.geom_size[:] *= factors[model.geom_bodyid, None]
    _scale_slides(mujoco, model, parents[model.jnt_bodyid])
    mujoco.mj_setConst(model, data)


def _scale_slides(mujoco: Any, model: Any, factors: Array) -> None:
    """Scale the joints that shift a bone along its parent, such as those of the knee, by the parent's factor."""
    slides = model.jnt_type == mujoco.mjtJoint.mjJNT_SLIDE
    model.jnt_range[slides] *= factors[slides, None]
    addresses = model.jnt_qposadr[slides]
    model.qpos0[addresses] *= factors[slides]
    coupled = (model.eq_type == mujoco.mjtEq.mjEQ_JOINT) & slides[model.eq_obj1id]
    model.eq_data[coupled, :5] *= factors[model.eq_obj1id[coupled], None]


def scale_muscles(model: Any, before_m: Array, after_m: Array, strength: float) -> None:
    """Let every muscle work at the same lengths, relative to its optimal one, as before its path was scaled.

    A muscle-tendon unit of a scaled body is a longer or shorter copy: its length is mapped to the old one by a straight
    line through several postures, held to mere proportion where a muscle hardly moves.

    Args:
        model: The model, changed in place.
        before_m: (postures, n_actuators) lengths before scaling.
        after_m: Lengths in the same postures after scaling.
        strength: Factor on the maximal forces.
    """
    mean_before, mean_after = before_m.mean(axis=0), after_m.mean(axis=0)
    deviation = before_m - mean_before
    ratio = mean_after / mean_before
    trust = len(before_m) * _LENGTH_NOISE_M**2
    slope = (deviation * (after_m - mean_after)).sum(axis=0) + trust * ratio
    slope /= (deviation**2).sum(axis=0) + trust
    model.actuator_lengthrange[:] = mean_after[:, None] + slope[:, None] * (
        model.actuator_lengthrange - mean_before[:, None]
    )
    model.actuator_gainprm[:, 2] *= strength
    model.actuator_biasprm[:, 2] *= strength
