"""Make some clips of a data set: a piece of work that any number of processes or machines can share.

A shard reads nothing but its arguments (and the recorded motions, where there are some) and writes nothing but its
clips, so it can run under any engine that calls functions elsewhere. Whoever gathers what the shards return puts it
into the data set's journal with `DataSetJournal.add`.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import SIDES
from mia_core.motion_clip import ENVELOPE_HZ, MOTION_HZ, MotionClip
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.body_shape import BodyShape
from mia_core.simulation.bounded_least_squares import NoSolutionError
from mia_core.simulation.bvh import BvhError, BvhMotion, read_bvh
from mia_core.simulation.data_set_journal import ClipEntry, Outcome
from mia_core.simulation.data_set_plan import (
    CLIP_STREAM,
    MOCAP_STREAM,
    SUBJECT_STREAM,
    VARIED_STREAM,
    ClipPlan,
    MocapPlan,
    Plan,
    SimulationSettings,
    plan,
)
from mia_core.simulation.emg_model import VirtualSubject, counts, envelope
from mia_core.simulation.inverse_dynamics import CAPTURED_CONTACT, EXACT_CONTACT, ContactTolerance, explain
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.motions import draw_motion
from mia_core.simulation.retarget import RetargetError, retarget
from mia_core.simulation.varied_arms import BORROWED, arms_of, borrowed, draw_tempo, varied, with_arms
from mia_core.skeleton import INDEX

CLIPS_PER_SHARD: Final = 8
"""Enough to make little of the 0.3 s that a body takes to build, few enough to lose little when a shard is lost."""
_SOLES: Final = [INDEX[f"{side}_{point}"] for side in SIDES for point in ("heel", "big_toe")]
_BODIES_KEPT: Final = 2  # of 100 MB each
_PER_FRAME: Final = ("joints_m", "activation", "joint_angles_rad", "joint_torques_nm", "valid")


def shards(plans: Sequence[Plan], clips_per_shard: int = CLIPS_PER_SHARD) -> tuple[tuple[int, ...], ...]:
    """Divide a plan, or what is left of it, into shards of one subject each.

    Args:
        plans: What to make; the numbers that are returned are places in this sequence.
        clips_per_shard: Greatest number of clips in a shard; a recorded motion is a shard of its own.

    Returns:
        Places in `plans`, by shard, in the order of their first clips.
    """
    growing: dict[int, list[int]] = {}
    made: list[list[int]] = []
    for place, item in enumerate(plans):
        if isinstance(item, MocapPlan):
            made.append([place])
            continue
        shard = growing.get(item.subject)
        if shard is None or len(shard) >= clips_per_shard:
            shard = growing[item.subject] = []
            made.append(shard)
        shard.append(place)
    return tuple(tuple(shard) for shard in made)


def simulate_shard(
    settings: SimulationSettings,
    indices: Iterable[int],
    out_dir: Path,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[Outcome, ...]:
    """Make and save some clips of a data set.

    Equal arguments give equal bytes on one kind of machine, whatever was made before, as long as the process computes
    with one thread (`OMP_NUM_THREADS=1`). Not for two threads at once.

    Args:
        settings: The data set.
        indices: Which items of `plan(settings)`.
        out_dir: Folder for the clips; it must exist. Files appear whole or not at all.
        should_stop: Asked before every item; True leaves out the rest.

    Returns:
        What was made, for the journal.

    Raises:
        SimulationError: The plan can't be made.
        MissingExtraError: The optional simulation packages are not installed.
    """
    plans = plan(settings)
    outcomes: list[Outcome] = []
    for index in indices:
        if should_stop():
            break
        outcomes.append(_outcome_of(settings, plans[index], out_dir))
    return tuple(outcomes)


def label(
    body: MuscleBody,
    subject: VirtualSubject,
    configurations: NDArray[np.float64],
    exercise: str,
    rng: np.random.Generator,
    contact: ContactTolerance = EXACT_CONTACT,
) -> MotionClip:
    """Explain a motion by muscles and let one subject's electrodes report them.

    Args:
        body: The muscle model with the subject's shape and strength.
        subject: Whose electrodes, and whose name.
        configurations: (T, 129) at 30 Hz.
        exercise: Name of what is done.
        rng: Source of the sensors' noise.
        contact: Where the feet may push: `CAPTURED_CONTACT` for motion capture.
    """
    effort = explain(body, configurations, contact=contact)
    activation = envelope(body, effort)
    return MotionClip(
        joints_m=effort.joints_m.astype(np.float32),
        activation=activation,
        emg_counts=counts(activation, subject, rng),
        joint_angles_rad=effort.joint_angle.astype(np.float32),
        joint_torques_nm=effort.joint_torque.astype(np.float32),
        valid=effort.valid & (effort.joints_m[:, _SOLES, 2].min(axis=1) >= -contact.depth_m),
        exercise=exercise,
        subject=subject.identifier,
    )


def _outcome_of(settings: SimulationSettings, item: Plan, out_dir: Path) -> Outcome:
    """Make one item of the plan, or say why it can't be made: that is no reason to lose the others."""
    try:
        clips = _generate(settings, item, out_dir) if isinstance(item, ClipPlan) else _replay(settings, item, out_dir)
    except (BvhError, RetargetError, NoSolutionError) as error:
        place = "" if isinstance(item, ClipPlan) else f"{item.path.parent}{os.sep}"  # another one on each machine
        return Outcome(item.name, (), skipped=f"{item.doing}: {str(error).replace(place, '')}")
    return Outcome(item.name, clips)


