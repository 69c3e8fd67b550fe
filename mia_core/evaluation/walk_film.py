"""The measured walk, filmed from all around: simulated activation and measured sEMG of the same second."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.filmed_set import FilmedClip
from mia_core.evaluation.filming import film_with
from mia_core.evaluation.heldout_recipes import (
    Draw,
    HeldOutSettings,
    Recipe,
    Task,
    common_settings,
    stream,
)
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.models.heldout_scores import MEASURED_WALK
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.measured_walk import MeasuredWalkResult, check_measured_walk
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import INDEX

CAMERAS: Final = {
    "front": 0.0,
    "60 left": 60.0,
    "120 left": 120.0,
    "back": 180.0,
    "120 right": -120.0,
    "60 right": -60.0,
}
"""Cameras by name: degrees around the walker from straight in front, to the walker's left."""
WALKER: Final = "measured-walk"
_DISTANCE_M: Final = 4.0
_ELEVATION_DEG: Final = 5.0
_VIEW_DEG: Final = 47.0
_SIZE_PX: Final = (640.0, 480.0)
_SET_NUMBER: Final = 3
_FILES: Final = ("coordinates.sto", "grf_walk.mot", "electromyography.sto")


@dataclass(frozen=True, slots=True)
class _Walk:
    """The walk as something to film."""

    joints_m: Floats
    activation: Floats
    valid: NDArray[np.bool_]
    subject: str = WALKER


def walk_recipe(settings: HeldOutSettings, folder: Path) -> Recipe:
    """Return the set of the measured walk.

    Raises:
        HeldOutError: A file is missing.
    """
    digest = hashlib.sha256()
    for name in _FILES:
        try:
            digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
        except OSError as error:
            raise HeldOutError(
                f"{folder / name} can't be read ({error.strerror}).", f"Give the folder that holds {', '.join(_FILES)}."
            ) from error
    told = {**common_settings(settings), "cameras": len(CAMERAS), "walk_sha256": digest.hexdigest()}
    return Recipe(
        MEASURED_WALK, settings.keypoints, told, (Task("measured walk", partial(_film_walk, settings, folder)),)
    )


def _film_walk(settings: HeldOutSettings, folder: Path) -> Sequence[FilmedClip]:
    result = check_measured_walk(folder, MuscleBody())
    walk = _Walk(result.joints_m, result.activation, result.valid)
    names = [f"walk@{name}" for name in CAMERAS]
    rng = stream(settings, _SET_NUMBER, Draw.CAMERA, 0)
    films = film_with(walk, _cameras(result.joints_m), names, settings.detector_noise, rng)
    return [replace(film, measured=_measured(result)) for film in films]


def _cameras(joints_m: Floats) -> VirtualCameras:
    """Return the cameras around the middle of the walk."""
    n = len(CAMERAS)
    centre_m = joints_m[:, INDEX["mid_hip"]].mean(axis=0)
    return VirtualCameras.look_at(
        np.repeat(centre_m[np.newaxis], n, axis=0),
        yaw=np.radians(list(CAMERAS.values())),
        elevation=np.full(n, np.radians(_ELEVATION_DEG)),
        roll=np.zeros(n),
        distance_m=np.full(n, _DISTANCE_M),
        focal_px=np.full(n, _SIZE_PX[1] / 2 / np.tan(np.radians(_VIEW_DEG) / 2)),
        size_px=np.tile(_SIZE_PX, (n, 1)),
    )


def _measured(result: MeasuredWalkResult) -> Floats:
    """Return (T, 8) the measured envelopes, NaN for the channels that were not measured."""
    measured = np.full(result.activation.shape, np.nan, np.float32)
    for name, envelope in result.measured.items():
        measured[:, MONTAGE.names.index(name)] = envelope
    return measured
