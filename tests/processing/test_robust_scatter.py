import numpy as np
import pytest

from mia_core.processing.robust_scatter import robust_sd


def test_it_is_the_standard_deviation_whatever_a_few_values_are() -> None:
    values = np.random.default_rng(0).normal(100, 7, 20_000).astype(np.float32)
    assert robust_sd(values) == pytest.approx(7, rel=0.02)
    values[::50] = 1e6
    assert robust_sd(values) == pytest.approx(7, rel=0.04)
