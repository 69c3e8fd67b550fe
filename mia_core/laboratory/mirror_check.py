"""Whether a model treats left and right alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.metrics import Array, MetricError, Values, rmse_by_channel
from mia_core.skeleton import MIRROR


def mirrored_channels(channels: Sequence[str]) -> NDArray[np.intp]:
    """Return (C,) the place of every muscle's twin on the other side of the body.

    Raises:
        MetricError: A muscle has no side, or no twin.
    """
    swap = {"left": "right", "right": "left"}
    twins = []
    for name in channels:
        side, _, muscle = name.partition("_")
        twin = f"{swap.get(side, side)}_{muscle}"
        if twin == name or twin not in channels:
            raise MetricError(f"The channel {name} has no twin on the other side.", "Leave the mirror check out.")
        twins.append(channels.index(twin))
    return np.array(twins, np.intp)


def mirror_errors(predict: Callable[[Values], Values], keypoints: Values, channels: Sequence[str]) -> Array:
    """Return (C,) how far the prediction of a mirrored body is from the mirrored prediction: root mean squares.

    A muscle should not care which side it is on, as long as both sides are scaled alike.

    Args:
        predict: From (N, T, 25, 2) keypoints to (N, T, C).
        keypoints: (N, T, 25, 2) BODY_25, x in shares of the image's width.
        channels: Names of the muscles.

    Raises:
        MetricError: A muscle has no twin.
    """
    twins = mirrored_channels(channels)
    mirrored = np.array(keypoints[:, :, MIRROR])
    mirrored[..., 0] = 1 - mirrored[..., 0]
    return rmse_by_channel(predict(keypoints)[..., twins], predict(mirrored))
