from dataclasses import replace

import numpy as np
import pytest
import torch

from mia_core.errors import CheckpointError, CheckpointMismatchError
from mia_core.laboratory.network_fitting import hold_out
from mia_core.laboratory.network_predictor import NetworkPredictor
from mia_core.laboratory.network_recipes import picture_size
from mia_core.laboratory.network_settings import NETWORKS, NetworkSettings, Optimiser, Preset
from mia_core.laboratory.network_state import NetworkState
from mia_core.laboratory.predictors import MeanPredictor, PredictorError
from mia_core.training.window_set_from_simulated import PICTURE_PX
from tests.laboratory.some_windows import some_windows

SIZES = {"paper": 2_430_856 - 4 * 129, "cnn_repo": 284_424 - 4 * (64 * 9 + 1), "conditioned": 4_830_400 - 4 * 129}


def brief(name, steps=12, **changes):
    return replace(NetworkSettings.of(name, Preset.QUICK), most_steps=steps, batch_size=8, **changes)


def rmse(predictor, test):
    return float(np.sqrt(np.mean(np.square(predictor.predict(test) - test.emg))))


@pytest.mark.parametrize("name", ["paper", "cnn_repo", "modern"])
def test_learns_what_the_mean_does_not_know(name):
    train, test = some_windows(per_exercise=40), some_windows(per_exercise=10, seed=1)
    network, mean = NetworkPredictor(name, brief(name, steps=60)), MeanPredictor()
    for predictor in (network, mean):
        predictor.fit(train, 0)
    assert rmse(network, test) < 0.8 * rmse(mean, test)
    assert network.predict(test).min() >= 0


@pytest.mark.parametrize("name", ["cnn_paper", "conditioned"])
def test_the_large_ones_begin_at_the_mean_and_learn(name):
    train = some_windows(per_exercise=4, joints=True)
    network = NetworkPredictor(name, brief(name, steps=3, learning_rate=1e-5))
    losses = []
    network.fit(train, 0, progress=lambda moment: losses.append(moment.loss))
    mean = MeanPredictor()
    mean.fit(train, 0)
    assert len(losses) == 3
    assert np.abs(network.predict(train) - mean.predict(train)).max() < 25
    assert rmse(network, train) < 1.5 * rmse(mean, train)


@pytest.mark.parametrize("name", NETWORKS)
def test_predicts_without_the_truth_and_survives_the_disk_exactly(name, tmp_path):
    train, test = some_windows(per_exercise=4, joints=True), some_windows(per_exercise=2, seed=1, joints=True)
    network = NetworkPredictor(name, brief(name, steps=2))
    network.fit(train, 0)
    said = network.predict(replace(test, emg=np.full_like(test.emg, np.nan)))
    assert (said.shape, said.dtype) == (test.emg.shape, np.float32)
    network.save(tmp_path / "new" / "n.safetensors")
    loaded = NetworkPredictor.load(tmp_path / "new" / "n.safetensors")
    np.testing.assert_array_equal(loaded.predict(test), said)
    assert (loaded.name, loaded.settings) == (name, network.settings)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["n.safetensors"]
    if name in SIZES:
        learned = {key for key in network.state.weights if "running" not in key and "batches" not in key}
        assert sum(network.state.weights[key].size for key in learned) == SIZES[name]


@pytest.mark.parametrize("name", ["paper", "modern"])
def test_the_seed_and_nothing_else_decides_the_weights(name):
    train = some_windows(per_exercise=6)

    def weights(seed):
        predictor = NetworkPredictor(name, brief(name, steps=4))
        predictor.fit(train, seed)
        return predictor.state.weights

    torch.manual_seed(123)
    first = weights(5)
    torch.rand(7)
    before = torch.random.get_rng_state()
    second = weights(5)
    assert torch.equal(torch.random.get_rng_state(), before), "others' random numbers are left alone"
    third = weights(6)
    assert all(np.array_equal(first[key], second[key]) for key in first)
    assert any(not np.array_equal(first[key], third[key]) for key in first)


def test_learning_on_starts_where_the_other_ended_and_leaves_it_alone():
    train, other = some_windows(per_exercise=10), some_windows(per_exercise=4, seed=3, subjects=("Subject5",))
    first = NetworkPredictor("paper", brief("paper", steps=10))
    first.fit(train, 0)
    state = first.state
    kept = {name: value.copy() for name, value in state.weights.items()}
    said = first.predict(other)
    for optimiser in Optimiser:
        second = NetworkPredictor(
            "paper", brief("paper", steps=3, optimiser=optimiser, learning_rate=1e-9, warm_up=0.0)
        )
        second.fit_from(state, other, 1)
        np.testing.assert_allclose(second.predict(other), said, atol=1e-3)
        assert second.state.subjects == ("Subject0", "Subject5")
    assert all(np.array_equal(kept[name], first.state.weights[name]) for name in kept)


