"""Fit the noise of the keypoint detector: `python resources/simulation/fit_detector_noise.py --recordings DIR`.

Renders the avatar in random motions, looks and cameras, lets the real detector follow it as live use does, and writes
beside this script the parameters `detector_noise.npz`, the clips that were kept out of the fit, and a report. Each clip
is kept in DIR as soon as it is done, so that an interrupted run goes on, and a fit can be repeated without rendering
again (`--clips 0` fits what is there).

Needs the extra `sim` and OpenGL; without a display it draws in software (`MUJOCO_GL=egl`).
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

if sys.platform == "linux":
    os.environ.setdefault("MUJOCO_GL", "egl")

import numpy as np
from numpy.typing import NDArray

from mia_core.bundled import POSE_MODEL_SHA256
from mia_core.motion_clip import MOTION_HZ
from mia_core.opencv import cv2
from mia_core.pose.mediapipe_estimator import MediaPipeEstimator
from mia_core.pose.person_tracker import PersonTracker
from mia_core.samples import Floats, Frame, Image
from mia_core.simulation.avatar import Avatar
from mia_core.simulation.avatar_looks import Looks
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.body_view import DETECTED
from mia_core.simulation.detector_noise import DetectorNoise
from mia_core.simulation.detector_recording import DetectorRecording, save_together, simulated_again
from mia_core.simulation.exercise_scripts import SCRIPTS
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.motions import ARM_BABBLE, BODY_BABBLE, draw_motion
from mia_core.simulation.noise_fit import fit
from mia_core.simulation.noise_measurement import D_MIRROR, Statistics
from mia_core.simulation.noise_parameters import SWAPS, NoiseParameters
from mia_core.simulation.virtual_camera import CameraSettings, VirtualCameras
from mia_core.skeleton import BODY_25, INDEX, N_KEYPOINTS

CLIP_S = 4.0
START_S = 1.5
"""Skipped, because every performance starts from standing."""
STREAM = 7
"""First number of every clip's seed; no data set draws from this stream."""
CAMERAS = CameraSettings(frontal_share=0.3, elevation_deg=(-6.0, 18.0))
"""Backs and sides are where the detector errs, so that more of them are looked at than training shows."""
GRAIN = (0.0, 5.0)
"""Least and greatest standard deviation of a camera's grain, in grey levels."""
GRAIN_PICTURES = 6
BLUR_PX = (0.4, 0.9)
EXERCISE = ""
KINDS = (EXERCISE, BODY_BABBLE, EXERCISE, ARM_BABBLE)
EXERCISES = tuple(SCRIPTS)
HELD_OUT = 4
"""After so many clips, one is kept out of the fit."""
REPEATS = 4
"""So often is each of them simulated, to compare."""


def record(body: MuscleBody, index: int) -> DetectorRecording:
    """Render clip `index` and let the detector follow it."""
    rng = np.random.default_rng([STREAM, index])
    kind = KINDS[index % len(KINDS)] or str(rng.choice(EXERCISES))
    configurations = configurations_of(body, draw_motion(kind, START_S + CLIP_S, rng))[round(START_S * MOTION_HZ) :]
    joints_m = np.stack([_joints(body, configuration) for configuration in configurations])
    camera = VirtualCameras.draw(joints_m[:, INDEX["mid_hip"]].mean(axis=0)[None], rng, CAMERAS)
    avatar, lens = Avatar(body, camera, Looks.draw(rng), supersampling=1), Lens(camera, rng)
    tracker = PersonTracker(MediaPipeEstimator())
    keypoints_px = np.zeros((len(joints_m), N_KEYPOINTS, 2), np.float32)
    confidence = np.zeros((len(joints_m), N_KEYPOINTS), np.float32)
    found = np.zeros(len(joints_m), np.bool_)
    for step, configuration in enumerate(configurations):
        time_s = step / MOTION_HZ
        pose = tracker.track(Frame(lens.photograph(avatar.render(configuration)), time_s, time_s, step)).pose
        if pose is not None:
            keypoints_px[step], confidence[step], found[step] = pose.keypoints_px, pose.confidence, True
    avatar.close()
    tracker.close()
    return DetectorRecording(camera, joints_m, keypoints_px, confidence, found, kind)


def _joints(body: MuscleBody, configuration: NDArray[np.float64]) -> Floats:
    body.place(configuration)
    return np.asarray(body.keypoints(), np.float32)


class Lens:
    """The blur and the grain of one camera."""

    def __init__(self, camera: VirtualCameras, rng: np.random.Generator) -> None:
        width, height = (int(x) for x in camera.size_px[0])
        self._blur_px = rng.uniform(*BLUR_PX)
        grain = rng.normal(0.0, rng.uniform(*GRAIN), (GRAIN_PICTURES, height, width, 3))
        self._grain = grain.round().astype(np.int16)
        self._rng = rng

    def photograph(self, rgb: Image) -> Image:
        """Return the picture as a camera would take it, blue first."""
        blurred = cv2.GaussianBlur(rgb, (0, 0), self._blur_px).astype(np.int16)
        blurred += self._grain[self._rng.integers(GRAIN_PICTURES)]
        return cv2.cvtColor(np.clip(blurred, 0, 255).astype(np.uint8), cv2.COLOR_RGB2BGR)


