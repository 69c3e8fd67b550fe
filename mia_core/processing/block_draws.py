"""Which blocks of time are drawn, with replacement, to learn how sure a number is; the same everywhere."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 2000
_SEED: Final = 0


@lru_cache(maxsize=4)
def draw_weights(n_blocks: int) -> NDArray[np.float64]:
    """Return (DRAWS, blocks) how often each block is drawn; the same in every call, so that draws can be paired."""
    drawn = np.random.default_rng(_SEED).multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), DRAWS)
    weights = np.asarray(drawn, np.float64)
    weights.flags.writeable = False  # all callers share it
    return weights
