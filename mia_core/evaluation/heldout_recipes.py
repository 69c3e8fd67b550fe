"""What the held-out sets are made of: unseen virtual subjects, exercises left out, people's motion from capture.

All randomness comes from a stream of its own, which no training set draws from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from mia_core.dataset.filmed_set import FilmedClip, Scalar
from mia_core.evaluation.filming import film
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.exercises import HELD_OUT_EXERCISES
from mia_core.models.heldout_scores import EXERCISES, REAL_MOTION, SIMULATED
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.body_shape import BodyShape
from mia_core.simulation.bvh import BvhError, MotionFile, list_motions, read_bvh
from mia_core.simulation.data_set_journal import GENERATOR_VERSION
from mia_core.simulation.data_set_plan import TRAINING_EXERCISES, ClipPlan, MotionMix, SimulationSettings, plan
from mia_core.simulation.detector_noise import DETECTOR_NOISE, DetectorNoise
from mia_core.simulation.emg_model import VirtualSubject
from mia_core.simulation.inverse_dynamics import CAPTURED_CONTACT
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.motions import draw_motion
from mia_core.simulation.retarget import RetargetError, retarget
from mia_core.simulation.shard import label
from mia_core.training.training_config import HELD_OUT_SUBJECTS

HELDOUT_STREAM: Final = 20260
"""First number of all seeds here; no clip or subject of a training set starts with it."""
VIRTUAL_CAMERAS: Final = "virtual cameras, with the errors that the real detector makes on the rendered avatar"
EXACT_CAMERAS: Final = "virtual cameras, exact: as no detector sees"
_SIMULATED_SET, _EXERCISE_SET, _MOTION_SET = range(3)
_EXERCISES_ALONE: Final = MotionMix(exercise=1.0, body_babble=0.0, arm_babble=0.0, standing=0.0)
_BODIES_KEPT: Final = 2  # of 100 MB each


class Draw(IntEnum):
    """What random numbers are drawn for."""

    MOTION = 0
    SUBJECT = 1
    CAMERA = 2


@dataclass(frozen=True, slots=True)
class HeldOutSettings:
    """What held-out sets to make. Equal settings give equal sets.

    Attributes:
        seed: Seed of everything.
        motions: Folder of BVH motion capture, for the people kept for judging; None leaves `real_motion` out.
        walk: Folder with the measured walk; None leaves `measured_walk` out.
        simulated_minutes: Length of the motion of unseen virtual subjects.
        exercise_minutes: Length of the motion of exercises left out of training.
        subjects: How many virtual subjects do each.
        clip_s: Length of one clip.
        cameras: Cameras on each motion.
        exact_keypoints: Leave out the detector's errors, to see what they cost. Such sets explain, they don't judge.
    """

    seed: int = 2026
    motions: Path | None = None
    walk: Path | None = None
    simulated_minutes: float = 12.0
    exercise_minutes: float = 6.0
    subjects: int = 6
    clip_s: float = 20.0
    cameras: int = 2
    exact_keypoints: bool = False

    @property
    def keypoints(self) -> str:
        """Whose keypoints virtual cameras give, in a few words."""
        return EXACT_CAMERAS if self.exact_keypoints else VIRTUAL_CAMERAS

    @property
    def detector_noise(self) -> DetectorNoise:
        """The errors of the detector behind virtual cameras."""
        return DetectorNoise.none() if self.exact_keypoints else _detector_noise()


@dataclass(frozen=True, slots=True)
class Task:
    """A part of a set: what it is, for people, and how it is made; no clips when it can't be used."""

    doing: str
    make: Callable[[], Sequence[FilmedClip]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a set is made: its name, whose keypoints it has, everything it depends on, and its parts in order."""

    name: str
    keypoints: str
    settings: dict[str, Scalar]
    tasks: tuple[Task, ...]


def simulated_recipe(settings: HeldOutSettings) -> Recipe:
    """Return the set of unseen virtual subjects, who move like those of a training set."""
    return _generated(SIMULATED, _SIMULATED_SET, settings, settings.simulated_minutes, MotionMix(), TRAINING_EXERCISES)


def exercises_recipe(settings: HeldOutSettings) -> Recipe:
    """Return the set of the exercises that no training set holds, done by other unseen virtual subjects."""
    minutes = settings.exercise_minutes
    return _generated(EXERCISES, _EXERCISE_SET, settings, minutes, _EXERCISES_ALONE, HELD_OUT_EXERCISES)


def real_motion_recipe(settings: HeldOutSettings, motions: Path) -> Recipe:
    """Return the set of captured motion of the people kept for judging; each gets one random body of their own.

    Raises:
        HeldOutError: The folder holds no motion of theirs.
        MotionFolderError: The folder holds no motion at all, or two files of the same name.
    """
    files = [file for file in list_motions(motions) if _person(file) in HELD_OUT_SUBJECTS]
    if not files:
        raise HeldOutError(
            f"{motions} holds no motion of {' or '.join(HELD_OUT_SUBJECTS)}.",
            "Give the folder of the CMU motion capture database as BVH files, with all subjects in it.",
        )
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + hashlib.sha256(file.path.read_bytes()).digest())
    people = {_person(file) for file in files}
    return Recipe(
        REAL_MOTION,
        settings.keypoints,
        {
            **common_settings(settings),
            "people": ", ".join(sorted(people)),
            "motions": len(files),
            "motions_sha256": digest.hexdigest(),
            "bodies": "one random body for each person",
        },
        tuple(
            Task(f"real motion {file.name}", partial(_film_motion, settings, number, file))
            for number, file in enumerate(files)
        ),
    )


def common_settings(settings: HeldOutSettings) -> dict[str, Scalar]:
    """Return what every set by virtual cameras depends on."""
    return {
        "seed": settings.seed,
        "cameras": settings.cameras,
        "generator_version": GENERATOR_VERSION,
        "detector_noise_sha256": "none"
        if settings.exact_keypoints
        else hashlib.sha256(DETECTOR_NOISE.read_bytes()).hexdigest(),
    }


def stream(settings: HeldOutSettings, set_number: int, draw: Draw, number: int) -> np.random.Generator:
    """Return the random numbers for one thing of a set; no other thing and no training set gets the same."""
    return np.random.default_rng([HELDOUT_STREAM, settings.seed, set_number, draw, number])


def _generated(
    name: str, set_number: int, settings: HeldOutSettings, minutes: float, mix: MotionMix, exercises: tuple[str, ...]
) -> Recipe:
    """Return a set of generated motion, planned like a training set but drawn from the stream of its own."""
    plans = plan(
        SimulationSettings(
            hours=minutes / 60,
            subjects=settings.subjects,
            seed=settings.seed,
            mix=mix,
            exercises=exercises,
            clip_s=settings.clip_s,
        )
    )
    clips = sorted((item for item in plans if isinstance(item, ClipPlan)), key=lambda item: (item.subject, item.index))
    return Recipe(
        name,
        settings.keypoints,
        {
            **common_settings(settings),
            "minutes": minutes,
            "subjects": settings.subjects,
            "clip_s": settings.clip_s,
            "mix": str(mix),
            "exercises": ", ".join(exercises),
        },
        tuple(
            Task(f"{name} {item.doing}", partial(_film_generated, settings, set_number, item, exercises))
            for item in clips
        ),
    )


def _film_generated(
    settings: HeldOutSettings, set_number: int, item: ClipPlan, exercises: tuple[str, ...]
) -> list[FilmedClip]:
    body, subject = _virtual_subject(settings.seed, set_number, item.subject)
    rng = stream(settings, set_number, Draw.MOTION, item.index)
    targets = draw_motion(item.kind, settings.clip_s, rng, exercises=exercises)
    clip = label(body, subject, configurations_of(body, targets), item.kind, rng)
    camera_rng = stream(settings, set_number, Draw.CAMERA, item.index)
    return film(clip, f"{item.index:03d}_{item.kind}", settings.cameras, settings.detector_noise, camera_rng)


def _film_motion(settings: HeldOutSettings, number: int, file: MotionFile) -> list[FilmedClip]:
    person = HELD_OUT_SUBJECTS.index(_person(file))
    body, _ = _virtual_subject(settings.seed, _MOTION_SET, person)
    rng = stream(settings, _MOTION_SET, Draw.MOTION, number)
    electrodes = VirtualSubject.draw(_person(file), rng)
    try:
        clip = label(body, electrodes, retarget(body, read_bvh(file.path)), f"mocap:{file.name}", rng, CAPTURED_CONTACT)
    except (BvhError, RetargetError):
        return []
    return film(
        clip, file.name, settings.cameras, settings.detector_noise, stream(settings, _MOTION_SET, Draw.CAMERA, number)
    )


def _person(file: MotionFile) -> str:
    return f"cmu-{file.subject}"


@lru_cache(maxsize=1)
def _detector_noise() -> DetectorNoise:
    return DetectorNoise.load()


@lru_cache(maxsize=_BODIES_KEPT)
def _virtual_subject(seed: int, set_number: int, number: int) -> tuple[MuscleBody, VirtualSubject]:
    """Return one of a set's virtual subjects and its body, kept for the next clip."""
    rng = np.random.default_rng([HELDOUT_STREAM, seed, set_number, Draw.SUBJECT, number])
    subject = VirtualSubject.draw(f"heldout-{seed}-{set_number}-{number}", rng)
    return MuscleBody(subject.strength, BodyShape.draw(rng)), subject
