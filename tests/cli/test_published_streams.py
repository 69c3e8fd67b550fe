"""`mia record --lsl` on the demo subject: what another program reads is what the session holds."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from mia_core.clock import SystemClock
from mia_core.recording.found_sessions import find_sessions
from mia_core.recording.session_reader import read_session
from tests.fakes.loopback_lsl import RESOLVE_S, inlet, loopback_lsl

__all__ = ["loopback_lsl"]

LATENESS_S = 0.25
"""Frames of a busy machine are late by less than this; it is what a step's time is known to here."""
MIA = Path(sys.executable).with_name("mia")


def pulled(muscles: Any, samples: Any) -> tuple[list[list[float]], list[float]]:
    """Read both streams to their end; returns the rows of the first, and their time stamps."""
    from pylsl.util import LostError

    rows, stamps_s, n_samples = [], [], 0
    with contextlib.suppress(LostError):
        while True:
            row, stamp_s = muscles.pull_sample(timeout=RESOLVE_S)
            assert row is not None, "nothing comes, and it has not ended"
            rows.append(row)
            stamps_s.append(stamp_s)
            n_samples += len(samples.pull_chunk(max_samples=1000)[0])
    assert n_samples >= 8 * 20
    return rows, stamps_s


def test_a_recording_is_published_while_it_goes_on(loopback_lsl: Any, tmp_path: Path) -> None:
    options = ("--source", "demo", "--sensors", "simulated", "--subject", "P01", "--minutes", "0.1", "--lsl")
    command = [MIA, "record", *options, "--out", tmp_path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        muscles = inlet(loopback_lsl, "mia predicted activation", 90)
        samples = inlet(loopback_lsl, "mia simulated sEMG")
        rows, stamps_s = pulled(muscles, samples)
        _, problems = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, problems
    (found,) = find_sessions(tmp_path)
    session = read_session(found.folder)
    assert session.recording is not None
    assert len(rows) >= 20
    zero_s = float(session.recording.clock_anchor["source_zero_monotonic_s"])
    published_s = np.array(stamps_s) - (loopback_lsl.local_clock() - SystemClock().now()) - zero_s
    for row, at_s in zip(rows, published_s, strict=True):
        near = np.abs(session.step_timestamps_s - at_s) < LATENESS_S
        assert any(np.allclose(row, step, atol=1e-4, equal_nan=True) for step in session.activation[near])
