"""A light's change is found in the very frame in which it was painted, and refused where there is none, or several."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mia_core.muscles import Muscle, Placement, Side
from mia_core.processing.light_change import (
    N_HUES,
    LightChange,
    LightChangeError,
    find_light_change,
    light_colours,
    sensor_patch,
)
from tests.fakes.people import standing_px

GREEN, RED, MAGENTA = (60, 230, 90), (70, 60, 240), (220, 60, 235)
ORANGE, BLUE = (40, 140, 240), (240, 90, 60)

SKIN, SHIRT = (120, 150, 205), (150, 60, 60)
N_FRAMES, HZ = 75, 30.0
Colour = tuple[int, int, int]


def film(
    rng: np.random.Generator, light: Callable[[int], Colour | None], n: int = N_FRAMES, drift: float = 0.15
) -> list[NDArray[np.uint8]]:
    """Patches of skin with the edge of a shirt that comes and goes, a spot that wanders, and light that drifts."""
    phase, speed = rng.uniform(0, 2 * np.pi, 2)
    patches = []
    for frame in range(n):
        image = np.empty((44, 44, 3))
        image[:] = SKIN
        image[:, : round(8 + 6 * np.sin(phase + frame / 9 + speed))] = SHIRT
        colour = light(frame)
        if colour is not None:
            x, y = round(24 + 8 * np.sin(frame / 7 + phase)), round(20 + 6 * np.cos(frame / 11 + speed))
            image[y : y + 4, x : x + 4] = colour
        image *= 1 + drift * np.sin(phase + frame / n * 3) * np.array([1.0, 0.9, 0.7])
        patches.append(np.clip(image + rng.normal(0, 7, image.shape), 0, 255).astype(np.uint8))
    return patches


def stamps_s(rng: np.random.Generator, n: int = N_FRAMES) -> NDArray[np.float64]:
    return 500 + (np.arange(n) + rng.uniform(-0.1, 0.1, n)) / HZ


def at(change: int, before: Colour, after: Colour) -> Callable[[int], Colour | None]:
    return lambda frame: before if frame < change else after


@pytest.mark.parametrize("colours", [(GREEN, RED), (RED, GREEN), (GREEN, MAGENTA), (MAGENTA, GREEN)])
def test_the_change_is_found_in_its_frame(colours: tuple[Colour, Colour]) -> None:
    rng = np.random.default_rng(4)
    scores = []
    for _ in range(25):
        change, times_s = int(rng.integers(20, 55)), stamps_s(rng)
        latency_s = rng.uniform(0.0, 0.3)
        true_s = rng.uniform(times_s[change - 1], times_s[change]) - latency_s
        found = find_light_change(times_s, light_colours(film(rng, at(change, *colours))), true_s)
        assert found.frame == change
        assert abs(found.offset_s - latency_s) <= found.uncertainty_s <= 0.6 / HZ
        scores.append(found.score)
    print(f"scores from {min(scores):.0f} to {max(scores):.0f}")


def test_an_answer_bounds_the_moment() -> None:
    rng = np.random.default_rng(5)
    times_s, colours = stamps_s(rng), light_colours(film(rng, at(30, GREEN, RED)))
    exact = find_light_change(times_s, colours, times_s[30] - 0.1)
    loose = find_light_change(times_s, colours, times_s[30] - 0.1, times_s[30] - 0.04)
    assert loose.offset_s == pytest.approx(exact.offset_s - 0.03)
    assert loose.uncertainty_s == pytest.approx(exact.uncertainty_s + 0.03)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9])
def test_a_frame_that_was_exposed_over_the_change_tells_when_it_was(share: float) -> None:
    rng = np.random.default_rng(6)
    mixed = tuple(round((1 - share) * a + share * b) for a, b in zip(GREEN, RED, strict=True))
    times_s = 500 + np.arange(N_FRAMES) / HZ
    patches = film(rng, lambda frame: mixed if frame == 40 else GREEN if frame < 40 else RED)
    changed_s = times_s[40] + (0.5 - share) / HZ
    found = find_light_change(times_s, light_colours(patches), changed_s - 0.2)
    assert found.frame in (40, 41)
    assert abs(found.offset_s - 0.2) <= found.uncertainty_s <= 0.5001 / HZ


@pytest.mark.parametrize("colours", [(BLUE, ORANGE), (ORANGE, BLUE), (GREEN, ORANGE), (BLUE, RED)])
def test_colours_of_skin_and_shirt_are_refused_rather_than_mistaken(colours: tuple[Colour, Colour]) -> None:
    rng, n_found = np.random.default_rng(11), 0
    for _ in range(25):
        change, times_s = int(rng.integers(20, 55)), stamps_s(rng)
        with contextlib.suppress(LightChangeError):
            found = find_light_change(times_s, light_colours(film(rng, at(change, *colours))), times_s[change] - 0.1)
            assert abs(found.offset_s - 0.1) <= 0.5 / HZ + found.uncertainty_s
            n_found += 1
    print(f"{n_found} of 25 were found")


def test_a_lost_frame_widens_the_uncertainty() -> None:
    rng = np.random.default_rng(7)
    times_s, patches = stamps_s(rng), film(rng, at(30, GREEN, RED))
    kept = np.delete(np.arange(N_FRAMES), [29, 30])
    found = find_light_change(times_s[kept], light_colours([patches[index] for index in kept]), times_s[30] - 0.05)
    assert found.frame == 29
    assert found.uncertainty_s == pytest.approx((times_s[31] - times_s[28]) / 2)


@pytest.mark.parametrize(
    ("light", "message"),
    [
        (lambda _: GREEN, "No clear|more than once|covered"),
        (lambda _: None, "No clear|more than once|covered"),
        (lambda frame: GREEN if frame // 15 % 2 else RED, "more than once|No clear"),  # its own scatter hides it
        (lambda frame: GREEN if frame < 25 or frame >= 45 else RED, "more than once"),
        (lambda frame: GREEN if frame < 30 else None, "covered or came"),
        (lambda frame: None if frame < 30 else RED, "covered or came"),
    ],
)
def test_what_is_no_single_change_is_refused(light: Callable[[int], Colour | None], message: str) -> None:
    rng = np.random.default_rng(8)
    for _ in range(15):
        times_s = stamps_s(rng)
        with pytest.raises(LightChangeError, match=message):
            find_light_change(times_s, light_colours(film(rng, light)), times_s[30])


def test_light_that_drifts_from_one_colour_to_another_is_refused() -> None:
    rng = np.random.default_rng(9)
    steps = [
        tuple(round(a + (b - a) * share) for a, b in zip(GREEN, RED, strict=True)) for share in np.linspace(0, 1, 75)
    ]
    times_s = stamps_s(rng)
    with pytest.raises(LightChangeError):
        find_light_change(times_s, light_colours(film(rng, lambda frame: steps[frame])), times_s[30])


def test_a_change_at_another_time_is_refused() -> None:
    rng = np.random.default_rng(10)
    times_s, colours = stamps_s(rng), light_colours(film(rng, at(50, GREEN, RED)))
    with pytest.raises(LightChangeError, match="something else"):
        find_light_change(times_s, colours, times_s[60])


def test_too_few_frames_are_refused() -> None:
    with pytest.raises(LightChangeError, match="Only 12 of at least 30"):
        find_light_change(np.arange(12) / 30, np.zeros((12, N_HUES)), 0.2)


@settings(max_examples=25)
@given(shift_s=st.floats(-1e4, 1e4), moved=st.integers(-10, 10), seed=st.integers(0, 50))
def test_a_shift_of_the_input_shifts_the_output(shift_s: float, moved: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times_s, written_s = stamps_s(rng), 501.0
    noise = rng.normal(0, 1e-4, (N_FRAMES, N_HUES))

    def found(change: int, later_s: float = 0.0, written_later_s: float = 0.0) -> LightChange:
        colours = noise.copy()
        colours[:change, 4] += 0.005
        colours[change:, 0] += 0.005
        return find_light_change(times_s + later_s, colours, written_s + written_later_s)

    here = found(38)
    both = found(38, shift_s, shift_s)
    assert (both.frame, both.offset_s) == (38, pytest.approx(here.offset_s, abs=1e-6))
    assert found(38, 0.1).offset_s == pytest.approx(here.offset_s + 0.1, abs=1e-9)
    assert found(38, 0.0, 0.1).offset_s == pytest.approx(here.offset_s - 0.1, abs=1e-9)
    if moved > -5:
        there = found(38 + moved)
        assert there.frame == 38 + moved
        middles_s = (times_s[:-1] + times_s[1:]) / 2
        assert there.offset_s - here.offset_s == pytest.approx(middles_s[37 + moved] - middles_s[37], abs=1e-9)


@given(hue=st.floats(0, 1), chroma=st.integers(150, 255))
def test_hues_are_told_apart(hue: float, chroma: int) -> None:
    channels = np.clip(np.abs((6 * hue + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)  # red, green, blue of a hue
    patch = np.rint(255 - chroma * (1 - channels[::-1])).astype(np.uint8)[None, None]
    (content,) = light_colours([patch])
    angles = 2 * np.pi * np.arange(N_HUES) / N_HUES
    assert content.sum() == pytest.approx(chroma / 255, abs=0.01)
    assert np.cos(np.angle(np.sum(content * np.exp(1j * angles))) - 2 * np.pi * hue) > np.cos(0.06)


def test_the_patch_is_where_the_sensor_is() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    keypoints = standing_px()
    thigh = Placement(Side.LEFT, Muscle.QUADRICEPS)
    hip, knee, _ = thigh.keypoints
    x, y = (keypoints[hip] + keypoints[knee]) / 2
    image[round(y), round(x)] = 255
    patch = sensor_patch(image, keypoints, thigh)
    assert patch is not None
    assert patch.shape[0] == patch.shape[1] == pytest.approx(0.7 * 45, abs=2)
    assert patch[
        patch.shape[0] // 2 - 1 : patch.shape[0] // 2 + 2, patch.shape[1] // 2 - 1 : patch.shape[1] // 2 + 2
    ].any()
    keypoints[knee] = np.nan
    assert sensor_patch(image, keypoints, thigh) is None
    assert sensor_patch(image, standing_px(x=-500.0), thigh) is None
