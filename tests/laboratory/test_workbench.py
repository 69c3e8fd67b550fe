"""Whose windows are learned from and judged by, and what is refused before any job is done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.window_set import NO_PART, TRAIN, VAL, WindowSetError
from mia_core.laboratory import table1
from mia_core.laboratory.experiments import ALL, chosen, evaluation_of, jobs_of
from mia_core.laboratory.fitting import NEAREST, FitAndPredict
from mia_core.laboratory.job_folder import JobFolder, LaboratoryError
from mia_core.laboratory.workbench import Workbench, evenly
from mia_core.muscles import MONTAGE
from tests.laboratory.small_bench import EXERCISES, SMALL, TINY, done, exercises_of
from tests.laboratory.some_windows import some_windows
from tests.laboratory.stored_set import stored


def with_parts(windows, learned_from, judged_by):
    """Give windows published parts: the last fifth of each recording in time, if both parts are wanted."""
    part = np.full(len(windows), NO_PART, np.int8)
    for number in np.unique(windows.recording):
        rows = np.flatnonzero(windows.recording == number)
        who, what = windows.subject[rows[0]], windows.exercise[rows[0]]
        pair = (windows.about.subjects[who], windows.about.exercises[what])
        part[rows[:-2]] = TRAIN if pair in learned_from else NO_PART
        part[rows[-2:]] = VAL if pair in judged_by else NO_PART
    return replace(windows, part=part)


def test_a_subject_without_held_out_windows_is_nobodys_second_and_not_the_first_choice(tmp_path):
    everybody = some_windows(channels=MONTAGE.names, subjects=("anna", "ben", "carla"), exercises=EXERCISES, **SMALL)
    pairs = {(who, what) for who in everybody.about.subjects for what in EXERCISES}
    judged = {pair for pair in pairs if pair[0] != "anna"}
    path = stored(tmp_path / "parts.windows", with_parts(everybody, pairs, judged))
    bench = Workbench.open(path, TINY)
    assert (bench.subject, bench.other_subject) == ("ben", "carla")
    assert Workbench.open(path, TINY, "carla").other_subject == "ben"
    assert jobs_of(chosen(ALL, bench)[0], bench)
    with pytest.raises(LaboratoryError, match=r"anna has no exercise .* to judge by") as refused:
        Workbench.open(path, TINY, "anna")
    assert "ben or carla" in refused.value.advice


def test_one_exercise_is_refused_where_two_are_needed_before_anything_is_done(tmp_path):
    windows = some_windows(channels=MONTAGE.names, exercises=("squat",), **SMALL)
    bench = Workbench.open(stored(tmp_path / "one.windows", windows), TINY)
    for name, shown in (("table1", "Table 1"), ("similarity", "Figure 8")):
        with pytest.raises(LaboratoryError, match=f"{shown} needs two exercises"):
            chosen(name, bench)
    experiments, left_out = chosen(ALL, bench)
    assert "Table 1 and Figure 8 are left out" in left_out
    evaluation = evaluation_of(experiments, bench, done(bench, JobFolder(tmp_path / "jobs")), left_out)
    assert {"models", "table2", "figure6"} <= set(evaluation.order)


def test_an_exercise_that_nothing_can_be_learned_of_is_not_judged(tmp_path):
    everybody = some_windows(channels=MONTAGE.names, subjects=("anna", "ben"), exercises=EXERCISES, **SMALL)
    pairs = {(who, what) for who in everybody.about.subjects for what in EXERCISES}
    windows = with_parts(everybody, pairs - {("anna", "squat")}, pairs)
    bench = Workbench.open(stored(tmp_path / "parts.windows", windows), TINY)
    assert bench.exercises == ("running", "pirouette")
    assert "not judged: squat (no windows to learn from)" in bench.in_distribution.note
    assert "not judged" not in bench.of_subject("ben").note
    assert exercises_of(bench, bench.of_subject("ben").test) == set(EXERCISES)
    folder = JobFolder(tmp_path / "jobs")
    job = bench.job(NEAREST, bench.in_distribution)
    folder.save(job, FitAndPredict(bench.path)(job, folder), 1.0)
    assert bench.predicted(folder, job).shape[0] == len(bench.in_distribution.test)


def test_an_exercise_that_is_learned_from_and_not_held_out_is_named_under_the_table(tmp_path):
    everybody = some_windows(channels=MONTAGE.names, subjects=("anna", "ben"), exercises=EXERCISES, **SMALL)
    pairs = {(who, what) for who in everybody.about.subjects for what in EXERCISES}
    windows = with_parts(everybody, pairs, pairs - {("anna", "squat")})
    bench = Workbench.open(stored(tmp_path / "parts.windows", windows), TINY)
    assert bench.exercises == ("running", "pirouette")
    assert exercises_of(bench, bench.in_distribution.train) == set(EXERCISES)
    folder = done(bench, JobFolder(tmp_path / "jobs"))
    (table,), _ = table1.outcome(bench, folder)
    assert "not judged: squat (no held-out windows, though learned from)" in table.note
    assert [row[0] for row in table.rows[:-2]] == ["Running", "Pirouette"]


def test_only_the_network_that_others_start_from_keeps_its_weights(tmp_path):
    windows = some_windows(channels=MONTAGE.names, subjects=("anna", "ben"), exercises=EXERCISES, **SMALL)
    bench = Workbench.open(stored(tmp_path / "some.windows", windows), TINY)
    jobs = jobs_of(chosen(ALL, bench)[0], bench)
    (kept,) = (job for job in jobs if job.settings["keeps_weights"])
    needed = {key for job in jobs for key in job.needs}
    assert needed == {kept.key}
    folder = done(bench, JobFolder(tmp_path / "jobs"))
    assert [job.key for job in jobs if len(folder.load(job.key).arrays) > 1] == [kept.key]


def test_a_copy_with_a_page_of_zeros_is_refused(tmp_path):
    windows = some_windows(per_exercise=6, exercises=EXERCISES, channels=MONTAGE.names)
    path = stored(tmp_path / "some.windows", windows)
    with (path / "emg.npy").open("r+b") as file:
        file.seek(-1024, 2)
        file.write(bytes(1024))
    with pytest.raises(WindowSetError, match=r"some\.windows.*copied in part"):
        Workbench.open(path, TINY)


def test_rows_are_thinned_evenly():
    rows = np.arange(100, 110)
    assert evenly(rows, None) is rows
    assert evenly(rows, 10) is rows
    assert evenly(rows, 5).tolist() == [100, 102, 104, 106, 108]
