from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.filmed_set import FilmedSet
from mia_core.errors import CheckpointError
from mia_core.evaluation.ablation import AS_SHIPPED, ablate, ablations
from mia_core.models.ablation_table import AblationRow, BriefScores, read_ablations
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_state import TrainingRunError
from tests.evaluation.heldout_fakes import clip, waves
from tests.fakes.motion_clips import save_set

FILM = {"simulated": FilmedSet("simulated", "made up", (clip(waves(6.0), "wave@0"),))}
BASE = TrainingConfig.of(ModelKind.MODERN, "variant", steps=2)


def test_variants_differ_in_one_thing_each():
    variants = ablations(BASE)
    assert variants[AS_SHIPPED] == BASE
    for change, config in variants.items():
        different = {name for name in BASE.to_dict() if BASE.to_dict()[name] != config.to_dict()[name]}
        if config.model is ModelKind.MODERN:
            assert len(different) == (change != AS_SHIPPED), (change, different)
        assert (config.seed, config.steps) == (BASE.seed, BASE.steps)


def test_every_variant_is_trained_once_and_judged(tmp_path):
    data = save_set(tmp_path / "data", n_clips=4, seconds=2)
    chosen = ("the paper's network and input", "coordinates in place of body features", "no random movement")
    variants = {change: ablations(BASE)[change] for change in chosen}
    told = []
    rows = ablate(variants, data, FILM, tmp_path / "out", lambda *args: told.append(args), lambda: False)
    assert tuple(row.change for row in rows) == chosen
    assert rows[0].parameters == 2_430_856
    assert [row.steps for row in rows] == [2, 2, 2]
    assert all(np.isfinite(row.scores["simulated"].ratio) for row in rows)
    assert told[-1] == (1.0, "done")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")}
    again = ablate(variants, data, FILM, tmp_path / "out", lambda *_: None, lambda: False)
    assert again == rows
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.safetensors")} == before
    longer = {chosen[0]: replace(variants[chosen[0]], steps=3)}
    with pytest.raises(TrainingRunError):
        ablate(longer, data, FILM, tmp_path / "out", lambda *_: None, lambda: False)


def test_a_table_comes_back_from_a_card():
    row = AblationRow("no mirror", 1000, 1, 1500, {"real_motion": BriefScores(0.8, 0.7, 0.4)})
    plain = {
        "change": "no mirror",
        "parameters": 1000,
        "seed": 1,
        "steps": 1500,
        "scores": {"real_motion": {"ratio": 0.8, "r_legs": 0.7, "r_arms": 0.4}},
    }
    assert read_ablations([plain]) == (row,)
    for damaged in ({}, [{**plain, "scores": 3}], [{**plain, "seed": "x"}], [1]):
        with pytest.raises(CheckpointError) as caught:
            read_ablations(damaged)
        assert caught.value.advice
