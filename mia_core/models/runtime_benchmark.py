"""How fast the runtime is, against the paper's network as its authors run it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from mia_core.clock import SystemClock
from mia_core.models.eager_reference import EagerReference
from mia_core.models.motion_transformer import MotionTransformer, MotionTransformerConfig
from mia_core.models.runtime import ActivationRuntime


def measure_model_ms(runtime: ActivationRuntime, repeats: int = 300) -> tuple[float, float]:
    """Time one prediction of the runtime and one of the eager reference, in turns, on one CPU thread.

    The runtime is timed as live use calls it: pixels in, normalised, the steps of the default look-ahead out. The
    reference is the paper's network, whatever the runtime's is, and gets its tensor ready made.

    Args:
        runtime: A loaded model.
        repeats: How often each is timed, after a tenth as many unmeasured calls.

    Returns:
        (model_ms, eager_model_ms): medians in milliseconds.
    """
    reference = EagerReference(MotionTransformer(MotionTransformerConfig())).eval()
    window = np.random.default_rng(0).normal(200, 50, (30, 25, 2)).astype(np.float32)
    confidence = np.ones((30, 25), np.float32)
    rows = torch.from_numpy(window / 400).flatten(1).T[None, None].contiguous()
    last_steps = 1 + runtime.card.default_lookahead_steps
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            return _interleaved(
                lambda: runtime.predict(window, confidence, (400, 400), last_steps), lambda: reference(rows), repeats
            )
    finally:
        torch.set_num_threads(threads)


def _interleaved(first: Callable[[], object], second: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the median milliseconds of two calls made in turns, so that a busy machine slows both."""
    clock = SystemClock()
    spent_ms = np.zeros((repeats + repeats // 10 + 1, 2))
    for row in spent_ms:
        for column, call in enumerate((first, second)):
            start_s = clock.now()
            call()
            row[column] = (clock.now() - start_s) * 1e3
    first_ms, second_ms = np.median(spent_ms[-repeats:], axis=0)
    return float(first_ms), float(second_ms)
