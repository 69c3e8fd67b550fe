"""Make a simulated data set with several processes, and go on where a run was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.data_set_journal import DataSetJournal, Outcome
from mia_core.simulation.data_set_plan import ClipPlan, MocapPlan, SimulationError, SimulationSettings, plan
from mia_core.simulation.muscle_model import require_simulator
from mia_core.simulation.shard import shards, simulate_shard
from mia_core.worker_processes import deaf_to_ctrl_c, one_thread_each, stay_with_parent

_POLL_S: Final = 0.25
_GUESSED_MOCAP_S: Final = 15.0
"""Length of a recorded motion before the first one is made; for the progress bar alone."""


@dataclass(frozen=True, slots=True)
class SimulationProgress:
    """How far a data set is.

    Attributes:
        frames: Frames that are there, those of earlier runs included.
        total_frames: Frames there will be; an estimate while recorded motions are left.
        doing: What is being made, for people.
    """

    frames: int
    total_frames: int
    doing: str


def simulate(
    settings: SimulationSettings,
    out_dir: Path,
    workers: int,
    progress: Callable[[SimulationProgress], None],
    should_stop: Callable[[], bool],
) -> Path:
    """Write the clips of a data set and, at the end, its manifest.

    The clips do not depend on the number of workers. They are made in processes of their own, so on systems that
    start processes afresh the caller's main module must be importable.

    Args:
        settings: What to simulate.
        out_dir: Folder for the clips; one that holds an interrupted run of the same data set is continued.
        workers: Number of processes, each with one thread.
        progress: Called a few times a second.
        should_stop: Asked a few times a second; True lets every worker finish its clip and ends the run.

    Returns:
        The manifest (see `DataSetJournal.write_manifest`); not complete if the run was stopped.

    Raises:
        SimulationError: The folder holds another data set, or a worker died; what was made is kept.
        MotionFolderError: The folder of recorded motions can't be used.
        MissingExtraError: The optional simulation packages are not installed.
    """
    if workers < 1:
        raise SimulationError(f"Can't simulate with {workers} workers.", "Ask for at least 1.")
    plans = plan(settings)  # first: what can't be planned or made leaves no folder behind
    require_simulator()
    journal = DataSetJournal(settings, out_dir)
    run = _Run(settings, plans, out_dir, journal, progress)
    if not should_stop():
        run.go(workers, should_stop)
    return journal.write_manifest()


class _Run:
    """Hands what is missing to processes, shard by shard, and takes what they made into the journal."""

    def __init__(
        self,
        settings: SimulationSettings,
        plans: Sequence[ClipPlan | MocapPlan],
        out_dir: Path,
        journal: DataSetJournal,
        progress: Callable[[SimulationProgress], None],
    ) -> None:
        self._settings = settings
        self._out_dir = out_dir
        self._journal = journal
        self._progress = progress
        self._plans = plans
        self._running: dict[Future[tuple[Outcome, ...]], tuple[int, ...]] = {}

    def go(self, workers: int, should_stop: Callable[[], bool]) -> None:
        """Make what is missing."""
        missing = [index for index, item in enumerate(self._plans) if item.name not in self._journal.outcomes]
        waiting = [
            tuple(missing[place] for place in shard) for shard in shards([self._plans[index] for index in missing])
        ]
        waiting.reverse()
        context = get_context("spawn")
        stop = context.Event()
        with (
            one_thread_each(),
            ProcessPoolExecutor(min(workers, max(len(waiting), 1)), context, _prepare_worker, (stop,)) as pool,
        ):
            try:
                while self._running or (waiting and not stop.is_set()):
                    while waiting and len(self._running) < workers and not stop.is_set():
                        self._start(waiting.pop(), pool)
                    self._collect()
                    if should_stop():
                        stop.set()
            except BrokenProcessPool as error:
                raise _worker_lost() from error
            finally:
                stop.set()  # whatever happened, the others need not finish their shards

    def _start(self, indices: tuple[int, ...], pool: ProcessPoolExecutor) -> None:
        """Hand a shard to the processes, one of which this may start."""
        try:
            with deaf_to_ctrl_c():
                task = pool.submit(_work, self._settings, indices, self._out_dir)
        except OSError as error:  # also when another one dies at this moment
            raise _worker_lost() from error
        self._running[task] = indices
        self._tell()

    def _collect(self) -> None:
        """Wait a moment for shards to be finished, and note them."""
        done, _ = wait(self._running, _POLL_S, FIRST_COMPLETED)
        for task in done:
            del self._running[task]
            self._journal.add(task.result())
        if done:
            self._tell()

    def _tell(self) -> None:
        """Report what is there and what is being made."""
        made = [self._journal.outcomes.get(item.name) for item in self._plans]
        frames = [sum(clip.frames for clip in outcome.clips) if outcome else 0 for outcome in made]
        replayed = [n for n, item in zip(frames, self._plans, strict=True) if n and isinstance(item, MocapPlan)]
        guess = sum(replayed) / len(replayed) if replayed else _GUESSED_MOCAP_S * MOTION_HZ
        left = sum(
            self._settings.clip_s * MOTION_HZ if isinstance(item, ClipPlan) else guess
            for item, outcome in zip(self._plans, made, strict=True)
            if outcome is None
        )
        doing = (self._plans[index].doing for indices in self._running.values() for index in indices)
        self._progress(SimulationProgress(sum(frames), sum(frames) + round(left), ", ".join(dict.fromkeys(doing))))


def _worker_lost() -> SimulationError:
    return SimulationError(
        "A worker process died or could not be started; perhaps there was not enough memory.",
        "Start the same command again, with fewer workers: it goes on from here.",
    )


_stop: Event | None = None
"""In a worker: set when it should finish its clip and leave the rest of its shard."""


def _prepare_worker(stop: Event) -> None:
    global _stop
    _stop = stop
    stay_with_parent()


def _work(settings: SimulationSettings, indices: tuple[int, ...], out_dir: Path) -> tuple[Outcome, ...]:
    return simulate_shard(settings, indices, out_dir, lambda: _stop is not None and _stop.is_set())
