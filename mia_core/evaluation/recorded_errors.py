"""Errors of several models on the same recorded motion, read as live use does, with a bootstrap over blocks of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.recorded_sampler import RecordedWindows
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.activation_model import Prediction
from mia_core.models.model_card import DEFAULT_LOOKAHEAD_STEPS
from mia_core.muscles import MONTAGE
from mia_core.processing.block_draws import draw_weights
from mia_core.samples import STEP_S, WINDOW_STEPS, Floats

READ_AT: Final = WINDOW_STEPS - 1 - DEFAULT_LOOKAHEAD_STEPS
"""The step of a window that live use reads."""
BLOCK_S: Final = 5.0
"""Errors of muscles that are further apart than this have little to do with one another."""
EVERYTHING: Final = slice(None)
Array = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True)
class RecordedErrors:
    """Squared errors of activation, summed in blocks; neighbouring steps are alike, so blocks are drawn, not steps.

    Attributes:
        sums: (predictions, blocks, 8) sums of squared errors.
        counts: (blocks, 8) how many steps they are of; no block is without any.
    """

    sums: Array
    counts: Array

    @classmethod
    def of(cls, said: Sequence[Floats], truth: Floats, block: NDArray[np.intp]) -> RecordedErrors:
        """Sum the errors of predictions.

        Args:
            said: What each says, (n, 8) or what can be broadcast to it.
            truth: (n, 8), NaN where it is not known.
            block: (n,) the number of the block that each step is in.

        Raises:
            HeldOutError: There is a muscle of which nothing is known.
        """
        known = np.isfinite(truth)
        if not known.any(axis=0).all():
            raise HeldOutError("There is a muscle of which nothing can be judged.", "Record for longer.")
        squared = [np.where(known, np.square(one - truth, dtype=np.float64), 0.0) for one in said]  # (n, 8) each
        in_block = (block == np.arange(block.max() + 1)[:, np.newaxis]).astype(np.float64)  # (blocks, n)
        counts = in_block @ known.astype(np.float64)
        judged = counts.any(axis=1)
        return cls(np.array([in_block @ one for one in squared])[:, judged], counts[judged])

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return len(self.counts)

    def steps(self, channels: slice = EVERYTHING) -> int:
        """Return how many steps of these muscles were judged."""
        return int(self.counts[:, channels].sum())

    def rmse(self, channels: slice = EVERYTHING) -> Array:
        """Return (predictions,) the RMSE over these muscles."""
        return np.asarray(np.sqrt(self.sums[:, :, channels].sum(axis=(1, 2)) / self.counts[:, channels].sum()))

    def drawn(self, channels: slice = EVERYTHING) -> Array:
        """Return (predictions, draws) the RMSE over blocks that were drawn with replacement, the same for all.

        NaN where a draw has only blocks in which nothing is known of these muscles.
        """
        sums, counts = self.sums[:, :, channels].sum(axis=2), self.counts[:, channels].sum(axis=1)
        draws = draw_weights(self.blocks).T  # (blocks, draws)
        steps = counts @ draws
        return np.asarray(np.sqrt(sums @ draws / np.where(steps > 0, steps, np.nan)))


def blocks_of(windows: RecordedWindows) -> NDArray[np.intp]:
    """Return (n,) the number of the block of time that each window's end is in; blocks never reach over two clips."""
    new_clip = np.concatenate([[True], np.diff(windows.clip) != 0])
    first = np.maximum.accumulate(np.where(new_clip, np.arange(len(windows)), 0))  # (n,)
    in_clip = (np.arange(len(windows)) - first) // round(BLOCK_S / STEP_S)
    new_block = new_clip | np.concatenate([[True], np.diff(in_clip) != 0])
    return np.asarray(np.cumsum(new_block) - 1, np.intp)


def interval95(drawn: Array) -> Interval:
    """Return the 95 % interval of (draws,) values; those that are NaN tell nothing."""
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def muscle_channels() -> tuple[tuple[str, slice], ...]:
    """Return each muscle's name and its channel."""
    return tuple((name, slice(i, i + 1)) for i, name in enumerate(MONTAGE.names))


def read_live(model: WindowModel, windows: RecordedWindows) -> Prediction:
    """Return (n, 8) what a model says of the step that live use would read."""
    said = model.predict_windows(windows.keypoints_px, windows.confidence, windows.image_sizes_px)
    return Prediction(said.values[:, READ_AT], said.low[:, READ_AT], said.high[:, READ_AT])
