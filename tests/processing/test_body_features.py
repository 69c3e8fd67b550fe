from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.body_features import FEATURE_MIRROR, FEATURE_MIRROR_SIGN, N_FEATURES, body_features
from mia_core.skeleton import INDEX, MIRROR
from tests.fakes.people import standing_px

SURE = np.ones((30, 25), np.float32)
TORSO = np.float32(60)
N_STATIC = (N_FEATURES - 22) // 3


def standing() -> np.ndarray:
    return np.repeat(standing_px()[None], 30, axis=0)


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(0.3, 5))
def test_place_and_size_in_the_picture_do_not_matter(x: float, y: float, scale: float) -> None:
    points = standing() + np.random.default_rng(0).normal(0, 3, (30, 25, 2)).astype(np.float32)
    moved = (points * scale + np.array([x, y])).astype(np.float32)
    features = body_features(points, SURE, TORSO)
    assert features.shape == (30, N_FEATURES)
    np.testing.assert_allclose(body_features(moved, SURE, np.float32(60 * scale)), features, atol=5e-3)


def test_who_stands_still_has_no_velocity_or_acceleration() -> None:
    features = body_features(standing(), SURE, TORSO)
    np.testing.assert_allclose(features[:, N_STATIC : 3 * N_STATIC], 0, atol=1e-6)
    np.testing.assert_array_equal(features[:, 3 * N_STATIC :], 1)


def test_velocity_and_acceleration_of_a_falling_wrist() -> None:
    points, time_s = standing(), np.arange(30) / 10
    points[:, INDEX["left_wrist"], 1] += 0.5 * 600 * time_s**2  # pixels; 10 torso lengths per second squared
    features = body_features(points, SURE, TORSO)
    # Places leave out the hips (8), so the left wrist (7) is the eighth.
    y = 2 * 7 + 1
    np.testing.assert_allclose(features[1:-1, N_STATIC + y], 0.2 * 10 * time_s[1:-1], rtol=1e-3)
    np.testing.assert_allclose(features[1:-1, 2 * N_STATIC + y], 0.02 * 10, rtol=1e-2)


def test_a_bone_of_no_length_stays_finite() -> None:
    assert np.isfinite(body_features(np.zeros((30, 25, 2), np.float32), SURE, np.float32(1))).all()


@given(st.integers(0, 2**32 - 1))
def test_features_of_a_mirrored_person_are_the_mirrored_features(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = (standing() + rng.normal(0, 20, (30, 25, 2))).astype(np.float32)
    sure = rng.uniform(0, 1, (30, 25)).astype(np.float32)
    mirrored = points[:, MIRROR]
    mirrored[..., 0] = 640 - mirrored[..., 0]
    expected = body_features(mirrored, sure[:, MIRROR], TORSO)
    features = body_features(points, sure, TORSO)
    np.testing.assert_allclose(features[:, FEATURE_MIRROR] * FEATURE_MIRROR_SIGN, expected, atol=1e-4)
    assert np.abs(features - expected).max() > 0.1
