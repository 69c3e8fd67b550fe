"""The numbers behind the noise of the keypoint detector, and their file."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from mia_core.errors import MiaError
from mia_core.samples import Floats
from mia_core.simulation.body_view import DETECTED

VIEWS: Final = 12
"""Sides from which a body is seen: view v is centred on azimuth 2 pi v / 12; 0 is the front."""
SWAPS: Final = ("legs", "arms", "body")
"""What the detector confuses left and right of; `body` is arms, legs and face together."""
SURE: Final = 2.5
"""Visibility above which the error does not depend on it: a confidence of 0.92."""
_D: Final = len(DETECTED)
_SHAPES: Final = {
    "bias": (VIEWS, 2, _D),
    "lag_s": (_D,),
    "steady": (2 * _D, 2 * _D),
    "slow": (2 * _D, 2 * _D),
    "fast": (2 * _D, 2 * _D),
    "slow_s": (_D,),
    "fast_s": (_D,),
    "visibility_s": (),
    "haste": (_D,),
    "volatility": (2, _D, _D),
    "visibility": (VIEWS, _D),
    "hiding": (_D,),
    "visibility_steady": (_D, _D),
    "visibility_slow": (_D, _D),
    "doubt": (_D,),
    "swap_hz": (VIEWS, len(SWAPS)),
    "swap_s": (len(SWAPS),),
    "loss_hz": (VIEWS,),
    "loss_s": (),
}


class NoiseParametersError(MiaError):
    """A file of noise parameters can't be read or does not fit this version."""


@dataclass(frozen=True, slots=True)
class NoiseParameters:
    """What is known about the detector's errors.

    D = 21 is the number of keypoints in `DETECTED`. Errors are in trunk lengths across and along the trunk, as
    `BodyView.scale_px` and `BodyView.axes` define them. Visibility is the logit of confidence. A mixing matrix turns a
    row of independent unit normals into errors of all keypoints: entry [i, j] is the share of normal i in error j.

    Attributes:
        bias: (12, 2, D) mean error by view.
        lag_s: (D,) seconds by which a keypoint trails behind the joint's motion.
        steady: (2D, 2D) mixing matrix of the error that stays the same throughout a clip; its columns are
            the errors across of all keypoints, then those along.
        slow: (2D, 2D) mixing matrix of the error that changes as the person moves.
        fast: (2D, 2D) mixing matrix of the jitter.
        slow_s: (D,) time constants of the slow error, a smooth process with a double pole.
        fast_s: (D,) time constants of the jitter, whose correlation falls to 1/e in this time.
        visibility_s: () the same of visibility.
        haste: (D,) exponent by which changing errors grow with the joint's speed: see `detector_noise.hurry`.
        volatility: (2, D, D) mixing matrices of the logarithms of the sizes that steady and changing errors have in a
            clip: heavy tails.
        visibility: (12, D) mean visibility by view where nothing is in front.
        hiding: (D,) change of visibility of a joint that is wholly behind trunk or other leg.
        visibility_steady: (D, D) mixing matrix of what stays the same in a clip.
        visibility_slow: (D, D) mixing matrix of what changes.
        doubt: (D,) growth of the logarithm of the error's size as visibility falls by one, below `SURE`.
        swap_hz: (12, 3) how often left and right get confused, by view, for each of `SWAPS`.
        swap_s: (3,) how long that lasts on average.
        loss_hz: (12,) how often nobody is found any more, by view.
        loss_s: () how long that lasts on average.
    """

    bias: Floats
    lag_s: Floats
    steady: Floats
    slow: Floats
    fast: Floats
    slow_s: Floats
    fast_s: Floats
    visibility_s: Floats
    haste: Floats
    volatility: Floats
    visibility: Floats
    hiding: Floats
    visibility_steady: Floats
    visibility_slow: Floats
    doubt: Floats
    swap_hz: Floats
    swap_s: Floats
    loss_hz: Floats
    loss_s: Floats

    def __post_init__(self) -> None:
        for name, shape in _SHAPES.items():
            if getattr(self, name).shape != shape:
                raise NoiseParametersError(
                    f"The noise parameter {name} has the shape {getattr(self, name).shape}, not {shape}.",
                    "Fit the noise again with this version.",
                )

    def save(self, path: Path, meta: dict[str, Any]) -> None:
        """Write a compressed `.npz` without pickled objects; `meta` goes into it as JSON text."""
        arrays = {field.name: np.asarray(getattr(self, field.name), np.float32) for field in fields(self)}
        np.savez_compressed(path, allow_pickle=False, meta=np.array(json.dumps(meta)), **arrays)

    @classmethod
    def load(cls, path: Path) -> tuple[NoiseParameters, dict[str, Any]]:
        """Read what `save` wrote.

        Raises:
            NoiseParametersError: The file is missing, damaged or of another version.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                arrays = {name: np.asarray(data[name], np.float32) for name in _SHAPES}
                meta = json.loads(str(data["meta"]))
        except (OSError, ValueError, KeyError, BadZipFile, zlib.error) as error:
            raise NoiseParametersError(
                f"{path} holds no noise parameters ({error}).", "Install the application again."
            ) from error
        return cls(**arrays), meta
