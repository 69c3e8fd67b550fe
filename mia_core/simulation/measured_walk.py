"""Hold the simulator to a walk whose floor forces and sEMG were measured.

The walk is the one of OpenSim Moco's `example3DWalking` (data of Rajagopal et al. 2016, IEEE Trans Biomed Eng 63:2068):
1.3 s of one person, with the sEMG envelopes of the right leg. One person and one stride are an indication, no proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import ARM_JOINTS, JOINTS, SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import Muscle, Placement, Side
from mia_core.samples import Floats
from mia_core.simulation.body import FORWARD, RIGHT, UP, MuscleBody
from mia_core.simulation.emg_model import envelope
from mia_core.simulation.inverse_dynamics import CAPTURED_CONTACT, Effort, FloorForces, explain
from mia_core.simulation.kinematics import GRAVITY, smoothed
from mia_core.simulation.muscle_groups import leg_muscle_name
from mia_core.simulation.opensim_table import OpenSimTable, OpenSimTableError, read_opensim_table
from mia_core.simulation.retarget import lowest_points
from mia_core.simulation.shoulder import shoulder_angles

Array = NDArray[np.float64]

RATE_HZ: Final = 2 * MOTION_HZ
MAX_LEAD_S: Final = 0.117
"""sEMG is looked for up to so long before the simulated activation: the electromechanical delay, and the smoothing of
both."""
MEASURED_SIDE: Final = Side.RIGHT
MEASURED_MUSCLES: Final = {
    "medial_hamstrings": ("semimem", "semiten"),
    "biceps_femoris": ("bflh",),
    "vastus_lateralis": ("vaslat",),
    "vastus_medius": ("vasmed",),
    "rectus_femoris": ("recfem",),
    "gluteus_maximus": ("glmax1", "glmax2", "glmax3"),
    "gluteus_medius": ("glmed1", "glmed2", "glmed3"),
    "soleus": ("soleus",),
    "gastrocnemius": ("gasmed", "gaslat"),
    "tibialis_anterior": ("tibant",),
}
"""Columns of the measured sEMG and the model's muscles under those electrodes."""
MEASURED_CHANNELS: Final = {
    Placement(MEASURED_SIDE, Muscle.QUADRICEPS).name: ("vastus_lateralis", "vastus_medius", "rectus_femoris"),
    Placement(MEASURED_SIDE, Muscle.HAMSTRINGS).name: ("medial_hamstrings", "biceps_femoris"),
}
"""Channels of the paper that were measured, and the columns whose mean stands for each."""

_SPINE: Final = {  # coordinate and sign
    "flex_extension": ("lumbar_extension", 1.0),
    "lat_bending": ("lumbar_bending", 1.0),
    "axial_rotation": ("lumbar_rotation", -1.0),
}
_LIMBS: Final = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "elbow_flex")
_ARM: Final = ("arm_flex", "arm_add", "arm_rot")
_WORLD: Final[Array] = np.stack([FORWARD, UP, RIGHT], axis=1)
"""OpenSim's axes (forwards, up, to the right) in the world of `body`."""
_EDGE_S: Final = 0.01  # of the coordinates, left out
_MIN_FORCE_N: Final = 20.0
_FLOOR_PERCENTILE: Final = 10.0
_COMPARED_BELOW_HZ: Final = 6.0


@dataclass(frozen=True, slots=True)
class MuscleAgreement:
    """How one muscle's simulated activation goes with its measured envelope.

    Attributes:
        r0: Pearson correlation at the same time.
        best_r: The highest one with the sEMG up to `MAX_LEAD_S` ahead. It is picked afterwards, so it flatters.
        lead_s: How far ahead the sEMG is there.
    """

    r0: float
    best_r: float
    lead_s: float


@dataclass(frozen=True, slots=True)
class MeasuredWalkResult:
    """The walk through the simulator, with the measured floor forces and with its own.

    T frames at 30 Hz.

    Attributes:
        agreement: By column of the measured sEMG, with measured floor forces.
        own_agreement: The same with floor forces that the simulator finds itself.
        floor_force_r: Correlation of the whole vertical force that it finds with the measured one.
        times_s: (T,) of the recording.
        joints_m: (T, 25, 3) BODY_25 positions.
        activation: (T, 8) simulated envelopes, channels of `MONTAGE`, by measured floor forces.
        measured: By name of a channel, (T,) measured envelope relative to its largest value.
        valid: (T,) whether the physics add up.
    """

    agreement: dict[str, MuscleAgreement]
    own_agreement: dict[str, MuscleAgreement]
    floor_force_r: float
    times_s: Array
    joints_m: Floats
    activation: Floats
    measured: dict[str, Array]
    valid: NDArray[np.bool_]


def check_measured_walk(folder: Path, body: MuscleBody) -> MeasuredWalkResult:
    """Simulate the measured walk and compare with its sEMG.

    Args:
        folder: Holds `coordinates.sto`, `grf_walk.mot` and `electromyography.sto`.
        body: The muscle model; floor forces are scaled to its weight.

    Raises:
        OpenSimTableError: A file is missing, damaged or of something else.
    """
    coordinates, forces, emg = (
        read_opensim_table(folder / name) for name in ("coordinates.sto", "grf_walk.mot", "electromyography.sto")
    )
    times = _times(coordinates)
    configurations = walk_configurations(body, coordinates, times)
    measured = _floor_forces(body, forces, times)
    effort = explain(body, configurations, measured, RATE_HZ)
    own = explain(body, configurations, None, RATE_HZ, CAPTURED_CONTACT)
    totals = (own.floor_force_n.sum(axis=1), measured.force_n[:, :, 2].sum(axis=1))
    every = slice(None, None, round(RATE_HZ / MOTION_HZ))
    return MeasuredWalkResult(
        agreement=_agreement(body, effort, emg, times),
        own_agreement=_agreement(body, own, emg, times),
        floor_force_r=_correlation(*totals),
        times_s=times[every],
        joints_m=effort.joints_m[every].astype(np.float32),
        activation=envelope(body, effort)[every],
        measured={name: emg.at(times[every], *columns).mean(axis=1) for name, columns in MEASURED_CHANNELS.items()},
        valid=effort.valid[every],
    )


