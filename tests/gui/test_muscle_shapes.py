from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.muscle_shapes import muscle_polygon
from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.samples import Floats
from mia_core.skeleton import INDEX, MIRROR
from tests.gui.fake_pipeline import standing_person

STANDING = standing_person().keypoints_px


def _posed(**places_px: tuple[float, float]) -> Floats:
    keypoints = STANDING.copy()
    for name, place in places_px.items():
        keypoints[INDEX[name]] = place
    return keypoints


def _side_of_bone(placement: Placement, keypoints: Floats) -> float:
    """Mean signed distance from the bone in pixels; positive on the right hand of shoulder-to-elbow (y down)."""
    start, end = (keypoints[index].astype(float) for index in placement.keypoints[:2])
    along = (end - start) / np.hypot(*(end - start))
    return float(((muscle_polygon(placement, keypoints) - start) @ np.array([-along[1], along[0]])).mean())


@pytest.mark.parametrize("placement", MONTAGE.placements, ids=lambda placement: placement.name)
def test_a_belly_lies_along_its_segment(placement: Placement) -> None:
    polygon = muscle_polygon(placement, STANDING)
    start, end = (STANDING[index] for index in placement.keypoints[:2])
    along = (polygon - start) @ (end - start) / np.sum((end - start) ** 2)
    assert polygon.shape == (26, 2)
    assert 0 <= along.min() < 0.1
    assert 0.9 < along.max() <= 1


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("pair", [(Muscle.BICEPS, Muscle.TRICEPS), (Muscle.QUADRICEPS, Muscle.HAMSTRINGS)])
def test_the_two_muscles_of_a_segment_lie_on_opposite_sides(side: Side, pair: tuple[Muscle, Muscle]) -> None:
    a, b = (_side_of_bone(Placement(side, muscle), STANDING) for muscle in pair)
    assert a * b < 0
    assert abs(a) > 2


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("flexor", [Muscle.BICEPS, Muscle.HAMSTRINGS])
def test_seen_from_the_front_flexors_are_inside(side: Side, flexor: Muscle) -> None:
    middle = STANDING[INDEX["neck"], 0]
    flexor_x = muscle_polygon(Placement(side, flexor), STANDING)[:, 0].mean()
    extensor = Muscle.TRICEPS if flexor is Muscle.BICEPS else Muscle.QUADRICEPS
    extensor_x = muscle_polygon(Placement(side, extensor), STANDING)[:, 0].mean()
    assert abs(flexor_x - middle) < abs(extensor_x - middle)


def test_a_bent_joint_has_its_flexor_where_it_bends_to() -> None:
    elbow = STANDING[INDEX["left_elbow"]]
    for reach in (-60.0, 60.0):
        keypoints = _posed(left_wrist=(elbow[0] + reach, elbow[1] + 10))
        biceps_x = muscle_polygon(Placement(Side.LEFT, Muscle.BICEPS), keypoints)[:, 0].mean()
        triceps_x = muscle_polygon(Placement(Side.LEFT, Muscle.TRICEPS), keypoints)[:, 0].mean()
        assert np.sign(biceps_x - triceps_x) == np.sign(reach)


@pytest.mark.parametrize("looks", [-1, 1])
def test_in_profile_front_muscles_are_where_the_face_looks(looks: int) -> None:
    keypoints = STANDING.copy()
    middle = keypoints[INDEX["neck"], 0]
    keypoints[:, 0] = middle + 0.05 * (keypoints[:, 0] - middle)
    keypoints[INDEX["nose"], 0] = middle + looks * 40
    for side in Side:
        for front, back in ((Muscle.BICEPS, Muscle.TRICEPS), (Muscle.QUADRICEPS, Muscle.HAMSTRINGS)):
            front_x = muscle_polygon(Placement(side, front), keypoints)[:, 0].mean()
            back_x = muscle_polygon(Placement(side, back), keypoints)[:, 0].mean()
            assert np.sign(front_x - back_x) == looks


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_mirrored_person_has_mirrored_muscles(seed: int) -> None:
    keypoints = np.random.default_rng(seed).uniform(0, 500, (25, 2)).astype(np.float32)
    mirrored = (keypoints * np.array([-1, 1]))[MIRROR].astype(np.float32)
    for placement in MONTAGE.placements:
        polygon = muscle_polygon(placement, keypoints)
        other = muscle_polygon(Placement(placement.side.other, placement.muscle), mirrored)
        # The outline runs the other way round, so edges are compared as sets of corners.
        assert len(polygon) == len(other)
        if len(polygon):
            assert np.allclose(_rows(polygon * [-1, 1]), _rows(other), atol=0.01)


def _rows(points: np.ndarray) -> np.ndarray:
    """Corners of the two edges, station by station, the lower y first."""
    edges = np.stack([points[:13], points[13:][::-1]], axis=1)
    return np.sort(edges, axis=1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_has_no_shape(value: float) -> None:
    keypoints = STANDING.copy()
    keypoints[INDEX["left_elbow"]] = value
    assert muscle_polygon(Placement(Side.LEFT, Muscle.BICEPS), keypoints).shape == (0, 2)


def test_coinciding_joints_have_no_shape() -> None:
    keypoints = _posed(left_elbow=tuple(STANDING[INDEX["left_shoulder"]]))
    assert muscle_polygon(Placement(Side.LEFT, Muscle.TRICEPS), keypoints).shape == (0, 2)


def test_an_unseen_trunk_still_gives_a_finite_shape() -> None:
    keypoints = STANDING.copy()
    keypoints[[INDEX["neck"], INDEX["mid_hip"], INDEX["nose"]]] = np.nan
    assert np.isfinite(muscle_polygon(Placement(Side.LEFT, Muscle.BICEPS), keypoints)).all()
