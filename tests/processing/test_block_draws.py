"""Draws of blocks of time."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.processing.block_draws import DRAWS, draw_weights


def test_every_draw_has_as_many_blocks_as_there_are_and_is_the_same_for_all_who_ask() -> None:
    weights = draw_weights(7)
    assert weights.shape == (DRAWS, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(7), abs=0.1)
    draw_weights.cache_clear()
    assert np.array_equal(draw_weights(7), weights)
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1
