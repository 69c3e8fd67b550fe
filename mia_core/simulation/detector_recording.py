"""What a real detector reported of a rendered clip, beside the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.motion_clip import MOTION_HZ
from mia_core.samples import Floats
from mia_core.simulation.detector_noise import DetectorNoise
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.whole_file import whole_file

_CAMERA: Final = ("rotation", "position_m", "focal_px", "size_px")


@dataclass(frozen=True, slots=True)
class DetectorRecording:
    """One clip at `MOTION_HZ`, seen by one camera.

    Attributes:
        camera: The camera.
        joints_m: (T, 25, 3) float32 true positions.
        keypoints_px: (T, 25, 2) float32 as reported; 0 where nobody was found.
        confidence: (T, 25) float32 as reported; 0 where nobody was found.
        found: (T,) bool, whether anybody was found.
        kind: Kind of motion.
    """

    camera: VirtualCameras
    joints_m: Floats
    keypoints_px: Floats
    confidence: Floats
    found: NDArray[np.bool_]
    kind: str

    def save(self, path: Path) -> None:
        """Write an `.npz` without pickled objects, atomically."""
        with whole_file(path) as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                **{name: getattr(self.camera, name) for name in _CAMERA},
                joints_m=self.joints_m,
                keypoints_px=self.keypoints_px,
                confidence=self.confidence,
                found=self.found,
                kind=np.array(self.kind),
            )

    @classmethod
    def load(cls, path: Path) -> DetectorRecording:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as data:
            camera = VirtualCameras(*(data[name] for name in _CAMERA))
            return cls(
                camera, data["joints_m"], data["keypoints_px"], data["confidence"], data["found"], str(data["kind"])
            )


def save_together(path: Path, recordings: Sequence[DetectorRecording]) -> None:
    """Write clips of equal length into one small `.npz`, rounded to half a millimetre and 1/32 pixel."""
    cameras = [recording.camera for recording in recordings]
    np.savez_compressed(
        path,
        allow_pickle=False,
        **{name: np.concatenate([getattr(camera, name) for camera in cameras]) for name in _CAMERA},
        joints_m=_rounded([recording.joints_m for recording in recordings], 2048),
        keypoints_px=_rounded([recording.keypoints_px for recording in recordings], 32),
        confidence=_rounded([recording.confidence for recording in recordings], 4096),
        found=np.stack([recording.found for recording in recordings]),
        kind=np.array([recording.kind for recording in recordings]),
    )


def load_together(path: Path) -> list[DetectorRecording]:
    """Read what `save_together` wrote."""
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    return [
        DetectorRecording(
            camera=VirtualCameras(*(arrays[name][n : n + 1] for name in _CAMERA)),
            joints_m=arrays["joints_m"][n],
            keypoints_px=arrays["keypoints_px"][n],
            confidence=arrays["confidence"][n],
            found=arrays["found"][n],
            kind=str(kind),
        )
        for n, kind in enumerate(arrays["kind"])
    ]


def _rounded(clips: list[Floats], steps: int) -> Floats:
    """Stack clips, rounded to `steps` steps a unit; short binary numbers compress well."""
    return np.asarray(np.round(np.stack(clips) * steps) / steps, np.float32)


def simulated_again(
    noise: DetectorNoise, recordings: Sequence[DetectorRecording], rng: np.random.Generator
) -> list[DetectorRecording]:
    """Return the same clips as a simulated detector sees them."""
    again = []
    for recording in recordings:
        seen = noise.see(recording.camera, recording.joints_m[None], rng, MOTION_HZ)
        confidence = seen.confidence[0]
        found = confidence.any(axis=1)
        again.append(replace(recording, keypoints_px=seen.keypoints_px[0], confidence=confidence, found=found))
    return again
