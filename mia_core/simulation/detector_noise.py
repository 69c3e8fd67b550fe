"""What the keypoint detector would report of a simulated body. Pure numpy: training uses it.

The parameters were fitted on the real detector, which looked at the rendered avatar
(`resources/simulation/fit_detector_noise.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.bundled import RESOURCES
from mia_core.samples import Floats
from mia_core.simulation.body_view import DETECTED, BodyView
from mia_core.simulation.noise_parameters import SURE, SWAPS, VIEWS, NoiseParameters
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import BODY_25, INDEX, MIRROR, N_KEYPOINTS

Bools = NDArray[np.bool_]

DETECTOR_NOISE: Final = RESOURCES / "simulation" / "detector_noise.npz"
HELD_OUT_DETECTIONS: Final = RESOURCES / "simulation" / "held_out_detections.npz"
"""Recordings of the detector that the noise was not fitted on: `detector_recording.load_together`."""
_D: Final = len(DETECTED)
_LARGEST_GROWTH: Final = 1.2
"""Of an error, in the logarithm: at most 3.3 times as large as when the detector is sure."""
_AROUND_S: Final = 0.3
"""Time over which a joint's speed is averaged."""
_STILL: Final = 0.03
"""Trunk lengths a second at which a joint is as good as still."""
_NECK, _MID_HIP = INDEX["neck"], INDEX["mid_hip"]
_SHOULDERS = [INDEX["left_shoulder"], INDEX["right_shoulder"]]
_HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
_BIG_TOES = [INDEX["left_big_toe"], INDEX["right_big_toe"]]
_SMALL_TOES = [INDEX["left_small_toe"], INDEX["right_small_toe"]]


def _confused(*joints: str) -> Bools:
    """Return (25,) which keypoints take part when left and right of these joints are confused."""
    return np.array([name.removeprefix("left_").removeprefix("right_") in joints for name in BODY_25])


_ARMS: Final = ("elbow", "wrist")
_LEGS: Final = ("knee", "ankle", "heel", "big_toe", "small_toe")
CONFUSED: Final = {
    "legs": _confused(*_LEGS),
    "arms": _confused(*_ARMS),
    "body": _confused(*_LEGS, *_ARMS, "shoulder", "hip", "eye", "ear"),
}
"""(25,) of each of `SWAPS`, which keypoints take part."""


@dataclass(frozen=True, slots=True)
class SeenKeypoints:
    """Keypoints as the detector reports them, after the mapping to BODY_25.

    Attributes:
        keypoints_px: (B, T, 25, 2) float32.
        confidence: (B, T, 25) float32 in [0, 1]; 0 for small toes, outside the picture, and while nobody is found.
    """

    keypoints_px: Floats
    confidence: Floats


class DetectorNoise:
    """Turns exact joints into what a keypoint detector reports of them.

    It errs by a bias that depends on the side from which it sees the body; by a part that stays the same throughout a
    clip; by a slowly changing part and jitter; it trails behind fast motion; the less sure it is, the more it errs; it
    confuses left and right for a while; and it loses the person for a while, whose last pose is then held. Errors of
    different keypoints go together as they do in the real detector.

    Args:
        parameters: How large all this is; None for a detector that never errs.
    """

    def __init__(self, parameters: NoiseParameters | None) -> None:
        self.parameters = parameters

    @classmethod
    def load(cls) -> DetectorNoise:
        """Return the noise that was fitted on the real detector.

        Raises:
            NoiseParametersError: Its file is missing or damaged.
        """
        return cls(NoiseParameters.load(DETECTOR_NOISE)[0])

    @classmethod
    def none(cls) -> DetectorNoise:
        """Return a detector with exact keypoints of confidence 1; small toes keep 0, as it never sees them."""
        return cls(None)

    def see(
        self, cameras: VirtualCameras, joints_m: NDArray[np.floating], rng: np.random.Generator, rate_hz: float
    ) -> SeenKeypoints:
        """Return what the detector reports of B clips, each seen by its own camera.

        Args:
            cameras: B cameras.
            joints_m: (B, T, 25, 3) BODY_25 positions in metres.
            rng: Source of all randomness.
            rate_hz: Frames per second.
        """
        if self.parameters is None:
            keypoints_px = cameras.project(joints_m)
            confidence = np.ones(keypoints_px.shape[:3], np.float32)
            confidence[:, :, _SMALL_TOES] = 0.0
        else:
            view = BodyView.of(cameras, joints_m)
            keypoints_px, confidence = _erring(self.parameters, view, rng, rate_hz)
            swapped, lost = _events(self.parameters, view, rng, rate_hz)
            _swap(keypoints_px, confidence, swapped)
            _derive(keypoints_px, confidence)
            confidence *= _inside(keypoints_px, cameras.size_px)
            _hold(keypoints_px, confidence, lost)
        return SeenKeypoints(keypoints_px, confidence)


