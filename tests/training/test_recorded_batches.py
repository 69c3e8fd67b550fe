"""What a network learns from recordings: as filmed, or in a mirror, and never from what is not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from mia_core.dataset.recorded_sampler import RecordedSampler
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import NormalizationKind
from mia_core.skeleton import INDEX
from mia_core.training.batches import Batch
from mia_core.training.objective import prepare
from mia_core.training.recorded_batches import RecordedBatches, mirror_some
from mia_core.training.training_config import ModelKind, TrainingConfig
from tests.fakes.step_clips import make_step_clip

CONFIG = replace(
    TrainingConfig.of(ModelKind.MODERN).on_recorded(), batch_size=20, width=8, normalization=NormalizationKind.IMAGE
)
SAMPLER = RecordedSampler([make_step_clip(80)])


def test_a_batch_holds_what_was_filmed() -> None:
    batch = RecordedBatches(SAMPLER, replace(CONFIG, mirror_fraction=0.0)).draw((1,))
    steps = batch.inputs[:, :, 0, 0] * 640
    assert batch.inputs.shape == (20, 30, 25, 2)
    np.testing.assert_allclose(batch.activation[batch.valid][:, 0], steps[batch.valid] / 100, atol=1e-5)
    assert batch.valid[:, -1].all()
    assert not batch.joint_states.any()


def test_the_pieces_of_several_processes_are_the_whole_batch() -> None:
    batches = RecordedBatches(SAMPLER, CONFIG)
    whole, parts = batches.draw((7,)), [batches.draw((7,), rank, 2) for rank in range(2)]
    np.testing.assert_array_equal(whole.inputs, Batch.of(parts).inputs)


def test_a_mirror_exchanges_sides_of_keypoints_and_muscles() -> None:
    windows = SAMPLER.every(20)
    mirrored = mirror_some(windows, 1.0, np.random.default_rng(0))
    left, right = INDEX["left_wrist"], INDEX["right_wrist"]
    np.testing.assert_allclose(mirrored.keypoints_px[:, :, left, 0], 640 - windows.keypoints_px[:, :, right, 0])
    np.testing.assert_array_equal(mirrored.keypoints_px[:, :, left, 1], windows.keypoints_px[:, :, right, 1])
    names = MONTAGE.names
    np.testing.assert_array_equal(
        mirrored.activation[..., names.index("left_biceps")], windows.activation[..., names.index("right_biceps")]
    )
    again = mirror_some(mirrored, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(again.keypoints_px, windows.keypoints_px)
    assert mirror_some(windows, 0.0, np.random.default_rng(0)).keypoints_px is not windows.keypoints_px


def test_what_is_not_known_teaches_nothing() -> None:
    for kind in (ModelKind.MODERN, ModelKind.PAPER):
        config = replace(CONFIG, model=kind, normalization=NormalizationKind.ROOT_TORSO, dropout=0.0)
        batches = RecordedBatches(SAMPLER, config)
        network, objective = prepare(config, SAMPLER, batches, torch.device("cpu"))
        batch = batches.draw((3,))
        unknown = replace(batch, activation=batch.activation.copy())
        unknown.activation[:, ::2, 4] = np.nan
        gone = replace(batch, activation=np.where(np.isnan(unknown.activation), np.float32(9), batch.activation))
        losses = {name: objective(network, one, 100.0).item() for name, one in (("nan", unknown), ("other", gone))}
        objective(network, unknown, 100.0).backward()  # type: ignore[no-untyped-call]
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        assert gradients
        assert all(bool(gradient.isfinite().all()) for gradient in gradients)
        assert losses["nan"] < losses["other"]
