"""Training on recorded steps: from another model, with a part that is held out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.recorded_set import KIND, RecordedSet
from mia_core.dataset.simulated_set import DataSetError
from mia_core.models.checkpoint import load_checkpoint
from mia_core.models.model_card import SIMULATED
from mia_core.training.trainer import train
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_log import TrainingProgress
from tests.fakes.motion_clips import save_set
from tests.fakes.step_clips import make_step_clip

QUICK = replace(
    TrainingConfig.of(ModelKind.MODERN, "quick").on_recorded(starts_from_another=True),
    steps=4,
    batch_size=4,
    evaluate_every=2,
    warm_up_steps=1,
    width=16,
    ema_decay=0.0,
)


def save_recorded(folder: Path, provenance: str = "measured") -> Path:
    """Write a set of eight exercises."""
    folder.mkdir()
    clips = []
    for number in range(8):
        path = folder / f"{number}.npz"
        clip = make_step_clip(40, start_s=10.0 * number, exercise=f"own_{number}")
        noise = np.random.default_rng(number).normal(0, 20, clip.keypoints_px.shape).astype(np.float32)
        replace(clip, provenance=provenance, keypoints_px=clip.keypoints_px + noise).save(path)
        clips.append({"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
    manifest = {"kind": KIND, "schema_version": 1, "complete": True, "clips": clips}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parent")
    data = save_set(folder / "data", n_clips=2, n_subjects=1, seconds=1.5)
    return train(replace(QUICK, name="parent", steps=1), data, folder / "model")


def test_a_model_of_a_subject_says_where_it_comes_from(parent: Path, tmp_path: Path) -> None:
    data, told = save_recorded(tmp_path / "data"), list[TrainingProgress]()
    card = load_checkpoint(train(QUICK, data, tmp_path / "out", told.append, init=parent)).card
    assert card.provenance == f"measured sEMG of P01, on top of parent ({SIMULATED})"
    assert card.training is not None
    assert card.training.recipe["sessions"] == "sub-P01_ses-1"
    assert card.training.minutes == pytest.approx(4 * 40 / 600, abs=0.01)
    assert "P01" in card.training.subjects
    assert card.metrics is not None
    assert card.metrics.data.startswith("0.1 minutes of P01, motion that was not learned from; sEMG measured")
    assert [report.step for report in told] == [0, 2, 4], "what it was before is judged first"
    assert RecordedSet.load(data).data_sha256 == card.training.data_sha256


def test_what_was_before_is_kept_when_nothing_is_better(parent: Path, tmp_path: Path) -> None:
    still = replace(QUICK, peak_learning_rate=0.0)
    child = load_checkpoint(train(still, save_recorded(tmp_path / "data"), tmp_path / "out", init=parent))
    assert child.card.training is not None
    assert child.card.training.steps == 0
    for name, value in load_checkpoint(parent).weights.items():
        np.testing.assert_array_equal(child.weights[name], value)


def test_simulated_semg_is_never_called_measured(parent: Path, tmp_path: Path) -> None:
    data = save_recorded(tmp_path / "data", "simulated")
    card = load_checkpoint(train(replace(QUICK, steps=1), data, tmp_path / "out", init=parent)).card
    assert card.provenance == SIMULATED
    assert card.metrics is not None
    assert card.metrics.data.endswith("sEMG simulated")


def test_a_model_of_this_subject_is_not_fitted_on(parent: Path, tmp_path: Path) -> None:
    data = save_recorded(tmp_path / "data")
    child = train(replace(QUICK, steps=1), data, tmp_path / "out", init=parent)
    with pytest.raises(DataSetError, match="has learned from P01"):
        train(replace(QUICK, steps=1), data, tmp_path / "again", init=child)


def test_a_test_set_is_refused(parent: Path, tmp_path: Path) -> None:
    data = save_recorded(tmp_path / "data")
    with pytest.raises(DataSetError, match="a part of its own"):
        train(QUICK, data, tmp_path / "out", test_dir=data, init=parent)
