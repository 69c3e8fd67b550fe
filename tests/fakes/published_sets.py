"""Small synthetic copies of the published layouts, with the documented names and shapes. Their numbers are made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 1080, 1920
VIDEOS = {"IMG_2096_30.MOV": "jumping_jack", "IMG_2107_30.MOV": "squat", "IMG_2403_30.MOV": "IMG_2403"}
"""Videos of the first version, and what their exercise is taken to be."""


def emg_of(subject: int, exercise: int, part: int, n_steps: int) -> np.ndarray:
    """Return (n_steps, 8) counts of one recording; each channel has its own level."""
    rng = np.random.default_rng([subject, exercise, part])
    return (rng.integers(2, 60, (n_steps, 8)) + 10 * np.arange(8)).astype(np.float64)


def motion_of(subject: int, exercise: int, part: int, n_steps: int) -> np.ndarray:
    """Return (n_steps, 49, 2) pixels of one recording, all within the picture but for some feet."""
    rng = np.random.default_rng([subject, exercise, part, 1])
    time = np.arange(n_steps)[:, np.newaxis]
    sway = 100 * np.sin(time / 5 + rng.uniform(0, 6, 49))
    places = rng.uniform((200, 200), (880, 1900), (49, 2))
    return np.stack([places[:, 0] + sway, places[:, 1] + sway], axis=-1)


def write_iccv2023(
    folder: Path,
    subjects: Sequence[int] = (0, 1),
    exercises: Sequence[str] = ("ElbowPunch", "Squat"),
    windows: Mapping[str, int] = {"train": 8, "val": 2},
    dense_subject: int | None = 0,
) -> Path:
    """Write `folder/MIADatasetOfficial`; windows of the dense subject begin 5 steps apart, those of others 30."""
    root = folder / "MIADatasetOfficial"
    for part_number, (part, n) in enumerate(windows.items()):
        for subject in subjects:
            stride, identity = 5 if subject == dense_subject else 30, 0
            for number, exercise in enumerate(exercises):
                n_steps = (n - 1) * stride + 30
                emg = emg_of(subject, number, part_number, n_steps)
                pixels = motion_of(subject, number, part_number, n_steps)
                for window in range(n):
                    cut = slice(window * stride, window * stride + 30)
                    _write_window(root / part / f"Subject{subject}" / exercise / str(identity), emg[cut], pixels[cut])
                    identity += 1
    return root


def _write_window(folder: Path, emg: np.ndarray, pixels: np.ndarray) -> None:
    folder.mkdir(parents=True)
    joints = np.concatenate([(pixels - (540, 960)) / 1000, np.full((30, 49, 1), 0.1)], axis=-1)
    arrays = {
        "emgvalues": emg,
        "joints2d": pixels,
        "joints3d": joints,
        "predcam": np.zeros((30, 3)),
        "origcam": np.zeros((30, 4)),
        "bboxes": np.zeros((30, 4)),
        "pose": np.zeros((30, 72)),
        "betas": np.zeros((30, 10)),
        "joints2dsmpl": np.zeros((30, 49, 2)),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / "verts.npy").write_bytes(b"never opened")


def vibe_output(seed: int, n_frames: int) -> dict[str, np.ndarray]:
    """Return what the first version's pose estimator says of one video."""
    rng = np.random.default_rng(seed)
    return {
        "joints3d": rng.normal(0, 0.4, (n_frames, 49, 3)).astype(np.float32),
        "pred_cam": np.stack([rng.uniform(0.7, 1.1, n_frames), *rng.normal(0, 0.1, (2, n_frames))], axis=-1).astype(
            np.float32
        ),
        "bboxes": np.stack(
            [
                rng.uniform(400, 700, n_frames),
                rng.uniform(800, 1100, n_frames),
                *[rng.uniform(900, 1500, n_frames)] * 2,
            ],
            axis=-1,
        ),
    }


def write_first_version(folder: Path, seconds: int = 15, stride: int = 30) -> Path:
    """Write `train.txt`, `val.txt` and one `vibe_output.npz` for each video; the last fifth in time is `val`."""
    lines: dict[str, list[str]] = {"train": [], "val": []}
    for number, video in enumerate(VIDEOS):
        place = folder / "output" / video
        place.mkdir(parents=True)
        np.savez(place / "vibe_output.npz", **vibe_output(number, seconds * 30))
        emg = emg_of(number, 0, 0, seconds * 10)
        starts = range(0, seconds * 10 - 30 + 1, stride)
        for start in starts:
            part = "val" if start >= 0.75 * seconds * 10 else "train"
            lines[part].append(first_version_line(video, start, emg))
    for part, of_part in lines.items():
        (folder / f"{part}.txt").write_text("".join(of_part))
    return folder


def first_version_line(video: str, start: int, emg: np.ndarray) -> str:
    """Return the text of one window: two paths, three pictures, three poses and nine values for each step."""
    fields: list[str] = []
    for step in range(start, start + 30):
        frames = [3 * step, 3 * step + 1, 3 * step + 2]
        fields += [f"frames/{video}", f"output/{video}/vibe_output.pkl"]
        fields += [str(frame + 1) for frame in frames] + [str(frame) for frame in frames]
        fields += [str(value) for value in emg[step]] + ["0"]
    return ",".join(fields) + "\n"
