"""Read sensors for a while in the terminal: into a file, or to see whether all of them hold."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.live import Live

from app.interruption import stopped_by_ctrl_c
from app.sensor_tables import runs_table
from mia_core.clock import SystemClock
from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_csv import EmgCsvWriter
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState

LOOK_S: Final = 0.5
"""How often the table on the screen is made anew."""


@dataclass(frozen=True, slots=True)
class SensorRun:
    """What became of one sensor while it was read.

    Attributes:
        state: How it is doing, or was at the end.
        connected_after_s: Seconds from the start to its first sample, None when none came.
        n_samples: Samples that came.
    """

    state: SensorState
    connected_after_s: float | None
    n_samples: int

    @property
    def light(self) -> Light:
        """The judgement: that of its signal, but red for one that does not send, and yellow for one that was lost."""
        if self.state.phase is not SensorPhase.STREAMING or self.connected_after_s is None:
            return Light.RED
        if self.state.reconnects and self.state.quality.light is Light.GREEN:
            return Light.YELLOW
        return self.state.quality.light

    @property
    def reason(self) -> str:
        """Why, in a few words; empty when all is well."""
        if self.state.phase is not SensorPhase.STREAMING or self.connected_after_s is None:
            return self.state.detail or self.state.phase.value
        came_back = f"lost and found again {self.state.reconnects} x" if self.state.reconnects else ""
        return "; ".join(filter(None, (self.state.quality.reason, came_back)))


def record(source: SensorSource, out: Path, seconds: float | None) -> tuple[SensorRun, ...]:
    """Write what sensors send into a new file, until the time is over or Ctrl-C; every line is whole.

    Args:
        source: The sensors, not open.
        out: A file that does not exist.
        seconds: How long, None for as long as nobody stops it.

    Raises:
        MiaError: The sensors can't be used, or the file can't be written; what was written stays.
    """
    with stopped_by_ctrl_c() as stop, EmgCsvWriter(out, source) as writer:
        return watch(source, seconds, stop.is_set, writer.write)


def watch(
    source: SensorSource,
    seconds: float | None,
    is_stopped: Callable[[], bool],
    on_chunk: Callable[[EmgChunk], None] | None = None,
) -> tuple[SensorRun, ...]:
    """Read sensors, with a table of their states on the terminal, and return what became of each.

    Args:
        source: The sensors, not open; closed at the end whatever happens.
        seconds: How long, None for as long as `is_stopped` is false.
        is_stopped: Whether to stop now.
        on_chunk: Gets all samples.

    Raises:
        MiaError: The sensors can't be used.
    """
    clock = SystemClock()
    begun_s = clock.now()
    first_s = np.full(len(MONTAGE), np.nan)
    n_samples = np.zeros(len(MONTAGE), np.int64)

    def runs() -> tuple[SensorRun, ...]:
        states = source.states()
        places = [MONTAGE.placements.index(state.placement) for state in states]
        return tuple(
            SensorRun(state, float(first_s[place]) if n_samples[place] else None, int(n_samples[place]))
            for state, place in zip(states, places, strict=True)
        )

    console = Console(file=sys.stderr)
    try:
        source.open()
        with Live(console=console, auto_refresh=False, transient=True) as screen:
            looked_s = begun_s
            while not is_stopped() and (seconds is None or clock.now() - begun_s < seconds):
                chunk = source.read()
                if chunk is not None:
                    channels, first = np.unique(chunk.channels, return_index=True)
                    is_new = n_samples[channels] == 0
                    first_s[channels[is_new]] = chunk.arrivals_s[first[is_new]] - begun_s
                    n_samples += np.bincount(chunk.channels, minlength=len(MONTAGE))
                    if on_chunk is not None:
                        on_chunk(chunk)
                if console.is_terminal and clock.now() - looked_s >= LOOK_S:
                    looked_s = clock.now()
                    screen.update(runs_table(runs(), source.montage), refresh=True)
        return runs()
    finally:
        source.close()
