import numpy as np
import pytest

from mia_core.dataset.window_sampler import WindowSampler
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import NormalizationKind
from mia_core.simulation.virtual_camera import KeypointNoise
from mia_core.skeleton import INDEX
from mia_core.training.batches import BatchMaker, mirror_some
from mia_core.training.training_config import TrainingConfig
from tests.fakes.motion_clips import make_clip

SAMPLER = WindowSampler([make_clip(seed) for seed in range(3)])
EXACT = KeypointNoise(bias=0.0, jitter=0.0)


def test_a_batch_is_what_the_network_sees():
    batch = BatchMaker(SAMPLER, TrainingConfig(batch_size=50)).draw(np.random.default_rng(0))
    assert batch.coordinates.shape == (50, 30, 25, 2)
    assert batch.coordinates.dtype == np.float32
    assert batch.activation.shape == (50, 30, 8)
    assert np.isfinite(batch.coordinates).all()
    hips = batch.coordinates[:, :, INDEX["mid_hip"]]
    np.testing.assert_allclose(hips.mean(axis=1), 0, atol=1e-4)
    assert (batch.coordinates[:, :, INDEX["nose"], 1] < -0.8).mean() > 0.9, "heads are up: y points down"


def test_every_window_has_its_own_camera_and_errors():
    maker = BatchMaker(SAMPLER, TrainingConfig(batch_size=20))
    one, two = (maker.draw(np.random.default_rng(seed)) for seed in (0, 1))
    assert not np.allclose(one.coordinates, two.coordinates)
    np.testing.assert_array_equal(one.coordinates, maker.draw(np.random.default_rng(0)).coordinates)
    assert not np.allclose(maker.fixed(9, seed=0).coordinates, maker.fixed(9, seed=1).coordinates)


def test_held_steps_are_held_with_their_errors():
    windows = SAMPLER.draw(64, 1.0, np.random.default_rng(0))
    batch = BatchMaker(SAMPLER, TrainingConfig(batch_size=64, padded_fraction=1.0)).draw(np.random.default_rng(0))
    assert (windows.held > 0).all()
    changes = np.abs(np.diff(batch.coordinates, axis=1)).max(axis=(2, 3))  # (64, 29)
    for row, valid in zip(changes, batch.valid, strict=True):
        held = int((~valid).sum())
        assert (row[:held] == 0).all()
        assert (row[held:] > 0).all()


def test_a_mirror_swaps_sides_of_joints_and_muscles():
    windows = SAMPLER.every(60)
    mirrored = mirror_some(windows, 1.0, np.random.default_rng(0))
    left, right = INDEX["left_wrist"], INDEX["right_wrist"]
    np.testing.assert_array_equal(mirrored.joints_m[:, :, left, 0], -windows.joints_m[:, :, right, 0])
    np.testing.assert_array_equal(mirrored.joints_m[:, :, left, 1:], windows.joints_m[:, :, right, 1:])
    biceps = MONTAGE.names.index("left_biceps"), MONTAGE.names.index("right_biceps")
    np.testing.assert_array_equal(mirrored.activation[..., biceps[0]], windows.activation[..., biceps[1]])
    twice = mirror_some(mirrored, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(twice.joints_m, windows.joints_m)
    np.testing.assert_array_equal(twice.activation, windows.activation)


def test_mirrors_only_so_many():
    windows = SAMPLER.draw(400, 0, np.random.default_rng(0))
    changed = (mirror_some(windows, 0.5, np.random.default_rng(0)).joints_m != windows.joints_m).any(axis=(1, 2, 3))
    assert 0.4 < changed.mean() < 0.6


@pytest.mark.parametrize("kind", list(NormalizationKind))
def test_all_normalisations_train(kind):
    config = TrainingConfig(batch_size=8, normalization=kind)
    batch = BatchMaker(SAMPLER, config, EXACT).draw(np.random.default_rng(0))
    assert np.isfinite(batch.coordinates).all()
    assert np.abs(batch.coordinates).max() < 10
