"""Proof that what is exported is what the model saw: its stored poses go through the live chain once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.export_settings import ExportError
from mia_core.export.recorded_session import RecordedSession
from mia_core.export.session_steps import pose_steps, same_steps
from mia_core.live.muscle_readout import MuscleReadout
from mia_core.models.activation_model import ActivationModel
from mia_core.recording.session_reader import Session
from mia_core.samples import STEP_S, WINDOW_STEPS, Floats, MuscleActivation

MAX_DIFFERENCE: Final = 1e-4
"""Of activations, which are stored to 1e-5."""


@dataclass(frozen=True, slots=True)
class ReplayedSession:
    """What the model says now, compared with what it said live.

    Attributes:
        n_compared: Steps that were compared.
        n_older: Steps whose window reached back before the recording, so that they can't be made again.
        max_difference: Largest difference of any value; infinite where only one of the two knew one.
        worst_step_s: Time of the step of the largest difference, NaN when none was compared.
    """

    n_compared: int
    n_older: int
    max_difference: float
    worst_step_s: float

    def __str__(self) -> str:
        older = f"; {self.n_older} began before the recording" if self.n_older else ""
        return f"{self.n_compared} steps as they were live, to {self.max_difference:.1e}{older}"


def replay(session: RecordedSession, model: ActivationModel) -> ReplayedSession:
    """Run a session's poses through the live chain again and compare with the activations that were stored.

    Args:
        session: A session with stored activations.
        model: The model that it was recorded with.
    """
    stored = session.session
    lookahead = stored.manifest.get("lookahead_steps")
    readout = MuscleReadout(model, session.image_size_px, lookahead if isinstance(lookahead, int) else 0)
    said: list[MuscleActivation] = []
    for completed in pose_steps(stored):
        for step in completed:
            said += readout.push(step)
    said += readout.flush()
    rows, found = same_steps(stored.step_timestamps_s, np.array([step.timestamp_s for step in said]))
    since_s = _comparable_since_s(stored)
    worst, worst_step_s, n_compared = 0.0, float("nan"), 0
    for row, place in zip(rows.tolist(), found.tolist(), strict=True):
        now = said[place]
        if now.timestamp_s < since_s:
            continue
        n_compared += 1
        difference = _difference(now.values, stored.activation[row])
        if difference > worst or n_compared == 1:
            worst, worst_step_s = difference, now.timestamp_s
    n_older = int((stored.step_timestamps_s < since_s).sum())
    return ReplayedSession(n_compared, n_older, worst, worst_step_s)


def verify_session(session: RecordedSession, model: str = "") -> ReplayedSession:
    """Hold a session to the model that it was recorded with.

    Args:
        session: The session.
        model: Name or path of the model, empty for the name that the session says.

    Raises:
        ExportError: It is another model, nothing can be compared, or the model says something else now.
        MiaError: The model can't be found or read.
    """
    from mia_core.models.runtime import load_runtime

    used = session.session.manifest.get("model")
    name = used.get("name") if isinstance(used, dict) else None
    if not isinstance(used, dict) or not isinstance(name, str):
        raise ExportError(f"The session {session.title} was recorded without a model.", "Leave out --verify.")
    runtime = load_runtime(model or name, "cpu")
    if runtime.weights_sha256 != used.get("weights_sha256"):
        raise ExportError(
            f"The session {session.title} was recorded with another model of the name {name}.",
            "Give the file of that model with --model.",
        )
    replayed = replay(session, runtime)
    check(session, replayed)
    return replayed


def check(session: RecordedSession, replayed: ReplayedSession) -> None:
    """Refuse a session that is not as it was live.

    Raises:
        ExportError: It is not.
    """
    if not replayed.n_compared:
        raise ExportError(
            f"The session {session.title} has no step that could be compared.",
            "Record for longer than three seconds, with somebody in the picture.",
        )
    if not replayed.max_difference <= MAX_DIFFERENCE:
        raise ExportError(
            f"In the session {session.title} the model says something else now than live: the difference at the step "
            f"of {replayed.worst_step_s:.3f} s is {replayed.max_difference:.1e}.",
            "The recording or the model was changed, or they are of different versions.",
        )


def _comparable_since_s(stored: Session) -> float:
    """Return from when on windows hold nothing from before the recording."""
    if not len(stored.frame_index) or stored.frame_index[0] == 0:
        return -np.inf  # the model began with it
    seen = np.isfinite(stored.confidence).all(axis=1)
    first_s = float(stored.frame_timestamps_s[seen][0]) if seen.any() else np.inf
    return first_s + WINDOW_STEPS * STEP_S - 1e-6


def _difference(now: Floats, live: NDArray[np.float64]) -> float:
    if (np.isnan(now) != np.isnan(live)).any():
        return float("inf")
    return float(np.nanmax(np.abs(now - live), initial=0.0))
