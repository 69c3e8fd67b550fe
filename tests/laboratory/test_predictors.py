from dataclasses import replace

import numpy as np
import pytest

from mia_core.laboratory.nearest_neighbour import NearestNeighbour
from mia_core.laboratory.predictors import ExerciseMeanCurve, MeanPredictor, PredictorError
from mia_core.laboratory.random_predictor import RandomPredictor
from tests.laboratory.some_windows import EXERCISES, some_windows

BASELINES = [MeanPredictor, ExerciseMeanCurve, RandomPredictor, lambda: NearestNeighbour(known_exercise=False)]


@pytest.mark.parametrize("make", BASELINES)
def test_never_looks_at_the_truth_of_what_it_predicts(make):
    train, test = some_windows(), some_windows(seed=1, per_exercise=4)
    predictor = make()
    predictor.fit(train, 5)
    predicted = predictor.predict(test)
    assert predicted.shape == test.emg.shape
    assert predicted.dtype == np.float32
    np.testing.assert_array_equal(predictor.predict(replace(test, emg=np.full_like(test.emg, np.nan))), predicted)


@pytest.mark.parametrize("make", BASELINES)
def test_refuses_what_it_was_not_fitted_for(make):
    train = some_windows()
    with pytest.raises(PredictorError, match="Nothing was learned"):
        make().predict(train)
    with pytest.raises(PredictorError, match="no window"):
        make().fit(train.take(slice(0, 0)), 0)
    predictor = make()
    predictor.fit(train, 0)
    for other, what in (
        (some_windows(channels=("right_biceps", "b", "c", "d")), "channels"),
        (some_windows(n_steps=20), "steps"),
        (some_windows(unit="percent"), "unit"),
    ):
        with pytest.raises(PredictorError, match=what):
            predictor.predict(other)


def test_the_mean_counts_every_second_of_recording_once():
    sparse, dense = some_windows(stride=30, per_exercise=10), some_windows(stride=5, per_exercise=55, seed=0)
    both = []
    for windows in (sparse, dense):
        predictor = MeanPredictor()
        predictor.fit(windows, 0)
        both.append(predictor.predict(windows)[0, 0])
    assert np.abs(dense.emg.mean(axis=(0, 1)) - both[1]).max() < 3
    # The same five minutes of motion, cut five times denser for the first exercise, still weigh the same.
    rows = np.flatnonzero(dense.exercise == 0)
    uneven = dense.take(np.concatenate([rows, np.flatnonzero((dense.exercise > 0) & (dense.start_step % 30 == 0))]))
    predictor = MeanPredictor()
    predictor.fit(uneven, 0)
    said = predictor.predict(uneven)[0, 0]
    by_exercise = [dense.emg[dense.exercise == number].mean(axis=(0, 1)) for number in range(len(EXERCISES))]
    np.testing.assert_allclose(said, np.mean(by_exercise, axis=0), atol=1.5)
    assert np.abs(uneven.emg.mean(axis=(0, 1)) - np.mean(by_exercise, axis=0)).max() > 3, "counting windows would show"


def test_the_curve_is_that_of_the_exercise_by_name_and_of_all_where_it_is_unknown():
    train = some_windows()
    predictor = ExerciseMeanCurve()
    predictor.fit(train, 0)
    test = some_windows(exercises=("running", "pirouette"), per_exercise=2)
    predicted = predictor.predict(test)
    running = train.take(train.exercise == EXERCISES.index("running"))
    weights = running.weights / running.weights.sum()
    np.testing.assert_allclose(predicted[0], np.tensordot(weights, running.emg, 1), rtol=0.02)
    np.testing.assert_array_equal(predicted[0], predicted[1])
    np.testing.assert_allclose(predicted[2].mean(0), train.emg.mean(axis=(0, 1)), rtol=0.1)
    assert np.abs(predicted[2] - predicted[0]).max() > 1


def test_random_pairs_within_the_exercise_and_uses_no_window_twice_before_all_were():
    train, test = some_windows(per_exercise=8), some_windows(per_exercise=8, seed=2)
    predictor = RandomPredictor()
    predictor.fit(train, 11)
    predicted = predictor.predict(test)
    for number in range(len(EXERCISES)):
        theirs = train.emg[train.exercise == number]
        mine = predicted[test.exercise == number]
        used = [int(np.flatnonzero((theirs == window).all(axis=(1, 2)))[0]) for window in mine]
        assert sorted(used) == list(range(8))
        assert used != list(range(8))
    again = RandomPredictor()
    again.fit(train, 11)
    np.testing.assert_array_equal(again.predict(test), predicted)
    again.fit(train, 12)
    assert not np.array_equal(again.predict(test), predicted)


def test_random_begins_anew_when_all_were_used_and_takes_any_for_an_unknown_exercise():
    train, test = some_windows(per_exercise=3), some_windows(exercises=("squat", "pirouette"), per_exercise=7)
    predictor = RandomPredictor()
    predictor.fit(train, 0)
    predicted = predictor.predict(test)
    squats = train.emg[train.exercise == 0]
    counts = [int((predicted[:7] == window).all(axis=(1, 2)).sum()) for window in squats]
    assert sorted(counts) == [2, 2, 3]
    of_any = [bool((train.emg == window).all(axis=(1, 2)).any()) for window in predicted[7:]]
    assert all(of_any)
