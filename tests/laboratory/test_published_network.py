from dataclasses import replace

import numpy as np
import pytest
import torch

from mia_core.dataset.channel_names import FIRST_VERSION_CHANNELS, ICCV2023_CHANNELS
from mia_core.laboratory.network_predictor import NetworkPredictor
from mia_core.laboratory.network_settings import NetworkSettings, Preset
from mia_core.laboratory.predictors import PredictorError
from mia_core.laboratory.published_network import published_network
from tests.laboratory.some_windows import some_windows
from tests.models.authors_checkpoints import first_version, second_version, write


def test_the_first_version_answers_in_counts_and_in_its_own_order(tmp_path):
    theirs = first_version()
    predictor, read = published_network(write(tmp_path / "model_250", theirs))
    windows = some_windows(per_exercise=2, channels=FIRST_VERSION_CHANNELS)
    with torch.no_grad():
        expected = 100 * theirs(torch.from_numpy(windows.keypoints))
    np.testing.assert_allclose(predictor.predict(windows), expected.numpy(), atol=1e-3)
    assert read.n_dropped == 594_312
    with pytest.raises(PredictorError, match="channels"):
        predictor.predict(replace(windows, about=replace(windows.about, channels=FIRST_VERSION_CHANNELS[::-1])))


def test_the_second_version_is_told_the_subject_by_name(tmp_path):
    theirs = second_version()
    predictor, _ = published_network(write(tmp_path / "model_100", theirs))
    windows = some_windows(
        per_exercise=1, exercises=("Squat",), channels=ICCV2023_CHANNELS, subjects=("Subject7", "Subject2"), joints=True
    )
    with torch.no_grad():
        expected = theirs(torch.from_numpy(windows.joints), torch.tensor([0.3, 0.8]))
    np.testing.assert_allclose(predictor.predict(windows), expected.numpy(), atol=1e-3)


def test_it_can_be_fine_tuned(tmp_path):
    predictor, _ = published_network(write(tmp_path / "model_250", first_version()))
    windows = some_windows(per_exercise=2, channels=FIRST_VERSION_CHANNELS)
    settings = replace(NetworkSettings.of("paper", Preset.QUICK), most_steps=4, batch_size=6)
    tuned = NetworkPredictor("paper", settings)
    tuned.fit_from(predictor.state, windows, 0)
    before, after = (np.abs(each.predict(windows) - windows.emg).mean() for each in (predictor, tuned))
    assert after < before
