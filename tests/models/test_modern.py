import numpy as np
import pytest
import torch

from mia_core.errors import CheckpointMismatchError
from mia_core.models.modern import N_AUXILIARY, ModernConfig, ModernNetwork
from mia_core.models.networks import ARCHITECTURES, build_network, put_weights, weights_of
from mia_core.muscles import MONTAGE
from mia_core.processing.body_features import FEATURE_MIRROR, FEATURE_MIRROR_SIGN, N_FEATURES

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


def mirrored(inputs: torch.Tensor) -> torch.Tensor:
    return inputs[..., FEATURE_MIRROR] * torch.from_numpy(FEATURE_MIRROR_SIGN)


def test_a_mirrored_person_has_mirrored_muscles_where_the_network_sees_the_mirror():
    inputs = features()
    one_sided, both = network(ModernConfig()), network(ModernConfig(sees_mirror=True))
    mean, spread = both.outputs(inputs)
    other_mean, other_spread = both.outputs(mirrored(inputs))
    torch.testing.assert_close(other_mean[..., MONTAGE.mirror], mean)
    torch.testing.assert_close(other_spread[..., MONTAGE.mirror], spread)
    assert not torch.allclose(one_sided.outputs(mirrored(inputs))[0][..., MONTAGE.mirror], one_sided.outputs(inputs)[0])


def test_what_both_sights_say_is_mixed_half_and_half():
    inputs = features()
    one_sided = network(ModernConfig())
    (here, here_spread), (there, there_spread) = one_sided.outputs(inputs), one_sided.outputs(mirrored(inputs))
    there, there_spread = there[..., MONTAGE.mirror], there_spread[..., MONTAGE.mirror]
    mean, spread = network(ModernConfig(sees_mirror=True)).outputs(inputs)
    second_moment = (here**2 + here_spread**2 + there**2 + there_spread**2) / 2
    torch.testing.assert_close(mean, (here + there) / 2)
    torch.testing.assert_close(mean**2 + spread**2, second_moment)


def test_cards_from_before_the_mirror_are_read_as_they_were_meant():
    numbers = ModernConfig(sees_mirror=True).to_dict()
    del numbers["sees_mirror"]
    assert ModernConfig.from_dict(numbers) == ModernConfig(sees_mirror=False)


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


@pytest.mark.parametrize(
    "change",
    [
        {"width": 30},
        {"kernel_steps": 4},
        {"local_layers": 0},
        {"dropout": 1.0},
        {"sees_mirror": True, "n_features": 50},
    ],
)
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
