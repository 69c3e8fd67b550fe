"""What the pose estimator VIBE says of one video, and the re-projection by which the paper's first version sees it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import WindowSetError
from mia_core.skeleton import N_KEYPOINTS

FOCAL_PX: Final = 5000.0
PICTURE_PX: Final = (1080, 1920)
"""Width and height of the videos; the optical axis meets the middle."""
N_JOINTS: Final = 49
_SHAPES: Final = {"joints3d": (N_JOINTS, 3), "pred_cam": (3,), "bboxes": (4,)}
_CONVERT: Final = (
    "Pickle files are never opened here. Where you trust the file, convert it once in an environment with joblib: "
    "numpy.savez(NPZ, **{k: v for k, v in joblib.load(PKL)[1].items() if k in ('joints3d', 'pred_cam', 'bboxes')})."
)


@dataclass(frozen=True, slots=True)
class VibeOutput:
    """F frames of one person.

    Attributes:
        joints_m: (F, 25, 3) float64 BODY_25, x to the right, y down, z away from the camera.
        pred_cam: (F, 3) float64 scale and shift of the weak perspective camera of the box.
        boxes_px: (F, 4) float64 centre x, centre y, width and height of the square around the person.
    """

    joints_m: NDArray[np.float64]
    pred_cam: NDArray[np.float64]
    boxes_px: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.joints_m)

    @classmethod
    def load(cls, path: Path) -> VibeOutput:
        """Read a `.npz` with `joints3d` (F, 49, 3), `pred_cam` (F, 3) and `bboxes` (F, 4).

        Raises:
            WindowSetError: It is missing, or holds something else.
        """
        if not path.is_file():
            pickled = path.with_suffix(".pkl").is_file()
            raise WindowSetError(path, "VIBE's arrays", "a pickle file" if pickled else "no such file", _CONVERT)
        arrays = {}
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                for name in _SHAPES:
                    arrays[name] = np.asarray(data[name])
        except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, BadZipFile, zlib.error) as error:
            raise WindowSetError(path, f"arrays {', '.join(_SHAPES)}", f"none that can be read ({error})") from error
        n = len(arrays["pred_cam"]) if arrays["pred_cam"].ndim else 0
        for name, shape in _SHAPES.items():
            array = arrays[name]
            if array.shape != (n, *shape) or array.dtype.kind not in "fiu":
                expected = f"{name} of {(n, *shape)}"
                raise WindowSetError(path, expected, f"{array.dtype.name} of {array.shape}")
        numbers = {name: array.astype(np.float64) for name, array in arrays.items()}
        return cls(numbers["joints3d"][:, :N_KEYPOINTS], numbers["pred_cam"], numbers["bboxes"])

    def keypoints(self, frames: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return (..., 25, 2) re-projected keypoints of frames (...), x / width and y / height of the picture.

        The joints are moved to where the full picture's camera would have to see them for the box to look as it does.
        The width of the box stands for its height: boxes are square. Not finite where the estimator's scale is 0.
        """
        width, height = PICTURE_PX
        scale, x, y = np.moveaxis(self.pred_cam[frames], -1, 0)
        side = self.boxes_px[frames][..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = np.stack(
                [
                    x + 2 * (self.boxes_px[frames][..., 0] - width / 2) / (scale * side),
                    y + 2 * (self.boxes_px[frames][..., 1] - height / 2) / (scale * side),
                    2 * FOCAL_PX / (side * scale),
                ],
                axis=-1,
            )
            seen = self.joints_m[frames] + shift[..., np.newaxis, :]
            pixels = FOCAL_PX * seen[..., :2] / seen[..., 2:] + np.array([width / 2, height / 2])
        return np.asarray(pixels / np.array([width, height]), np.float64)
