from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from mia_core.dataset.filmed_set import FilmedSet
from mia_core.evaluation.heldout_recipes import EXACT_CAMERAS
from mia_core.models.checkpoint import card_path, load_checkpoint
from mia_core.muscles import MONTAGE
from tests.evaluation.heldout_fakes import clip, waves
from tests.fakes.untrained_model import save_untrained

SCORES = {"rmse", "rmse_mean_baseline", "ratio", "r", "coverage80", "by_lookahead", "by_effort"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_untrained(tmp_path / "model")


@pytest.fixture
def heldout(tmp_path: Path) -> Path:
    folder = tmp_path / "heldout"
    folder.mkdir()
    clips = tuple(replace(clip(waves(5.0, 0.3 * i), f"02_0{i}@0"), subject="cmu-02") for i in range(3))
    FilmedSet("real_motion", "made up", clips, {"seed": 2026}).save(folder / "real_motion.npz")
    walk = clip(waves(1.3), "walk@front", measured=waves(1.3, -0.1))
    FilmedSet("measured_walk", "made up", (walk,)).save(folder / "measured_walk.npz")
    return folder


def mia(*arguments: str | Path) -> str:
    outcome = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert outcome.exit_code == 0
    return outcome.stdout


def test_a_model_is_judged_and_its_card_says_so(model: Path, heldout: Path) -> None:
    weights = load_checkpoint(model).weights_sha256
    printed = json.loads(mia("model", "evaluate", model, "--heldout", heldout, "--json"))
    assert list(printed["heldout"]) == ["real_motion", "measured_walk"]
    for scores in printed["heldout"].values():
        assert scores.keys() >= SCORES
        assert list(scores["r"]) == list(MONTAGE.names)
        assert scores["coverage80"] is None, "an untrained model knows no spread"
    assert printed["heldout"]["real_motion"]["subjects"] == ["cmu-02"]
    assert len(printed["heldout"]["measured_walk"]["walk"]) == 8
    assert printed["low_confidence"] == list(load_checkpoint(model).card.low_confidence)
    assert printed["weights_sha256"] == weights == load_checkpoint(model).weights_sha256
    assert json.loads(mia("model", "card", model, "--json")) == printed, "the card keeps it"


def test_what_exact_keypoints_give_is_printed_and_not_written(model: Path, heldout: Path) -> None:
    motion = FilmedSet.load(heldout / "real_motion.npz")
    FilmedSet(motion.name, EXACT_CAMERAS, motion.clips, motion.settings).save(heldout / "real_motion.npz")
    before = card_path(model).read_bytes()
    printed = json.loads(mia("model", "evaluate", model, "--heldout", heldout, "--json"))
    assert printed["heldout"]["real_motion"]["keypoints"] == EXACT_CAMERAS
    assert card_path(model).read_bytes() == before


def test_the_card_reads_well(model: Path, heldout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert "Not judged on held-out motion yet" in mia("model", "card", model)
    said = mia("model", "evaluate", model, "--heldout", heldout)
    for text in ("real motion", "cmu-02", "Left biceps", "0.2 s", "never measured, but for the sEMG", "front, left"):
        assert text in said
    low = load_checkpoint(model).card.low_confidence
    assert said.count("low confidence") == len(low) > 0
    assert mia("model", "card", card_path(model)) == said


def test_what_is_wrong_is_said(model: Path, tmp_path: Path) -> None:
    for arguments in (
        ("model", "evaluate", model, "--heldout", tmp_path),
        ("model", "card", tmp_path / "none.safetensors"),
    ):
        outcome = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        assert outcome.exit_code == 1
        assert getattr(outcome.exception, "advice", "")


def test_held_out_sets_can_be_asked_for(tmp_path: Path) -> None:
    assert "--motions" in mia("heldout", "--help")
    outcome = CliRunner().invoke(cli, ["heldout", "--out", str(tmp_path), "--walk", str(tmp_path / "none")])
    assert outcome.exit_code == 1
    assert getattr(outcome.exception, "advice", "")


def test_a_file_can_not_hold_the_held_out_sets(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    outcome = CliRunner().invoke(cli, ["heldout", "--out", str(tmp_path / "taken")])
    assert outcome.exit_code == 1
    assert "can't be written to" in str(outcome.exception)


def test_the_shipped_models_are_listed() -> None:
    assert "(used when none is named)" in mia("model", "list")
