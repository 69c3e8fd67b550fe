from dataclasses import astuple, fields

import numpy as np
import pytest

from mia_core.joints import JOINTS
from mia_core.muscles import MONTAGE, Side
from mia_core.simulation.body import HEEL_HEIGHT_M, STANDING_HIP_HEIGHT_M, MuscleBody
from mia_core.simulation.body_shape import BodyShape
from mia_core.simulation.emg_model import envelope
from mia_core.simulation.inverse_dynamics import explain
from mia_core.simulation.kinematics import configurations_of
from mia_core.skeleton import INDEX
from tests.simulation.performances import perform

GRAVITY = 9.81
UNEVEN = BodyShape(thigh=1.08, shank=0.95, foot=1.05, upper_arm=0.93, forearm=1.08, shoulders=1.08, mass=1.2)
SHAPES = {
    "small": BodyShape(*[0.92] * 8, mass=0.8),
    "uneven": UNEVEN,
    "drawn": BodyShape.draw(np.random.default_rng(3)),
}
each_shape = pytest.mark.parametrize("shaped", SHAPES, indirect=True)


@pytest.fixture(scope="module")
def shaped(request):
    return MuscleBody(shape=SHAPES[request.param])


@pytest.fixture(scope="module")
def usual():
    return perform("squat", 0).body


def postures(body, n=5):
    """The same joint angles for every body."""
    shares = np.random.default_rng(11).uniform(0.25, 0.75, (n, len(JOINTS)))
    for share in shares:
        configuration = body.neutral.copy()
        configuration[body.position_addresses] = body.ranges[:, 0] + share * np.ptp(body.ranges, axis=1)
        body.place(body.complete(configuration))
        body.mj.mj_tendon(body.model, body.data)
        body.mj.mj_transmission(body.model, body.data)
        yield configuration


def lengths_in_optimal_ones(body):
    rows = []
    for _ in postures(body):
        gain = body.model.actuator_gainprm[body.muscle_indices]
        shortest = body.model.actuator_lengthrange[body.muscle_indices, 0]
        length = body.data.actuator_length[body.muscle_indices]
        rows.append(gain[:, 0] + (length - shortest) / body.optimal_lengths_m)
    return np.array(rows)


def lever_arms(body, muscle, joint):
    column, row = 6 + JOINTS.index(joint), body.muscle_indices[body.muscles.index(muscle)]
    dense = np.zeros((body.model.nu, body.model.nv))
    arms = []
    for configuration in postures(body):
        data = body.data
        body.mj.mju_sparse2dense(
            dense, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind
        )
        arms.append(dense[row] @ body.reduction(configuration)[:, column])
    return np.array(arms)


def limb(body, a, b):
    body.place(body.complete(body.neutral.copy()))
    return float(np.linalg.norm(body.position(a) - body.position(b)))


@each_shape
def test_segments_are_as_long_as_the_shape_says(shaped, usual):
    shape = shaped.shape
    for ends, factor in {
        ("humerus_r", "ulna_r"): shape.upper_arm,
        ("ulna_l", "lunate_l"): shape.forearm,
        ("femur_l", "tibia_l"): shape.thigh,
        ("tibia_r", "talus_r"): shape.shank,
        ("talus_r", "toes_r"): shape.foot,
        ("femur_r", "femur_l"): shape.hips,
    }.items():
        assert limb(shaped, *ends) == pytest.approx(factor * limb(usual, *ends), rel=0.002)
    assert limb(shaped, "humerus_r", "humerus_l") == pytest.approx(
        shape.shoulders * limb(usual, "humerus_r", "humerus_l"), rel=0.03
    )
    assert limb(shaped, "pelvis", "torso") == pytest.approx(shape.trunk * limb(usual, "pelvis", "torso"), rel=0.03)
    assert shaped.mass_kg == pytest.approx(shape.mass * usual.mass_kg)


@each_shape
def test_muscles_work_at_the_same_relative_lengths(shaped, usual):
    difference = np.abs(lengths_in_optimal_ones(shaped) - lengths_in_optimal_ones(usual))
    assert np.percentile(difference, 95) < 0.01
    assert difference.max() < 0.03


