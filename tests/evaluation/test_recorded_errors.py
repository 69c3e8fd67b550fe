"""Errors on recorded motion, summed in blocks."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.evaluation.recorded_errors import RecordedErrors, interval95

BLOCK = np.repeat(np.arange(6), 50)


def test_a_muscle_that_is_known_in_one_block_alone_is_not_told_as_perfect() -> None:
    truth = np.random.default_rng(0).uniform(0, 1, (300, 8))
    truth[BLOCK != 2, 3] = np.nan
    errors = RecordedErrors.of([truth + 0.1, truth + 0.2], truth, BLOCK)
    drawn = errors.drawn(slice(3, 4))
    assert np.isnan(drawn).any(axis=1).all(), "some draws leave the one block out"
    assert interval95(drawn[0]) == pytest.approx((0.1, 0.1))
    assert interval95(drawn[1] - drawn[0]) == pytest.approx((0.1, 0.1))
    assert np.isfinite(errors.drawn()).all()
