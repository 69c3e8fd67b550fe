from __future__ import annotations

import numpy as np
import pytest

from mia_core.live.time_line import TimeLine
from mia_core.samples import Frame

NOTHING = np.zeros((1, 1, 3), np.uint8)


def line(*stamps: tuple[float, float]) -> TimeLine:
    """A time line that has seen frames of these times: (of the source, on the monotonic clock)."""
    made = TimeLine()
    for index, (timestamp_s, captured_s) in enumerate(stamps):
        made.note(Frame(NOTHING, timestamp_s, captured_s, index))
    return made


def test_moments_between_frames_follow_the_frame_before() -> None:
    made = line((0.0, 100.0), (0.1, 100.12), (0.2, 100.2))
    assert made.monotonic_s(0.1) == pytest.approx(100.12)
    assert made.monotonic_s(0.15) == pytest.approx(100.17)
    assert made.timestamp_s(100.13) == pytest.approx(0.11)
    assert made.monotonic_s(-0.05) == pytest.approx(99.95), "before the first frame its own offset holds"


def test_a_pause_shifts_what_comes_after_it_and_nothing_before() -> None:
    made = line((0.0, 100.0), (0.1, 100.1), (0.2, 107.2), (0.3, 107.3))
    assert made.monotonic_s(0.1) == pytest.approx(100.1)
    assert made.monotonic_s(0.25) == pytest.approx(107.25)
    assert made.timestamp_s(100.15) == pytest.approx(0.15)
    assert made.timestamp_s(105.0) == pytest.approx(0.2), "what is paused stands still"
    assert made.timestamp_s(200.0) == pytest.approx(0.4)


def test_a_stamp_that_is_a_rounding_error_before_the_grid_belongs_to_it() -> None:
    made = line((0.0, 0.0), (0.3, 5.3))
    assert made.monotonic_s(0.3 - 1e-9) == pytest.approx(5.3)


def test_before_the_first_frame_nothing_is_known() -> None:
    assert np.isnan(TimeLine().monotonic_s(1.0))
    assert np.isnan(TimeLine().timestamp_s(1.0))
