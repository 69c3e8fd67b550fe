"""The layout of the paper's published data (ICCV 2023): a folder of arrays for each window of three seconds."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.recorded_session import RecordedSession
from mia_core.export.trials import UNLABELLED
from mia_core.muscles import MONTAGE
from mia_core.samples import WINDOW_STEPS
from mia_core.skeleton import N_KEYPOINTS

ROOT: Final = "MIADatasetOfficial"
CHANNELS: Final = (
    "left_quadriceps",
    "left_hamstrings",
    "left_triceps",
    "left_biceps",
    "right_quadriceps",
    "right_hamstrings",
    "right_triceps",
    "right_biceps",
)
"""Order of `emgvalues`: the published one, with the triceps where the published data have the latissimus dorsi."""
N_JOINTS: Final = 49
"""Joints of the published arrays, of which the first 25 are those of BODY_25."""
_ORDER: Final = [MONTAGE.names.index(name) for name in CHANNELS]
_UNKNOWN: Final[dict[str, tuple[int, ...]]] = {
    "joints3d": (WINDOW_STEPS, N_JOINTS, 3),
    "predcam": (WINDOW_STEPS, 3),
    "origcam": (WINDOW_STEPS, 4),
    "pose": (WINDOW_STEPS, 72),
    "betas": (WINDOW_STEPS, 10),
    "joints2dsmpl": (WINDOW_STEPS, N_JOINTS, 2),
    "verts": (WINDOW_STEPS, 0, 3),
}
"""What only a body model fitted to the video would know, by name, with its shape; of the mesh no vertex."""
_README: Final = """\
# Recorded sessions in the layout of "Muscles in Action" (ICCV 2023)

`MIADatasetOfficial/{train,val}/SubjectN/Exercise/ID/` is a window of 30 steps of 0.1 s; `train.txt` and `val.txt` list
them as the public training code wants it: run it in this folder. `windows.json` says who SubjectN is, from which
session and when each window is, its image size, and whether its sEMG was measured or simulated.

- `emgvalues.npy` (30, 8) float64: raw, not normalised, in the unit of the sensor (counts of 0 to 1023 for an M40), the
  mean over 0.05 s to both sides of each step. The order is that of the published data: left quadriceps, hamstrings,
  triceps, biceps, then the same on the right. **The third and seventh are the triceps; in the published data they are
  the latissimus dorsi.**
- `joints2d.npy` (30, 49, 2) float64: the first 25 are the BODY_25 keypoints in pixels, not normalised, as the live
  model sees them; the other 24 are NaN. The public code divides pixels by 1080 and 1920: another image size is another
  scale.
- `confidence.npy` (30, 25) float32: how sure the detector was. Not in the published data.
- `bboxes.npy` (30, 4) float64: centre, width and height of the square around the keypoints.
- `joints3d`, `predcam`, `origcam`, `pose`, `betas`, `joints2dsmpl` have the published shapes and are NaN, `verts` has
  no vertex: nothing of that was recorded. They are there because the public code loads them. Train it on `joints2d`
  (`threed` False).

