import numpy as np
import pytest

from mia_core.skeleton import BONES, INDEX
from mia_core.training.body_shape import reshape_bodies
from tests.fakes.motion_clips import make_clip

FACE = {INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("eye", "ear")}
JOINTS_M = np.stack([make_clip(seed).joints_m[:90:3] for seed in range(200)])  # (200, 30, 25, 3)


def lengths(joints_m: np.ndarray, near: str, far: str) -> np.ndarray:
    return np.linalg.norm(joints_m[:, :, INDEX[far]] - joints_m[:, :, INDEX[near]], axis=-1)  # (200, 30)


def test_no_spread_changes_nothing():
    np.testing.assert_allclose(reshape_bodies(JOINTS_M, 0.0, np.random.default_rng(0)), JOINTS_M, atol=1e-6)


def test_bones_keep_their_directions_and_the_trunk_its_length():
    reshaped = reshape_bodies(JOINTS_M, 0.1, np.random.default_rng(0))
    limbs = [bone for bone in BONES if not FACE & set(bone)]  # eyes and ears hang on the neck, not on the nose
    assert len(limbs) == 18
    for near, far in limbs:
        old, new = JOINTS_M[:, :, far] - JOINTS_M[:, :, near], reshaped[:, :, far] - reshaped[:, :, near]
        cosine = (old * new).sum(-1) / np.linalg.norm(old, axis=-1) / np.linalg.norm(new, axis=-1)
        np.testing.assert_allclose(cosine, 1, atol=1e-4)
    np.testing.assert_allclose(lengths(reshaped, "mid_hip", "neck"), lengths(JOINTS_M, "mid_hip", "neck"), rtol=1e-5)


@pytest.mark.parametrize("bone", [("shoulder", "elbow"), ("hip", "knee"), ("knee", "ankle")])
def test_factors_last_a_window_and_are_the_same_on_both_sides(bone):
    reshaped = reshape_bodies(JOINTS_M, 0.1, np.random.default_rng(0))
    left, right = (
        lengths(reshaped, *(f"{side}_{end}" for end in bone)) / lengths(JOINTS_M, *(f"{side}_{end}" for end in bone))
        for side in ("left", "right")
    )
    np.testing.assert_allclose(left, left[:, :1].repeat(30, axis=1), rtol=1e-4)
    np.testing.assert_allclose(left, right, rtol=1e-4)
    assert left[:, 0].std() == pytest.approx(0.1, rel=0.25)
    assert left[:, 0].mean() == pytest.approx(1, abs=0.03)
