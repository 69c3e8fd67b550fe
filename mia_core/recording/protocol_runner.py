"""Leads a subject through a protocol: countdown, work, rest, again; without a screen and without a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from mia_core.recording.protocol import Protocol, Trial

CUE_S: Final = (3, 2, 1)
"""Before work begins and ends, each of these last seconds beeps."""

LogEvent = Callable[[str, dict[str, Any], float | None], None]
"""(kind, fields, time on the clock of `tick`) of an event that goes into the session's log at once; None for now."""


class RunPhase(StrEnum):
    """What the subject is doing."""

    READY = "ready"
    """Reads what comes next; waits for "go on"."""
    COUNTDOWN = "countdown"
    WORK = "work"
    REST = "rest"
    DONE = "done"


class Cue(StrEnum):
    """What is heard."""

    ANNOUNCE = "announce"
    """Say the exercise and its prompt."""
    TICK = "tick"
    BEGIN = "begin"
    END = "end"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class RunView:
    """What a screen shows.

    Attributes:
        phase: What the subject is doing.
        paused: Whether time stands still.
        trial: The trial that comes, is done, or was just done; None when all are done.
        next_trial: The one after it, None after the last.
        place: Which trial of the protocol, from 1.
        n_trials: How many there are.
        remaining_s: Seconds left of the phase; 0 while nothing counts.
        share: Share in [0, 1] of the phase that has passed.
        attempt: Which attempt at this trial, from 1.
    """

    phase: RunPhase
    paused: bool
    trial: Trial | None
    next_trial: Trial | None
    place: int
    n_trials: int
    remaining_s: float
    share: float
    attempt: int


