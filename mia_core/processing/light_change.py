"""The camera's offset from a sensor's light: when its colour was changed, and when the picture shows it.

A sensor is told to change its colour at a known moment, and somewhere near its place on the limb one hue gives way to
another from one frame to the next. That tells by how much the frames' times are late, to half a frame, and it needs no
contraction; but it says nothing of how late the sensor's samples are, so it is no substitute for `sync_ritual` where
sEMG and video are compared.

A patch is reduced to how much of each hue is bright and colourful in it. The spot may therefore wander about the patch,
and skin and clothes only matter as far as they change as suddenly as a light does. Whether the light of an M40 is large
and bright enough for a webcam has not been tried on a real one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.muscles import Placement
from mia_core.processing.robust_scatter import robust_sd
from mia_core.samples import Floats, Image, Times

N_HUES: Final = 12
_LEAST_VALUE: Final = 120
"""Of 255: darker pixels are no light."""
_LEAST_SATURATION: Final = 0.55
"""Paler pixels are none either; skin has 0.3 to 0.5."""
_LEAST_CONTENT: Final = 5e-5
"""Below this mean chroma a hue is not in the patch: a pale pixel in a patch of 60 by 60."""
_HALF_PATCH: Final = 0.35
"""Half the side of a patch, in lengths of the limb's segment."""
_HALF_PICTURE: Final = 0.05
"""The same around a place that was pointed at, in heights of the picture."""
_LEAST_HALF_PX: Final = 8.0


class LightChangeError(MiaError):
    """No single change of a light can be told from the picture."""


@dataclass(frozen=True, slots=True)
class LightChangeSettings:
    """When a change is believed. All limits are our choice.

    Attributes:
        side_frames: So many frames before are compared with as many after.
        min_score: How many times its usual scatter must go of the old colour, and come of the new: a light that is
            covered, or that comes into view, changes no colour.
        max_rival: Share of that which a difference elsewhere may reach.
        earliest_s: From so long before the light was changed on, cameras being stamped early,
        latest_s: to so long after it the change may be seen.
    """

    side_frames: int = 5
    min_score: float = 10.0
    max_rival: float = 0.5
    earliest_s: float = -0.2
    latest_s: float = 1.5


@dataclass(frozen=True, slots=True)
class LightChange:
    """A change that was seen.

    Attributes:
        frame: Place of the first frame that no longer shows the old colour alone.
        offset_s: By how much the frames' times are late against the clock by which the light was changed, if a frame's
            time means the middle of its exposure.
        uncertainty_s: The true offset is at most this far away: half the time between two frames, and half of what the
            light's change itself took.
        score: What went of the old colour or came of the new, the smaller, as a multiple of its usual scatter.
    """

    frame: int
    offset_s: float
    uncertainty_s: float
    score: float


def sensor_patch(image: Image, keypoints_px: Floats, placement: Placement) -> Image | None:
    """Return the part of a picture in which a muscle's sensor is, None where the limb is unknown or outside.

    Args:
        image: (height, width, 3) BGR.
        keypoints_px: (25, 2) BODY_25 keypoints in it.
        placement: The muscle, whose sensor sits in the middle of the limb's segment.
    """
    upper, lower, _ = placement.keypoints
    ends = np.asarray(keypoints_px, np.float64)[[upper, lower]]
    if not np.isfinite(ends).all():
        return None
    return _patch(image, ends.mean(axis=0), _HALF_PATCH * float(np.linalg.norm(ends[1] - ends[0])))


def patch_at(image: Image, place_px: tuple[float, float]) -> Image | None:
    """Return the part of a picture around a place that somebody has pointed at, None where that is outside.

    Args:
        image: (height, width, 3) BGR.
        place_px: x and y in it.
    """
    return _patch(image, np.asarray(place_px, np.float64), _HALF_PICTURE * image.shape[0])


def light_colours(patches: Iterable[Image]) -> NDArray[np.float64]:
    """Return (n, 12) how much bright colour of each hue, from red by yellow and green on, is in each of n patches.

    Args:
        patches: BGR, of any sizes.

    Returns:
        Mean over the patch of what lies between the largest and the smallest of the three colours, of 1.
    """
    return np.array([_hue_content(patch) for patch in patches], np.float64).reshape(-1, N_HUES)


