"""Small sets of windows whose muscle activity follows from the keypoints."""

import numpy as np

from mia_core.dataset.window_set import NO_PART, WindowSet, WindowSetAbout

CHANNELS = ("left_quadriceps", "left_hamstrings", "left_latissimus", "left_biceps")
EXERCISES = ("squat", "front_punch", "running")


def some_windows(
    per_exercise=12,
    exercises=EXERCISES,
    channels=CHANNELS,
    subjects=("Subject0",),
    n_steps=30,
    stride=10,
    seed=0,
    unit="counts",
    joints=False,
):
    """Return windows of one recording per subject and exercise, each a swing of its own; emg is 10 to 60 `unit`."""
    generator = np.random.default_rng(seed)
    pace = np.random.default_rng(7).uniform(0.6, 2.5, len(exercises))
    swing = np.random.default_rng(8).normal(0, 0.05, (len(exercises), 25, 2))
    gains = np.random.default_rng(9).uniform(-1, 1, (25 * 2, len(channels)))
    rest = np.random.default_rng(10).uniform(0.3, 0.7, (25, 2))
    pieces = []
    for who in range(len(subjects)):
        for what in range(len(exercises)):
            n_all = (per_exercise - 1) * stride + n_steps
            phase = np.cumsum(generator.uniform(0.8, 1.2, n_all)) * 0.1 * 2 * np.pi * pace[what]
            size = 1 + 0.1 * who
            points = (
                rest + size * swing[what] * np.sin(phase)[:, None, None] + generator.normal(0, 0.002, (n_all, 25, 2))
            )
            effort = (points - rest).reshape(n_all, -1) @ gains
            emg = 10 + 50 * np.clip(np.abs(effort) / 0.5, 0, 1)
            starts = np.arange(per_exercise) * stride
            steps = starts[:, None] + np.arange(n_steps)
            pieces.append((points[steps], emg[steps], who, what, starts))
    keypoints = np.concatenate([piece[0] for piece in pieces]).astype(np.float32)
    count = [len(piece[0]) for piece in pieces]
    return WindowSet(
        keypoints=keypoints,
        emg=np.concatenate([piece[1] for piece in pieces]).astype(np.float32),
        joints=np.concatenate([keypoints, keypoints[..., :1]], -1) if joints else None,
        subject=np.repeat([piece[2] for piece in pieces], count).astype(np.int16),
        exercise=np.repeat([piece[3] for piece in pieces], count).astype(np.int16),
        recording=np.repeat(np.arange(len(pieces)), count).astype(np.int32),
        start_step=np.concatenate([piece[4] for piece in pieces]).astype(np.int32),
        part=np.full(sum(count), NO_PART, np.int8),
        about=WindowSetAbout(tuple(subjects), tuple(exercises), tuple(channels), unit, "simulated", "simulated"),
    )
