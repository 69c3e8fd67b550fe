"""The full-body muscle model in reduced coordinates: kinematics, contact points and BODY_25 joint positions.

The model is MyoFullBody from the `musclemimic_models` package (Apache-2.0): 102 bodies, 84 kg, and here 132 of its 416
muscles. Its spine, shoulder girdles and knees follow a few coordinates through polynomials; only those few are kept.

Axes of the world: x to the subject's left, y backwards, z up; metres, newtons, radians.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import JOINTS, SIDES
from mia_core.muscles import Side
from mia_core.simulation.body_shape import MODEL_SHAPE, BodyShape, scale_muscles, scale_skeleton
from mia_core.simulation.muscle_model import load_muscle_model
from mia_core.skeleton import INDEX, N_KEYPOINTS

Array = NDArray[np.float64]

RIGHT: Final[Array] = np.array([-1.0, 0.0, 0.0])
FORWARD: Final[Array] = np.array([0.0, -1.0, 0.0])
UP: Final[Array] = np.array([0.0, 0.0, 1.0])

N_COORDINATES: Final = 6 + len(JOINTS)
"""Reduced velocity coordinates: six of the pelvis, then `JOINTS`."""

STANDING_HIP_HEIGHT_M: Final = 0.856
"""Height of the hip joints above the floor with straight knees, for a body of the default shape as all measures here.
Lower, and the quadriceps idle at 12 to 16 %."""
HEEL_HEIGHT_M: Final = 0.012
"""Height of the heel body's origin above the floor in flat stance."""

_DAMPING_SCALE: Final = 0.1  # the model's 0.5 Nms/rad serves its integrator's stability; passive human joints have less
_PHANTOM_MASS_KG: Final = 0.005  # bodies lighter than this only carry joints or attachments
_PHANTOM_INERTIA_KG_M2: Final = 1e-5
_SCALING_POSTURES: Final = 24
_CONTACT_OFFSETS: Final = {  # (body, outwards, forwards, up) in metres from the body's origin in neutral stance
    "calcn": ((0.022, 0.0, -0.012), (-0.022, 0.0, -0.012), (0.04, 0.155, -0.012), (-0.035, 0.165, -0.012)),
    "toes": ((0.0, 0.06, -0.010),),
}
_JOINT_CENTRES: Final = {
    "shoulder": "humerus",
    "elbow": "ulna",
    "wrist": "lunate",
    "hip": "femur",
    "knee": "tibia",
    "ankle": "talus",
}
_HEAD_POINTS: Final = {  # (to the subject's right, forwards, up) in metres from the head body's origin
    "nose": (0.0, 0.105, 0.035),
    "right_eye": (0.032, 0.082, 0.070),
    "left_eye": (-0.032, 0.082, 0.070),
    "right_ear": (0.074, 0.0, 0.050),
    "left_ear": (-0.074, 0.0, 0.050),
}
_FOOT_POINTS: Final = {"heel": (0.0, -0.020, -0.005), "big_toe": (-0.015, 0.235, -0.002)}  # (outwards, forwards, up)