def _erring(
    parameters: NoiseParameters, view: BodyView, rng: np.random.Generator, rate_hz: float
) -> tuple[Floats, Floats]:
    """Return keypoints (B, T, 25, 2) and confidence (B, T, 25), both right only for `DETECTED`."""
    b, t = view.azimuth.shape
    steady = rng.standard_normal((b, 3 * _D), dtype=np.float32)
    liveliness = np.exp(rng.standard_normal((2, b, _D), dtype=np.float32) @ parameters.volatility)
    liveliness = np.tile(liveliness, 2)  # (2, B, 2D): of steady and of changing errors
    changing = _persistent(parameters, rng, (t, b), rate_hz)  # (T, B, 5D)
    mix = np.concatenate([parameters.slow, parameters.fast])
    error = changing[..., : 4 * _D] @ mix  # (T, B, 2D)
    error *= liveliness[1]
    visibility = steady[:, 2 * _D :] @ parameters.visibility_steady
    visibility = visibility + changing[..., 4 * _D :] @ parameters.visibility_slow
    visibility = visibility.transpose(1, 0, 2) + _by_view(parameters.visibility, view.azimuth)
    visibility += view.hidden[:, :, DETECTED] * parameters.hiding
    size = np.exp(growth(visibility, parameters.doubt))
    error = np.ascontiguousarray(error.reshape(t, b, 2, _D).transpose(2, 1, 0, 3))  # (2, B, T, D)
    exact_px = np.moveaxis(view.keypoints_px[:, :, DETECTED], -1, 0)
    step_px = np.diff(exact_px, axis=2, prepend=exact_px[:, :, :1])
    speed = np.sqrt(step_px[0] ** 2 + step_px[1] ** 2) * (rate_hz / view.scale_px[..., None])
    error *= np.exp(parameters.haste * hurry(speed, rate_hz))
    error += (steady[:, : 2 * _D] @ parameters.steady * liveliness[0]).reshape(b, 2, 1, _D).swapaxes(0, 1)
    error *= size
    error += np.moveaxis(_by_view(parameters.bias.reshape(VIEWS, -1), view.azimuth).reshape(b, t, 2, _D), 2, 0)
    keypoints_px = view.keypoints_px.copy()
    axes_px = view.axes * view.scale_px[:, :, None, None]
    lag = (rate_hz * parameters.lag_s).astype(np.float32)
    for axis in range(2):
        found = exact_px[axis] + error[0] * axes_px[:, :, :1, axis] + error[1] * axes_px[:, :, 1:, axis]
        found -= lag * step_px[axis]
        keypoints_px[:, :, DETECTED, axis] = found
    confidence = np.zeros((b, t, N_KEYPOINTS), np.float32)
    confidence[:, :, DETECTED] = 1 / (1 + np.exp(-np.clip(visibility, -20, 20)))
    return keypoints_px, confidence