def test_learning_on_refuses_what_does_not_fit():
    first = NetworkPredictor("cnn_repo", brief("cnn_repo", steps=1))
    first.fit(some_windows(per_exercise=2), 0)
    with pytest.raises(PredictorError, match="channels"):
        first.fit_from(first.state, some_windows(per_exercise=2, channels=("a", "b", "c", "d")), 0)
    with pytest.raises(CheckpointMismatchError, match="cnn_repo"):
        NetworkPredictor("paper").fit_from(first.state, some_windows(per_exercise=2), 0)
    broken = replace(first.state, weights={**first.state.weights, "norms.0.bias": np.zeros(3, np.float32)})
    with pytest.raises(CheckpointMismatchError, match=r"norms\.0\.bias"):
        NetworkPredictor.of(broken)


def test_what_chooses_is_later_than_what_is_learned_and_shares_no_step_with_it():
    windows = some_windows(per_exercise=30, stride=7, subjects=("a", "b"))
    learned, held_out = hold_out(windows, 0.2)
    for recording in range(6):
        steps = [
            {
                int(step)
                for row in rows[windows.recording[rows] == recording]
                for step in windows.start_step[row] + np.arange(30)
            }
            for rows in (learned, held_out)
        ]
        assert max(steps[0]) < min(steps[1])
        whole = 29 * 7 + 30
        assert 0.1 * whole < len(steps[1]) <= 0.2 * whole
    everything, nothing = hold_out(windows, 0.0)
    assert (len(everything), len(nothing)) == (windows.n_windows, 0)
    learned, held_out = hold_out(some_windows(per_exercise=4, stride=1, exercises=("squat",)), 0.4)
    assert (len(learned), len(held_out)) == (4, 0), "too short a recording holds nothing out"


def test_the_best_weights_are_kept_where_a_share_is_held_out():
    train = some_windows(per_exercise=20)
    moments = []
    # At this rate the error only rises after the first steps.
    network = NetworkPredictor(
        "cnn_repo",
        brief(
            "cnn_repo",
            steps=20,
            held_out=0.2,
            evaluations=20,
            optimiser=Optimiser.SGD,
            learning_rate=0.5,
            warm_up=0.0,
            falls=False,
        ),
    )
    network.fit(train, 0, progress=moments.append)
    seen = [moment.held_out_rmse for moment in moments]
    assert None not in seen
    assert min(seen) < seen[-1] - 0.1
    held_out = train.take(hold_out(train, 0.2)[1])
    assert rmse(network, held_out) == pytest.approx(min(seen), rel=1e-5)


def test_stops_when_asked_and_reports_every_step():
    moments = []
    network = NetworkPredictor("cnn_repo", brief("cnn_repo", steps=9))
    network.fit(some_windows(per_exercise=4), 0, moments.append, lambda: len(moments) >= 3)
    assert [(moment.step, moment.steps, moment.held_out_rmse) for moment in moments] == [
        (n, 9, None) for n in (1, 2, 3)
    ]
    assert network.predict(some_windows(per_exercise=1)).shape == (3, 30, 4)


def test_every_second_of_recording_is_drawn_alike_where_it_is_wanted():
    """The first exercise is cut six times denser; drawn by window it decides what is learned."""
    dense, sparse = some_windows(stride=5, per_exercise=60), some_windows(stride=30, per_exercise=10)
    rows = np.flatnonzero((dense.exercise == 0) | (dense.start_step % 30 == 0))
    uneven = dense.take(rows)
    shares = {}
    for by_time in (False, True):
        drawn = []
        network = NetworkPredictor("cnn_repo", brief("cnn_repo", steps=40, by_recording_time=by_time))
        recipe = network._recipe
        original = recipe.inputs

        def spy(windows, rows, subjects, drawn=drawn, original=original):
            drawn.extend(windows.exercise[rows])
            return original(windows, rows, subjects)

        recipe.inputs = spy
        network.fit(uneven, 0)
        shares[by_time] = np.mean(np.array(drawn) == 0)
    assert shares[False] == pytest.approx(60 / 80, abs=0.08)
    assert shares[True] == pytest.approx(1 / 3, abs=0.08)
    assert sparse.n_windows == 30


