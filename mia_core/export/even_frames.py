"""The keypoints of a session at an even rate: cameras deliver unevenly, and most formats of motion can't say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.export_settings import ExportError
from mia_core.export.recorded_session import RecordedSession
from mia_core.samples import Floats

BRIDGED_S: Final = 0.2
"""Over so long an absence of the person places are interpolated; in a longer one they are unknown."""
_MOST_FRAMES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class EvenFrames:
    """Keypoints at an even rate.

    Attributes:
        times_s: (n,) float64 on the time line of the frames.
        rate_hz: Their rate.
        keypoints_px: (n, 25, 2) float32, NaN where nobody was found.
        confidence: (n, 25) float32, zero where nobody was found.
    """

    times_s: NDArray[np.float64]
    rate_hz: float
    keypoints_px: Floats
    confidence: Floats

    def __len__(self) -> int:
        return len(self.times_s)


def even_frames(session: RecordedSession, *, whole_hz: bool = False) -> EvenFrames:
    """Interpolate the keypoints at the camera's rate, beginning with the first frame.

    Args:
        session: The session.
        whole_hz: Round the rate to a whole number.

    Raises:
        ExportError: Nobody was ever found.
    """
    stored = session.session
    seen = np.isfinite(stored.confidence).all(axis=1) & np.isfinite(stored.keypoints_px).all(axis=(1, 2))
    seen &= np.diff(stored.frame_timestamps_s, prepend=-np.inf) > 0
    if not seen.any():
        raise ExportError(f"In the session {session.title} nobody was found.", "Choose another session.")
    rate_hz = max(1.0, round(session.frame_hz)) if whole_hz else session.frame_hz
    frames_s = stored.frame_timestamps_s
    n = int((float(frames_s.max()) - float(frames_s[0])) * rate_hz + 1e-6) + 1
    if n > _MOST_FRAMES:
        raise ExportError(
            f"The session {session.title} spans too much time.", "The recording is damaged; leave it out."
        )
    times_s = float(frames_s[0]) + np.arange(n) / rate_hz
    known_s = np.maximum.accumulate(frames_s[seen])
    after = np.searchsorted(known_s, times_s - 1e-6)
    before_s = known_s[np.clip(np.searchsorted(known_s, times_s + 1e-6, side="right") - 1, 0, len(known_s) - 1)]
    after_s = known_s[np.clip(after, 0, len(known_s) - 1)]
    known = (after_s - before_s <= BRIDGED_S) & (before_s <= times_s + 1e-6) & (after_s >= times_s - 1e-6)
    flat = np.concatenate([stored.keypoints_px[seen].reshape(-1, 50), stored.confidence[seen]], axis=1)
    even = np.stack([np.interp(times_s, known_s, column) for column in flat.T], axis=1).astype(np.float32)  # (n, 75)
    keypoints_px = np.where(known[:, np.newaxis], even[:, :50], np.float32(np.nan)).reshape(n, 25, 2)
    confidence = np.where(known[:, np.newaxis], even[:, 50:], np.float32(0))
    return EvenFrames(times_s, rate_hz, keypoints_px, confidence)
