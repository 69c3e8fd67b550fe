"""The interval of a model is measured where it is read, a tenth of the truths on either side."""

import numpy as np
import pytest
import torch

from mia_core.models.modern import ModernConfig, ModernNetwork
from mia_core.muscles import MONTAGE
from mia_core.training.training_config import TrainingConfig
from mia_core.training.validation import Validation
from tests.fakes.motion_clips import make_clip


@pytest.fixture(scope="module")
def clips():
    return [make_clip(seed, seconds=8.0) for seed in range(3)]


def test_a_tenth_of_the_truths_lies_on_either_side(clips):
    config = TrainingConfig()
    network = ModernNetwork(ModernConfig(width=8, n_heads=2, local_layers=1, global_layers=1, feedforward=8)).eval()
    with torch.no_grad():  # always the middle of the truths, in roots
        truths = np.sqrt(np.concatenate([clip.activation[clip.valid] for clip in clips]))
        network.output_mean.copy_(torch.from_numpy(truths.mean(axis=0)))
        network.output_scale.fill_(0.1)
    validation = Validation({"clips": clips}, config, np.zeros(8, np.float32), torch.device("cpu"))
    reaches = validation.interval80(network)
    assert list(reaches) == list(MONTAGE.names)
    batch = next(iter(validation._batches.values()))
    late = np.sqrt(batch.activation[:, -5:][batch.valid[:, -5:]])  # (n, 8)
    mean = truths.mean(axis=0)
    below, above = np.array(list(reaches.values())).T
    assert (late < mean - 0.1 * below).mean(axis=0) == pytest.approx(np.full(8, 0.1), abs=0.01)
    assert (late > mean + 0.1 * above).mean(axis=0) == pytest.approx(np.full(8, 0.1), abs=0.01)
