"""From recorded steps to what the network sees: no camera to draw and no detector to imitate, they were there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.recorded_sampler import RecordedSampler, RecordedWindows
from mia_core.joints import JOINTS
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import Normalization
from mia_core.samples import WINDOW_STEPS
from mia_core.skeleton import MIRROR
from mia_core.training.batches import Batch, in_pieces
from mia_core.training.training_config import TrainingConfig


class RecordedBatches:
    """Draws recorded windows.

    Args:
        sampler: Where windows come from.
        config: Normalisation, mirroring, padding and batch size.
    """

    def __init__(self, sampler: RecordedSampler, config: TrainingConfig) -> None:
        self._sampler, self._config = sampler, config
        self._normalization = Normalization(config.normalization)

    def draw(self, seed: tuple[int, ...], rank: int = 0, world: int = 1) -> Batch:
        """Draw random windows, some mirrored, some with a padded front: see `Batches`."""
        return in_pieces(self._config.batch_size, self._piece, seed, rank, world)

    def fixed(self, at_most: int, seed: int) -> Batch:
        """Cut windows evenly: see `Batches`; nothing is random here."""
        del seed
        return self._seen(self._sampler.every(max(1, -(-len(self._sampler) // at_most))))

    def _piece(self, n: int, rng: np.random.Generator) -> Batch:
        windows = self._sampler.draw(n, self._config.padded_fraction, rng)
        return self._seen(mirror_some(windows, self._config.mirror_fraction, rng))

    def _seen(self, windows: RecordedWindows) -> Batch:
        valid: NDArray[np.bool_] = np.any(np.isfinite(windows.activation), axis=2)
        return Batch(
            self._normalization.apply(windows.keypoints_px, windows.image_sizes_px, windows.confidence),
            windows.activation,
            np.zeros((len(windows), WINDOW_STEPS, 3 * len(JOINTS)), np.float32),
            valid,
            windows.subject,
        )


def mirror_some(windows: RecordedWindows, fraction: float, rng: np.random.Generator) -> RecordedWindows:
    """See some of the windows in a mirror: the left side becomes the right one, in keypoints and in muscles."""
    chosen = rng.random(len(windows)) < fraction  # (n,)
    wide = chosen[:, np.newaxis, np.newaxis]
    mirrored_px = windows.keypoints_px[:, :, MIRROR].copy()
    mirrored_px[..., 0] = windows.image_sizes_px[:, :1, np.newaxis] - mirrored_px[..., 0]
    return replace(
        windows,
        keypoints_px=np.where(wide[..., np.newaxis], mirrored_px, windows.keypoints_px),
        confidence=np.where(wide, windows.confidence[:, :, MIRROR], windows.confidence),
        activation=np.where(wide, windows.activation[..., MONTAGE.mirror], windows.activation),
    )
