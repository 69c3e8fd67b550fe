"""Whole runs: several processes, kills at any moment, and going on afterwards."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mia_core.errors import MissingExtraError
from mia_core.simulation.data_set_journal import JOURNAL
from mia_core.simulation.data_set_plan import SimulationError, SimulationSettings
from mia_core.simulation.generate import simulate
from mia_core.simulation.muscle_model import require_simulator

SETTINGS = SimulationSettings(hours=6 / 3600, subjects=3, seed=11, clip_s=1.0)
RUN = """
import sys
from pathlib import Path
from mia_core.simulation.data_set_plan import SimulationSettings
from mia_core.simulation.generate import simulate
if __name__ == "__main__":
    settings = SimulationSettings(hours=6 / 3600, subjects=3, seed=11, clip_s=1.0)
    simulate(settings, Path(sys.argv[1]), 2, lambda _: None, lambda: False)
"""


def run(out, workers=2, should_stop=lambda: False, progress=lambda _: None, settings=SETTINGS):
    return json.loads(simulate(settings, out, workers, progress, should_stop).read_text())


def contents(folder):
    """The bytes of every file but the journal, whose lines come in the order in which the workers were done."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != JOURNAL}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder made in one go by one worker, and what was told meanwhile."""
    out = tmp_path_factory.mktemp("whole")
    told = []
    run(out, workers=1, progress=told.append)
    return out, told


def test_progress_grows_to_the_end(whole):
    _, told = whole
    assert [state.frames for state in told] == sorted(state.frames for state in told)
    assert told[0].frames == 0
    assert told[0].doing
    assert {state.total_frames for state in told} == {180}
    assert told[-1].frames == 180


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(whole, tmp_path):
    told = []
    half = run(tmp_path, 1, lambda: any(state.frames for state in told), told.append)
    assert not half["complete"]
    assert 0 < len(half["clips"]) < 6
    first = tmp_path / half["clips"][0]["file"]
    written = first.stat().st_mtime_ns
    full = run(tmp_path, 1, progress=told.append)
    assert first.stat().st_mtime_ns == written
    assert full["complete"]
    assert told[-1].frames == 180
    assert contents(tmp_path) == contents(whole[0])


def test_a_run_that_was_killed_again_and_again_ends_the_same(whole, tmp_path):
    out, script = tmp_path / "out", tmp_path / "run.py"
    script.write_text(RUN)
    for lines in (0, 1, 3):
        _kill_when_the_journal_has(lines, out, script)
        assert not (out / "manifest.json").exists()
    assert run(out, workers=1)["complete"]
    assert contents(out) == contents(whole[0])


def _kill_when_the_journal_has(lines, out, script):
    """Start a run and kill it as soon as its journal has more lines than that: in the middle of other clips."""
    process = subprocess.Popen([sys.executable, script, out], cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL)
    pause = threading.Event()
    while not (out / JOURNAL).is_file() or len((out / JOURNAL).read_text().splitlines()) <= lines:
        assert process.poll() is None
        pause.wait(0.01)
    process.kill()
    process.wait()


def test_a_worker_that_dies_is_told_and_loses_nothing(whole, tmp_path):
    def kill_one(_state):
        children = multiprocessing.active_children()
        if len(children) == 2:  # not while one starts: the pool of the standard library can't take both at once
            os.kill(children[0].pid, signal.SIGKILL)

    with pytest.raises(SimulationError, match="worker process died") as caught:
        run(tmp_path, workers=2, progress=kill_one)
    assert "goes on" in caught.value.advice
    assert run(tmp_path)["complete"]
    assert contents(tmp_path) == contents(whole[0])


def test_what_is_complete_is_left_alone(whole):
    before = contents(whole[0])
    told = []
    assert run(whole[0], progress=told.append)["complete"]
    assert contents(whole[0]) == before
    assert told == []


def test_no_workers_are_too_few(tmp_path):
    with pytest.raises(SimulationError, match="0 workers"):
        run(tmp_path, workers=0)


def test_where_the_simulator_is_not_installed_no_folder_is_left(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(MissingExtraError, match="not installed"):
        run(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_error_in_a_worker_comes_out_with_its_advice(tmp_path, monkeypatch):
    require_simulator()  # here they are installed
    (tmp_path / "musclemimic_models.py").write_text("raise ImportError('not installed')")  # first on the workers' path
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtraError, match="not installed") as caught:
        run(tmp_path / "out")
    assert "mia-live[sim]" in caught.value.advice
