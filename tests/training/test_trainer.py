import json
from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.simulated_set import DataSetError
from mia_core.models.checkpoint import load_checkpoint
from mia_core.models.model_card import SIMULATED
from mia_core.models.runtime import load_runtime
from mia_core.training.trainer import train
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_log import LOG_NAME
from mia_core.training.training_state import FILE_NAME, TrainingRunError
from tests.fakes.motion_clips import save_set

QUICK = TrainingConfig(
    name="quick", steps=4, batch_size=2, evaluate_every=2, warm_up_steps=2, peak_learning_rate=1e-3, ema_decay=0.5
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return save_set(tmp_path_factory.mktemp("data"), n_clips=4, n_subjects=3, seconds=1.5)


def test_writes_a_model_that_runs_and_says_what_it_is(data_dir, tmp_path):
    told = []
    path = train(QUICK, data_dir, tmp_path / "out", told.append)
    card = load_checkpoint(path).card
    assert path.name == "quick.safetensors"
    assert card.provenance == SIMULATED
    assert "MoBL-ARMS" in card.licence_note
    assert card.training is not None
    assert card.training.minutes == pytest.approx(4.5 / 60, abs=0.01), "one of four clips chooses the weights"
    assert card.training.settings["batch_size"] == 2
    assert card.metrics is not None
    assert "which also chose the weights" in card.metrics.data
    assert set(card.metrics.rmse_by_lookahead) == {"0", "1", "2", "4"}
    assert [report.step for report in told] == [2, 4]
    lines = [json.loads(line) for line in (tmp_path / "out" / LOG_NAME).read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert lines[-1]["scores"]["virtual subjects"] == told[-1].rmse_over_mean
    window = np.random.default_rng(0).normal(200, 40, (30, 25, 2)).astype(np.float32)
    assert np.isfinite(
        load_runtime(path, "cpu").predict(window, np.ones((30, 25), np.float32), (640, 480), 3).values
    ).all()


def test_a_killed_run_comes_to_the_same_weights(data_dir, tmp_path):
    whole = load_checkpoint(train(QUICK, data_dir, tmp_path / "whole")).weights

    def die_after_the_first_evaluation(report):
        if report.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(QUICK, data_dir, tmp_path / "killed", die_after_the_first_evaluation)
    told = []
    resumed = load_checkpoint(train(QUICK, data_dir, tmp_path / "killed", told.append)).weights
    assert [report.step for report in told] == [4]
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value)


def test_a_run_with_other_settings_is_not_written_over(data_dir, tmp_path):
    path = train(QUICK, data_dir, tmp_path)
    before = path.read_bytes()
    with pytest.raises(TrainingRunError) as caught:
        train(replace(QUICK, seed=2), data_dir, tmp_path)
    assert caught.value.advice
    assert path.read_bytes() == before


def test_a_damaged_state_starts_anew(data_dir, tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"not a state")
    told = []
    train(QUICK, data_dir, tmp_path, told.append)
    assert told[-1].step == 4


def test_stops_when_asked_and_still_writes_a_model(data_dir, tmp_path):
    asked = iter([False, False, False, True])
    path = train(QUICK, data_dir, tmp_path, should_stop=lambda: next(asked))
    record = load_checkpoint(path).card.training
    assert record is not None
    assert record.steps == 2


def test_a_stopped_run_comes_to_the_same_weights(data_dir, tmp_path):
    whole = load_checkpoint(train(QUICK, data_dir, tmp_path / "whole")).weights
    asked = iter([False, False, False, True])
    train(QUICK, data_dir, tmp_path / "stopped", should_stop=lambda: next(asked))
    told = []
    resumed = load_checkpoint(train(QUICK, data_dir, tmp_path / "stopped", told.append)).weights
    assert [report.step for report in told] == [4]
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value)


def test_stops_before_the_first_evaluation(data_dir, tmp_path):
    told = []
    train(QUICK, data_dir, tmp_path, told.append, should_stop=lambda: True)
    assert [report.step for report in told] == [0]


def test_stops_when_nothing_improves(data_dir, tmp_path):
    told = []
    config = replace(QUICK, steps=50, peak_learning_rate=0.0, patience=2, ema_decay=0.0)
    train(config, data_dir, tmp_path, told.append)
    assert [report.step for report in told] == [2, 4, 6]
    assert told[-1].best_step == 2


def test_judges_on_another_set_when_given_one(data_dir, tmp_path):
    test_dir = save_set(tmp_path / "test", n_clips=2, n_subjects=2, seed=50, seconds=1.5)
    metrics = load_checkpoint(train(QUICK, data_dir, tmp_path / "out", test_dir=test_dir)).card.metrics
    assert metrics is not None
    assert '"seed": 50' in metrics.data


def test_a_test_set_of_the_subjects_that_were_learned_from_is_refused(data_dir, tmp_path):
    with pytest.raises(DataSetError, match="share subjects"):
        train(QUICK, data_dir, tmp_path / "out", test_dir=data_dir)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("model", list(ModelKind))
def test_every_network_learns_something_and_runs(data_dir, tmp_path, model):
    told = []
    config = TrainingConfig.of(model, "quick", steps=12)
    config = replace(config, evaluate_every=6, batch_size=8, warm_up_steps=2, subject_dropout=0.5)
    runtime = load_runtime(train(config, data_dir, tmp_path, told.append), "cpu")
    assert told[-1].loss < told[0].loss
    window = np.random.default_rng(0).normal(200, 40, (30, 25, 2)).astype(np.float32)
    said = runtime.predict(window, np.ones((30, 25), np.float32), (640, 480), 2)
    assert (said.low <= said.values).all()
    assert (said.values <= said.high).all()
    assert (said.low < said.high).all()


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_learns_the_stick_figure(tmp_path):
    data_dir = save_set(tmp_path / "data", n_clips=18, n_subjects=6, seconds=4)
    config = TrainingConfig(steps=150, batch_size=16, evaluate_every=75, warm_up_steps=30, ema_decay=0.95)
    card = load_checkpoint(train(config, data_dir, tmp_path / "out")).card
    assert card.metrics is not None
    assert card.metrics.rmse_over_mean < 0.7
