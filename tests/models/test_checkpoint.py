import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core import bundled
from mia_core.errors import CheckpointError, CheckpointMismatchError, ModelNotFoundError
from mia_core.models.checkpoint import (
    available_models,
    card_path,
    find_model,
    load_checkpoint,
    save_checkpoint,
)
from mia_core.models.model_card import HeldOutMetrics, ModelCard, OutputKind, TrainingRecord
from mia_core.models.networks import weights_of
from mia_core.muscles import MONTAGE, Montage
from mia_core.processing.normalization import Normalization, NormalizationKind
from tests.fakes.untrained_model import save_untrained, untrained_card, untrained_network

by_muscle = dict.fromkeys(MONTAGE.names, 0.5)
FULL_CARD = ModelCard(
    "full",
    untrained_card().network,
    provenance="simulated, not measured",
    normalization=Normalization(NormalizationKind.IMAGE, 0.2),
    default_lookahead_steps=4,
    output=OutputKind.SQRT_ACTIVATION,
    licence_note="a note",
    created_utc="2026-01-01T00:00:00+00:00",
    training=TrainingRecord(
        "ab",
        {"minutes": 75, "seed": 2},
        75.0,
        12,
        ("s1", "s2"),
        ("s3",),
        3,
        4000,
        1200.5,
        {"lr": 4e-4, "loss": "mse", "ema": True},
        {"left_biceps": 0.1},
    ),
    interval80={"left_biceps": (0.9, 1.3)},
    metrics=HeldOutMetrics(
        "held-out", 100, 0.05, 0.7, by_muscle, by_muscle, {"0": 0.06, "2": 0.05}, {"0": 0.8, "2": 0.7}
    ),
)


@pytest.fixture
def model(tmp_path):
    return save_untrained(tmp_path)


def rewrite_card(path, **changes):
    values = json.loads(card_path(path).read_text())
    card_path(path).write_text(json.dumps(values | changes))


def test_round_trip(tmp_path):
    weights = weights_of(untrained_network())
    path = save_checkpoint(tmp_path / "new" / "m.safetensors", FULL_CARD, weights)
    loaded = load_checkpoint(path)
    assert loaded.card == FULL_CARD
    assert loaded.weights.keys() == weights.keys()
    for name, value in weights.items():
        np.testing.assert_array_equal(loaded.weights[name], value)
    assert sorted(file.name for file in path.parent.iterdir()) == ["m.json", "m.safetensors"], "no partial file is left"
    assert path.stat().st_size <= 12e6


def test_missing_files(model):
    with pytest.raises(CheckpointError, match="can't be read"):
        load_checkpoint(model.with_name("absent.safetensors"))
    card_path(model).unlink()
    with pytest.raises(CheckpointError, match=r"untrained\.json"):
        load_checkpoint(model)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"not a model",
        lambda data: (1 << 62).to_bytes(8, "little") + data[8:],
        lambda data: (200_000_000).to_bytes(8, "little") + data[8:],
    ],
    ids=["truncated", "empty", "text", "impossible header", "huge header"],
)
def test_damaged_weights(model, damage):
    model.write_bytes(damage(model.read_bytes()))
    with pytest.raises(CheckpointError, match="damaged") as caught:
        load_checkpoint(model)
    assert caught.value.advice


def test_weights_of_another_model(tmp_path, model):
    other = save_untrained(tmp_path / "other", seed=1)
    model.write_bytes(other.read_bytes())
    with pytest.raises(CheckpointMismatchError, match="not those"):
        load_checkpoint(model)


def test_weights_that_are_not_finite(tmp_path):
    weights = weights_of(untrained_network())
    weights["readout.bias"][0] = np.nan
    with pytest.raises(CheckpointError, match=r"readout\.bias"):
        load_checkpoint(save_checkpoint(tmp_path / "n.safetensors", untrained_card(), weights))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"channels": list(MONTAGE.names[::-1])}, "in this order"),
        ({"channels": ["left_biceps"]}, "wanted"),
        ({"normalization": {"kind": "sphere", "min_torso_fraction": 0.1}}, "sphere"),
        ({"output": "counts"}, "counts"),
        ({"schema_version": 2}, "version 2"),
        ({"window_steps": 20}, "20 steps"),
    ],
)
def test_mismatches_say_what_to_do(model, changes, match):
    rewrite_card(model, **changes)
    with pytest.raises(CheckpointMismatchError, match=match) as caught:
        load_checkpoint(model)
    assert caught.value.advice


def test_a_card_of_before_has_one_reach_for_both_directions(model):
    rewrite_card(model, interval80={"left_biceps": 1.3})
    assert load_checkpoint(model).card.interval80 == {"left_biceps": (1.3, 1.3)}


@pytest.mark.parametrize("reach", ["far", [1.0], [1.0, 2.0, 3.0], [1.0, None], True])
def test_a_reach_that_is_none_is_refused(model, reach):
    rewrite_card(model, interval80={"left_biceps": reach})
    with pytest.raises(CheckpointError, match="left_biceps"):
        load_checkpoint(model)


def test_require_compares_montage_and_normalisation():
    card = untrained_card()
    card.require(MONTAGE, Normalization())
    with pytest.raises(CheckpointMismatchError, match="normalises"):
        card.require(normalization=Normalization(NormalizationKind.IMAGE))
    with pytest.raises(CheckpointMismatchError, match="predicts"):
        card.require(Montage(MONTAGE.placements[:4]))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(text=st.text() | json_values.map(json.dumps))
def test_any_text_is_a_card_or_an_error_with_advice(text):
    with pytest.raises((CheckpointError, CheckpointMismatchError)):
        ModelCard.from_json(text)


@given(field=st.sampled_from(sorted(json.loads(FULL_CARD.to_json("")))), value=json_values)
def test_any_value_in_any_field_is_a_card_or_an_error_with_advice(field, value):
    values = json.loads(FULL_CARD.to_json("hash")) | {field: value}
    with suppress(CheckpointError, CheckpointMismatchError):
        card, weights_sha256 = ModelCard.from_json(json.dumps(values))
        assert json.loads(card.to_json(weights_sha256)) == values


def test_names_resolve_to_shipped_models_and_paths_to_files(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "MODELS", tmp_path)
    path = save_untrained(tmp_path, "mine")
    (tmp_path / "half.safetensors").write_bytes(b"no card beside it")
    assert available_models() == ("mine",)
    assert find_model("mine") == path
    assert find_model(path) == path
    assert find_model(str(card_path(path))) == path
    for unknown in ("other", "half", tmp_path / "absent.safetensors", tmp_path):
        with pytest.raises(ModelNotFoundError, match="mine"):
            find_model(unknown)


def test_a_folder_that_cant_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="can't be written") as caught:
        save_checkpoint(tmp_path / "file" / "m.safetensors", untrained_card(), {})
    assert caught.value.advice