def main() -> None:
    """Record what is missing, fit, and write parameters, held-out recordings and a report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--clips", type=int, default=120, help="number of clips of 4 s to record into it")
    options = parser.parse_args()
    options.recordings.mkdir(parents=True, exist_ok=True)
    body = MuscleBody()
    for index in range(options.clips):
        path = options.recordings / f"clip_{index:04d}.npz"
        if not path.exists():
            record(body, index).save(path)
            sys.stdout.write(f"\r{index + 1}/{options.clips}")
            sys.stdout.flush()
    write(options.recordings, Path(__file__).parent)


def write(folder: Path, out_dir: Path) -> None:
    """Fit the recordings in a folder and write what ships."""
    paths = sorted(folder.glob("clip_*.npz"))
    recordings = [DetectorRecording.load(path) for path in paths]
    held_out = recordings[HELD_OUT :: HELD_OUT + 1]
    fitted = [recording for n, recording in enumerate(recordings) if n % (HELD_OUT + 1) != HELD_OUT]
    parameters = fit(fitted)
    again = simulated_again(DetectorNoise(parameters), held_out * REPEATS, np.random.default_rng(STREAM))
    real, simulated = Statistics.of(held_out), Statistics.of(again)
    meta = {
        "clips": len(fitted),
        "frames": sum(len(recording.found) for recording in fitted),
        "held_out_clips": len(held_out),
        "held_out_frames": sum(len(recording.found) for recording in held_out),
        "seed": [STREAM, "number of the clip"],
        "clip_s": CLIP_S,
        "rate_hz": MOTION_HZ,
        "cameras": asdict(CAMERAS),
        "grain": GRAIN,
        "blur_px": BLUR_PX,
        "pose_model_sha256": POSE_MODEL_SHA256,
        "versions": {name: version(name) for name in ("mediapipe", "mujoco", "musclemimic_models", "numpy")},
        "held_out_detector": _listed(real),
        "held_out_simulated": _listed(simulated),
    }
    parameters.save(out_dir / "detector_noise.npz", meta)
    save_together(out_dir / "held_out_detections.npz", held_out)
    text = report(parameters, meta, real, simulated)
    (out_dir / "detector_noise.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _listed(statistics: Statistics) -> dict[str, Any]:
    return {field.name: np.round(getattr(statistics, field.name), 5).tolist() for field in fields(statistics)}


def report(parameters: NoiseParameters, meta: dict[str, Any], real: Statistics, simulated: Statistics) -> str:
    """Return the fit in words and tables."""
    lines = [
        "# How the keypoint detector errs",
        "",
        f"Made by `fit_detector_noise.py` from {meta['clips']} clips, {meta['frames']} frames; compared with"
        f" {meta['held_out_clips']} others, {meta['held_out_frames']} frames. Lengths are in trunk lengths (neck to"
        " mid-hip); of distances, the geometric mean over clips. `a / b`: the detector's on the others / the noise"
        " model's on the same motions and cameras.",
        "",
        "| keypoint | RMS of a clip | mean of a clip | change per frame | median confidence | share below 0.5 |",
        "|---|---|---|---|---|---|",
    ]
    shown = [d for d, index in enumerate(DETECTED) if not BODY_25[index].startswith("right_")]
    for d in shown:
        pairs = [
            f"{_both(getattr(real, name), d):.{digits}f} / {_both(getattr(simulated, name), d):.{digits}f}"
            for name, digits in (("rms", 3), ("steady", 3), ("jitter", 4), ("confidence", 3), ("unsure", 3))
        ]
        lines.append(f"| {_name(d)} | {' | '.join(pairs)} |")
    lines += [
        "",
        "Parameters. Bias: across / along the trunk, of the subject's left side, seen from front / left / back / right;"
        " across counts to the right in the picture, along towards the hips. Haste: changing errors grow with the"
        " joint's speed to this power. Of jitter, no time constant above 300 ms was looked for.",
        "",
        "| keypoint | bias front | bias left | bias back | bias right | haste | lag ms | slow ms | jitter ms |"
        " confidence front | left | back | right | hidden |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for d in shown:
        bias = [f"{x:+.3f} / {y:+.3f}" for x, y in parameters.bias[::3, :, d]]
        sure = [_confidence(x) for x in parameters.visibility[::3, d]]
        hidden = _confidence(parameters.visibility[:, d].mean() + parameters.hiding[d])
        times = [f"{1000 * getattr(parameters, name)[d]:.0f}" for name in ("lag_s", "slow_s", "fast_s")]
        lines.append(f"| {_name(d)} | {' | '.join([*bias, f'{parameters.haste[d]:.2f}', *times, *sure, hidden])} |")
    lines += [
        "",
        "| | front per min | side per min | back per min | mean duration s | held-out share |",
        "|---|---|---|---|---|---|",
    ]
    rates = np.column_stack([parameters.swap_hz, parameters.loss_hz])[[0, 3, 6]] * 60
    durations = [*parameters.swap_s, parameters.loss_s]
    shares = [(*real.swapped, real.lost), (*simulated.swapped, simulated.lost)]
    for n, name in enumerate((*(f"left and right of {name} confused" for name in SWAPS), "nobody found")):
        per_minute = " | ".join(f"{rate:.2f}" for rate in rates[:, n])
        lines.append(f"| {name} | {per_minute} | {durations[n]:.2f} | {shares[0][n]:.4f} / {shares[1][n]:.4f} |")
    return "\n".join(lines) + "\n"


def _name(d: int) -> str:
    return BODY_25[DETECTED[d]].removeprefix("left_").replace("_", " ")


def _both(values: Floats, d: int) -> float:
    """Return the mean of a keypoint and its other side's."""
    return float((values[d] + values[D_MIRROR[d]]) / 2)


def _confidence(visibility: float) -> str:
    return f"{1 / (1 + np.exp(-visibility)):.3f}"


if __name__ == "__main__":
    main()
