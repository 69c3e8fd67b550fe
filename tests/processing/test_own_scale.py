"""The scale of a muscle without calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.own_scale import OwnScale, own_share

LEVELS = st.floats(0.0, 1000.0, width=32)


def test_nothing_is_known_until_a_first_contraction() -> None:
    scale = OwnScale(least_rise=20.0)
    assert not scale.saw_contraction
    assert np.isnan(scale.share(np.array([5.0], np.float32))).all()
    scale = scale.widened(np.array([10.0, np.nan, 29.0], np.float32))
    assert not scale.saw_contraction, "not so far above rest"
    scale = scale.widened(np.array([110.0], np.float32))
    assert scale.saw_contraction
    assert scale.share(np.array([5.0, 10.0, 60.0, 160.0])) == pytest.approx([0.0, 0.0, 0.5, 1.5])


def test_a_high_rest_needs_a_high_contraction() -> None:
    scale = OwnScale(least_rise=20.0).widened(np.array([100.0, 180.0], np.float32))
    assert not scale.saw_contraction
    assert scale.widened(np.array([200.0], np.float32)).saw_contraction


def test_what_is_unknown_changes_nothing() -> None:
    scale = OwnScale().widened(np.array([1.0, 3.0], np.float32))
    assert scale.widened(np.array([], np.float32)) == scale
    assert scale.widened(np.array([np.nan], np.float32)) == scale
    assert np.isnan(scale.share(np.array([np.nan, 2.0]))).tolist() == [True, False]


@given(rest=LEVELS, worked=LEVELS, at=st.integers(5, 20))
def test_a_recording_lies_between_its_quietest_and_its_strongest_half_second(
    rest: float, worked: float, at: int
) -> None:
    envelope = np.full(40, rest, np.float32)
    envelope[at : at + 6] = worked
    share = own_share(envelope, np.ones(40, np.bool_), least_rise=1.0)
    low, high = sorted((np.float32(rest), np.float32(worked)))
    if high - low < 1.0 or high < 2 * low:
        assert np.isnan(share).all()
    else:
        assert share == pytest.approx((envelope - low) / (high - low), abs=1e-4)


def test_steps_at_the_end_of_the_range_do_not_set_the_scale_but_are_shown() -> None:
    envelope = np.array([10] * 10 + [110] * 10 + [1023] * 10, np.float32)
    share = own_share(envelope, envelope < 1000, least_rise=20.0)
    assert share[10:20] == pytest.approx(np.ones(10))
    assert share[25] == pytest.approx(10.13)


def test_less_than_half_a_second_is_no_scale() -> None:
    assert np.isnan(own_share(np.array([1, 50, 1, 50], np.float32), np.ones(4, np.bool_), least_rise=1.0)).all()
