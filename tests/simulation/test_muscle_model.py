import mujoco
import musclemimic_models
import numpy as np
import pytest

from mia_core.simulation.muscle_model import load_muscle_model


@pytest.fixture(scope="module")
def whole():
    return musclemimic_models.load("myofullbody")[0]


@pytest.fixture(scope="module")
def reduced():
    return load_muscle_model()[0]


def test_it_keeps_the_muscles_of_both_legs_and_arms():
    _, muscles = load_muscle_model()
    assert len(muscles) == len(set(muscles)) == 132
    assert muscles[0] == "addbrev_r"
    assert {"vaslat_l", "semimem_r", "BIClong", "TRIlat_left"} <= set(muscles)


@pytest.mark.parametrize(
    "name", ["body_mass", "body_inertia", "body_ipos", "jnt_range", "eq_data", "dof_damping", "qpos0"]
)
def test_bodies_and_joints_are_those_of_the_whole_model(whole, reduced, name):
    np.testing.assert_allclose(getattr(reduced, name), getattr(whole, name), atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_muscles_are_as_long_and_as_strong_as_in_the_whole_model(whole, reduced, seed):
    _, muscles = load_muscle_model()
    posture = whole.qpos0.copy()
    posture[7:] += np.random.default_rng(seed).normal(0.0, 0.2, whole.nq - 7)
    found = []
    for model in (whole, reduced):
        data = mujoco.MjData(model)
        data.qpos[:] = posture
        data.act[:] = 0.7
        mujoco.mj_forward(model, data)
        numbers = [model.actuator(muscle).id for muscle in muscles]
        found.append((data.actuator_length[numbers], data.actuator_force[numbers]))
    np.testing.assert_allclose(found[1][0], found[0][0], atol=2e-6)
    np.testing.assert_allclose(found[1][1], found[0][1], rtol=1e-3, atol=0.2)