def _generate(settings: SimulationSettings, item: ClipPlan, out_dir: Path) -> tuple[ClipEntry, ...]:
    """Make one generated clip."""
    body, subject = _virtual_subject(settings.seed, item.subject)
    rng = np.random.default_rng([CLIP_STREAM, settings.seed, item.index])
    targets = draw_motion(item.kind, settings.clip_s, rng, exercises=settings.exercises)
    clip = label(body, subject, configurations_of(body, targets), item.kind, rng)
    return (_saved(clip, out_dir / f"{item.name}.npz", subject, body.shape),)


def _replay(settings: SimulationSettings, item: MocapPlan, out_dir: Path) -> tuple[ClipEntry, ...]:
    """Make the clips of one recorded motion by one body."""
    motion = read_bvh(item.path)
    stream = VARIED_STREAM if item.is_varied else MOCAP_STREAM
    rng = np.random.default_rng([stream, settings.seed, item.body, zlib.crc32(item.path.stem.encode())])
    by_person = np.random.default_rng([MOCAP_STREAM, settings.seed, zlib.crc32(item.subject.encode())])
    electrodes = VirtualSubject.draw(item.subject, by_person)  # the same for all that the subject does
    subject = replace(electrodes, strength=VirtualSubject.draw(item.subject, rng).strength)
    body = MuscleBody(subject.strength, BodyShape.draw(rng))
    configurations = _varied(body, motion, settings, item, rng) if item.is_varied else retarget(body, motion)
    whole = label(body, subject, configurations, item.exercise, rng, CAPTURED_CONTACT)
    return tuple(
        _saved(piece, out_dir / f"{item.name}_part{number}.npz", subject, body.shape)
        for number, piece in enumerate(pieces_of(whole, settings.clip_s))
    )


def _varied(
    body: MuscleBody, motion: BvhMotion, settings: SimulationSettings, item: MocapPlan, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (T, 129) configurations for a recorded motion in another tempo and with other arms."""
    configurations = retarget(body, replace(motion, frame_s=motion.frame_s * draw_tempo(rng)))
    arms = arms_of(body, configurations)
    if rng.random() < BORROWED:
        same_person = [one.path for one in plan(settings) if isinstance(one, MocapPlan) and one.subject == item.subject]
        with suppress(BvhError, RetargetError):  # a recording that can't be used lends nobody its arms
            other = retarget(body, read_bvh(same_person[rng.integers(len(same_person))]))
            arms = borrowed(arms_of(body, other), len(arms), rng)
    return with_arms(body, configurations, varied(arms, rng))


def pieces_of(clip: MotionClip, longest_s: float) -> tuple[MotionClip, ...]:
    """Cut a clip into pieces of about equal length, none longer than `longest_s`, at whole sensor reports."""
    span = round(MOTION_HZ / ENVELOPE_HZ)
    reports = len(clip.emg_counts)
    n_pieces = -(-reports // round(longest_s * ENVELOPE_HZ))
    edges = [reports * number // n_pieces for number in range(n_pieces + 1)]
    return tuple(
        replace(
            clip,
            emg_counts=clip.emg_counts[first:last],
            **{name: getattr(clip, name)[span * first : span * last] for name in _PER_FRAME},
        )
        for first, last in pairwise(edges)
    )


@lru_cache(maxsize=_BODIES_KEPT)
def _virtual_subject(seed: int, number: int) -> tuple[MuscleBody, VirtualSubject]:
    """Return one of the virtual subjects of a data set and its body, kept for the next clip."""
    rng = np.random.default_rng([SUBJECT_STREAM, seed, number])
    subject = VirtualSubject.draw(f"sim-{seed}-{number}", rng)
    return MuscleBody(subject.strength, BodyShape.draw(rng)), subject


def _saved(clip: MotionClip, path: Path, subject: VirtualSubject, shape: BodyShape) -> ClipEntry:
    """Save a clip; return its entry in the journal."""
    clip.save(path)
    return ClipEntry(
        file=path.name,
        exercise=clip.exercise,
        subject=clip.subject,
        frames=len(clip.valid),
        valid_frames=int(clip.valid.sum()),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        body={"strength": subject.strength, "shape": asdict(shape)},
    )
