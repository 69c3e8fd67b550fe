from __future__ import annotations

from dataclasses import replace

import pytest

from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.evaluation.seeds import across_seeds
from mia_core.models.heldout_scores import SetScores
from mia_core.models.model_card import ModelCard, TrainingRecord
from mia_core.muscles import MONTAGE
from tests.fakes.untrained_model import untrained_card

MUSCLES = dict.fromkeys(MONTAGE.names, 0.5)
SCORES = SetScores(
    "ab", {}, "made up", ("s",), 1.0, 1, "", "training mean", 0.1, 0.2, 0.5, MUSCLES, 0.7, 0.4, 0.8, MUSCLES, {}
)


def card(seed: int, steps: int = 10, data: str = "ab") -> ModelCard:
    settings = {"name": f"m{seed}", "seed": seed, "steps": steps}
    record = TrainingRecord(data, {}, 1.0, 1, ("a",), ("b",), seed, steps, 1.0, settings, MUSCLES)
    return replace(untrained_card(), training=record)


def test_mean_and_spread() -> None:
    ratios = (0.7, 0.8, 0.9)
    scores = [{"demo": replace(SCORES, ratio=ratio)} for ratio in ratios]
    together = across_seeds([card(1), card(2), card(3)], scores)
    assert [of_model["demo"].ratio for of_model in together] == list(ratios), "each keeps its own"
    for of_model in together:
        spread = of_model["demo"].across_seeds
        assert spread is not None
        assert spread.seeds == (1, 2, 3)
        assert (spread.ratio, spread.ratio_sd) == pytest.approx((0.8, 0.1))
        assert (spread.r_legs, spread.r_legs_sd) == pytest.approx((0.7, 0.0))


@pytest.mark.parametrize("other", [card(2, steps=11), card(2, data="cd"), card(1), untrained_card()])
def test_only_models_that_differ_in_their_seed_alone_are_put_together(other: ModelCard) -> None:
    with pytest.raises(HeldOutError):
        across_seeds([card(1), other], [{"demo": SCORES}] * 2)
