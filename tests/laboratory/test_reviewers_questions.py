"""Timing, honesty and mirror errors of predictions whose faults are known, from results to tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.laboratory import certainty, left_right, switching
from mia_core.laboratory.calibration import LEVELS
from mia_core.laboratory.fitting import PREDICTED, stored_state
from mia_core.laboratory.job_folder import JobFolder
from mia_core.laboratory.network_predictor import NetworkPredictor
from mia_core.laboratory.presets import QUICK, TRANSFORMER
from mia_core.laboratory.results import Table
from mia_core.laboratory.workbench import Workbench
from mia_core.skeleton import MIRROR
from tests.laboratory.some_windows import CHANNELS, some_windows


def _bench(tmp_path: Path, subjects: tuple[str, ...] = ("A", "B")) -> Workbench:
    """Six minutes of bursts of every exercise and subject, cut into windows without overlap."""
    windows = some_windows(per_exercise=120, subjects=subjects, stride=30, unit="percent")
    steps = windows.start_step[:, None] + np.arange(30)
    bursts = np.clip(60 * np.sin(2 * np.pi * steps / 27), 1, None)[..., None]
    emg = bursts * np.array([1.0, 0.8, 0.5, 0.3]) * (1 + windows.subject[:, None, None])
    windows = replace(windows, emg=emg.astype(np.float32))
    return Workbench(tmp_path / "made-up.windows", windows, QUICK, "A", (1,))


def _column(table: Table, name: str) -> list[object]:
    return [row[table.columns.index(name)] for row in table.rows]


def test_a_model_that_is_two_steps_late_is_found_to_be(tmp_path: Path) -> None:
    bench, folder = _bench(tmp_path), JobFolder(tmp_path / "jobs")
    jobs = switching.jobs(bench)
    for job in jobs:
        test = np.array(job.settings["test"])
        steps = bench.windows.start_step[test][:, None] + np.arange(30) - 2
        late = np.clip(60 * np.sin(2 * np.pi * steps / 27), 1, None)[..., None] * np.array([1.0, 0.8, 0.5, 0.3])
        folder.save(job, {PREDICTED: late.astype(np.float32)}, 1.0)
    (table,), figures = switching.outcome(bench, folder)
    assert figures == []
    assert _column(table, "Model") == ["Mean curve of the exercise", "NN", "CNN", "Transformer"]
    for name in ("Onset: late by, s", "Onset: off by, s", "End: late by, s", "Peak: off by, s", "Lag, s"):
        assert _column(table, name) == pytest.approx([0.2] * 4, abs=0.01), name
    assert min(_column(table, "Onset: F1")) > 0.9
    assert table.setting == bench.setting


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.gamma(2, 3, shape).astype(np.float32)


def test_intervals_hold_for_the_subject_they_were_learned_on_and_not_for_one_with_larger_errors(tmp_path: Path) -> None:
    bench, folder = _bench(tmp_path), JobFolder(tmp_path / "jobs")
    rng = np.random.default_rng(1)
    for job in certainty.jobs(bench):
        rows = np.array(job.settings["test"])
        error = _noise(rng, (len(rows), 30, 4)) + 30 * (bench.windows.subject[rows] == 1)[:, None, None]
        folder.save(job, {PREDICTED: bench.windows.emg[rows] - error}, 1.0)
    (table,), (figure,) = certainty.outcome(bench, folder)
    assert _column(table, "Model") == ["Mean", "NN, exercise unknown", "CNN", "Transformer"]
    for level in LEVELS:
        assert _column(table, f"Same subject: {level:.0%}") == pytest.approx([level] * 4, abs=0.03)
        assert max(_column(table, f"Other subject: {level:.0%}")) < 0.05
    assert min(_column(table, "Other subject: CRPS")) > 5 * max(_column(table, "Same subject: CRPS"))
    labels = [curve["label"] for curve in figure.data["curves"]]
    assert labels[0] == "ideal"
    assert "Transformer, A" in labels
    assert "Transformer, B" in labels
    assert "for whom nothing is promised" in table.note


def test_what_intervals_are_learned_from_is_neither_learned_nor_judged_by_the_model(tmp_path: Path) -> None:
    bench = _bench(tmp_path)
    (job, *_) = certainty.jobs(bench)
    test, train = np.array(job.settings["test"]), np.array(job.settings["train"])
    own = bench.in_distribution
    kept = np.setdiff1d(test, np.concatenate([own.test, bench.of_subject("B").test]))
    assert set(kept) < set(own.train)
    assert set(train) <= set(own.train) - set(kept)
    assert 0.1 < len(kept) / len(own.train) < 0.3
    assert set(bench.windows.exercise[kept]) == {0, 1, 2}


def test_with_one_subject_nobody_else_is_judged(tmp_path: Path) -> None:
    bench, folder = _bench(tmp_path, subjects=("A",)), JobFolder(tmp_path / "jobs")
    for job in certainty.jobs(bench):
        rows = np.array(job.settings["test"])
        folder.save(job, {PREDICTED: bench.windows.emg[rows] - 1}, 1.0)
    (table,), (figure,) = certainty.outcome(bench, folder)
    assert not any(name.startswith("Other") for name in table.columns)
    assert [curve["label"] for curve in figure.data["curves"]] == [
        "ideal",
        "NN, exercise unknown, A",
        "Transformer, A",
    ]


def test_half_a_minute_is_too_little_for_intervals(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "w", some_windows(exercises=("squat",)), QUICK, "Subject0", (0,))
    assert certainty.jobs(bench) == []
    assert certainty.outcome(bench, JobFolder(tmp_path / "jobs")) == ([], [])


def test_left_and_right_are_compared(tmp_path: Path) -> None:
    names = ("left_biceps", "left_quadriceps", "right_biceps", "right_quadriceps")
    windows = some_windows(channels=names)
    learning = replace(QUICK.networks[TRANSFORMER], most_steps=2, batch_size=4)
    bench, folder = Workbench(tmp_path / "w", windows, QUICK, "Subject0", (0,)), JobFolder(tmp_path / "jobs")
    (job,) = left_right.jobs(bench)
    predictor = NetworkPredictor(TRANSFORMER, learning)
    predictor.fit(windows.take(bench.in_distribution.train), 0)
    test = windows.take(bench.in_distribution.test)
    predicted = predictor.predict(test)
    folder.save(job, {PREDICTED: predicted, **stored_state(predictor.state)}, 1.0)
    (table,), figures = left_right.outcome(bench, folder)
    assert figures == []
    assert _column(table, "Muscle") == ["Left biceps", "Left quadriceps", "Right biceps", "Right quadriceps"]
    mirrored = test.keypoints[:, :, MIRROR] * np.array([-1, 1], np.float32) + np.array([1, 0], np.float32)
    off = predictor.predict(replace(test, keypoints=mirrored))[..., 0] - predicted[..., 2]
    assert _column(table, "Mirror error")[0] == pytest.approx(np.sqrt(np.mean(off.astype(float) ** 2)), rel=1e-4)


def test_muscles_without_a_twin_are_not_mirrored(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "w", some_windows(channels=CHANNELS), QUICK, "Subject0", (0,))
    assert left_right.outcome(bench, JobFolder(tmp_path / "jobs")) == ([], [])