def test_the_conditioned_network_needs_joints_and_few_subjects():
    network = NetworkPredictor("conditioned", brief("conditioned", steps=1))
    with pytest.raises(PredictorError, match="three dimensions"):
        network.fit(some_windows(per_exercise=1), 0)
    many = tuple(f"Subject{number}" for number in range(11))
    with pytest.raises(PredictorError, match="11"):
        network.fit(some_windows(per_exercise=1, exercises=("squat",), subjects=many, joints=True), 0)


@pytest.mark.parametrize("name", ["paper", "cnn_paper", "cnn_repo", "conditioned"])
def test_windows_may_be_as_short_as_one_step(name):
    train = some_windows(per_exercise=3, n_steps=1, joints=True)
    network = NetworkPredictor(name, brief(name, steps=1))
    network.fit(train, 0)
    assert np.isfinite(network.predict(train)).all()
    with pytest.raises(PredictorError, match="too short"):
        NetworkPredictor("modern", brief("modern")).fit(train, 0)


def test_subjects_are_told_by_name_and_a_stranger_is_their_mean():
    train = some_windows(per_exercise=1, exercises=("squat",), subjects=("Ann", "Bob"), joints=True)
    recipe = NetworkPredictor("conditioned")._recipe
    other = some_windows(per_exercise=1, exercises=("squat",), subjects=("Cid", "Bob", "Ann"), joints=True)
    _, told = recipe.inputs(other, np.arange(3), train.about.subjects)
    assert told.tolist() == pytest.approx([0.95, 0.9, 1.0])


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_no_network_is_an_error(tmp_path, content):
    (tmp_path / "n.safetensors").write_bytes(content)
    with pytest.raises((CheckpointError, CheckpointMismatchError)):
        NetworkPredictor.load(tmp_path / "n.safetensors")
    with pytest.raises(CheckpointError):
        NetworkPredictor.load(tmp_path / "absent.safetensors")


def test_a_state_survives_json_and_names_what_it_does_not_know():
    network = NetworkPredictor("cnn_repo", brief("cnn_repo", steps=1))
    with pytest.raises(PredictorError, match="Nothing was learned"):
        network.predict(some_windows(per_exercise=1))
    network.fit(some_windows(per_exercise=1), 0)
    about = {name: list(value) if isinstance(value, tuple) else value for name, value in network.state.about.items()}
    assert NetworkState.of(about, network.state.weights).channels == network.state.channels
    for wrong in ({**about, "name": "gpt"}, {**about, "extra": 1}, {"name": "paper"}):
        with pytest.raises(CheckpointMismatchError):
            NetworkState.of(wrong, network.state.weights)


def test_the_papers_settings_are_the_papers():
    paper = NetworkSettings.of("paper", Preset.PAPER)
    assert (paper.optimiser, paper.learning_rate, paper.batch_size, paper.epochs) == (Optimiser.ADAM, 5e-6, 32, 251)
    assert (paper.steps(19_563), paper.rate(0, 100), paper.rate(99, 100)) == (251 * 611, 5e-6, 5e-6)
    assert NetworkSettings.of("cnn_paper", Preset.PAPER).batch_size == 8
    quick = NetworkSettings.of("paper", Preset.QUICK)
    assert quick.steps(19_563) == quick.most_steps
    rates = [quick.rate(step, 200) for step in range(200)]
    assert 0 < rates[0] < rates[19] <= max(rates) == rates[20] == quick.learning_rate
    assert rates[-1] < 0.001 * quick.learning_rate
    assert NetworkSettings.from_dict(quick.to_dict()) == quick
    with pytest.raises(ValueError, match="no network"):
        NetworkSettings.of("gpt", Preset.QUICK)
    with pytest.raises(ValueError, match="nothing can be trained"):
        replace(quick, epochs=0)


@pytest.mark.parametrize("name", ["paper", "conditioned"])
def test_dropout_is_what_the_settings_say(name):
    network = NetworkPredictor(name, brief(name, steps=1, dropout=0.25))
    network.fit(some_windows(per_exercise=4, joints=True), 0)
    assert network.state.numbers["dropout"] == 0.25


def test_bodies_keep_their_shape_where_pictures_are_portrait():
    about = some_windows(per_exercise=1).about
    for layout in ("iccv2023", "first_version", "simulated"):
        width, height = picture_size(replace(about, layout=layout))
        assert width / height == PICTURE_PX[0] / PICTURE_PX[1]
    width, height = picture_size(replace(about, layout="mia-live", picture_aspect=4 / 3))
    assert width / height == pytest.approx(4 / 3)
    with pytest.raises(PredictorError, match="not all of one shape"):
        picture_size(replace(about, layout="mia-live"))
