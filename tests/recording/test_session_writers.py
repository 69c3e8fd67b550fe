"""Who writes a session is told by a file in it: no writer that lives is taken for dead, and none is alive for ever."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psutil
import pytest

from mia_core.clock import SystemClock
from mia_core.errors import RecordingError
from mia_core.recording import session_writers
from mia_core.recording.session_writers import GIVEN_UP_S, SILENT_S, WRITER, claim, is_being_written, release, renew

CLOCK = SystemClock()
HERE = socket.gethostname()


def left_by(folder: Path, pid: int, host: str = HERE, age_s: float = 0.0) -> None:
    """Leave the sign of a writer that was renewed so long ago."""
    (folder / WRITER).write_text(json.dumps({"pid": pid, "host": host}))
    renewed_s = CLOCK.utc().timestamp() - age_s
    os.utime(folder / WRITER, (renewed_s, renewed_s))


def test_a_claim_holds_until_it_is_released(tmp_path: Path) -> None:
    assert not is_being_written(tmp_path, CLOCK)
    claim(tmp_path)
    renew(tmp_path)
    assert is_being_written(tmp_path, CLOCK)
    with pytest.raises(RecordingError, match="being written by another program"):
        claim(tmp_path)
    release(tmp_path)
    assert not is_being_written(tmp_path, CLOCK)
    claim(tmp_path)


def test_of_many_that_claim_at_once_one_does_it(tmp_path: Path) -> None:
    n = 8
    together = Barrier(n)

    def try_to(_: int) -> bool:
        together.wait(10)
        try:
            claim(tmp_path)
        except RecordingError:
            return False
        return True

    with ThreadPoolExecutor(n) as pool:
        assert sum(pool.map(try_to, range(n))) == 1


def test_a_writer_that_died_is_none_and_its_claim_is_taken_over(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left_by(tmp_path, dead.pid)
    assert not is_being_written(tmp_path, CLOCK)
    claim(tmp_path)
    assert json.loads((tmp_path / WRITER).read_text())["pid"] == os.getpid()


def test_a_number_that_went_to_another_process_is_no_writer(tmp_path: Path) -> None:
    began_s = CLOCK.utc().timestamp() - psutil.Process().create_time()
    left_by(tmp_path, os.getpid(), age_s=SILENT_S + began_s + 5)  # before this process was there
    assert not is_being_written(tmp_path, CLOCK)


def test_a_disk_that_keeps_a_writer_waiting_does_not_make_it_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_writers, "_has_run_since", lambda *_: True)  # as an application that runs all day
    left_by(tmp_path, os.getpid(), age_s=SILENT_S + 60)
    assert is_being_written(tmp_path, CLOCK)
    left_by(tmp_path, os.getpid(), age_s=GIVEN_UP_S + 1)
    assert not is_being_written(tmp_path, CLOCK), "it hangs for good"


def test_another_computer_whose_clock_differs_by_minutes_may_be_writing(tmp_path: Path) -> None:
    for age_s in (-300, 0, 300):
        left_by(tmp_path, 1, "another computer", age_s)
        assert is_being_written(tmp_path, CLOCK)
    left_by(tmp_path, 1, "another computer", GIVEN_UP_S + 1)
    assert not is_being_written(tmp_path, CLOCK)


def test_a_claim_that_is_half_written_is_one(tmp_path: Path) -> None:
    (tmp_path / WRITER).write_text("")
    assert is_being_written(tmp_path, CLOCK)
