"""A queue of jobs: goes on where it was stopped or killed, on processes of this machine or on a cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from typing import Final

from mia_core.errors import MissingExtraError
from mia_core.laboratory.job_folder import Arrays, Job, JobFolder, LaboratoryError
from mia_core.worker_processes import deaf_to_ctrl_c, one_thread_each, stay_with_parent

Work = Callable[[Job, JobFolder], Arrays]
"""Does one job; reads the results it needs from the folder. Must be picklable."""

_POLL_S: Final = 0.25
_CONNECT_S: Final = 10


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a queue is.

    Attributes:
        done: Jobs whose results are there, those of earlier runs included.
        total: Jobs in all.
        done_cost: Sum of `Job.cost` over those that are done.
        total_cost: Sum of `Job.cost` over all.
        doing: Labels of the jobs at work.
    """

    done: int
    total: int
    done_cost: float
    total_cost: float
    doing: tuple[str, ...]


def run_jobs(
    jobs: Sequence[Job],
    work: Work,
    folder: JobFolder,
    *,
    workers: int = 1,
    scheduler: str = "",
    progress: Callable[[JobProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Do the jobs whose results are not there yet, costly ones first, each after those it needs.

    Results do not depend on who computes them. Local processes start afresh, so the caller's main module must be
    importable.

    Args:
        jobs: Equal ones are done once.
        work: What a job is.
        folder: Where results are and go; workers of a cluster must see it at the same place.
        workers: Processes of this machine, each with one thread; without meaning on a cluster.
        scheduler: Address of a Dask scheduler, such as `tcp://host:8786`; empty for this machine. Its workers need the
            project, the data at the same place, and one thread each.
        progress: Called a few times a second.
        should_stop: Asked a few times a second; True gives up the jobs at work and ends the run.

    Returns:
        Whether every result is there.

    Raises:
        LaboratoryError: A worker died, or the cluster can't be reached; finished results are kept.
        MissingExtraError: A cluster is asked for and Dask is not installed.
        ValueError: A job needs another one that is neither here nor done.
    """
    queue = _Queue(jobs, work, folder, progress)
    if queue.waiting and not should_stop():
        with _cluster(scheduler) if scheduler else _local(workers) as executor:
            queue.go(executor, len(queue.waiting) if scheduler else workers, should_stop)
    return queue.finished


class _Queue:
    """Which jobs wait, run and are done."""

    def __init__(
        self, jobs: Sequence[Job], work: Work, folder: JobFolder, progress: Callable[[JobProgress], None]
    ) -> None:
        self._all = {job.key: job for job in jobs}
        self._work = work
        self._folder = folder
        self._progress = progress
        self._done = {key for key in self._all if folder.has(key)}
        self._running: dict[Future[None], Job] = {}
        self.waiting = sorted((job for job in self._all.values() if job.key not in self._done), key=_costly_first)
        for job in self.waiting:
            if any(need not in self._all and not folder.has(need) for need in job.needs):
                raise ValueError(f"{job.label}: a job that it needs is missing")

    @property
    def finished(self) -> bool:
        return len(self._done) == len(self._all)

    def go(self, executor: Executor, at_once: int, should_stop: Callable[[], bool]) -> None:
        self._tell()
        while self._running or self.waiting:
            if should_stop():
                return
            self._start(executor, at_once)
            if not self._running:
                raise ValueError("jobs need each other")
            done, _ = wait(self._running, _POLL_S, FIRST_COMPLETED)
            for task in done:
                task.result()
                self._done.add(self._running.pop(task).key)
            self._tell()

    def _start(self, executor: Executor, at_once: int) -> None:
        """Hand out the jobs that can begin, as many as may run."""
        ready = [job for job in self.waiting if all(need in self._done or need not in self._all for need in job.needs)]
        for job in ready[: at_once - len(self._running)]:
            try:
                with deaf_to_ctrl_c():  # this may start a process
                    task = executor.submit(_do, self._work, job, self._folder)
            except OSError as error:  # also when another one dies at this moment
                raise _worker_lost(error) from error
            self._running[task] = job
            self.waiting.remove(job)

    def _tell(self) -> None:
        done_cost = sum(self._all[key].cost for key in self._done)
        total_cost = sum(job.cost for job in self._all.values())
        doing = tuple(job.label for job in self._running.values())
        self._progress(JobProgress(len(self._done), len(self._all), done_cost, total_cost, doing))


def _costly_first(job: Job) -> tuple[float, str]:
    return -job.cost, job.key


def _do(work: Work, job: Job, folder: JobFolder) -> None:
    """Do one job, wherever this runs, and store its result."""
    began = time.perf_counter()
    arrays = work(job, folder)
    folder.save(job, arrays, time.perf_counter() - began)


@contextmanager
def _local(workers: int) -> Iterator[Executor]:
    """Processes of this machine; they end at once when the block is left, because results are whole or not there."""
    if workers < 1:
        raise LaboratoryError(f"Can't work with {workers} workers.", "Ask for at least 1.")
    context = get_context("spawn")
    # A pipe and not an event: to set one, each process that waits for it must answer, and a dead one never would.
    stops, until_stopped = context.Pipe(duplex=False)
    with (
        stops,
        one_thread_each(),
        ProcessPoolExecutor(workers, context, _prepare_worker, (stops,)) as pool,
        until_stopped,  # closed first
    ):
        try:
            yield pool
        except BrokenProcessPool as error:
            raise _worker_lost(error) from error


def _worker_lost(error: Exception) -> LaboratoryError:
    return LaboratoryError(
        f"A worker process died or could not be started ({error}); perhaps there was not enough memory.",
        "Start the same command again, with fewer workers: it goes on from here.",
    )


def _prepare_worker(stops: Connection) -> None:
    stay_with_parent()
    Thread(target=_end_when_closed, args=(stops,), daemon=True).start()


def _end_when_closed(stops: Connection) -> None:
    """End when the other end of a pipe is closed: nothing is ever sent through it."""
    stops.poll(None)
    os._exit(1)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    """Workers of a Dask cluster; what they are at when the block is left, they finish and store."""
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise MissingExtraError("Working on a cluster", "cluster") from error
    try:
        client = distributed.Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise LaboratoryError(
            f"No Dask scheduler answers at {address} ({error}).", "Start one with `dask scheduler`, or leave it out."
        ) from error
    with client:
        executor = client.get_executor(pure=False)
        try:
            yield executor
        except distributed.KilledWorker as error:
            raise LaboratoryError(
                f"A job was lost with its worker, again and again ({error}).",
                "Give the workers of the cluster more memory, then start the same command again.",
            ) from error
        finally:
            executor.shutdown(wait=False)
