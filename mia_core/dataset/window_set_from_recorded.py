"""This app's recorded sessions as a set of windows, from session folders or from what `mia export --to packed` wrote.

A window is whole: the person is seen and the joints of all its muscles are known in every step, and no sample is
missing or at the end of the sensor's range. Of a film that was shown again and again, only the first round counts:
otherwise a model would be judged by the motion that it learned from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.exported_windows import PROVENANCE_OF, one_aspect
from mia_core.dataset.recorded_set import RecordedSet, is_recorded
from mia_core.dataset.window_block import Skipped, WindowBlock
from mia_core.dataset.window_set import WindowSetAbout, WindowSetError
from mia_core.export.packed_exporter import step_clips
from mia_core.export.recorded_session import RecordedSession
from mia_core.muscles import MONTAGE
from mia_core.samples import KNOWN_CONFIDENCE, STEP_S, WINDOW_STEPS, Floats
from mia_core.step_clip import StepClip

LAYOUT: Final = "mia-live"
PERCENT: Final = "percent"
_APART: Final = "Import them apart."


class RecordedSource:
    """Recorded sessions: see `WindowSource`.

    Args:
        paths: Session folders, or folders that `mia export --to packed` wrote.
        stride_steps: Steps from one window to the next.
        in_percent: Whether the target is activation in percent of the maximal contraction, which needs a calibration,
            instead of the sensor's own unit.

    Raises:
        WindowSetError: No muscle has a sensor in all of them, or they mix units, or measured and simulated sEMG.
        MiaError: A folder can't be read.
    """

    tolerates_breaks = True
    has_joints = False

    def __init__(self, paths: Sequence[Path], stride_steps: int = WINDOW_STEPS, *, in_percent: bool = False) -> None:
        self._clips = [clip for path in paths for clip in _clips_of(path)]
        self._stride, self._in_percent = stride_steps, in_percent
        where = ", ".join(str(path) for path in paths)
        self._channels = [place for place in range(len(MONTAGE)) if all(clip.units[place] for clip in self._clips)]
        if not self._channels:
            raise WindowSetError(where, "a muscle with a sensor in all sessions", "none", _APART)
        units = sorted({clip.units[place] for clip in self._clips for place in self._channels})
        if len(units) != 1 and not in_percent:
            raise WindowSetError(where, "one unit", " and ".join(units), "Import them apart, or with --unit percent.")
        kinds = sorted({PROVENANCE_OF[clip.provenance] for clip in self._clips})
        if len(kinds) != 1:
            raise WindowSetError(where, "sEMG either measured or simulated", "both", _APART)
        self.about = WindowSetAbout(
            (),
            (),
            tuple(MONTAGE.names[place] for place in self._channels),
            PERCENT if in_percent else units[0],
            kinds[0],
            LAYOUT,
            picture_aspect=one_aspect([clip.image_size_px for clip in self._clips]),
        )
        self._usable = [self._usable_steps(clip) for clip in self._clips]
        self.n_windows = sum(
            len(self._starts(clip, usable)) for clip, usable in zip(self._clips, self._usable, strict=True)
        )
        hashes = "".join(_hash_of(clip) for clip in self._clips)
        self.fingerprint = hashlib.sha256(f"{hashes} {stride_steps} {in_percent}".encode()).hexdigest()

    @property
    def notes(self) -> tuple[str, ...]:
        """See `WindowSource`."""
        notes = []
        if self.about.provenance == "simulated":
            notes.append("The sEMG comes from simulated sensors, not from a person.")
        if any(clip.repeats_after_s for clip in self._clips):
            notes.append("A film was shown instead of a camera's picture; only its first round is in the set.")
        if self.about.picture_aspect is None:
            notes.append("The pictures are not all of one shape, so fractions of them do not mean the same everywhere.")
        if left_out := sorted({*MONTAGE.names} - {*self.about.channels}):
            notes.append(f"Without a sensor in every session, and not in the set: {', '.join(left_out)}.")
        return tuple(notes)

    def blocks(self, done: Collection[str]) -> Iterator[WindowBlock]:
        """Cut every uninterrupted stretch into windows: see `WindowSource`."""
        for clip, usable in zip(self._clips, self._usable, strict=True):
            name = f"{clip.session} from {clip.start_s:.1f} s"
            if name not in done:
                yield self._block(name, clip, usable)

    def _block(self, name: str, clip: StepClip, usable: NDArray[np.bool_]) -> WindowBlock:
        starts = self._starts(clip, usable)
        steps = starts[:, np.newaxis] + np.arange(WINDOW_STEPS)  # (n, 30)
        size_px = np.maximum(np.array(clip.image_size_px, np.float32), 1)
        emg = self._emg(clip)
        unusable = int((~usable).sum())
        why = f"{unusable} of {len(clip)} steps: nobody is known there, the sEMG is not whole, or the film repeats."
        return WindowBlock(
            name,
            clip.subject,
            clip.exercise,
            keypoints=clip.keypoints_px[steps] / size_px,
            emg=emg[steps],
            start_step=starts.astype(np.int32),
            names=tuple(f"{clip.session} at {clip.start_s + STEP_S * start:.1f} s" for start in starts.tolist()),
            skipped=(Skipped(name, why),) if unusable else (),
            sha256=_hash_of(clip),
        )

    def _emg(self, clip: StepClip) -> Floats:
        """Return (T, C) the target."""
        return (100 * clip.activation if self._in_percent else clip.emg)[:, self._channels]

    def _usable_steps(self, clip: StepClip) -> NDArray[np.bool_]:
        """Return (T,) where everything is known."""
        if min(clip.image_size_px) <= 0:
            return np.zeros(len(clip), np.bool_)
        needed = sorted({joint for place in self._channels for joint in MONTAGE.placements[place].keypoints})
        usable: NDArray[np.bool_] = clip.seen & (clip.confidence[:, needed] >= KNOWN_CONFIDENCE).all(axis=1)
        usable &= clip.emg_whole[:, self._channels].all(axis=1) & np.isfinite(self._emg(clip)).all(axis=1)
        usable &= np.isfinite(clip.keypoints_px).all(axis=(1, 2))
        if clip.repeats_after_s:
            usable &= clip.start_s + STEP_S * (np.arange(len(clip)) + 1) <= clip.repeats_after_s + STEP_S / 2
        return usable

    def _starts(self, clip: StepClip, usable: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return the first steps of a clip's windows."""
        rows = np.flatnonzero(usable)
        runs = [run for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(run) >= WINDOW_STEPS]
        starts = [np.arange(run[0], run[-1] - WINDOW_STEPS + 2, self._stride) for run in runs]
        return np.concatenate([np.zeros(0, np.intp), *starts]).astype(np.intp)


def _clips_of(path: Path) -> Iterator[StepClip]:
    yield from RecordedSet.load(path).clips if is_recorded(path) else step_clips(RecordedSession.read(path))


def _hash_of(clip: StepClip) -> str:
    digest = hashlib.sha256(f"{clip.session} {clip.start_s} {clip.exercise} {clip.image_size_px}".encode())
    for array in (clip.keypoints_px, clip.confidence, clip.emg, clip.activation):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
