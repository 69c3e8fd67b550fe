"""How far the detector's reports are from the truth, in the terms of the noise model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.motion_clip import MOTION_HZ
from mia_core.samples import Floats
from mia_core.simulation.body_view import DETECTED, BodyView
from mia_core.simulation.detector_noise import CONFUSED
from mia_core.simulation.detector_recording import DetectorRecording
from mia_core.simulation.noise_parameters import SWAPS
from mia_core.skeleton import BODY_25, MIRROR

Bools = NDArray[np.bool_]

CLEAREST: Final = 7.0
"""Greatest absolute logit of confidence that is told apart: 0.001 to 0.999."""
_ASTRAY: Final = 0.6
"""Median error in trunk lengths from which the detector follows something else: as good as nobody found."""
_APART: Final = 0.25
"""Mean distance of left and right joints in trunk lengths from which confusing them can be told."""
_CLEARLY: Final = 0.6
"""Confused: the other side's joints are nearer than this share of the distance to the own side's."""
_FACE: Final = np.array([BODY_25[index].endswith(("eye", "ear")) for index in DETECTED])
D_MIRROR: Final = np.array([DETECTED.index(int(MIRROR[index])) for index in DETECTED])
"""(21,) for every detected keypoint, the one whose place it takes in a mirror."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One clip's errors. D = 21 detected keypoints.

    Attributes:
        azimuth: (T,) as in `BodyView`.
        hidden: (T, D) as in `BodyView`.
        velocity: (T, 2, D) true velocity across and along the trunk, trunk lengths per second.
        error: (T, 2, D) reported minus true, trunk lengths, across and along the trunk.
        visibility: (T, D) logit of confidence, at most `CLEAREST` from 0.
        known: (T, D) where the error counts: somebody is found, in the picture, and not confused.
        lost: (T,) nobody found, or something else followed.
        swapped: (T, 3) which of `SWAPS` happens.
        decidable: (T, 3) whether that can be told.
    """

    azimuth: Floats
    hidden: Floats
    velocity: Floats
    error: Floats
    visibility: Floats
    known: Bools
    lost: Bools
    swapped: Bools
    decidable: Bools

    @classmethod
    def of(cls, recording: DetectorRecording) -> Measurement:
        """Compare one recording with its truth."""
        view = BodyView.of(recording.camera, recording.joints_m[None])
        exact_px = view.keypoints_px[0][:, DETECTED]  # (T, D, 2)
        scale_px = view.scale_px[0][:, None, None]
        step = np.diff(exact_px, axis=0, prepend=exact_px[:1]) / scale_px
        error = (recording.keypoints_px[:, DETECTED] - exact_px) / scale_px
        lost = ~recording.found | (np.median(np.linalg.norm(error, axis=-1), axis=1) > _ASTRAY)
        swapped, decidable = _confusions(exact_px / scale_px, recording.keypoints_px[:, DETECTED] / scale_px, lost)
        confidence = recording.confidence[:, DETECTED]
        known = (confidence > 0) & ~lost[:, None]
        known &= ~swapped.any(axis=1, keepdims=True)
        bounded = np.clip(confidence, 1e-6, 1 - 1e-6)
        return cls(
            azimuth=view.azimuth[0],
            hidden=view.hidden[0][:, DETECTED],
            velocity=_along(step * MOTION_HZ, view.axes[0]),
            error=_along(error, view.axes[0]),
            visibility=np.clip(np.log(bounded / (1 - bounded)), -CLEAREST, CLEAREST),
            known=known,
            lost=lost,
            swapped=swapped,
            decidable=decidable,
        )

    def mirrored(self) -> Measurement:
        """Return the same clip as seen in a mirror."""
        across = np.array([-1.0, 1.0], np.float32)[:, None]
        return Measurement(
            azimuth=-self.azimuth,
            hidden=self.hidden[:, D_MIRROR],
            velocity=self.velocity[:, :, D_MIRROR] * across,
            error=self.error[:, :, D_MIRROR] * across,
            visibility=self.visibility[:, D_MIRROR],
            known=self.known[:, D_MIRROR],
            lost=self.lost,
            swapped=self.swapped,
            decidable=self.decidable,
        )


def _along(vectors: Floats, axes: Floats) -> Floats:
    """Turn (T, D, 2) picture vectors into (T, 2, D) along (T, 2, 2) axes."""
    return np.asarray(np.einsum("tdi,tai->tad", vectors, axes), np.float32)


def _confusions(exact: Floats, found: Floats, lost: Bools) -> tuple[Bools, Bools]:
    """Return (T, 3) whether left and right are confused, and whether that can be told, from (T, D, 2) points."""
    own = np.linalg.norm(found - exact, axis=-1)
    other = np.linalg.norm(found - exact[:, D_MIRROR], axis=-1)
    apart = np.linalg.norm(exact - exact[:, D_MIRROR], axis=-1)
    told_by = {name: CONFUSED[name][list(DETECTED)] for name in SWAPS}
    told_by["body"] &= ~(told_by["legs"] | told_by["arms"] | _FACE)  # by shoulders and hips
    swapped, decidable = np.zeros((2, len(exact), len(SWAPS)), np.bool_)
    for index, name in enumerate(SWAPS):
        joints = told_by[name]
        decidable[:, index] = (apart[:, joints].mean(axis=1) > _APART) & ~lost
        swapped[:, index] = (other[:, joints].mean(axis=1) < _CLEARLY * own[:, joints].mean(axis=1)) & decidable[
            :, index
        ]
    swapped[:, :2] &= ~swapped[:, 2:]
    return swapped, decidable


@dataclass(frozen=True, slots=True)
class Statistics:
    """What many clips have in common; D = 21, in trunk lengths.

    Distances are geometric means over clips of each clip's own value: what is typical, which a few bad clips do not
    decide.

    Attributes:
        rms: (D,) root mean square distance from the truth.
        steady: (D,) distance of the mean from the truth.
        jitter: (D,) root mean square change of the error from one frame to the next.
        confidence: (D,) median confidence.
        unsure: (D,) share of frames with a confidence below 0.5.
        swapped: (3,) share of frames in which each of `SWAPS` happens, where that can be told.
        lost: Share of frames in which nobody is found.
    """

    rms: Floats
    steady: Floats
    jitter: Floats
    confidence: Floats
    unsure: Floats
    swapped: Floats
    lost: float

    @classmethod
    def of(cls, recordings: Sequence[DetectorRecording]) -> Statistics:
        """Summarise clips, of the detector or of its simulation."""
        clips = [Measurement.of(recording) for recording in recordings]
        errors = [np.where(clip.known[:, None], clip.error, np.nan) for clip in clips]
        shown = np.concatenate([np.where(clip.known, clip.visibility, np.nan) for clip in clips])
        told = np.concatenate([clip.decidable for clip in clips]).sum(axis=0)
        swapped = np.concatenate([clip.swapped for clip in clips]).sum(axis=0)
        return cls(
            rms=_typical([_rms(error) for error in errors]),
            steady=_typical([np.hypot(*mean_there(error)) for error in errors]),
            jitter=_typical([_rms(np.diff(error, axis=0)) for error in errors]),
            confidence=1 / (1 + np.exp(-np.nanmedian(shown, axis=0))),
            unsure=(shown < 0).sum(axis=0) / np.isfinite(shown).sum(axis=0),
            swapped=swapped / np.maximum(told, 1),
            lost=float(np.concatenate([clip.lost for clip in clips]).mean()),
        )


def mean_there(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean over the first axis of what is not NaN; NaN where that is less than half a second."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    return np.asarray(np.where(count >= MOTION_HZ / 2, total / np.maximum(count, 1), np.nan))


def _rms(vectors: Floats) -> NDArray[np.float64]:
    """Return (D,) root mean square lengths of (T, 2, D) vectors."""
    return np.asarray(np.sqrt(mean_there((vectors**2).sum(axis=1))))


def _typical(clips: list[NDArray[np.float64]]) -> Floats:
    """Return the geometric mean over clips of (D,) distances, NaN left out."""
    return np.asarray(np.exp(np.nanmean(np.log(np.maximum(clips, 1e-6)), axis=0)), np.float32)