A window is whole: in every step the joints of all eight muscles are known, and no sample is missing or at the end of
the sensor's range. The exercise is that of the trial that holds the window; what lies between trials is left out, and
a session without trials is `unlabelled`. Of each exercise of a session the last windows in time are in `val`; no step
is in both parts.
"""


class MiaExporter:
    """Writes the published layout.

    Args:
        settings: Stride of the windows, and the share of them in `val`.
    """

    def __init__(self, settings: ExportSettings) -> None:
        self._settings = settings
        self._subjects: list[str] = []
        self._next_id: Counter[tuple[str, int]] = Counter()
        self._windows: list[dict[str, Any]] = []

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's windows: see `SetExporter`."""
        session.require_emg(all_muscles=True)
        steps = session.steps
        usable = steps.pose_known & steps.emg_whole.all(axis=1)
        if session.trials:
            usable &= steps.trial >= 0
        windows = steps.windows(usable, self._settings.stride_steps)
        if not windows:
            raise ExportError(
                f"The session {session.title} has no window of three seconds in which the person is known and no sEMG "
                "is missing.",
                "Look at its traces; record longer trials, with the whole body in the picture.",
            )
        by_exercise: dict[str, list[slice]] = defaultdict(list)
        for window in windows:
            trial = int(steps.trial[window.start])
            by_exercise[session.trials[trial].exercise if trial >= 0 else UNLABELLED].append(window)
        if session.subject not in self._subjects:
            self._subjects.append(session.subject)
        subject = self._subjects.index(session.subject)
        for exercise, of_exercise in by_exercise.items():
            for part, of_part in zip(("train", "val"), self._divided(of_exercise), strict=True):
                for window in of_part:
                    own = f"{ROOT}/{part}/Subject{subject}/{_camel(exercise)}/{self._next_id[part, subject]}"
                    self._next_id[part, subject] += 1
                    self._write(session, window, own, folder)

    def _divided(self, windows: list[slice]) -> tuple[list[slice], list[slice]]:
        """Return windows to learn from, and the last ones in time to judge on; no step is in both."""
        n_train = len(windows) - round(self._settings.held_out_share * len(windows))
        held_out = windows[n_train:]
        begin = held_out[0].start if held_out else np.inf
        return [window for window in windows[:n_train] if window.stop <= begin], held_out

    def finish(self, folder: Path) -> None:
        """Write the lists of windows and the explanation: see `SetExporter`."""
        there = [window for window in self._windows if (folder / window["path"]).is_dir()]
        for part in ("train", "val"):
            lines = [f"{window['path']}\n" for window in there if window["path"].split("/")[1] == part]
            (folder / f"{part}.txt").write_text("".join(lines), encoding="utf-8")
        content = {
            "channels": CHANNELS,
            "subjects": {f"Subject{number}": subject for number, subject in enumerate(self._subjects)},
            "windows": there,
        }
        (folder / "windows.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        (folder / "README.md").write_text(_README, encoding="utf-8")

    def _write(self, session: RecordedSession, window: slice, path: str, folder: Path) -> None:
        own = folder / path
        own.mkdir(parents=True)
        steps = session.steps
        keypoints_px = steps.keypoints_px[window].astype(np.float64)
        joints2d = np.full((WINDOW_STEPS, N_JOINTS, 2), np.nan)
        joints2d[:, :N_KEYPOINTS] = keypoints_px
        arrays: dict[str, NDArray[Any]] = {
            "emgvalues": steps.emg[window][:, _ORDER].astype(np.float64),
            "joints2d": joints2d,
            "confidence": steps.confidence[window],
            "bboxes": _squares(keypoints_px),
            **{name: np.full(shape, np.nan, np.float32) for name, shape in _UNKNOWN.items()},
        }
        for name, array in arrays.items():
            np.save(own / f"{name}.npy", array, allow_pickle=False)
        unit_of = {muscle.placement.name: muscle.profile.unit for muscle in session.muscles}
        self._windows.append(
            {
                "path": path,
                "session": session.title,
                "start_s": round(float(steps.timestamps_s[window.start]) - 0.1, 6),
                "image_size_px": session.image_size_px,
                "emg": session.provenance,
                "units": [unit_of[name] for name in CHANNELS],
            }
        )


def _camel(exercise: str) -> str:
    """Return a name as the published folders have it, such as `HookPunch`."""
    if exercise == UNLABELLED:
        return exercise
    return "".join(word[:1].upper() + word[1:] for word in exercise.replace("-", "_").split("_"))


def _squares(keypoints_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n, 4) centre x, centre y, width and height of the squares around (n, 25, 2) keypoints."""
    low, high = keypoints_px.min(axis=1), keypoints_px.max(axis=1)
    side = (high - low).max(axis=1, keepdims=True)
    return np.concatenate([(low + high) / 2, side, side], axis=1)
