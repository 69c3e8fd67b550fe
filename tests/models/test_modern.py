import numpy as np
import pytest
import torch

from mia_core.errors import CheckpointMismatchError
from mia_core.models.modern import N_AUXILIARY, ModernConfig, ModernNetwork
from mia_core.models.networks import ARCHITECTURES, build_network, put_weights, weights_of
from mia_core.processing.body_features import N_FEATURES

NUMBERS = ModernConfig(n_subjects=3)


def network(config: ModernConfig = NUMBERS, seed: int = 0) -> ModernNetwork:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = ModernNetwork(config)
        torch.nn.init.normal_(made.readout.weight, std=0.1)  # training starts at the mean; here something is to be seen
        return made.eval()


def features(n: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 1, (n, 30, N_FEATURES)).astype(np.float32))


def test_says_mean_spread_and_joints_of_every_step():
    said = network()(features())
    assert said.mean.shape == said.log_spread.shape == (2, 30, 8)
    assert said.auxiliary.shape == (2, 30, N_AUXILIARY)


def test_starts_at_the_mean_of_the_muscles():
    made = ModernNetwork(ModernConfig())
    made.output_mean.fill_(0.3)
    made.output_scale.fill_(0.2)
    mean, spread = made.outputs(features())
    torch.testing.assert_close(mean, torch.full((2, 30, 8), 0.3))
    torch.testing.assert_close(spread, torch.full((2, 30, 8), 0.2))


def test_an_unknown_subject_is_the_mean_of_the_known_ones():
    made = network()
    torch.nn.init.normal_(made.subjects)
    inputs = features(3)
    unknown = made(inputs).mean
    torch.testing.assert_close(made(inputs, torch.tensor([-1, -1, -1])).mean, unknown)
    known = made(inputs, torch.tensor([0, 1, 2])).mean
    assert not torch.allclose(known, unknown, atol=1e-3)
    with torch.no_grad():
        made.subjects += 5  # a change that all share says nothing about anyone
    torch.testing.assert_close(made(inputs, torch.tensor([0, 1, 2])).mean, known, atol=1e-4, rtol=1e-4)


def test_sees_the_whole_window_with_global_layers_and_a_part_without():
    inputs = features(1).requires_grad_()
    network()(inputs).mean[0, -1].sum().backward()
    assert (inputs.grad[0].abs().sum(-1) > 0).all()
    inputs = features(1).requires_grad_()
    network(ModernConfig(global_layers=0, local_layers=2, kernel_steps=5))(inputs).mean[0, -1].sum().backward()
    assert (inputs.grad[0].abs().sum(-1) > 0).sum() == 1 + 2 * 2


def test_absurd_features_stay_finite():
    mean, spread = network().outputs(torch.full((1, 30, N_FEATURES), 1e12))
    assert torch.isfinite(mean).all()
    assert torch.isfinite(spread).all()


@pytest.mark.parametrize("change", [{"width": 30}, {"kernel_steps": 4}, {"local_layers": 0}, {"dropout": 1.0}])
def test_impossible_numbers_are_refused(change):
    with pytest.raises(CheckpointMismatchError):
        build_network("modern", NUMBERS.to_dict() | change)


def test_weights_come_back_from_their_names():
    made, other = network(), network(seed=1)
    put_weights(other, weights_of(made))
    torch.testing.assert_close(other(features()).mean, made(features()).mean)
    assert build_network("cnn", NUMBERS.to_dict()).config == NUMBERS


def test_an_unknown_network_is_named():
    with pytest.raises(CheckpointMismatchError, match="rnn"):
        build_network("rnn", {})
    assert "modern" in ARCHITECTURES
