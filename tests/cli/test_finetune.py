"""`mia finetune`: a model of one's own, its files, the way back, and what it is worth to a simulated person."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from typer.testing import CliRunner

from app.app_settings import SettingsStore
from app.cli import cli
from mia_core.errors import MiaError
from mia_core.models.checkpoint import find_model, load_checkpoint
from tests.fakes.recorded_demo import make_demo_session
from tests.fakes.simulated_person import make_person_session

BEFORE = "modern-sim-1"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_session(tmp_path_factory.mktemp("recorded") / "sub-P01" / "ses-1", seconds=31, effort=0.5)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SettingsStore]:
    """Settings of an application that is not the one of whoever runs the tests."""
    store = SettingsStore(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    monkeypatch.setattr("app.app_settings.own_settings", lambda: store)
    return store


def mia(*arguments: str | Path) -> str:
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    if isinstance(done.exception, MiaError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_model_is_adapted_used_and_given_up(tmp_path: Path, session: Path, store: SettingsStore) -> None:
    out = tmp_path / "models"
    weights_before = find_model(BEFORE).read_bytes()
    told = json.loads(mia("finetune", "--data", session.parent, "--out", out, "--steps", "20", "--use", "--json"))
    model = out / f"{BEFORE}-P01.safetensors"
    assert told["model"] == str(model)
    made = {path.name.removeprefix(f"{BEFORE}-P01") for path in out.iterdir()} - {"-report.png"}
    assert made == {".safetensors", ".json", "-report.json", "-report.txt"}
    everything = told["report"]["rows"][0]
    assert everything["after"] < everything["before"], "the subject is twice as strong as the model believes"
    assert json.loads((out / f"{BEFORE}-P01-report.json").read_text()) == told["report"]
    report = (out / f"{BEFORE}-P01-report.txt").read_text()
    assert "that it never saw, simulated sEMG" in report
    assert "the intervals are rough" in report
    assert find_model(BEFORE).read_bytes() == weights_before
    check_used(model, store)
    check_refused_again(session, model, tmp_path)
    check_undone(model, store)


def check_used(model: Path, store: SettingsStore) -> None:
    assert store.load().activation_model == str(model)
    said = mia("model", "card", model)
    assert "P01 by" in said
    assert f"s of their data, from {BEFORE}" in said.replace("\n", " ")
    card = load_checkpoint(model).card
    assert card.training is not None
    assert card.metrics is not None
    low = {name for name, r in card.metrics.pearson_r.items() if r < 0.45}
    assert set(card.low_confidence) == low, "it is judged by its own person"


def check_refused_again(session: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(MiaError, match="is there already"):
        mia("finetune", "--data", session, "--out", model.parent)
    with pytest.raises(MiaError, match="has learned from P01 already"):
        mia("finetune", "--data", session, "--out", tmp_path / "no", "--model", model)
    assert list((tmp_path / "no").iterdir()) == []
    with pytest.raises(MiaError, match="There is no session and no packed export"):
        mia("finetune", "--data", model.parent, "--out", tmp_path / "no")
    with pytest.raises(MiaError, match="was not adapted to anybody"):
        mia("finetune", "--undo", BEFORE)


def check_undone(model: Path, store: SettingsStore) -> None:
    said = mia("finetune", "--undo", model.stem)
    assert f"The application uses {BEFORE} again" in said
    assert store.load().activation_model == ""
    assert not model.exists()
    lies = model.parent / ".trash" / model.name
    assert load_checkpoint(lies).card.adapted_to == "P01"
    assert str(model) in mia("model", "restore", model)
    assert load_checkpoint(model).card.adapted_to == "P01"
    assert "again" not in mia("finetune", "--undo", model), "nobody uses it"


def test_undoing_goes_back_to_a_parent_of_ones_own(tmp_path: Path, session: Path, store: SettingsStore) -> None:
    own = tmp_path / "own.safetensors"
    for ending in (".safetensors", ".json"):
        own.with_suffix(ending).write_bytes(find_model(BEFORE).with_suffix(ending).read_bytes())
    store.save(store.load().with_activation_model(str(own)))
    options = ("--model", own, "--out", tmp_path / "out", "--name", "mine", "--steps", "1", "--use")
    mia("finetune", "--data", session, *options)
    assert store.load().activation_model_before == str(own)
    assert f"uses {own} again" in mia("finetune", "--undo", "mine").replace("\n", "")
    assert store.load().activation_model == str(own)


@pytest.mark.heavy
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", [61, 62])
def test_an_adapted_model_beats_the_unadapted_one_and_one_from_nothing(
    tmp_path: Path, store: SettingsStore, seed: int
) -> None:
    session = make_person_session(tmp_path / "session", tmp_path / "motion", seed=seed)
    told = json.loads(mia("finetune", "--data", session, "--out", tmp_path / "out", "--curve", "--json"))
    printed = (tmp_path / "out" / f"{BEFORE}-P{seed}-report.txt").read_text()
    sys.stdout.write(printed)
    everything, curve = told["report"]["rows"][0], told["curve"]
    assert everything["change95"][1] < 0
    points = {point["seconds"]: point for point in curve["points"]}
    for point in points.values():
        assert point["adapted"] < curve["unadapted"], point
        assert point["over_scratch95"][1] < 0, point
    for seconds in (60, 120):  # with less a muscle may be hidden all the time, and less is not asked for
        point = points[seconds]
        assert point["adapted"] < point["scratch"], point
        assert point["over_unadapted95"][1] < 0, point
        assert f"{100 * point['adapted']:.2f} (" in printed
        assert f"{100 * point['scratch']:.2f} (" in printed
    assert curve["points"][-1]["adapted"] < curve["points"][0]["adapted"], "more data teach more"
    assert store.load().activation_model == "", "it was not asked to be used"
