"""Read sensors for a while in the terminal: into a file, or to see whether all of them hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rich.live import Live

from app.interruption import stopped_by_ctrl_c
from app.sensor_tables import runs_table
from app.terminal import plain_console
from mia_core.clock import Clock, SystemClock
from mia_core.muscles import MONTAGE, Placement
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_csv import EmgCsvWriter
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState, SignalQuality
from mia_core.sensors.signal_quality import RECENT_S, SignalQualitySettings

LOOK_S: Final = 0.5
"""How often the sensors are judged, and the table on the screen is made anew."""
_BY_SEVERITY: Final = (Light.GREY, Light.GREEN, Light.YELLOW, Light.RED)


@dataclass(frozen=True, slots=True)
class SensorRun:
    """What became of one sensor while it was read.

    Attributes:
        state: How it is doing, or was at the end.
        connected_after_s: Seconds from the start to its first sample, None when none came.
        n_samples: Samples that came.
        worst: Its signal when that was at its worst, from 10 s after the last sensor was connected.
    """

    state: SensorState
    connected_after_s: float | None
    n_samples: int
    worst: SignalQuality

    @property
    def light(self) -> Light:
        """The judgement of the whole run.

        Red for a sensor that does not send at the end, whose signal is red then, or that lost a fifth of all its
        samples; at best yellow for one that was lost or yellow or red for a moment.
        """
        if not self._is_sending or self._is_lossy:
            return Light.RED
        light = self.state.quality.light
        if light is Light.GREEN and (self.state.reconnects or self._was_worse):
            return Light.YELLOW
        return light

    @property
    def reason(self) -> str:
        """Why, in a few words; empty when all is well."""
        if not self._is_sending:
            return self.state.detail or self.state.phase.value
        return "; ".join(
            filter(
                None,
                (
                    f"{100 * self.lost_share:.0f} % lost over the whole time" if self._is_lossy else "",
                    self.state.quality.reason,
                    f"was {self.worst.light}: {self.worst.reason}" if self._was_worse else "",
                    f"lost and found again {self.state.reconnects} x" if self.state.reconnects else "",
                ),
            )
        )

    @property
    def lost_share(self) -> float:
        """Share in [0, 1] of the expected samples that never arrived."""
        return self.state.quality.lost / max(self.state.quality.lost + self.n_samples, 1)

    @property
    def _is_sending(self) -> bool:
        return self.state.phase is SensorPhase.STREAMING and self.connected_after_s is not None

    @property
    def _is_lossy(self) -> bool:
        return not self.state.quality.only_advertises and self.lost_share >= SignalQualitySettings().loss_red

    @property
    def _was_worse(self) -> bool:
        return _BY_SEVERITY.index(self.worst.light) > max(
            _BY_SEVERITY.index(self.state.quality.light), _BY_SEVERITY.index(Light.GREEN)
        )


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
    clock: Clock | None = None,
) -> tuple[SensorRun, ...]:
    """Read sensors, with a table of their states on the terminal, and return what became of each.

    Args:
        source: The sensors, not open; closed at the end whatever happens.
        seconds: How long, None for as long as `is_stopped` is false.
        is_stopped: Whether to stop now.
        on_chunk: Gets all samples.
        clock: Tells how long it has been.

    Raises:
        MiaError: The sensors can't be used.
    """
    clock = clock or SystemClock()
    begun_s = clock.now()
    first_s = np.full(len(MONTAGE), np.nan)
    n_samples = np.zeros(len(MONTAGE), np.int64)
    worst: dict[Placement, SignalQuality] = {}

    def runs() -> tuple[SensorRun, ...]:
        states = source.states()
        places = [MONTAGE.placements.index(state.placement) for state in states]
        return tuple(
            SensorRun(
                state,
                float(first_s[place]) if n_samples[place] else None,
                int(n_samples[place]),
                worst.get(state.placement, state.quality),
            )
            for state, place in zip(states, places, strict=True)
        )

    def look() -> None:
        """Remember the worst; while sensors are being connected, the others have to wait for the radio."""
        if clock.now() - begun_s < np.fmax.reduce(first_s, initial=0.0) + RECENT_S:
            worst.clear()
            return
        for state in source.states():
            before = worst.setdefault(state.placement, state.quality)
            if _BY_SEVERITY.index(state.quality.light) > _BY_SEVERITY.index(before.light):
                worst[state.placement] = state.quality

    console = plain_console(stderr=True)
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
                if clock.now() - looked_s >= LOOK_S:
                    looked_s = clock.now()
                    look()
                    if console.is_terminal:
                        screen.update(runs_table(runs(), source.montage), refresh=True)
        return runs()
    finally:
        source.close()
