from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.colour_scale import COLOUR_BLIND_SAFE, COLOUR_SCALES, PAPER, ColourScale, colour_scale


def test_the_papers_scale_is_linear_from_yellow_to_red_and_full_at_a_quarter() -> None:
    colours = PAPER.rgb([0.0, 0.125, 0.25, 0.9])
    assert colours.dtype == np.uint8
    assert colours.tolist() == [[250, 253, 50], [252, 126, 25], [255, 0, 0], [255, 0, 0]]


def test_the_other_scale_grows_in_lightness_all_the_way() -> None:
    colours = COLOUR_BLIND_SAFE.rgb(np.linspace(0, COLOUR_BLIND_SAFE.full_scale, 50)).astype(float)
    lightness = colours @ [0.2126, 0.7152, 0.0722]
    assert np.all(np.diff(lightness) > 0)


@settings(deadline=None)
@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0.01, 2.0))
def test_any_number_has_a_colour_of_the_scale(value: float, full_scale: float) -> None:
    for scale in COLOUR_SCALES:
        rgb = scale.with_full_scale(full_scale).rgb([value])
        assert rgb.shape == (1, 3)
        lowest, highest = np.min(scale.stops, axis=0), np.max(scale.stops, axis=0)
        assert np.all((rgb >= lowest) & (rgb <= highest))


def test_full_scale_stretches() -> None:
    assert np.array_equal(PAPER.rgb([0.15]), PAPER.with_full_scale(0.5).rgb([0.3]))


@pytest.mark.parametrize("full_scale", [0.0, -1.0, float("nan")])
def test_a_scale_without_extent_is_refused(full_scale: float) -> None:
    with pytest.raises(ValueError, match="full_scale"):
        PAPER.with_full_scale(full_scale)


def test_a_scale_needs_two_stops() -> None:
    with pytest.raises(ValueError, match="stops"):
        ColourScale("one", "One", ((0, 0, 0),))


def test_scales_are_found_by_name_and_unknown_names_give_the_papers() -> None:
    assert colour_scale("colour_blind_safe") is COLOUR_BLIND_SAFE
    assert colour_scale("of another version") is PAPER


def test_only_the_scale_that_begins_with_navy_starts_dark() -> None:
    assert COLOUR_BLIND_SAFE.starts_dark
    assert not PAPER.starts_dark
