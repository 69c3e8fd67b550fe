"""Where windows read their steps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mia_core.dataset.window_steps import window_steps


@given(first=st.integers(0, 200), length=st.integers(0, 200), held=st.integers(0, 29), per_step=st.sampled_from([1, 3]))
def test_steps_lie_in_the_clip_and_the_held_ones_where_the_first_other_is(
    first: int, length: int, held: int, per_step: int
) -> None:
    end = first + length
    (at,), (is_held,) = window_steps(np.array([end]), np.array([first]), np.array([held]), per_step)
    n_held = int(is_held.sum())
    in_clip = min(length // per_step + 1, 30)
    assert n_held == max(held, 30 - in_clip)
    assert is_held.tolist() == [step < n_held for step in range(30)]
    assert at[~is_held].tolist() == [end - per_step * back for back in range(29 - n_held, -1, -1)]
    assert (at[is_held] == at[n_held]).all()
    assert at.min() >= first


def test_a_whole_window_holds_nothing() -> None:
    at, is_held = window_steps(np.array([29, 129]), np.array([0, 100]), np.zeros(2, np.intp))
    assert not is_held.any()
    assert at.tolist() == [list(range(30)), list(range(100, 130))]
