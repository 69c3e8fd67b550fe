"""A labelled piece of motion: where the joints are in space, and what the muscles do."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.joints import JOINTS
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.skeleton import N_KEYPOINTS
from mia_core.whole_file import whole_file

MOTION_HZ: Final = 30.0
"""Rate of joints and activations in a clip."""
ENVELOPE_HZ: Final = 10.0
"""Rate of the sEMG counts in a clip, as the M40 reports."""

_ARRAYS: Final = ("joints_m", "activation", "emg_counts", "joint_angles_rad", "joint_torques_nm", "valid")


class MotionClipError(MiaError):
    """A clip file can't be read or has the wrong shape."""


@dataclass(frozen=True, slots=True)
class MotionClip:
    """One subject doing one thing, without a camera; cameras are added when it is used.

    Attributes:
        joints_m: (T, 25, 3) float32 BODY_25 positions in metres at 30 Hz; x to the subject's left at heading 0,
            y backwards, z up, floor at 0.
        activation: (T, 8) float32 in [0, 1], channels of `MONTAGE`, 30 Hz: the envelope that an ideal electrode
            would see, before gain, noise and crosstalk.
        emg_counts: (T_10, 8) uint16 in [0, 1023], 10 Hz: what a sensor would report.
        joint_angles_rad: (T, 25) float32 angles of `JOINTS`, 30 Hz.
        joint_torques_nm: (T, 25) float32 torques that muscles give them, by inverse dynamics.
        valid: (T,) bool; False where the physics did not add up (residual gate), so that nothing is learned there.
        exercise: Name of the exercise, or of the kind of motion.
        subject: Identifier of the (virtual) subject.
        provenance: `simulated`; never anything that sounds measured unless it was.
    """

    joints_m: Floats
    activation: Floats
    emg_counts: NDArray[np.uint16]
    joint_angles_rad: Floats
    joint_torques_nm: Floats
    valid: NDArray[np.bool_]
    exercise: str
    subject: str
    provenance: str = "simulated"

    def __post_init__(self) -> None:
        n = len(self.joints_m)
        if (
            self.joints_m.shape != (n, N_KEYPOINTS, 3)
            or self.activation.shape != (n, len(MONTAGE))
            or self.joint_angles_rad.shape != (n, len(JOINTS))
            or self.joint_torques_nm.shape != (n, len(JOINTS))
            or self.valid.shape != (n,)
            or self.emg_counts.ndim != 2
            or self.emg_counts.shape[1] != len(MONTAGE)
        ):
            raise MotionClipError(
                f"A motion clip's arrays do not fit each other: joints {self.joints_m.shape}, activation"
                f" {self.activation.shape}, counts {self.emg_counts.shape}, angles {self.joint_angles_rad.shape},"
                f" torques {self.joint_torques_nm.shape}, valid {self.valid.shape}.",
                "Make the data set again.",
            )

    def save(self, path: Path) -> None:
        """Write the clip as a compressed `.npz` without pickled objects, atomically."""
        meta = {
            "exercise": self.exercise,
            "subject": self.subject,
            "provenance": self.provenance,
            "channels": MONTAGE.names,
        }
        with whole_file(path) as file:
            np.savez_compressed(
                file,
                joints_m=self.joints_m.astype(np.float32),
                activation=self.activation.astype(np.float32),
                emg_counts=self.emg_counts.astype(np.uint16),
                joint_angles_rad=self.joint_angles_rad.astype(np.float32),
                joint_torques_nm=self.joint_torques_nm.astype(np.float32),
                valid=self.valid.astype(np.bool_),
                meta=np.array(json.dumps(meta)),
            )

    @classmethod
    def load(cls, path: Path) -> MotionClip:
        """Read a clip.

        Raises:
            MotionClipError: The file is not a clip, or its channels are not those of `MONTAGE`.
        """
        advice = "Make the data set again with `mia simulate`."
        try:
            with np.load(path, allow_pickle=False) as data:
                meta = json.loads(str(data["meta"]))
                arrays = {name: data[name] for name in _ARRAYS}
            exercise, subject, provenance = (str(meta[name]) for name in ("exercise", "subject", "provenance"))
        except (OSError, ValueError, KeyError, TypeError, BadZipFile, zlib.error) as error:
            raise MotionClipError(f"{path} is not a readable motion clip ({error}).", advice) from error
        if tuple(meta.get("channels", ())) != MONTAGE.names:
            raise MotionClipError(f"{path} has the channels {meta.get('channels')}, not the paper's eight.", advice)
        return cls(**arrays, exercise=exercise, subject=subject, provenance=provenance)
