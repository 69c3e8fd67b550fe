"""Where moments of the monotonic clock lie on the time line of the frames, and back, through pauses of a film."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.samples import Times

HELD_UP_S: Final = 0.1
"""A source whose frames fall behind by more, for good, was held up: a film on a busy computer goes on where it was."""


class FrameLine:
    """Maps times of the monotonic clock to those of the frames.

    A camera's frames are late by one amount. A film that was held up is later from then on; frames that are late once
    and in time again, because a reader was slow, do not matter. While it was held up, the film stood still.

    Args:
        captured_s: (n,) when frames arrived, by the monotonic clock; n > 0.
        timestamps_s: (n,) what time it was for their source, ascending.

    Attributes:
        was_held_up: Whether anything was.
    """

    def __init__(self, captured_s: Times, timestamps_s: Times) -> None:
        late_s = captured_s - timestamps_s
        behind_s = np.minimum.accumulate(late_s[::-1])[::-1]  # never again less late than that
        self.was_held_up = bool(np.ptp(behind_s) > HELD_UP_S)
        self._due_s = timestamps_s + behind_s + float(np.median(late_s - behind_s))
        self._timestamps_s = timestamps_s

    def of(self, monotonic_s: Times) -> Times:
        """Return times on the time line of the frames."""
        due_s = self._due_s
        outside_s = np.minimum(monotonic_s - due_s[0], 0.0) + np.maximum(monotonic_s - due_s[-1], 0.0)
        return np.asarray(np.interp(monotonic_s, due_s, self._timestamps_s) + outside_s, np.float64)

    def monotonic_s(self, times_s: Times) -> Times:
        """Return when times on the time line of the frames were, by the monotonic clock: the inverse of `of`."""
        stamps_s = self._timestamps_s
        outside_s = np.minimum(times_s - stamps_s[0], 0.0) + np.maximum(times_s - stamps_s[-1], 0.0)
        return np.asarray(np.interp(times_s, stamps_s, self._due_s) + outside_s, np.float64)
