"""Ways to start the Transformer: the same network, from other first weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mia_core.laboratory.network_predictor import NetworkPredictor
from mia_core.laboratory.network_settings import NetworkSettings, Preset
from mia_core.laboratory.network_start import start_as_told
from mia_core.models.motion_transformer import MotionTransformer, MotionTransformerConfig
from mia_core.models.paper_cnn import PaperCnn, PaperCnnConfig
from tests.laboratory.some_windows import some_windows

PLAIN = NetworkSettings.of("paper", Preset.PAPER)
WINDOWS = some_windows()


def started(settings):
    torch.manual_seed(3)
    network = MotionTransformer(MotionTransformerConfig(n_muscles=4, feedforward=16)).eval()
    start_as_told(network, WINDOWS, settings)
    return network


def test_the_papers_start_is_left_as_it_is():
    torch.manual_seed(3)
    plain = MotionTransformer(MotionTransformerConfig(n_muscles=4, feedforward=16))
    for name, weights in started(PLAIN).state_dict().items():
        assert torch.equal(weights, plain.state_dict()[name])
    cnn = PaperCnn(PaperCnnConfig("cnn_repo", n_muscles=4))
    before = {name: weights.clone() for name, weights in cnn.state_dict().items()}
    start_as_told(cnn, WINDOWS, replace(PLAIN, coordinate_gain=20.0, quiet_layers=True))
    assert all(torch.equal(weights, before[name]) for name, weights in cnn.state_dict().items())


@pytest.mark.parametrize("gain", [1.0, 20.0])
def test_the_mean_body_is_nothing_to_the_first_convolution_and_a_deviation_weighs_the_gain(gain):
    local = started(replace(PLAIN, coordinate_gain=gain)).local
    root = np.sqrt(128)
    coordinates = WINDOWS.keypoints.reshape(-1, 50).astype(np.float64)
    mean, deviation = coordinates.mean(axis=0), coordinates.std(axis=0)
    still = torch.tensor(np.repeat(mean[None, :, None], 30, axis=2) * root, dtype=torch.float32)
    said = local(still)[0, :, 4:-4].detach()  # steps that see no padding
    assert said.abs().max() < 1e-3 * gain
    moved = still.clone()
    moved[0, 7] += float(deviation[7] * root)
    change = local(moved)[0, :, 15].detach() - said[:, 11]
    plain = started(PLAIN).local.weight[:, 7].sum(dim=1).detach()
    assert torch.allclose(change, gain * plain, rtol=0.01, atol=1e-3 * gain)


def test_quiet_layers_pass_no_step_on_to_another_until_they_learn():
    coordinates = torch.tensor(WINDOWS.keypoints[:1])
    changed = coordinates.clone()
    changed[:, 0] += 0.1
    quiet, loud = (
        (network(changed) - network(coordinates)).detach().abs().amax(dim=(0, 2))
        for network in (started(replace(PLAIN, quiet_layers=True)), started(PLAIN))
    )
    assert quiet[0] > 0
    assert quiet[5:].max() == 0  # the convolution alone sees four steps further
    assert loud[5:].max() > 0


def test_the_quick_start_learns_more_in_a_few_steps_than_the_papers():
    quick = replace(NetworkSettings.of("paper", Preset.QUICK), most_steps=30)
    windows = some_windows(n_steps=10)
    errors = []
    for settings in (quick, replace(quick, coordinate_gain=0.0, quiet_layers=False)):
        predictor = NetworkPredictor("paper", settings)
        predictor.fit(windows, 0)
        errors.append(float(np.sqrt(np.mean((predictor.predict(windows) - windows.emg) ** 2))))
    assert errors[0] < 0.9 * errors[1]
