"""Write a data set of simulated subjects: motion clips and a manifest.

Every clip depends only on the seed and its own number, so a longer run repeats a shorter one and adds to it, and a run
that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from mia_core.errors import MiaError
from mia_core.motion_clip import MOTION_HZ, MotionClip
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.emg_model import VirtualSubject, counts, envelope
from mia_core.simulation.exercise_scripts import SCRIPTS
from mia_core.simulation.inverse_dynamics import explain
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.motions import ARM_BABBLE, BODY_BABBLE, STANDING, draw_motion

SCHEMA_VERSION: Final = 1
GENERATOR_VERSION: Final = 3
"""To be raised when the same seed gives other clips, so that old and new ones are not mixed in one data set."""
CLIP_S: Final = 20.0
MANIFEST: Final = "manifest.json"
_JOURNAL: Final = "clips.jsonl"
_EXERCISE: Final = ""
_PATTERN: Final = (
    *(_EXERCISE, BODY_BABBLE, _EXERCISE, ARM_BABBLE, _EXERCISE) * 2,
    *(_EXERCISE, BODY_BABBLE, _EXERCISE, ARM_BABBLE, STANDING),
    *(_EXERCISE, BODY_BABBLE, _EXERCISE, ARM_BABBLE, _EXERCISE),
)
"""Kinds of twenty consecutive clips: 11 exercises, 4 and 4 of random body and arm movement, 1 of standing."""
_CLIP_STREAM: Final = 0
_SUBJECT_STREAM: Final = 1
_ORDER_STREAM: Final = 3
DEMO_STREAM: Final = 2
"""First number of the demo subject's seed; no clip or subject of a data set starts with it."""


class SimulationError(MiaError):
    """A data set can't be simulated as asked."""


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """What to simulate.

    Attributes:
        minutes: Length of motion in all; rounded up to whole clips of 20 s.
        subjects: Number of virtual subjects.
        seed: Seed of everything; equal settings give equal clips.
    """

    minutes: float = 10.0
    subjects: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.minutes > 0 and self.subjects > 0 and self.seed >= 0):
            raise SimulationError(
                f"Can't simulate {self.minutes} minutes of {self.subjects} subjects with seed {self.seed}.",
                "Ask for more than 0 minutes, at least 1 subject and a seed of 0 or more.",
            )


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """One clip to be made: its number, what is done in it, and by which subject (a number)."""

    index: int
    kind: str
    subject: int

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"clip_{self.index:05d}_{self.kind}.npz"


def plan(settings: SimulationSettings) -> tuple[ClipPlan, ...]:
    """Return the clips of a data set; a longer one starts with the shorter one's clips.

    Each round of exercises is shuffled, so that short sets of different seeds hold different ones.
    """
    plans: list[ClipPlan] = []
    exercises: list[str] = []
    rounds = 0
    for index in range(int(np.ceil(settings.minutes * 60.0 / CLIP_S))):
        kind = _PATTERN[index % len(_PATTERN)]
        if kind == _EXERCISE:
            if not exercises:
                rng = np.random.default_rng([_ORDER_STREAM, settings.seed, rounds])
                exercises, rounds = [str(name) for name in rng.permutation(list(SCRIPTS))], rounds + 1
            kind = exercises.pop()
        subject = int(np.random.default_rng([_CLIP_STREAM, settings.seed, index, 0]).integers(settings.subjects))
        plans.append(ClipPlan(index, kind, subject))
    return tuple(plans)


