"""What is stored is run through the live chain again and must come out as it was."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from mia_core.evaluation.replayed_session import MAX_DIFFERENCE, check, replay, verify_session
from mia_core.export.export_settings import ExportError
from mia_core.export.recorded_session import RecordedSession
from mia_core.export.session_steps import session_steps
from mia_core.models.runtime import load_runtime
from mia_core.recording import session as form
from tests.export.made_sessions import make_session
from tests.fakes.people import HipModel
from tests.fakes.untrained_model import save_untrained


def test_a_whole_session_comes_out_as_it_was(tmp_path: Path) -> None:
    session = RecordedSession.read(make_session(tmp_path / "s", unseen=range(150, 200)))
    replayed = replay(session, HipModel())
    # Steps at 0 to 11.9 s; the last two of them waited for their look-ahead when the recording ended.
    assert (replayed.n_compared, replayed.n_older) == (118, 0)
    assert replayed.max_difference <= MAX_DIFFERENCE / 5
    check(session, replayed)


@pytest.mark.parametrize("begins_at", [37, 38, 60, 101])
def test_a_recording_that_began_in_mid_run_is_compared_from_its_fourth_second_on(
    tmp_path: Path, begins_at: int
) -> None:
    session = RecordedSession.read(make_session(tmp_path / "s", begins_at=begins_at))
    replayed = replay(session, HipModel())
    # Its windows hold nothing older from three seconds on; steps go to 11.7 s.
    first_whole = math.ceil((begins_at / 30 + 3.0) * 10 - 1e-6)
    assert replayed.n_compared == 118 - first_whole
    assert replayed.n_older == first_whole - math.ceil((begins_at / 30 - 0.05) * 10)
    assert replayed.max_difference <= MAX_DIFFERENCE / 5


def test_the_step_that_was_changed_is_named(tmp_path: Path) -> None:
    folder = make_session(tmp_path / "s")
    lines = (folder / form.ACTIVATION).read_text().splitlines()
    cells = lines[1 + 74].split(",")
    cells[3] = f"{float(cells[3]) + 0.0002:.5f}"
    lines[1 + 74] = ",".join(cells)
    (folder / form.ACTIVATION).write_text("\n".join(lines) + "\n")
    session = RecordedSession.read(folder)
    with pytest.raises(ExportError, match=r"7\.400 s is 2\.0e-04"):
        check(session, replay(session, HipModel()))


def test_a_muscle_that_became_known_is_a_difference(tmp_path: Path) -> None:
    folder = make_session(tmp_path / "s")
    lines = (folder / form.ACTIVATION).read_text().splitlines()
    cells = lines[1 + 50].split(",")
    cells[5] = ""
    lines[1 + 50] = ",".join(cells)
    (folder / form.ACTIVATION).write_text("\n".join(lines) + "\n")
    session = RecordedSession.read(folder)
    with pytest.raises(ExportError, match=r"5\.000 s is inf"):
        check(session, replay(session, HipModel()))


def test_a_session_is_held_to_its_own_model(tmp_path: Path) -> None:
    path = save_untrained(tmp_path, seed=3)
    folder = make_session(tmp_path / "s", seconds=6, model=load_runtime(path, "cpu"))
    session = RecordedSession.read(folder)
    assert verify_session(session, str(path)).n_compared == 58
    later = make_session(tmp_path / "later", seconds=6, model=load_runtime(path, "cpu"), begins_at=40)
    assert verify_session(RecordedSession.read(later), str(path)).n_compared == 14
    other = save_untrained(tmp_path, "other", seed=4)
    with pytest.raises(ExportError, match="another model"):
        verify_session(session, str(other))
    manifest = json.loads((folder / form.MANIFEST).read_text())
    (folder / form.MANIFEST).write_text(json.dumps({**manifest, "model": {}}))
    with pytest.raises(ExportError, match="without a model"):
        verify_session(RecordedSession.read(folder), str(path))


def test_nothing_to_compare_is_no_proof(tmp_path: Path) -> None:
    session = RecordedSession.read(make_session(tmp_path / "s", seconds=5, begins_at=100))
    with pytest.raises(ExportError, match="no step that could be compared"):
        check(session, replay(session, HipModel()))


def test_somebody_else_begins_anew_in_the_replay_too(tmp_path: Path) -> None:
    session = RecordedSession.read(make_session(tmp_path / "s", unseen=range(172, 180), another=range(180, 360)))
    replayed = replay(session, HipModel())
    assert replayed.n_compared == 118
    assert replayed.max_difference <= MAX_DIFFERENCE / 5
    steps = session_steps(session.session, (), None, ())
    assert steps.timestamps_s[steps.anew] == pytest.approx([6.0])
    warming = session.session.step_timestamps_s[session.session.warming_up]
    assert warming[warming > 4] == pytest.approx(np.arange(60, 87) / 10)
    everything = np.ones(len(steps), bool)
    assert [(part.start, part.stop) for part in steps.runs(everything)] == [(0, 60), (60, len(steps))]