@each_shape
def test_lever_arms_grow_with_the_bones_they_act_on(shaped, usual):
    for muscle, joint, factors in (
        ("vaslat_r", "knee_angle_r", (shaped.shape.thigh, shaped.shape.shank)),
        ("semimem_l", "knee_angle_l", (shaped.shape.thigh, shaped.shape.shank)),
        ("BRA", "elbow_flex_r", (shaped.shape.upper_arm, shaped.shape.forearm)),
        ("soleus_r", "ankle_angle_r", (shaped.shape.shank, shaped.shape.foot)),
    ):
        ratio = lever_arms(shaped, muscle, joint) / lever_arms(usual, muscle, joint)
        assert min(factors) - 0.03 < np.median(ratio) < max(factors) + 0.03


@each_shape
def test_any_body_squats_as_soundly_as_the_usual_one(shaped):
    usual = perform("squat", 0)
    configurations = configurations_of(shaped, usual.targets)
    effort = explain(shaped, configurations)
    weight = shaped.mass_kg * GRAVITY
    assert 0.97 <= effort.floor_force_n.sum(axis=1).mean() / weight <= 1.03
    assert effort.valid.all()
    root, usual_root = (np.sqrt((e.residual[:, :3] ** 2).sum(axis=1).mean()) for e in (effort, usual.effort))
    assert root < 1.5 * usual_root
    activation = envelope(shaped, effort)
    knee = configurations[:, shaped.position_addresses[JOINTS.index("knee_angle_l")]]
    for side in Side:
        quadriceps = activation[:, MONTAGE.names.index(f"{side}_quadriceps")]
        before = usual.activation[:, MONTAGE.names.index(f"{side}_quadriceps")]
        assert quadriceps[:6].mean() < before[:6].mean() + 0.02
        assert quadriceps[knee > np.radians(60)].mean() > 3 * quadriceps[:6].mean()
        heel = effort.joints_m[:, INDEX[f"{side}_heel"]]
        assert np.ptp(heel, axis=0).max() < 0.01
        assert abs(heel[:, 2].mean() - usual.effort.joints_m[:, INDEX[f"{side}_heel"], 2].mean()) < 0.003
    assert knee.max() == pytest.approx(usual.angle("knee_angle_l").max(), abs=np.radians(8))


def test_all_ones_are_the_model_as_it_comes(usual):
    assert usual.shape == BodyShape()
    assert usual.mass_kg == pytest.approx(84.27, abs=0.01)
    assert usual.standing_hip_height_m == pytest.approx(STANDING_HIP_HEIGHT_M)
    assert usual.heel_height_m == HEEL_HEIGHT_M
    fitted = perform("squat", 0).targets.fitted_to(usual)
    np.testing.assert_allclose(fitted.hip_height_m, perform("squat", 0).targets.hip_height_m, rtol=1e-12)
    assert limb(usual, "femur_r", "tibia_r") == pytest.approx(0.404, abs=0.002)


def test_drawn_shapes_stay_in_range_and_tall_bodies_are_long_in_most_segments():
    rng = np.random.default_rng(0)
    drawn = np.array([astuple(BodyShape.draw(rng)) for _ in range(400)])
    lengths, mass = drawn[:, :8], drawn[:, 8]
    assert 0.92 <= lengths.min() < 0.93
    assert 1.07 < lengths.max() <= 1.08
    assert 0.7 < mass.min() < 0.85
    assert 1.1 < mass.max() < 1.25
    between = np.corrcoef(lengths.T)[np.triu_indices(8, 1)]
    assert between.min() > 0.5
    assert between.max() < 0.9
    assert np.corrcoef(lengths.mean(axis=1), mass)[0, 1] > 0.4


@pytest.mark.parametrize("field", [field.name for field in fields(BodyShape)])
def test_impossible_shapes_are_refused(field):
    with pytest.raises(ValueError, match="between"):
        BodyShape(**{field: 0.1})
    with pytest.raises(ValueError, match="between"):
        BodyShape(**{field: float("nan")})