class ProtocolRunner:
    """A protocol while it is run. Call `tick` some times a second; all methods from one thread.

    What happens is logged with the time at which it happened, however late a tick comes: `trial_begin` and `trial_end`
    with the name of the exercise, take, attempt and, at the end, whether it was done, stopped for another attempt, or
    skipped.

    Args:
        protocol: The plan.
        log: Takes the events.
    """

    def __init__(self, protocol: Protocol, log: LogEvent) -> None:
        self._protocol = protocol
        self._log = log
        self._at = 0
        self._attempts = [0] * len(protocol.trials)
        self._phase = RunPhase.READY
        self._left_s = 0.0
        self._now_s: float | None = None
        self._paused = False
        self._announced = False

    @property
    def protocol(self) -> Protocol:
        """The plan."""
        return self._protocol

    @property
    def view(self) -> RunView:
        """The present state."""
        trials, at = self._protocol.trials, self._at
        length_s = self._length_s()
        return RunView(
            self._phase,
            self._paused,
            trials[at] if at < len(trials) else None,
            trials[at + 1] if at + 1 < len(trials) else None,
            min(at + 1, len(trials)),
            len(trials),
            max(self._left_s, 0.0),
            min(1 - self._left_s / length_s, 1.0) if length_s > 0 else 0.0,
            max(self._attempts[at], 1) if at < len(trials) else 1,
        )

    def tick(self, now_s: float) -> tuple[Cue, ...]:
        """Let time pass; return what is to be heard now, in order.

        Args:
            now_s: Monotonic time, not falling.
        """
        passed_s = 0.0 if self._now_s is None else now_s - self._now_s
        self._now_s = now_s
        cues: list[Cue] = []
        if self._phase is RunPhase.READY and not self._announced:
            self._announced = True
            cues.append(Cue.ANNOUNCE)
        while self._phase in (RunPhase.COUNTDOWN, RunPhase.WORK, RunPhase.REST) and not self._paused:
            step_s = min(passed_s, self._left_s)
            cues += self._ticks(self._left_s, self._left_s - step_s)
            self._left_s -= step_s
            passed_s -= step_s
            if self._left_s > 0:
                break
            cues += self._next_phase(now_s - passed_s)
        return tuple(cues)

    def go_on(self) -> None:
        """Begin the countdown of the trial that waits; during a rest, end it; during a pause, end that."""
        if self._paused:
            self.resume()
        elif self._phase is RunPhase.REST:
            self._left_s = 0.0
        elif self._phase is RunPhase.READY:
            self._enter(RunPhase.COUNTDOWN)

    def pause(self) -> None:
        """Let time stand still; a trial that was being done is stopped and will be done again from its countdown."""
        if self._phase in (RunPhase.READY, RunPhase.DONE) or self._paused:
            return
        if self._phase is RunPhase.WORK:
            self._end_trial("redo")
            self._enter(RunPhase.COUNTDOWN)
        self._paused = True
        self._log("pause", {}, None)

    def resume(self) -> None:
        """Let time pass again."""
        if self._paused:
            self._paused = False
            self._log("resume", {}, None)

    def redo(self) -> None:
        """Do the present trial again; during a rest, and before the next trial begins, the one just done."""
        if self._phase is RunPhase.WORK:
            self._end_trial("redo")
        elif self._phase is RunPhase.REST:
            self._log("trial_redo", self._fields(), None)
        elif self._at > 0 and self._attempts[min(self._at, len(self._attempts) - 1)] == 0:
            self._at -= 1  # it waits before a trial that was never begun: the one before it is meant
            self._log("trial_redo", self._fields(), None)
        elif self._phase is RunPhase.DONE:
            self._at -= 1
            self._log("trial_redo", self._fields(), None)
        self._wait()

    def skip(self) -> None:
        """Leave the present trial out and go to the next; a rest is just ended."""
        if self._phase is RunPhase.DONE:
            return
        if self._phase is not RunPhase.REST:
            self._end_trial("skipped")
        self._advance()

    def stop(self) -> None:
        """End the protocol here; a trial that is being done counts as stopped."""
        if self._phase is RunPhase.WORK:
            self._end_trial("stopped")
        self._at = len(self._protocol.trials)
        self._phase, self._left_s, self._paused = RunPhase.DONE, 0.0, False

    def _next_phase(self, at_s: float) -> list[Cue]:
        if self._phase is RunPhase.COUNTDOWN:
            self._attempts[self._at] += 1
            self._enter(RunPhase.WORK)
            self._log("trial_begin", self._fields(), at_s)
            return [Cue.BEGIN]
        if self._phase is RunPhase.WORK:
            self._end_trial("done", at_s)
            if self._at + 1 == len(self._protocol.trials):
                self._advance()
                return [Cue.END, Cue.DONE]
            self._enter(RunPhase.REST)
            return [Cue.END]
        self._advance()
        self._announced = True
        self._enter(RunPhase.COUNTDOWN)  # after a rest it goes on by itself
        return [Cue.ANNOUNCE]

    def _advance(self) -> None:
        self._at += 1
        if self._at >= len(self._protocol.trials):
            self._phase, self._left_s = RunPhase.DONE, 0.0
        else:
            self._wait()

    def _wait(self) -> None:
        self._phase, self._left_s, self._announced, self._paused = RunPhase.READY, 0.0, False, False

    def _enter(self, phase: RunPhase) -> None:
        self._phase = phase
        self._left_s = self._length_s()

    def _length_s(self) -> float:
        if self._at >= len(self._protocol.trials):
            return 0.0
        trial = self._protocol.trials[self._at]
        lengths_s = {
            RunPhase.COUNTDOWN: self._protocol.countdown_s,
            RunPhase.WORK: trial.work_s,
            RunPhase.REST: trial.rest_s,
        }
        return lengths_s.get(self._phase, 0.0)

    def _ticks(self, from_s: float, to_s: float) -> list[Cue]:
        counts = self._phase in (RunPhase.COUNTDOWN, RunPhase.WORK)
        return [Cue.TICK for second in CUE_S if counts and to_s < second <= from_s]

    def _end_trial(self, status: str, at_s: float | None = None) -> None:
        self._log("trial_end", {**self._fields(), "status": status}, at_s)

    def _fields(self) -> dict[str, Any]:
        trial = self._protocol.trials[self._at]
        return {"exercise": trial.exercise.name, "take": trial.take, "attempt": max(self._attempts[self._at], 1)}
