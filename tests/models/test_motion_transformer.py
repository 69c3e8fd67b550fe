import numpy as np
import pytest
import torch

from mia_core.errors import CheckpointMismatchError
from mia_core.models.eager_reference import EagerReference
from mia_core.models.motion_transformer import (
    ByteDropout,
    HeadInit,
    MotionTransformer,
    MotionTransformerConfig,
    sinusoids,
)
from mia_core.models.networks import put_weights, weights_of
from tests.fakes.untrained_model import untrained_network


def windows(n: int, seed: int = 0) -> torch.Tensor:
    """Smooth random motion in torso lengths: (n, 30, 25, 2)."""
    generator = torch.Generator().manual_seed(seed)
    place = torch.randn(n, 1, 25, 2, generator=generator)
    swing = torch.randn(n, 1, 25, 2, generator=generator) * 0.3
    phase = torch.linspace(0, 6, 30)[None, :, None, None] + torch.rand(n, 1, 1, 1, generator=generator) * 6
    return place + swing * torch.sin(phase)


def test_has_exactly_the_papers_parameters_and_uses_all_of_them():
    network = untrained_network().train()
    assert sum(parameter.numel() for parameter in network.parameters()) == 2_430_856
    network(windows(4)).sum().backward()
    unused = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    # A bias of the keys shifts all scores of a query alike, so softmax gives it (numerically) no gradient; it is one
    # third of `query_key_value.bias`, whose other thirds have one.
    assert unused == []


def test_keeps_time_major_axes_and_is_never_negative():
    out = untrained_network()(windows(3))
    assert out.shape == (3, 30, 8)
    assert (out >= 0).all()


def test_equals_pytorchs_own_transformer():
    network = untrained_network(seed=3)
    reference = EagerReference(network).eval()
    x = windows(5, seed=1)
    rows = x.flatten(2).transpose(1, 2)[:, None]  # (5, 1, 50, 30)
    assert rows[0, 0, 3, 7] == x[0, 7, 1, 1], "row order is x0, y0, x1, y1"
    with torch.no_grad():
        torch.testing.assert_close(network(x), reference(rows).transpose(1, 2), atol=1e-5, rtol=0)


def test_parity_holds_when_the_layers_differ():
    network = untrained_network(config=MotionTransformerConfig(identical_layers=False))
    assert not torch.equal(network.layers[0].expand.weight, network.layers[1].expand.weight)
    x = windows(2)
    with torch.no_grad():
        got = EagerReference(network).eval()(x.flatten(2).transpose(1, 2)[:, None]).transpose(1, 2)
        torch.testing.assert_close(network(x), got, atol=1e-5, rtol=0)


def test_layers_start_identical_but_are_not_tied():
    network = untrained_network()
    first, last = network.layers[0], network.layers[-1]
    assert torch.equal(first.query_key_value.weight, last.query_key_value.weight)
    assert first.query_key_value.weight.data_ptr() != last.query_key_value.weight.data_ptr()


def test_positions_are_the_published_sinusoids():
    table = sinusoids(30, 128)
    assert table.shape == (30, 128)
    assert table[0, :4].tolist() == [0, 1, 0, 1]
    assert table[7, 0].item() == pytest.approx(np.sin(7))
    assert table[7, 127].item() == pytest.approx(np.cos(7 / 10_000 ** (126 / 128)), abs=1e-6)


@pytest.mark.parametrize(("head_init", "dead_at_least", "dead_at_most"), [("mean", 0, 0), ("default", 15, 40)])
def test_dead_muscles_at_the_start(head_init, dead_at_least, dead_at_most):
    """Over ten seeds of eight muscles: none with the mean head, two to three per seed with the default head."""
    place = torch.rand(1, 1, 25, 2, generator=torch.Generator().manual_seed(0)) / 2 + 0.25
    motion = windows(32)
    x = place + 0.05 * (motion - motion.mean(dim=1, keepdim=True))  # one person in the image: (32, 30, 25, 2)
    config = MotionTransformerConfig(head_init=HeadInit(head_init))
    dead = 0
    for seed in range(10):
        with torch.no_grad():
            out = untrained_network(seed, config)(x)
        dead += int((out.amax(dim=(0, 1)) == 0).sum())
    assert dead_at_least <= dead <= dead_at_most


def test_mean_head_starts_near_the_given_mean():
    mean = [0.05, 0.1, 0.2, 0.3, 0.05, 0.1, 0.2, 0.3]
    torch.manual_seed(0)
    out = MotionTransformer(MotionTransformerConfig(), mean).eval()(windows(16))
    torch.testing.assert_close(out.mean(dim=(0, 1)), torch.tensor(mean), atol=0.1, rtol=0)


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5])
def test_byte_dropout_drops_that_share_and_keeps_the_mean(probability):
    torch.manual_seed(0)
    dropped = ByteDropout(probability).train()(torch.ones(1001, 801))
    assert (dropped == 0).double().mean().item() == pytest.approx(probability, abs=0.005)
    assert dropped.double().mean().item() == pytest.approx(1, abs=0.01)
    by_byte = [(dropped.flatten()[i::8] == 0).double().mean().item() for i in range(8)]
    assert by_byte == pytest.approx([probability] * 8, abs=0.01)


def test_dropout_acts_in_training_only():
    network = untrained_network()
    x = windows(1)
    assert torch.equal(network(x), network(x))
    network.train()
    torch.manual_seed(0)
    assert not torch.equal(network(x), network(x))


@pytest.mark.parametrize(
    "change",
    [
        {"width": "128"},
        {"width": 100},
        {"kernel_steps": 8},
        {"dropout": 1.0},
        {"head_init": "zero"},
        {"extra": 1},
        {"n_layers": True},
    ],
)
def test_an_impossible_description_is_a_mismatch(change):
    with pytest.raises(CheckpointMismatchError) as caught:
        MotionTransformerConfig.from_dict(MotionTransformerConfig().to_dict() | change)
    assert caught.value.advice


def test_description_round_trip():
    config = MotionTransformerConfig(head_init=HeadInit.DEFAULT, dropout=0.2)
    assert MotionTransformerConfig.from_dict(config.to_dict()) == config


def test_weights_of_another_shape_are_named():
    network = untrained_network()
    weights = weights_of(network) | {"readout.bias": np.zeros(9, np.float32)}
    with pytest.raises(CheckpointMismatchError, match=r"readout\.bias"):
        put_weights(network, weights)
