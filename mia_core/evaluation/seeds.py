"""What a recipe gives, whatever its seed: the mean over models that differ in nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.models.heldout_scores import SeedSpread, SetScores
from mia_core.models.model_card import ModelCard

_OF_ONE_RUN = ("name", "seed")
"""Settings that tell runs of one recipe apart."""


def across_seeds(
    cards: Sequence[ModelCard], scores: Sequence[Mapping[str, SetScores]]
) -> tuple[dict[str, SetScores], ...]:
    """Return every model's scores with the mean and spread over all models added.

    Args:
        cards: Of models of one recipe.
        scores: What each scored, by set.

    Raises:
        HeldOutError: The models differ in more than their seed, or two have the same seed.
    """
    seeds = _seeds(cards)
    spreads = {name: _spread(seeds, [of_model[name] for of_model in scores]) for name in scores[0]}
    return tuple(
        {name: replace(of_set, across_seeds=spreads[name]) for name, of_set in of_model.items()} for of_model in scores
    )


def _seeds(cards: Sequence[ModelCard]) -> tuple[int, ...]:
    recipes, seeds = [], []
    for card in cards:
        if card.training is None:
            raise HeldOutError(f"{card.name} was not trained.", "Judge it by itself.")
        settings = {name: value for name, value in card.training.settings.items() if name not in _OF_ONE_RUN}
        recipes.append((card.architecture, dict(card.network), card.training.data_sha256, settings))
        seeds.append(card.training.seed)
    for card, recipe in zip(cards, recipes, strict=True):
        if recipe != recipes[0]:
            raise HeldOutError(f"{card.name} and {cards[0].name} differ in more than their seed.", "Judge them apart.")
    if len(set(seeds)) < len(seeds):
        raise HeldOutError("Two of the models have the same seed.", "Train them with --seed 1, 2, 3.")
    return tuple(seeds)


def _spread(seeds: tuple[int, ...], scores: Sequence[SetScores]) -> SeedSpread:
    def mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
        return float(np.mean(values)), float(np.std(values, ddof=1))

    ratio, ratio_sd = mean_and_sd([of_model.ratio for of_model in scores])
    r_legs, r_legs_sd = mean_and_sd([of_model.r_legs for of_model in scores])
    r_arms, r_arms_sd = mean_and_sd([of_model.r_arms for of_model in scores])
    return SeedSpread(seeds, ratio, ratio_sd, r_legs, r_legs_sd, r_arms, r_arms_sd)