def simulate(
    settings: SimulationSettings,
    out_dir: Path,
    progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
) -> Path:
    """Write the clips of a data set and, at the end, its manifest.

    Args:
        settings: What to simulate.
        out_dir: Folder for the clips; one that holds an interrupted run with the same subjects and seed is continued.
        progress: Called before every clip with the share done in [0, 1] and what comes next.
        should_stop: Asked before every clip; True ends the run early with an incomplete manifest.

    Returns:
        The manifest: JSON with `schema_version`, `generator_version`, `provenance`, `seed`, `settings`, `complete`,
        and `clips`, each with `file`, `exercise`, `subject`, `frames`, `valid_frames` and `sha256`.

    Raises:
        SimulationError: The folder holds another data set.
        MissingExtraError: The optional simulation packages are not installed.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    finished = _open_journal(settings, out_dir)
    subjects = _Subjects(settings)
    plans = plan(settings)
    for number, clip_plan in enumerate(plans):
        if should_stop():
            break
        progress(number / len(plans), clip_plan.kind.replace("_", " "))
        if clip_plan.file not in finished:
            finished[clip_plan.file] = _make_clip(settings, clip_plan, subjects, out_dir)
            _append(out_dir / _JOURNAL, finished[clip_plan.file])
    progress(1.0, "done")
    clips = [finished[clip_plan.file] for clip_plan in plans if clip_plan.file in finished]
    return _write_manifest(settings, clips, complete=len(clips) == len(plans), out_dir=out_dir)


def make_clip(
    body: MuscleBody, subject: VirtualSubject, kind: str, duration_s: float, rng: np.random.Generator
) -> MotionClip:
    """Simulate one subject doing one thing.

    Args:
        body: The muscle model with the subject's strength.
        subject: Whose electrodes report.
        kind: One of `motions.MOTION_KINDS`.
        duration_s: Length of the clip.
        rng: Source of all randomness.
    """
    effort = explain(body, configurations_of(body, draw_motion(kind, duration_s, rng)))
    activation = envelope(body, effort)
    return MotionClip(
        joints_m=effort.joints_m.astype(np.float32),
        activation=activation,
        emg_counts=counts(activation, subject, rng),
        joint_angles_rad=effort.joint_angle.astype(np.float32),
        joint_torques_nm=effort.joint_torque.astype(np.float32),
        valid=effort.valid,
        exercise=kind,
        subject=subject.identifier,
    )


class _Subjects:
    """The virtual subjects of a data set and their bodies, made when first asked for."""

    def __init__(self, settings: SimulationSettings) -> None:
        self._settings = settings
        self._made: dict[int, tuple[MuscleBody, VirtualSubject]] = {}

    def get(self, number: int) -> tuple[MuscleBody, VirtualSubject]:
        if number not in self._made:
            seed = self._settings.seed
            rng = np.random.default_rng([_SUBJECT_STREAM, seed, number])
            subject = VirtualSubject.draw(f"sim-{seed}-{number}", rng)
            self._made[number] = (MuscleBody(subject.strength), subject)
        return self._made[number]


def _make_clip(settings: SimulationSettings, clip_plan: ClipPlan, subjects: _Subjects, out_dir: Path) -> dict[str, Any]:
    """Simulate and save one clip; return its entry in the manifest."""
    body, subject = subjects.get(clip_plan.subject)
    rng = np.random.default_rng([_CLIP_STREAM, settings.seed, clip_plan.index, 1])
    clip = make_clip(body, subject, clip_plan.kind, CLIP_S, rng)
    path = out_dir / clip_plan.file
    clip.save(path)
    return {
        "file": clip_plan.file,
        "exercise": clip.exercise,
        "subject": clip.subject,
        "frames": len(clip.joints_m),
        "valid_frames": int(clip.valid.sum()),
        "sha256": _sha256(path),
    }


def _open_journal(settings: SimulationSettings, out_dir: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of clips that are already there and intact, by file; start a journal in a new folder."""
    path = out_dir / _JOURNAL
    header = {
        "schema_version": SCHEMA_VERSION,
        "generator_version": GENERATOR_VERSION,
        "seed": settings.seed,
        "subjects": settings.subjects,
    }
    path.touch()
    entries = _whole_lines(path)
    if not entries:
        _append(path, header)
        return {}
    found = entries.pop(0)
    if found != header:
        raise SimulationError(f"{out_dir} holds another simulated data set ({found}).", "Choose an empty folder.")
    return {
        entry["file"]: entry
        for entry in entries
        if (out_dir / entry["file"]).exists() and _sha256(out_dir / entry["file"]) == entry["sha256"]
    }


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """Return the journal's entries; a line that a kill cut off is taken out of the file.

    Raises:
        SimulationError: Something else is wrong with it.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        path.write_text("".join(lines[:-1]), encoding="utf-8")
        lines.pop()
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise SimulationError(f"{path} is damaged ({error}).", "Choose an empty folder.") from error


def _append(path: Path, entry: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def _write_manifest(
    settings: SimulationSettings, clips: list[dict[str, Any]], *, complete: bool, out_dir: Path
) -> Path:
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "generator_version": GENERATOR_VERSION,
        "provenance": "simulated",
        "seed": settings.seed,
        "settings": asdict(settings),
        "motion_hz": MOTION_HZ,
        "complete": complete,
        "clips": clips,
    }
    path = out_dir / MANIFEST
    part = path.with_suffix(".part")
    part.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    part.replace(path)
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
