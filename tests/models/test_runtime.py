import subprocess
import sys

import numpy as np
import pytest
import torch

from mia_core.errors import CheckpointMismatchError
from mia_core.models.checkpoint import load_checkpoint, save_checkpoint
from mia_core.models.eager_reference import EagerReference
from mia_core.models.model_card import ModelCard, OutputKind
from mia_core.models.modern import MODERN, ModernConfig, ModernNetwork
from mia_core.models.networks import weights_of
from mia_core.models.runtime import ActivationRuntime, load_runtime, restore_network
from mia_core.models.runtime_benchmark import measure_model_ms
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import Normalization, NormalizationKind
from tests.fakes.untrained_model import save_untrained, untrained_card, untrained_network

SURE = np.ones((30, 25), np.float32)


def walk_px(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    place = rng.normal(300, 80, (25, 2))
    sway = rng.normal(0, 15, (1, 25, 2)) * np.sin(np.linspace(0, 6, 30))[:, None, None]
    return (place + sway).astype(np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_untrained(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("last_steps", [1, 3, 30])
def test_equals_the_eager_reference(model, last_steps):
    runtime = load_runtime(model, "cpu")
    keypoints = walk_px()
    coordinates = torch.from_numpy(runtime.card.normalization.apply(keypoints, (640, 480), SURE))
    with torch.no_grad():
        expected = EagerReference(runtime.network).eval()(coordinates.flatten(1).T[None, None])[0].T.numpy()
    got = runtime.predict(keypoints, SURE, (640, 480), last_steps).values
    assert got.shape == (last_steps, 8)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected[-last_steps:], atol=1e-5)
    assert (got > 0).any()


def test_output_that_is_a_square_root_is_squared(tmp_path):
    card = untrained_card()
    weights = weights_of(untrained_network())
    plain = load_runtime(save_checkpoint(tmp_path / "a.safetensors", card, weights), "cpu")
    rooted_card = type(card)(card.name, card.network, card.provenance, output=OutputKind.SQRT_ACTIVATION)
    rooted = load_runtime(save_checkpoint(tmp_path / "b.safetensors", rooted_card, weights), "cpu")
    keypoints = walk_px()
    np.testing.assert_allclose(
        rooted.predict(keypoints, SURE, (640, 480), 3).values,
        plain.predict(keypoints, SURE, (640, 480), 3).values ** 2,
        rtol=1e-6,
    )


def test_uses_the_normalisation_of_the_card(tmp_path):
    card = untrained_card()
    image = type(card)(card.name, card.network, card.provenance, normalization=Normalization(NormalizationKind.IMAGE))
    runtime = load_runtime(save_checkpoint(tmp_path / "i.safetensors", image, weights_of(untrained_network())), "cpu")
    small = runtime.predict(walk_px(), SURE, (640, 480), 1).values
    np.testing.assert_allclose(small, runtime.predict(walk_px() * 2, SURE, (1280, 960), 1).values, atol=1e-5)
    assert not np.allclose(small, runtime.predict(walk_px(), SURE, (1280, 960), 1).values, atol=1e-5)


def test_says_the_device_that_it_uses(model):
    assert load_runtime(model, "cpu").device_label == "CPU"
    label = load_runtime(model).device_label
    assert label.split(":")[0] == (
        "CUDA" if torch.cuda.is_available() else "MPS" if torch.mps.is_available() else "CPU"
    )


def test_a_device_that_fails_is_passed_over(model, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)  # present by its word, absent in truth
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    if sys.platform != "darwin":
        assert load_runtime(model, "auto").device_label == "CPU"
        assert load_runtime(model, "mps").device_label == "CPU"


def test_refuses_wrong_shapes(model):
    runtime = load_runtime(model, "cpu")
    for window, last_steps in ((walk_px()[:29], 1), (walk_px(), 0), (walk_px(), 31)):
        with pytest.raises(ValueError, match="out of range"):
            runtime.predict(window, SURE, (640, 480), last_steps)
    with pytest.raises(ValueError, match="out of range"):
        runtime.predict(walk_px(), SURE[:29], (640, 480), 1)


def test_stays_finite_on_degenerate_windows(model):
    runtime = load_runtime(model, "cpu")
    for window in (np.zeros((30, 25, 2), np.float32), np.full((30, 25, 2), 1e6, np.float32)):
        assert np.isfinite(runtime.predict(window, SURE, (640, 480), 30).values).all()


def test_another_architecture_is_a_mismatch(tmp_path):
    card = untrained_card()
    other = type(card)(card.name, card.network, card.provenance, architecture="convolutional")
    path = save_checkpoint(tmp_path / "o.safetensors", other, weights_of(untrained_network()))
    with pytest.raises(CheckpointMismatchError, match="convolutional"):
        load_runtime(path, "cpu")


def test_a_card_with_other_numbers_than_the_weights_is_a_mismatch(tmp_path):
    card = untrained_card()
    other = type(card)(card.name, {**card.network, "feedforward": 512}, card.provenance)
    path = save_checkpoint(tmp_path / "o.safetensors", other, weights_of(untrained_network()))
    with pytest.raises(CheckpointMismatchError, match="contract"):
        restore_network(load_checkpoint(path))


def test_both_times_of_the_benchmark_are_measured(model):
    model_ms, eager_ms = measure_model_ms(load_runtime(model, "cpu"), repeats=5)
    assert model_ms > 0
    assert eager_ms > 0


def test_reading_cards_does_not_load_torch():
    code = (
        "import sys, mia_core.models, mia_core.models.checkpoint as c, mia_core.models.model_card;"
        "c.available_models(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _modern(folder, reach: tuple[float, float]) -> ActivationRuntime:
    """Return an untrained network that always puts out 0.3 with a standard deviation of 0.1, in roots of activation."""
    config = ModernConfig(width=8, n_heads=2, local_layers=1, global_layers=1, feedforward=8)
    network = ModernNetwork(config)
    network.output_mean.fill_(0.3)
    network.output_scale.fill_(0.1)
    card = ModelCard(
        "m",
        config.to_dict(),
        "untrained",
        architecture=MODERN,
        normalization=Normalization(NormalizationKind.BODY),
        output=OutputKind.SQRT_ACTIVATION,
        interval80=dict.fromkeys(MONTAGE.names, reach),
    )
    return load_runtime(save_checkpoint(folder / "m.safetensors", card, weights_of(network)), "cpu")


def test_says_the_mean_and_reaches_as_far_as_the_card_says(tmp_path):
    said = _modern(tmp_path, (1.0, 2.0)).predict(walk_px(), SURE, (640, 480), 3)
    np.testing.assert_allclose(said.values, 0.3**2 + 0.1**2, rtol=1e-5)
    np.testing.assert_allclose(said.low, (0.3 - 0.1) ** 2, rtol=1e-5)
    np.testing.assert_allclose(said.high, (0.3 + 2 * 0.1) ** 2, rtol=1e-5)


def test_an_interval_holds_what_is_said(tmp_path):
    said = _modern(tmp_path, (0.0, 0.0)).predict(walk_px(), SURE, (640, 480), 3)
    np.testing.assert_allclose(said.low, 0.3**2, rtol=1e-5)
    np.testing.assert_array_equal(said.high, said.values)