class MuscleBody:
    """The muscle model and a place to compute in; not for two threads at once.

    Args:
        strength: Factor on every muscle's maximal force.
        shape: Lengths of the segments, and the mass.

    Attributes:
        model: The MuJoCo model, with the muscles of legs and arms only.
        data: The MuJoCo data; positions are those of the last `place`.
        shape: As given.
        standing_hip_height_m: Height of the hip joints above the floor with straight knees.
        heel_height_m: Height of the heel body's origin above the floor in flat stance.
        leg_scale: Standing hip height relative to that of the default shape.
        neutral: (129,) configuration standing upright.
        muscles: Names of the muscles that are solved for: both legs and both arms.
        muscle_indices: Their actuator indices.
        mass_kg: Mass of the whole body.

    Raises:
        MissingExtraError: The optional simulation packages are not installed.
    """

    def __init__(self, strength: float = 1.0, shape: BodyShape = MODEL_SHAPE) -> None:
        self.model, self.muscles = load_muscle_model()
        import mujoco

        self._mj = mujoco
        self.data = mujoco.MjData(self.model)
        self.shape = shape
        self._soften()
        joints = [self.model.joint(name) for name in JOINTS]
        self.position_addresses = np.array([joint.qposadr[0] for joint in joints])
        self.velocity_addresses = np.array([joint.dofadr[0] for joint in joints])
        self.ranges: Array = np.array([joint.range for joint in joints])
        self._take_shape(strength)
        self.neutral: Array = self.model.qpos0.copy()
        self.mass_kg = float(self.model.body_mass.sum())
        self._read_muscles()
        self._read_frames()

    def _soften(self) -> None:
        """Leave only what inverse dynamics needs: no contacts, limits or springs of the model's own."""
        flags = self._mj.mjtDisableBit
        self.model.opt.disableflags |= int(
            flags.mjDSBL_CONTACT | flags.mjDSBL_EQUALITY | flags.mjDSBL_LIMIT | flags.mjDSBL_ACTUATION
        )
        self.model.dof_damping[:] *= _DAMPING_SCALE
        self.model.jnt_stiffness[:] = 0.0
        # The weightless bodies within the shoulder carry 1 kg m^2 each, several times the whole arm's, for the same
        # reason as the damping. They made the arms' muscles work against masses that aren't there.
        phantoms = self.model.body_mass < _PHANTOM_MASS_KG
        self.model.body_inertia[phantoms] = np.minimum(self.model.body_inertia[phantoms], _PHANTOM_INERTIA_KG_M2)

    def _take_shape(self, strength: float) -> None:
        self._read_couplings()
        legs, lengths = self._leg_length(), self._muscle_lengths()
        scale_skeleton(self._mj, self.model, self.data, self.shape)
        self._read_couplings()
        scale_muscles(self.model, lengths, self._muscle_lengths(), strength * self.shape.mass)
        self.heel_height_m = HEEL_HEIGHT_M * self.shape.foot
        above_heel = (STANDING_HIP_HEIGHT_M - HEEL_HEIGHT_M) * self._leg_length() / legs
        self.standing_hip_height_m = above_heel + self.heel_height_m
        self.leg_scale = self.standing_hip_height_m / STANDING_HIP_HEIGHT_M

    def _leg_length(self) -> float:
        """Return the height of a hip over its heel, standing upright."""
        self.place(self.model.qpos0)
        hip, heel = (self.data.xpos[self.model.body(name).id] for name in ("femur_r", "calcn_r"))
        return float(hip[2] - heel[2])

    def _muscle_lengths(self) -> Array:
        """Return (postures, n_actuators) muscle-tendon lengths in postures spread over the joints' ranges."""
        shares = np.random.default_rng(0).uniform(0.2, 0.8, (_SCALING_POSTURES, len(JOINTS)))
        lengths = np.empty((_SCALING_POSTURES, self.model.nu))
        for row, share in zip(lengths, shares, strict=True):
            posture = self.model.qpos0.copy()
            posture[self.position_addresses] = self.ranges[:, 0] + share * np.ptp(self.ranges, axis=1)
            self.place(self.complete(posture))
            self._mj.mj_tendon(self.model, self.data)
            self._mj.mj_transmission(self.model, self.data)
            row[:] = self.data.actuator_length
        return lengths

    def _read_couplings(self) -> None:
        model = self.model
        free = {model.joint(name).id: column for column, name in enumerate(JOINTS)}
        rows = [
            i
            for i in range(model.neq)
            if model.eq_type[i] == self._mj.mjtEq.mjEQ_JOINT and int(model.eq_obj2id[i]) in free
        ]
        dependent, leader = model.eq_obj1id[rows], model.eq_obj2id[rows]
        self._dependent_positions = model.jnt_qposadr[dependent]
        self._dependent_velocities = model.jnt_dofadr[dependent]
        self._leader_positions = model.jnt_qposadr[leader]
        self._leader_columns = np.array([6 + free[int(joint)] for joint in leader])
        self._coefficients: Array = model.eq_data[rows, :5].T.copy()
        self._free_reduction = np.zeros((model.nv, N_COORDINATES))
        self._free_reduction[np.arange(6), np.arange(6)] = 1.0
        self._free_reduction[self.velocity_addresses, np.arange(6, N_COORDINATES)] = 1.0

    def _read_muscles(self) -> None:
        self.muscle_indices = np.array([self.model.actuator(name).id for name in self.muscles])
        gain = self.model.actuator_gainprm[self.muscle_indices]
        span = np.diff(self.model.actuator_lengthrange[self.muscle_indices], axis=1)[:, 0]
        self.optimal_lengths_m: Array = span / (gain[:, 1] - gain[:, 0])

    def _read_frames(self) -> None:
        """Fix contact points and keypoints to their bodies, read off in the upright neutral configuration."""
        self.place(self.neutral)
        self._factors = self.shape.body_factors(self.model)
        self._ids = {
            f"{name}_{side[0]}": self.model.body(f"{name}_{side[0]}").id
            for name in ("femur", "tibia", "talus", "calcn", "toes", "humerus", "ulna", "lunate")
            for side in SIDES
        } | {name: self.model.body(name).id for name in ("head", "pelvis", "torso")}
        self.heel_orientation = {side: self.rotation(f"calcn_{side[0]}") for side in SIDES}
        self.contact_points = [
            (self._ids[f"{name}_{side[0]}"], self._local(f"{name}_{side[0]}", (side, *offset)))
            for side in SIDES
            for name, offsets in _CONTACT_OFFSETS.items()
            for offset in offsets
        ]
        fixed = {name: ("head", self._local("head", (Side.RIGHT, *offset))) for name, offset in _HEAD_POINTS.items()}
        for side in SIDES:
            heel = f"calcn_{side[0]}"
            points = {name: self._local(heel, (side, *offset)) for name, offset in _FOOT_POINTS.items()}
            fixed |= {f"{side}_{name}": (heel, local) for name, local in points.items()}
            fixed[f"{side}_small_toe"] = (heel, points["big_toe"])
        self._fixed_keypoints = np.array([INDEX[name] for name in fixed])
        self._fixed_bodies = np.array([self._ids[body] for body, _ in fixed.values()])
        self._fixed_offsets = np.array([local for _, local in fixed.values()])[:, :, None]
        self._centre_keypoints = np.array([INDEX[f"{side}_{joint}"] for side in SIDES for joint in _JOINT_CENTRES])
        self._centre_bodies = np.array(
            [self._ids[f"{body}_{side[0]}"] for side in SIDES for body in _JOINT_CENTRES.values()]
        )

    def _local(self, body: str, offset: tuple[Side, float, float, float]) -> Array:
        """Return an offset (side, outwards, forwards, up) from a body's origin, scaled, in that body's own axes."""
        side, out, forward, up = offset
        world = (out if side is Side.RIGHT else -out) * RIGHT + forward * FORWARD + up * UP
        return np.asarray(self._factors[self._ids[body]] * (self.rotation(body).T @ world))

    def sole_points(self) -> Array:
        """Return (2, 3, 2): right and left foot; x, y, z in the heel body's axes; heel and toe keypoint."""
        places = [
            [self._fixed_keypoints.tolist().index(INDEX[f"{side}_{name}"]) for name in _FOOT_POINTS] for side in SIDES
        ]
        return np.asarray(self._fixed_offsets[places, :, 0].swapaxes(1, 2))

    def sole_lifts_m(self) -> Array:
        """Return how high heel and toe keypoints are above the heel body's origin in flat stance, (2,) metres."""
        return np.array([up for _, _, up in _FOOT_POINTS.values()]) * self.shape.foot

    def body_id(self, name: str) -> int:
        """Return the model's number of a body such as `femur_l`."""
        return int(self._ids[name])

    def position(self, body: str) -> Array:
        """Return the (3,) origin of a body in the world, metres."""
        return np.array(self.data.xpos[self._ids[body]])

    def rotation(self, body: str) -> Array:
        """Return the (3, 3) orientation of a body in the world."""
        return np.array(self.data.xmat[self._ids[body]]).reshape(3, 3)

    def complete(self, configuration: Array) -> Array:
        """Set the dependent joints of (..., 129) configurations from the free ones, in place."""
        c, x = self._coefficients, configuration[..., self._leader_positions]
        configuration[..., self._dependent_positions] = c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * c[4])))
        return configuration

    def reduction(self, configuration: Array) -> Array:
        """Return the (128, `N_COORDINATES`) map from reduced to full velocities at a configuration."""
        c, x = self._coefficients, configuration[self._leader_positions]
        reduction = self._free_reduction.copy()
        slope = c[1] + x * (2 * c[2] + x * (3 * c[3] + x * 4 * c[4]))
        reduction[self._dependent_velocities, self._leader_columns] = slope
        return reduction

    def place(self, configuration: Array) -> None:
        """Put the body into a (129,) configuration: body frames and centre of mass are valid afterwards."""
        self.data.qpos[:] = configuration
        self._mj.mj_kinematics(self.model, self.data)
        self._mj.mj_comPos(self.model, self.data)

    def keypoints(self) -> Array:
        """Return the (25, 3) BODY_25 positions in metres of the configuration in place.

        Hips, knees, ankles, shoulders, elbows and wrists are joint centres; neck and mid-hip are midpoints and the
        small toes repeat the big toes, as the detector's mapping has them.
        """
        points = np.empty((N_KEYPOINTS, 3))
        points[self._centre_keypoints] = self.data.xpos[self._centre_bodies]
        turns = self.data.xmat[self._fixed_bodies].reshape(-1, 3, 3)
        points[self._fixed_keypoints] = self.data.xpos[self._fixed_bodies] + (turns @ self._fixed_offsets)[:, :, 0]
        points[INDEX["neck"]] = (points[INDEX["left_shoulder"]] + points[INDEX["right_shoulder"]]) / 2
        points[INDEX["mid_hip"]] = (points[INDEX["left_hip"]] + points[INDEX["right_hip"]]) / 2
        return points

    def joint_columns(self, names: tuple[str, ...]) -> NDArray[np.intp]:
        """Return the columns of joints in reduced coordinates."""
        return np.array([6 + JOINTS.index(name) for name in names])

    @property
    def mj(self) -> Any:
        """The MuJoCo module, imported once here because it is an optional extra."""
        return self._mj