def find_light_change(
    times_s: Times,
    colours: NDArray[np.float64],
    written_s: float,
    acknowledged_s: float | None = None,
    settings: LightChangeSettings | None = None,
) -> LightChange:
    """Find the frame that first shows a light's new colour, and so the camera's offset.

    Args:
        times_s: (n,) ascending times of the frames, some seconds of them, on the monotonic clock.
        colours: (n, 12) of `light_colours`.
        written_s: Monotonic time at which the sensor was told to change its light.
        acknowledged_s: When it answered that it had; None when it did not.
        settings: When a change is believed.

    Raises:
        LightChangeError: No change is clear, there is more than one, a light went or came, or it is at another time.
    """
    settings = settings or LightChangeSettings()
    side, n = settings.side_frames, len(times_s)
    if n < 6 * side:
        raise LightChangeError(
            f"Only {n} of at least {6 * side} frames show the sensor.",
            "Keep the sensor in the picture for some seconds.",
        )
    sums = np.vstack([np.zeros(N_HUES), np.cumsum(colours, axis=0)])
    means = (sums[side:] - sums[:-side]) / side  # (n - side + 1, 12) of frames i to i + side
    differences = means[side:] - means[:-side]  # k-th: frames from k + side on against those before
    scatter = np.array([robust_sd(hue) for hue in differences.T]) + _LEAST_CONTENT
    changes = differences / scatter
    sizes = np.linalg.norm(changes, axis=1)
    best = int(np.argmax(sizes))
    gone, come = (float(np.linalg.norm(np.maximum(way, 0.0))) for way in (-changes[best], changes[best]))
    if max(gone, come) < settings.min_score:
        raise _unclear()
    elsewhere = np.abs(np.arange(len(sizes)) - best) > side
    if sizes[elsewhere].max(initial=0.0) > settings.max_rival * sizes[best]:
        raise LightChangeError(
            "The colours about the sensor change more than once.",
            "Choose two colours that do not blink, and stand still.",
        )
    if min(gone, come) < settings.min_score:
        raise LightChangeError(
            "A light was covered or came into view; its colour did not clearly change.",
            "Keep the sensor in view of the camera, and choose colours that nothing else about it has.",
        )
    frame, is_mixed = _first_frame(colours / scatter, best + side, side)
    first, last = (frame - 1, frame + 1) if is_mixed else (frame - 1, frame)
    seen_s = times_s[frame] if is_mixed else (times_s[first] + times_s[last]) / 2
    done_s = written_s if acknowledged_s is None else acknowledged_s
    offset_s = float(seen_s - (written_s + done_s) / 2)
    if not settings.earliest_s <= offset_s <= settings.latest_s:
        raise LightChangeError(
            f"What changed was seen {offset_s:.1f} s after the sensor's light was changed: it was something else.",
            "Do it again.",
        )
    uncertainty_s = float((times_s[last] - times_s[first]) / (last - first) + done_s - written_s) / 2
    return LightChange(frame, offset_s, uncertainty_s, min(gone, come))


def _patch(image: Image, middle_px: NDArray[np.float64], half_px: float) -> Image | None:
    half_px = max(_LEAST_HALF_PX, half_px)
    size = np.array(image.shape[1::-1])
    left, top = np.clip(np.rint(middle_px - half_px), 0, size).astype(int)
    right, bottom = np.clip(np.rint(middle_px + half_px), 0, size).astype(int)
    return image[top:bottom, left:right] if right > left and bottom > top else None


def _hue_content(patch: Image) -> NDArray[np.float64]:
    pixels = patch.reshape(-1, 3).astype(np.int16)
    value = pixels.max(axis=1, initial=0)
    chroma = value - pixels.min(axis=1, initial=255)
    lights = (value >= _LEAST_VALUE) & (chroma >= _LEAST_SATURATION * value)
    blue, green, red = pixels[lights].T.astype(np.float64)
    value, chroma = value[lights], chroma[lights]
    sextant = np.where(
        value == red,
        (green - blue) / chroma,
        np.where(value == green, 2 + (blue - red) / chroma, 4 + (red - green) / chroma),
    )
    place = sextant * N_HUES / 6 % N_HUES
    below = place.astype(np.intp)
    part = place - below  # a hue between two bins is in both, so that none jumps from one to the other
    content = np.bincount(below % N_HUES, chroma * (1 - part), N_HUES)
    content += np.bincount((below + 1) % N_HUES, chroma * part, N_HUES)
    return np.asarray(content / (255 * max(len(pixels), 1)), np.float64)


def _first_frame(colours: NDArray[np.float64], about: int, side: int) -> tuple[int, bool]:
    """Return the first frame, near one, that no longer shows the old colour alone, and whether it shows both.

    A picture that was exposed while the colour changed has a hue between the two: the old one is gone, the new one has
    not come.
    """
    before = np.median(colours[about - side : about - 1], axis=0)
    after = np.median(colours[about + 1 : about + side], axis=0)
    going, coming = np.maximum(before - after, 0.0), np.maximum(after - before, 0.0)
    near = np.arange(about - 2, about + 3)
    is_gone = (before - colours[near]) @ going >= 0.5 * going @ going
    has_come = (colours[near] - before) @ coming >= 0.5 * coming @ coming
    place = int(np.argmax(is_gone | has_come))
    is_mixed = bool(is_gone[place] != has_come[place])
    if not (is_gone & has_come)[place + is_mixed :].all() or place + is_mixed == len(near):
        raise _unclear()
    return int(near[place]), is_mixed


def _unclear() -> LightChangeError:
    return LightChangeError(
        "No clear change of the sensor's light is seen.",
        "Turn the sensor towards the camera, dim the room, and choose two colours that differ much.",
    )
