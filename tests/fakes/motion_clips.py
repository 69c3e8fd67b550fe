"""A stick figure in pure numpy that flexes its limbs; its muscles do what the flexion says. Quick, and learnable."""

import hashlib
import json
from pathlib import Path

import numpy as np

from mia_core.motion_clip import MotionClip
from mia_core.skeleton import INDEX

_STANDING_M = {
    "nose": (0, -0.1, 1.6),
    "neck": (0, 0, 1.45),
    "shoulder": (0.2, 0, 1.45),
    "elbow": (0.22, 0, 1.15),
    "wrist": (0.22, 0, 0.9),
    "mid_hip": (0, 0, 0.95),
    "hip": (0.1, 0, 0.95),
    "knee": (0.1, 0, 0.5),
    "ankle": (0.1, 0, 0.08),
    "eye": (0.03, -0.1, 1.63),
    "ear": (0.07, 0, 1.62),
    "big_toe": (0.1, -0.2, 0.02),
    "small_toe": (0.15, -0.18, 0.02),
    "heel": (0.1, 0.05, 0.02),
}


def standing_m() -> np.ndarray:
    """(25, 3) a person who stands and looks along -y; x to the subject's left."""
    joints = np.zeros((25, 3))
    for name, index in INDEX.items():
        side, _, part = name.partition("_")
        x, y, z = _STANDING_M[part if side in ("left", "right") else name]
        joints[index] = (-x if side == "right" else x, y, z)
    return joints


def make_clip(seed: int, seconds: float = 6.0, subject: str = "s0") -> MotionClip:
    """Arms and legs flex at random tempo and depth; biceps and quadriceps follow it, the others do the opposite."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * 30)) / 30
    joints = np.repeat(standing_m()[None], len(time), axis=0)
    activation = np.zeros((len(time), 8))
    for column, side in ((0, "left"), (4, "right")):
        for offset, end, lift in ((0, "wrist", 0.5), (2, "ankle", 0.4)):
            depth = rng.uniform(0.3, 1)
            flexion = depth * (0.5 - 0.5 * np.cos(time * rng.uniform(1, 4) + rng.uniform(0, 6)))
            joints[:, INDEX[f"{side}_{end}"]] += flexion[:, None] * np.array([0, -0.3 if offset == 0 else 0.3, lift])
            activation[:, column + offset] = 0.4 * flexion
            activation[:, column + offset + 1] = 0.2 * (1 - flexion)
    n_10 = len(time) // 3
    return MotionClip(
        joints_m=joints.astype(np.float32),
        activation=activation.astype(np.float32),
        emg_counts=np.zeros((n_10, 8), np.uint16),
        joint_angles_rad=np.zeros((len(time), 25), np.float32),
        joint_torques_nm=np.zeros((len(time), 25), np.float32),
        valid=np.ones(len(time), bool),
        exercise="flexing",
        subject=subject,
    )


def save_set(folder: Path, n_clips: int = 6, n_subjects: int = 3, seed: int = 0, seconds: float = 6.0) -> Path:
    """Write clips and a manifest as the simulator does; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for i in range(n_clips):
        path = folder / f"clip_{i:03}.npz"
        make_clip(seed + i, seconds, f"s{seed}-{i % n_subjects}").save(path)
        entries.append({"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
    manifest = {"schema_version": 1, "generator_version": 1, "complete": True, "settings": {"seed": seed}}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "clips": entries}))
    return folder
