from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.evaluation.filmed_windows import FilmedWindows, windows_of
from mia_core.evaluation.heldout_scoring import HeldOutError, correlation, score
from mia_core.models.activation_model import Prediction
from mia_core.muscles import MONTAGE
from tests.evaluation.heldout_fakes import clip, waves

MEAN = np.full(8, 0.3, np.float32)


@pytest.fixture
def windows() -> FilmedWindows:
    return windows_of([clip(waves(8.0, delay_s=0.3 * i), name=f"motion{i}@1") for i in range(5)])


def said(values: np.ndarray, half_width: float = 0.1) -> Prediction:
    return Prediction(values, values - np.float32(half_width), values + np.float32(half_width))


def test_the_truth_itself_is_perfect(windows: FilmedWindows) -> None:
    scores = score("demo", windows, said(windows.activation), MEAN)
    assert scores.rmse == 0
    assert scores.ratio == 0
    assert scores.rmse_mean_baseline == pytest.approx(0.2 / np.sqrt(2), rel=0.1)
    assert all(r == pytest.approx(1) for r in scores.r.values())
    assert scores.coverage80 == 1


def test_the_mean_is_no_skill(windows: FilmedWindows) -> None:
    scores = score("demo", windows, said(np.broadcast_to(MEAN, windows.activation.shape)), MEAN)
    assert scores.ratio == pytest.approx(1)
    assert set(scores.r.values()) == {0.0}
    assert {steps: live.ratio for steps, live in scores.by_lookahead.items()} == pytest.approx(
        dict.fromkeys("0124", 1.0)
    )


def test_scores_are_the_textbooks(windows: FilmedWindows) -> None:
    rng = np.random.default_rng(3)
    valid = rng.random(windows.valid.shape) < 0.8
    windows = replace(windows, valid=valid)
    values = (windows.activation + rng.normal(0, 0.1, windows.activation.shape)).astype(np.float32)
    scores = score("demo", windows, said(values, 0.128), MEAN)
    truth, predicted = windows.activation[valid].astype(float), values[valid].astype(float)
    assert scores.rmse == pytest.approx(np.sqrt(np.mean((truth - predicted) ** 2)))
    assert scores.rmse_mean_baseline == pytest.approx(np.sqrt(np.mean((truth - MEAN) ** 2)))
    assert scores.ratio == pytest.approx(scores.rmse / scores.rmse_mean_baseline)
    expected = [np.corrcoef(truth[:, i], predicted[:, i])[0, 1] for i in range(8)]
    assert list(scores.r.values()) == pytest.approx(expected, abs=1e-4)
    arms = [placement.muscle.is_arm for placement in MONTAGE.placements]
    assert scores.r_arms == pytest.approx(np.mean(np.array(expected)[arms]))
    assert scores.r_legs == pytest.approx(np.mean(np.array(expected)[np.invert(arms)]))
    assert scores.coverage80 == pytest.approx(0.8, abs=0.01), "1.28 standard deviations hold 80 %"


def test_look_ahead_counts_from_the_windows_end(windows: FilmedWindows) -> None:
    values = windows.activation.copy()
    values[:, 27] += 0.5  # the step with two steps of future
    scores = score("demo", windows, said(values), MEAN)
    by_lookahead = scores.by_lookahead
    assert {steps: live.rmse for steps, live in by_lookahead.items()} == pytest.approx(
        {"0": 0, "1": 0, "2": 0.5, "4": 0}
    )
    assert {steps: live.coverage80 for steps, live in by_lookahead.items()} == {"0": 1, "1": 1, "2": 0, "4": 1}
    correlations = [r for live in by_lookahead.values() for r in (live.r_arms, live.r_legs)]
    assert correlations == pytest.approx([1.0] * 8), "an offset is no noise"


def test_effort_is_told_from_rest(windows: FilmedWindows) -> None:
    halved = windows.activation / np.float32(2)
    prediction = Prediction(halved, halved, windows.activation * (windows.activation < 0.2))
    rows = score("demo", windows, prediction, MEAN).by_effort
    assert [row.least for row in rows] == [0.1, 0.2, 0.4], "the waves go from 0.1 to 0.5"
    assert sum(row.steps for row in rows) == 8 * windows.valid.sum()
    assert [row.said for row in rows] == pytest.approx([row.true / 2 for row in rows], abs=1e-4)
    assert [row.coverage80 for row in rows] == [1, 0, 0]


def test_a_look_ahead_without_a_truth_is_left_out(windows: FilmedWindows) -> None:
    valid = windows.valid.copy()
    valid[:, 29] = False
    scores = score("demo", replace(windows, valid=valid), said(windows.activation), MEAN)
    assert list(scores.by_lookahead) == ["1", "2", "4"]


def test_a_model_without_spread_has_no_coverage(windows: FilmedWindows) -> None:
    scores = score("demo", windows, said(windows.activation, np.nan), MEAN)
    assert scores.coverage80 is None
    assert scores.coverage80_by_muscle == {}


def test_the_bootstrap_draws_motions_not_films(windows: FilmedWindows) -> None:
    rng = np.random.default_rng(4)
    # a motion's error is its own, so motions differ
    offset = rng.normal(0, 0.1, 5)[windows.motion][:, None, None].astype(np.float32)
    values = windows.activation + offset
    once = score("demo", windows, said(values), MEAN, with_intervals=True)
    low, high = once.interval95["ratio"]
    assert low < once.ratio < high
    assert set(once.interval95) == {"ratio", "r_legs", "r_arms", *MONTAGE.names}
    names = ("keypoints_px", "confidence", "image_sizes_px", "activation", "valid", "motion")
    twice = FilmedWindows(*(np.concatenate([getattr(windows, name)] * 2) for name in names))
    seen_twice = score("demo", twice, said(np.concatenate([values] * 2)), MEAN, with_intervals=True)
    assert seen_twice.interval95["ratio"] == pytest.approx(once.interval95["ratio"]), "a second camera is no new motion"


def test_nothing_to_judge_is_said(windows: FilmedWindows) -> None:
    never = replace(windows, valid=np.zeros_like(windows.valid))
    with pytest.raises(HeldOutError, match="demo"):
        score("demo", never, said(windows.activation), MEAN)


def test_correlation() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, 50))
    assert correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert correlation(a, np.full(50, 0.123456789)) == 0
    assert correlation(a[:0], b[:0]) == 0
