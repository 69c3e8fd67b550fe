"""The curve over seconds of a person's data: what is drawn, and what is left out and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import DataSetError
from mia_core.evaluation.adaptation_curve import adaptation_curve
from mia_core.training.trainer import train
from mia_core.training.training_config import ModelKind, TrainingConfig
from tests.fakes.motion_clips import save_set
from tests.fakes.step_clips import make_step_clip


def recorded(seconds: int, hidden_until_s: float = 0.0) -> RecordedSet:
    """One unlabelled recording; an arm is hidden at first."""
    clip = make_step_clip(10 * seconds, exercise="unlabelled")
    noise = np.random.default_rng(0).normal(0, 20, clip.keypoints_px.shape).astype(np.float32)
    confidence = clip.confidence.copy()
    confidence[: round(10 * hidden_until_s), 4] = 0.1
    return RecordedSet((replace(clip, keypoints_px=clip.keypoints_px + noise, confidence=confidence),), "abc")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    config = replace(TrainingConfig.of(ModelKind.MODERN, "own"), steps=1, batch_size=4, width=16, warm_up_steps=1)
    return train(config, save_set(folder / "data", n_clips=2, n_subjects=1, seconds=1.5), folder / "model")


def test_what_can_not_be_drawn_is_told(model: Path, tmp_path: Path) -> None:
    told: list[float] = []
    data = recorded(75, hidden_until_s=12.0)
    curve = adaptation_curve(model, data, tmp_path, (15, 30, 60, 120), 1, 2, lambda share, _: told.append(share))
    assert curve is not None
    assert [point.seconds for point in curve.points] == [30, 60]
    assert any(said.startswith("Not drawn at 15 s: The right biceps is never known") for said in curve.warnings)
    assert "Not drawn at 120 s: only 60 s can be learned from." in curve.warnings
    assert curve.model == "own"
    assert curve.held_out_s == 14.0
    assert told == [0.0, 0.25, 0.5, 0.75, 1.0]
    for point in curve.points:
        assert point.adapted95[0] <= point.adapted <= point.adapted95[1]


def test_nothing_to_draw_is_refused_and_a_stop_leaves_no_curve(model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="Not drawn at 120 s: only 60 s"):
        adaptation_curve(model, recorded(75), tmp_path / "a", (120,))
    assert adaptation_curve(model, recorded(75), tmp_path / "b", (30,), should_stop=lambda: True) is None
