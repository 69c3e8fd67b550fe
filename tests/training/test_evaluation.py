import numpy as np
import pytest

from mia_core.muscles import MONTAGE
from mia_core.training.evaluation import judge

rng = np.random.default_rng(0)
TRUTH = rng.uniform(0, 0.5, (20, 30, 8)).astype(np.float32)
VALID = rng.random((20, 30)) < 0.8
MEAN = TRUTH[VALID].mean(axis=0)


def test_truth_is_perfect_and_the_mean_is_the_floor():
    perfect = judge(TRUTH, TRUTH, VALID, MEAN, "x")
    assert perfect.rmse == 0
    assert all(r == pytest.approx(1) for r in perfect.pearson_r.values())
    floor = judge(np.broadcast_to(MEAN, TRUTH.shape), TRUTH, VALID, MEAN, "x")
    assert floor.rmse_over_mean == pytest.approx(1)
    assert set(floor.pearson_r.values()) == {0.0}
    assert tuple(floor.pearson_r) == MONTAGE.names


def test_counts_valid_steps_only():
    predicted = np.where(VALID[..., None], TRUTH, 9).astype(np.float32)
    assert judge(predicted, TRUTH, VALID, MEAN, "x").rmse == 0


def test_lookahead_counts_from_the_end_of_the_window():
    predicted = TRUTH.copy()
    predicted[:, 27] += 0.25
    metrics = judge(predicted, TRUTH, VALID, MEAN, "x")
    assert metrics.rmse_by_lookahead["2"] == pytest.approx(0.25, rel=1e-5)
    assert {steps for steps, rmse in metrics.rmse_by_lookahead.items() if rmse > 0} == {"2"}


def test_muscles_are_told_apart():
    predicted = TRUTH.copy()
    predicted[..., 3] += 0.1
    by_muscle = judge(predicted, TRUTH, VALID, MEAN, "x").rmse_over_mean_by_muscle
    assert [name for name, ratio in by_muscle.items() if ratio > 0] == [MONTAGE.names[3]]