def growth(visibility: NDArray[np.floating], doubt: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the logarithm of an error's size at a (..., D) visibility, relative to that of a sure keypoint."""
    return np.asarray(np.minimum(doubt * np.maximum(SURE - visibility, 0.0), _LARGEST_GROWTH))


def hurry(speed: Floats, rate_hz: float) -> Floats:
    """Return the logarithm of how much faster joints move, around each time, than one trunk length a second.

    Args:
        speed: (B, T, D) in trunk lengths a second.
        rate_hz: Frames per second.
    """
    half = max(1, round(_AROUND_S / 2 * rate_hz))
    steps = np.arange(speed.shape[1])
    total = np.cumsum(speed, axis=1, dtype=np.float32)
    last, first = np.minimum(steps + half, steps[-1]), np.maximum(steps - half, 0)
    around = (total[:, last] - total[:, first] + speed[:, first]) / (last - first + 1).astype(np.float32)[:, None]
    return np.asarray(np.log(around + _STILL), np.float32)


def _persistent(
    parameters: NoiseParameters, rng: np.random.Generator, shape: tuple[int, int], rate_hz: float
) -> Floats:
    """Return (T, B, 5D) unit normals: 2D for slow error, 2D for jitter, D for visibility, each with its persistence.

    Jitter and visibility are first-order processes. Slow error is smooth, because it comes from the person's motion:
    it follows a first-order process with a first-order lag (a double pole).
    """
    noise = rng.standard_normal((*shape, 5 * _D), dtype=np.float32)
    visibility_s = np.full(_D, parameters.visibility_s)
    time_s = np.concatenate([*[parameters.slow_s] * 2, *[parameters.fast_s] * 2, visibility_s])
    keep = np.exp(-1 / (time_s * rate_hz)).astype(np.float32)
    noise[1:] *= np.sqrt(1 - keep**2)
    for step in range(1, shape[0]):
        noise[step] += keep * noise[step - 1]
    slow, k = noise[..., : 2 * _D], keep[: 2 * _D]
    together = 1 / np.sqrt(1 + k**2)  # correlation of leader and follower
    slow[1:] *= (1 - k**2) * together
    slow[0] *= together
    slow[0] += np.sqrt(1 - together**2) * rng.standard_normal(slow[0].shape, dtype=np.float32)
    for step in range(1, shape[0]):
        slow[step] += k * slow[step - 1]
    return noise


def _by_view(table: Floats, azimuth: Floats) -> Floats:
    """Read (12, n) values off at (B, T) azimuths, between the views: (B, T, n)."""
    at = (azimuth * (VIEWS / (2 * np.pi)) % VIEWS).ravel()
    below = np.minimum(at.astype(np.intp), VIEWS - 1)
    weights, row = np.zeros((len(at), VIEWS), np.float32), np.arange(len(at))
    weights[row, below] = 1 - (at - below)
    weights[row, (below + 1) % VIEWS] = at - below
    return np.asarray(weights @ table).reshape(*azimuth.shape, -1)


def _events(
    parameters: NoiseParameters, view: BodyView, rng: np.random.Generator, rate_hz: float
) -> tuple[Bools, Bools]:
    """Return (B, T, 3) what is swapped and (B, T) whether nobody is found: each goes on and off at random."""
    rates = np.concatenate([parameters.swap_hz, parameters.loss_hz[:, None]], axis=1)
    start = _by_view(rates, view.azimuth) / rate_hz  # (B, T, 4)
    stop = 1 / (np.append(parameters.swap_s, parameters.loss_s) * rate_hz)
    chance = rng.random(start.shape, dtype=np.float32)
    on = np.zeros(start.shape, np.bool_)
    on[:, 0] = chance[:, 0] < start[:, 0] / (start[:, 0] + stop)
    for step in range(1, start.shape[1]):
        before = on[:, step - 1]
        on[:, step] = np.where(before, chance[:, step] >= stop, chance[:, step] < start[:, step])
    return on[..., : len(SWAPS)], on[..., len(SWAPS)]


def _swap(keypoints_px: Floats, confidence: Floats, swapped: Bools) -> None:
    """Exchange left and right in place, where (B, T, 3) says so of `SWAPS`."""
    for index, name in enumerate(SWAPS):
        clip, step = np.nonzero(swapped[..., index])
        joints = np.nonzero(CONFUSED[name])[0]
        for values in (keypoints_px, confidence):
            values[clip[:, None], step[:, None], joints] = values[clip[:, None], step[:, None], MIRROR[joints]]


def _inside(keypoints_px: Floats, size_px: Floats) -> Bools:
    """Return (B, T, 25) which keypoints lie in the picture; of others, tracking calls the confidence 0."""
    x, y = keypoints_px[..., 0], keypoints_px[..., 1]
    width, height = size_px[:, 0, None, None], size_px[:, 1, None, None]
    return (x >= 0) & (x < width) & (y >= 0) & (y < height)


def _hold(keypoints_px: Floats, confidence: Floats, lost: Bools) -> None:
    """Hold the last pose in place where nobody is found; before anyone was found, the first one."""
    steps = np.arange(lost.shape[1])
    source = np.maximum.accumulate(np.where(lost, -1, steps), axis=1)
    source = np.where(source < 0, np.argmin(lost, axis=1)[:, None], source)
    clip, step = np.nonzero(lost)
    keypoints_px[clip, step] = keypoints_px[clip, source[clip, step]]
    confidence[clip, step] = 0.0


def _derive(keypoints_px: Floats, confidence: Floats) -> None:
    """Fill in, in place, the keypoints that the mapping to BODY_25 derives from others."""
    for middle, (one, other) in ((_NECK, _SHOULDERS), (_MID_HIP, _HIPS)):
        keypoints_px[:, :, middle] = (keypoints_px[:, :, one] + keypoints_px[:, :, other]) / 2
        confidence[:, :, middle] = np.minimum(confidence[:, :, one], confidence[:, :, other])
    keypoints_px[:, :, _SMALL_TOES] = keypoints_px[:, :, _BIG_TOES]
    confidence[:, :, _SMALL_TOES] = 0.0
