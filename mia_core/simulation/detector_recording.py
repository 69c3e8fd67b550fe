"""What a real detector reported of a rendered clip, beside the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Floats
from mia_core.simulation.virtual_camera import VirtualCameras


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
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                rotation=self.camera.rotation,
                position_m=self.camera.position_m,
                focal_px=self.camera.focal_px,
                size_px=self.camera.size_px,
                joints_m=self.joints_m,
                keypoints_px=self.keypoints_px,
                confidence=self.confidence,
                found=self.found,
                kind=np.array(self.kind),
            )
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> DetectorRecording:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as data:
            camera = VirtualCameras(data["rotation"], data["position_m"], data["focal_px"], data["size_px"])
            return cls(
                camera, data["joints_m"], data["keypoints_px"], data["confidence"], data["found"], str(data["kind"])
            )
