from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.filmed_set import FilmedSet
from mia_core.errors import CheckpointError
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.evaluation.judge_model import judge_model, load_heldout, with_heldout
from mia_core.evaluation.walk_agreement import walk_agreement
from mia_core.models.heldout_scores import LOW_CONFIDENCE_R, SeedSpread, low_confidence_muscles, read_heldout
from mia_core.models.model_card import TrainingRecord
from mia_core.muscles import MONTAGE
from tests.evaluation.heldout_fakes import ReadingModel, clip, waves
from tests.fakes.untrained_model import untrained_card

MEAN = dict.fromkeys(MONTAGE.names, 0.3)
RECORD = TrainingRecord("ab", {}, 1.0, 1, ("sim-1-0",), ("sim-1-1",), 1, 1, 1.0, {}, MEAN)
CARD = replace(untrained_card(), training=RECORD)


def filmed(name: str = "simulated", **changes: object) -> FilmedSet:
    clips = tuple(clip(waves(6.0, delay_s=0.2 * i), name=f"motion{i}@1") for i in range(3))
    return FilmedSet(name, "made up", tuple(replace(one, **changes) for one in clips), {"seed": 2026})


def test_a_model_that_sees_the_truth_scores_well() -> None:
    scores = judge_model(ReadingModel(CARD), {"simulated": filmed(), "real_motion": filmed("real_motion")})
    assert list(scores) == ["simulated", "real_motion"]
    one = scores["simulated"]
    assert one.baseline == "training mean"
    assert one.ratio < 0.5
    assert min(one.r.values()) > 0.9
    assert one.settings == {"seed": 2026}
    assert one.sha256 == filmed().sha256
    assert one.interval95 == {}
    assert "ratio" in scores["real_motion"].interval95


def test_a_card_without_a_training_mean_is_judged_by_the_sets_own() -> None:
    card = replace(CARD, training=replace(RECORD, mean_activation={}))
    (scores,) = judge_model(ReadingModel(card), {"simulated": filmed()}).values()
    assert scores.baseline == "own mean"


def test_a_subject_that_was_learned_from_can_not_judge() -> None:
    for subject in ("sim-1-0", "sim-1-1"):
        with pytest.raises(HeldOutError, match=subject):
            judge_model(ReadingModel(CARD), {"simulated": filmed(subject=subject)})


def test_an_exercise_that_was_learned_can_not_judge() -> None:
    held_out = {"exercises": replace(filmed("exercises"), settings={"exercises": "skater, batting"})}
    learned = replace(RECORD, recipe={"exercises": "squat,skater"})
    with pytest.raises(HeldOutError, match="skater"):
        judge_model(ReadingModel(replace(CARD, training=learned)), held_out)
    left_out = replace(learned, settings={"left_out_exercises": "skater, batting"})
    assert "exercises" in judge_model(ReadingModel(replace(CARD, training=left_out)), held_out)


def test_what_the_card_keeps_is_read_back() -> None:
    measured = waves(2.0)
    walk = FilmedSet("measured_walk", "made up", (clip(waves(2.0), "walk@front", measured=measured),))
    model = ReadingModel(CARD)
    card = with_heldout(CARD, judge_model(model, {"real_motion": filmed("real_motion"), "measured_walk": walk}))
    assert len(card.heldout["measured_walk"].walk) == 8
    spread = SeedSpread((1, 2), 0.7, 0.01, 0.7, 0.02, 0.4, 0.03)
    walked = replace(card.heldout["measured_walk"], across_seeds=spread)
    card = with_heldout(card, {"measured_walk": walked})
    again, sha256 = type(card).from_json(card.to_json("ff"))
    assert (again, sha256) == (card, "ff")
    later = with_heldout(card, judge_model(model, {"simulated": filmed()}))
    assert list(later.heldout) == ["simulated", "real_motion", "measured_walk"], "what was known is kept, in order"


def test_a_card_from_before_has_no_scores() -> None:
    values = json.loads(CARD.to_json("ff"))
    del values["heldout"]
    card, _ = type(CARD).from_json(json.dumps(values))
    assert card.heldout == {}
    assert card.low_confidence == MONTAGE.names, "nobody knows how it does on real motion"


@pytest.mark.parametrize("damage", [{"r": {}}, {"rmse": None}, {"interval95": {"ratio": [1]}}, {"walk": [{}]}])
def test_damaged_scores_are_refused(damage: dict[str, object]) -> None:
    (scores,) = judge_model(ReadingModel(CARD), {"simulated": filmed()}).values()
    plain = json.loads(json.dumps(asdict(scores)))
    assert read_heldout({"simulated": plain}) == {"simulated": scores}
    for wrong in ({"simulated": plain | damage}, [], {"simulated": 3}):
        with pytest.raises(CheckpointError):
            read_heldout(wrong)


def test_low_confidence_is_what_real_motion_says() -> None:
    scores = judge_model(ReadingModel(CARD), {"real_motion": filmed("real_motion")})
    assert low_confidence_muscles(scores) == ()
    r = scores["real_motion"].r | {"left_triceps": LOW_CONFIDENCE_R - 0.01, "right_biceps": LOW_CONFIDENCE_R}
    assert low_confidence_muscles({"real_motion": replace(scores["real_motion"], r=r)}) == ("left_triceps",)
    assert low_confidence_muscles({"simulated": scores["real_motion"]}) == MONTAGE.names, "not judged on real motion"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HeldOutError) as caught:
        load_heldout(tmp_path)
    assert "mia heldout" in caught.value.advice


def test_the_folder_is_read_in_order(tmp_path: Path) -> None:
    for name in ("demo", "simulated"):
        filmed(name).save(tmp_path / f"{name}.npz")
    assert list(load_heldout(tmp_path)) == ["simulated", "demo"]


def test_the_lag_of_the_measured_walk_is_found() -> None:
    lag_s = 0.1
    simulated = waves(1.6)
    measured = waves(1.6, delay_s=-lag_s)  # it comes earlier
    measured[:, [0, 1, 4, 5]] = np.nan
    rows = walk_agreement(ReadingModel(CARD), clip(simulated, "walk@front", measured=measured))
    assert [row.muscle for row in rows] == [
        "left_quadriceps",
        "left_hamstrings",
        "right_quadriceps",
        "right_hamstrings",
    ]
    for row in rows:
        assert row.camera == "front"
        assert row.simulator_best_lag_s == pytest.approx(lag_s)
        assert row.simulator_best_r_measured == pytest.approx(1, abs=1e-3)
        assert row.simulator_r_measured < row.simulator_best_r_measured
        # The model reads means over the 100 ms before each step, so it comes 50 ms later.
        assert row.best_lag_s == pytest.approx(lag_s + 0.05, abs=0.02)
        assert row.best_r_measured > 0.99
