"""A training set of recorded sessions: clips of the 10 Hz grid, with a manifest that hashes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.recorded_session import RecordedSession
from mia_core.export.trials import UNLABELLED
from mia_core.muscles import MONTAGE
from mia_core.samples import STEP_S, WINDOW_STEPS
from mia_core.step_clip import StepClip


class PackedExporter:
    """Writes what `dataset.recorded_set` reads.

    Every stretch of at least three seconds without a jump in time is a clip; a trial is one, and so is what lies
    between two. Nothing is left out: what is not known says so.

    Args:
        settings: None of them matters here.
    """

    def __init__(self, settings: ExportSettings) -> None:
        del settings
        self._clips: dict[str, dict[str, Any]] = {}

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's clips: see `SetExporter`."""
        for number, clip in enumerate(step_clips(session)):
            path = folder / f"{session.title}_{number:03d}.npz"
            clip.save(path)
            self._clips[path.name] = {
                "file": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "subject": clip.subject,
                "exercise": clip.exercise,
                "provenance": clip.provenance,
                "steps": len(clip),
            }

    def finish(self, folder: Path) -> None:
        """Write the manifest: see `SetExporter`."""
        there = [clip for name, clip in self._clips.items() if (folder / name).is_file()]
        manifest = {"schema_version": 1, "kind": "recorded steps", "clips": there, "complete": True}
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def step_clips(session: RecordedSession) -> Iterator[StepClip]:
    """Cut a session into stretches of at least three seconds without a jump in time, at the ends of its trials too.

    Raises:
        ExportError: It has no sEMG, or is too short.
    """
    session.require_emg()
    steps = session.steps
    runs = [run for run in steps.runs(np.ones(len(steps), np.bool_)) if run.stop - run.start >= WINDOW_STEPS]
    if not runs:
        raise ExportError(f"The session {session.title} is shorter than three seconds.", "Record for longer.")
    unit_of = {muscle.placement.name: muscle.profile.unit for muscle in session.muscles}
    for run in runs:
        trial = int(steps.trial[run.start])
        yield StepClip(
            steps.keypoints_px[run],
            steps.confidence[run],
            steps.seen[run],
            steps.emg[run],
            steps.emg_whole[run],
            steps.measured[run],
            start_s=float(steps.timestamps_s[run.start]) - STEP_S,
            image_size_px=session.image_size_px,
            exercise=session.trials[trial].exercise if trial >= 0 else UNLABELLED,
            subject=session.subject,
            session=session.title,
            units=tuple(unit_of.get(name, "") for name in MONTAGE.names),
            provenance=session.provenance,
            repeats_after_s=session.film_s,
        )