def walk_configurations(body: MuscleBody, coordinates: OpenSimTable, times_s: Array) -> Array:
    """Return (T, 129) configurations of the body at 60 Hz from coordinates of a full-body OpenSim model.

    The coordinates are those of Rajagopal's model; each drives the joint of the same meaning. The whole is lowered or
    lifted once, because the body's legs are not as long as the person's; more would add forces of its own.

    Args:
        body: The muscle model.
        coordinates: Values in radians and metres.
        times_s: (T,) with steps of 1/60 s.

    Raises:
        OpenSimTableError: Angles are in degrees, a coordinate is missing, or the times are not covered.
    """
    if coordinates.in_degrees:
        raise OpenSimTableError(coordinates.path, "its angles are in degrees, not in radians")
    configurations = np.tile(body.neutral, (len(times_s), 1))
    configurations[:, :3] = coordinates.at(times_s, "pelvis_tx", "pelvis_ty", "pelvis_tz") @ _WORLD.T
    configurations[:, 3:7] = _pelvis_quaternions(coordinates, times_s)
    limbs = {f"{name}_{side[0]}": (f"{name}_{side[0]}", 1.0) for side in SIDES for name in _LIMBS}
    for joint, (column, sign) in (_SPINE | limbs).items():
        angle = sign * coordinates.at(times_s, column)[:, 0]
        configurations[:, body.position_addresses[JOINTS.index(joint)]] = angle
    for side in SIDES:
        addresses = [body.position_addresses[JOINTS.index(f"{name}_{side[0]}")] for name in ARM_JOINTS[:3]]
        configurations[:, addresses] = _shoulder(coordinates, times_s, side)
    result = smoothed(body, configurations, RATE_HZ)
    result[:, 2] -= np.percentile(lowest_points(body, result), _FLOOR_PERCENTILE)
    return result


def _pelvis_quaternions(coordinates: OpenSimTable, times_s: Array) -> Array:
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_euler("ZXY", coordinates.at(times_s, "pelvis_tilt", "pelvis_list", "pelvis_rotation"))
    in_world = Rotation.from_matrix(_WORLD @ turns.as_matrix() @ _WORLD.T)
    return np.asarray(in_world.as_quat()[:, [3, 0, 1, 2]])


def _shoulder(coordinates: OpenSimTable, times_s: Array, side: Side) -> Array:
    from scipy.spatial.transform import Rotation

    columns = (f"{name}_{side[0]}" for name in _ARM)
    return shoulder_angles(Rotation.from_euler("ZXY", coordinates.at(times_s, *columns)))


def _times(coordinates: OpenSimTable) -> Array:
    start, stop = coordinates.times_s[0] + _EDGE_S, coordinates.times_s[-1] - _EDGE_S
    return np.asarray(np.arange(start, stop, 1.0 / RATE_HZ))


def _floor_forces(body: MuscleBody, table: OpenSimTable, times_s: Array) -> FloorForces:
    """Return the measured forces in the body's world, as large as its weight asks for."""
    force, point = (
        np.stack([table.at(times_s, *_force_columns(side, kind)) @ _WORLD.T for side in SIDES], axis=1) for kind in "vp"
    )
    force = np.where(force[:, :, 2:] < _MIN_FORCE_N, 0.0, force)
    force *= body.mass_kg * GRAVITY / force[:, :, 2].sum(axis=1).mean()
    point[:, :, 2] = 0.0
    return FloorForces(force, np.where(force[:, :, 2:] > 0.0, point, 0.0))


def _force_columns(side: Side, kind: str) -> tuple[str, ...]:
    return tuple(f"ground_force_{side[0]}_{kind}{axis}" for axis in "xyz")


def _agreement(body: MuscleBody, effort: Effort, emg: OpenSimTable, times_s: Array) -> dict[str, MuscleAgreement]:
    leads = np.arange(0.0, MAX_LEAD_S, 0.5 / RATE_HZ)
    found = {}
    for column, muscles in MEASURED_MUSCLES.items():
        names = [body.muscles.index(leg_muscle_name(muscle, MEASURED_SIDE)) for muscle in muscles]
        simulated = _low_pass(effort.activation[:, names].mean(axis=1))
        r = [_correlation(simulated, _low_pass(emg.at(times_s - lead, column)[:, 0])) for lead in leads]
        best = int(np.argmax(r))
        found[column] = MuscleAgreement(r[0], r[best], float(leads[best]))
    return found


def _low_pass(values: Array) -> Array:
    from scipy.signal import butter, sosfiltfilt

    sos = butter(2, _COMPARED_BELOW_HZ / (RATE_HZ / 2), output="sos")
    return np.asarray(sosfiltfilt(sos, values, padlen=12))


def _correlation(one: Array, other: Array) -> float:
    return float(np.corrcoef(one, other)[0, 1])
