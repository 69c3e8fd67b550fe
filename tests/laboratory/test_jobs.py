"""The queue of jobs: order, resuming after any end, processes and clusters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mia_core.errors import MiaError, MissingExtraError
from mia_core.laboratory.job_folder import Job, JobFolder, LaboratoryError
from mia_core.laboratory.jobs import run_jobs
from tests.fakes.waiting import wait_until
from tests.laboratory.queued_work import add, sums


def calls(folder: JobFolder) -> list[str]:
    file = folder.path / "calls.txt"
    return file.read_text().splitlines() if file.exists() else []


def test_equal_descriptions_are_one_job_and_every_part_of_them_counts():
    job = Job("add", {"a": 1, "b": [2, 3]}, 7, "one", needs=("x",))
    assert job.key == Job("add", {"b": [2, 3], "a": 1}, 7, "other", cost=5, needs=("x",)).key
    others = [
        Job("sub", {"a": 1, "b": [2, 3]}, 7, needs=("x",)),
        Job("add", {"a": 1, "b": [3, 2]}, 7, needs=("x",)),
        Job("add", {"a": 1, "b": [2, 3]}, 8, needs=("x",)),
        Job("add", {"a": 1, "b": [2, 3]}, 7),
    ]
    assert len({job.key, *(other.key for other in others)}) == 5


def test_what_is_needed_comes_first_and_nothing_is_done_twice(tmp_path):
    folder = JobFolder(tmp_path)
    jobs = sums(4)
    seen = []
    assert run_jobs([*jobs, *jobs], add, folder, workers=2, progress=seen.append)
    assert folder.load(jobs[0].key).arrays["sum"] == 0 + 1 + 2 + 3
    assert sorted(calls(folder)) == ["number 0", "number 1", "number 2", "number 3", "sum"]
    assert calls(folder)[-1] == "sum"
    assert [seen[0].done, seen[0].total] == [0, 5]
    assert [seen[-1].done, seen[-1].done_cost, seen[-1].doing] == [5, seen[-1].total_cost, ()]
    assert run_jobs(jobs, add, folder, workers=2)
    assert len(calls(folder)) == 5


def test_a_damaged_result_is_made_again_and_is_equal(tmp_path):
    folder = JobFolder(tmp_path)
    (job,) = jobs = [Job("add", {"number": 1}, 3, "one")]
    run_jobs(jobs, add, folder)
    noise = folder.load(job.key).arrays["noise"]
    whole = folder.file(job.key).read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle], whole[:middle] + b"\0\1\2\3" + whole[middle + 4 :], b""):
        folder.file(job.key).write_bytes(damaged)
        assert not folder.has(job.key)
        with pytest.raises(LaboratoryError):
            folder.load(job.key)
        folder.save(job, add(job, folder), 0.0)
        assert np.array_equal(folder.load(job.key).arrays["noise"], noise)


def test_the_result_of_another_job_is_not_taken(tmp_path):
    folder = JobFolder(tmp_path)
    one, other = Job("add", {"number": 1}), Job("add", {"number": 2})
    folder.save(one, {"sum": np.float64(1)}, 0.0)
    folder.file(one.key).rename(folder.file(other.key))
    with pytest.raises(LaboratoryError, match="another job"):
        folder.load(other.key)


def test_killed_in_mid_work_it_goes_on_with_what_is_missing(tmp_path):
    folder = JobFolder(tmp_path)
    command = [sys.executable, "-m", "tests.laboratory.queued_work", str(tmp_path)]
    process = subprocess.Popen(command, start_new_session=True)
    wait_until(lambda: len(list(tmp_path.glob("*.npz"))) >= 5, 60)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    jobs = sums(40, 0.05)
    kept = {path.name: path.read_bytes() for path in tmp_path.glob("*.npz")}
    assert 5 <= len(kept) < len(jobs)
    assert run_jobs(jobs, add, folder, workers=2)
    assert folder.load(jobs[0].key).arrays["sum"] == sum(range(40))
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept
    assert len(calls(folder)) <= len(jobs) + 2  # the two that were at work


def test_a_wish_to_stop_ends_a_job_that_would_never_end(tmp_path):
    folder = JobFolder(tmp_path)
    jobs = [Job("add", {"number": 1}, label="short"), Job("wait", {"number": 2}, label="endless")]
    finished = run_jobs(jobs, add, folder, workers=2, should_stop=lambda: len(calls(folder)) == 2)
    assert not finished
    assert not folder.has(jobs[1].key)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_worker_that_is_killed_is_told_and_the_others_results_stay(tmp_path):
    folder = JobFolder(tmp_path)
    good = Job("add", {"number": 1}, label="good", cost=2)
    jobs = [good, Job("die", {}, label="too large", needs=(good.key,)), Job("wait", {"number": 3}, label="endless")]
    with pytest.raises(LaboratoryError, match="A worker process died"):
        run_jobs(jobs, add, folder, workers=2)
    assert folder.has(good.key)


def test_an_error_of_a_job_is_told_and_the_others_results_stay(tmp_path):
    folder = JobFolder(tmp_path)
    jobs = [Job("add", {"number": 1}, label="good", cost=2), Job("refuse", {}, label="bad")]
    with pytest.raises(MiaError, match="refused"):
        run_jobs(jobs, add, folder)
    assert folder.has(jobs[0].key)


def test_a_job_whose_need_is_unknown_is_refused(tmp_path):
    with pytest.raises(ValueError, match="lonely"):
        run_jobs([Job("add", {"number": 1}, label="lonely", needs=("0" * 64,))], add, JobFolder(tmp_path))


def test_a_result_that_another_run_completes_meanwhile_is_no_trouble(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "glob", lambda folder, _: iter([folder / "KEY.0.part"]))  # it has its own name by now
    assert JobFolder(tmp_path).path == tmp_path


def test_no_workers_and_no_folder_are_refused(tmp_path):
    with pytest.raises(LaboratoryError, match="0 workers"):
        run_jobs(sums(1), add, JobFolder(tmp_path), workers=0)
    (tmp_path / "taken").touch()
    with pytest.raises(LaboratoryError, match="can't be written"):
        JobFolder(tmp_path / "taken")


def test_a_cluster_gives_the_same_results(tmp_path):
    distributed = pytest.importorskip("distributed")
    here, there = JobFolder(tmp_path / "here"), JobFolder(tmp_path / "there")
    jobs = sums(3)
    assert run_jobs(jobs, add, here, workers=1)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        assert run_jobs(jobs, add, there, scheduler=cluster.scheduler_address)
    for job in jobs:
        for name, array in here.load(job.key).arrays.items():
            assert np.array_equal(there.load(job.key).arrays[name], array)


def test_without_dask_a_cluster_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError) as caught:
        run_jobs(sums(1), add, JobFolder(tmp_path), scheduler="tcp://127.0.0.1:1")
    assert "mia-live[cluster]" in caught.value.advice
