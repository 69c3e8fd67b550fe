"""Training from a checkpoint's weights."""

from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.simulated_set import DataSetError, SimulatedSet
from mia_core.errors import CheckpointMismatchError
from mia_core.models.checkpoint import load_checkpoint
from mia_core.models.model_card import OutputKind
from mia_core.processing.normalization import NormalizationKind
from mia_core.training.data_split import split
from mia_core.training.trainer import train
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_state import TrainingRunError
from tests.fakes.motion_clips import save_set

QUICK = TrainingConfig(
    name="parent", steps=3, batch_size=4, evaluate_every=3, warm_up_steps=1, peak_learning_rate=1e-3, ema_decay=0.5
)
CHILD = replace(QUICK, name="child", seed=7)


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parent")
    return train(QUICK, save_set(folder / "data", n_clips=4, n_subjects=3, seconds=1.5), folder / "model")


@pytest.fixture(scope="module")
def other_data(tmp_path_factory):
    return save_set(tmp_path_factory.mktemp("other"), n_clips=4, n_subjects=3, seed=50, seconds=1.5)


def test_starts_from_the_weights_and_their_scales_and_says_so(parent, other_data, tmp_path):
    before = load_checkpoint(parent)
    path = train(replace(CHILD, steps=1), other_data, tmp_path, should_stop=lambda: True, init=parent)
    child = load_checkpoint(path)
    for name, value in before.weights.items():
        np.testing.assert_array_equal(child.weights[name], value)
    assert child.card.training.settings["init"] == "parent"
    assert child.card.training.settings["init_weights_sha256"] == before.weights_sha256
    assert "init" not in before.card.training.settings
    assert set(before.card.training.subjects) < set(child.card.training.subjects)
    assert set(before.card.training.chosen_on) < set(child.card.training.chosen_on)


def test_learns_on_from_there(parent, other_data, tmp_path):
    before = load_checkpoint(parent).weights
    child = load_checkpoint(train(CHILD, other_data, tmp_path, init=parent)).weights
    moved = {name for name, value in before.items() if (child[name] != value).any()}
    assert "readout.weight" in moved
    assert "output_scale" not in moved
    assert max(np.abs(child[name] - before[name]).max() for name in moved) < 0.01


def test_another_start_is_another_run(parent, other_data, tmp_path):
    train(CHILD, other_data, tmp_path, init=parent)
    with pytest.raises(TrainingRunError):
        train(CHILD, other_data, tmp_path)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (TrainingConfig.of(ModelKind.PAPER), "its network is modern"),
        (TrainingConfig.of(ModelKind.CNN), "its network is modern"),
        (replace(CHILD, width=32), "its width is 128, not 32"),
        (replace(CHILD, global_layers=3), "its global_layers is 2, not 3"),
        (replace(CHILD, output=OutputKind.ACTIVATION), "its output is sqrt_activation"),
    ],
)
def test_another_network_is_refused(parent, other_data, tmp_path, config, sentence):
    with pytest.raises(CheckpointMismatchError, match=sentence) as caught:
        train(config, other_data, tmp_path / "out", init=parent)
    assert "--init" in caught.value.advice
    assert not (tmp_path / "out").exists()


def test_another_normalisation_is_refused(other_data, tmp_path):
    config = replace(TrainingConfig.of(ModelKind.PAPER), steps=1, batch_size=2)
    paper = train(config, other_data, tmp_path / "paper", should_stop=lambda: True)
    image = replace(config, normalization=NormalizationKind.IMAGE)
    with pytest.raises(CheckpointMismatchError, match="normalisation of keypoints is root_torso"):
        train(image, save_set(tmp_path / "data", seconds=1.5), tmp_path / "out", init=paper)


def test_who_was_learned_from_can_not_judge(parent, other_data, tmp_path):
    parents_data = parent.parents[1] / "data"
    with pytest.raises(DataSetError, match="who should judge the new one"):
        train(CHILD, other_data, tmp_path, test_dir=parents_data, init=parent)
    chose = set(load_checkpoint(parent).card.training.chosen_on)
    seed = next(seed for seed in range(20) if _choosing(parents_data, seed) != chose)
    with pytest.raises(DataSetError, match="who should choose the best weights"):
        train(replace(CHILD, seed=seed), parents_data, tmp_path, init=parent)


def _choosing(data, seed):
    clips = split(SimulatedSet.load(data), replace(CHILD, seed=seed)).chosen_on["virtual subjects"]
    return {clip.subject for clip in clips}
