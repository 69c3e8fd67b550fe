"""How a camera sees a body: from which side, how large, and which joints are hidden behind the body itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Floats
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import BODY_25, INDEX

DETECTED: Final = tuple(
    index for index, name in enumerate(BODY_25) if name not in ("neck", "mid_hip", "left_small_toe", "right_small_toe")
)
"""The 21 keypoints that the detector itself finds; the others follow from them (`pose.body25_mapping`)."""

_NECK, _MID_HIP = INDEX["neck"], INDEX["mid_hip"]
_LEFT = [INDEX["left_shoulder"], INDEX["left_hip"]]
_RIGHT = [INDEX["right_shoulder"], INDEX["right_hip"]]
_UPRIGHT: Final = 0.3
"""Weight of the picture's own vertical against the trunk's: decides where the trunk points at the camera."""
_TRUNK_M: Final = 0.15
_LEG_M: Final = 0.08
"""Half-widths of what hides joints."""
_EDGE_M: Final = 0.04
"""Half the width over which a joint disappears behind an edge."""
_BEHIND_M: Final = 0.10
"""Depth behind a limb's axis from which a joint is wholly hidden."""


def _behind_what() -> tuple[tuple[list[int], tuple[int, int], float], ...]:
    """Return which keypoints can hide behind which segment, and its half-width."""
    parts: list[tuple[list[int], tuple[int, int], float]] = [
        ([INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("elbow", "wrist")],
         (_NECK, _MID_HIP), _TRUNK_M)
    ]  # fmt: skip
    for side, other in (("left", "right"), ("right", "left")):
        hip, knee, ankle = (INDEX[f"{other}_{joint}"] for joint in ("hip", "knee", "ankle"))
        parts.append(([INDEX[f"{side}_knee"]], (hip, knee), _LEG_M))
        parts.append(([INDEX[f"{side}_{joint}"] for joint in ("ankle", "heel", "big_toe")], (knee, ankle), _LEG_M))
    return tuple(parts)


_BEHIND_WHAT: Final = _behind_what()


@dataclass(frozen=True, slots=True)
class BodyView:
    """Where and how B moving bodies lie in their cameras' pictures.

    Attributes:
        keypoints_px: (B, T, 25, 2) float32 exact projections.
        azimuth: (B, T) float32 radians from the trunk's front to the camera, positive towards the subject's left.
        scale_px: (B, T) float32 length that the trunk would have in the picture if seen from the side.
        axes: (B, T, 2, 2) float32 rows: unit vectors across and along the trunk in the picture. Of an upright body,
            they point right and down, whichever way it faces.
        hidden: (B, T, 25) float32 in [0, 1]: how far trunk or other leg lie in front of arm and leg joints.
    """

    keypoints_px: Floats
    azimuth: Floats
    scale_px: Floats
    axes: Floats
    hidden: Floats

    @classmethod
    def of(cls, cameras: VirtualCameras, joints_m: NDArray[np.floating]) -> BodyView:
        """Look at (B, T, 25, 3) joints, each clip through its own camera."""
        points = cameras.turned(joints_m)
        keypoints_px = cameras.pictured(points)
        neck, hips = points[:, :, _NECK], points[:, :, _MID_HIP]
        centre, trunk = np.asarray((neck + hips) / 2, np.float32), neck - hips
        length_m = np.median(np.linalg.norm(trunk, axis=-1), axis=1)
        depth_m = np.maximum(centre[..., 2], 0.5)
        scale_px = cameras.focal_px[:, None] * length_m[:, None] / depth_m
        return cls(
            keypoints_px=keypoints_px,
            azimuth=_azimuth(points, centre, trunk),
            scale_px=scale_px,
            axes=_axes((keypoints_px[:, :, _MID_HIP] - keypoints_px[:, :, _NECK]) / scale_px[..., None]),
            hidden=_hidden(points, depth_m),
        )


def facing(joints_m: NDArray[np.floating]) -> Floats:
    """Return the (B,) mean headings in radians of (B, T, 25, 3) joints: the yaw of a camera straight in front."""
    left = joints_m[:, :, _LEFT].sum(axis=2) - joints_m[:, :, _RIGHT].sum(axis=2)
    across = left[..., :2] / np.maximum(np.linalg.norm(left[..., :2], axis=-1, keepdims=True), 1e-6)
    x, y = across.mean(axis=1).T
    return np.asarray(np.arctan2(y, x), np.float32)


def _azimuth(points: Floats, centre: Floats, trunk: Floats) -> Floats:
    left = points[:, :, _LEFT].sum(axis=2) - points[:, :, _RIGHT].sum(axis=2)
    ahead = np.cross(left, trunk)
    side = -(centre * left).sum(-1) / np.maximum(np.linalg.norm(left, axis=-1), 1e-6)
    front = -(centre * ahead).sum(-1) / np.maximum(np.linalg.norm(ahead, axis=-1), 1e-6)
    return np.asarray(np.arctan2(side, front), np.float32)


def _axes(trunk: Floats) -> Floats:
    """Return axes for (B, T, 2) trunks, from neck to hips, in the picture."""
    down = trunk + np.array([0.0, _UPRIGHT], np.float32)
    down = down / np.maximum(np.linalg.norm(down, axis=-1, keepdims=True), 1e-6)
    across = np.stack([down[..., 1], -down[..., 0]], axis=-1)
    return np.stack([across, down], axis=-2)


def _hidden(points: Floats, depth_m: Floats) -> Floats:
    """Return (B, T, 25) how far joints lie behind the trunk or the other leg."""
    depth = points[..., 2]
    enlarged = depth_m[..., None] / np.maximum(depth, 0.5)
    x, y = points[..., 0] * enlarged, points[..., 1] * enlarged  # metres in the picture, at the trunk's depth
    hidden = np.zeros(points.shape[:3], np.float32)
    for joints, (start, end), half_width in _BEHIND_WHAT:
        bone_x, bone_y = x[:, :, [end]] - x[:, :, [start]], y[:, :, [end]] - y[:, :, [start]]  # (B, T, 1)
        away_x, away_y = x[:, :, joints] - x[:, :, [start]], y[:, :, joints] - y[:, :, [start]]
        length2 = np.maximum(bone_x**2 + bone_y**2, 1e-4)
        along = np.clip((away_x * bone_x + away_y * bone_y) / length2, 0.0, 1.0)
        gap_x, gap_y = away_x - along * bone_x, away_y - along * bone_y
        beside = np.sqrt(gap_x * gap_x + gap_y * gap_y)  # three times as fast as hypot
        bone_depth = depth[:, :, [start]] + along * (depth[:, :, [end]] - depth[:, :, [start]])
        covered = np.clip((half_width - beside) / (2 * _EDGE_M) + 0.5, 0.0, 1.0)
        hidden[:, :, joints] = covered * np.clip((depth[:, :, joints] - bone_depth) / _BEHIND_M, 0.0, 1.0)
    return hidden
