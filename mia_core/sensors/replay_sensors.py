"""A recording of sEMG as sensors: the same samples at the same pace, through the same clock and the same judgement."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.muscles import MONTAGE, Placement
from mia_core.processing.light_sync import LightSwitch
from mia_core.samples import EmgChunk, Times
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.emg_csv import EmgRecording, read_emg_csv, read_emg_header
from mia_core.sensors.recorded_sensor import packet_of
from mia_core.sensors.sample_stream import SampleStream
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile, silence_limits
from mia_core.sensors.sensor_state import SensorPhase, SensorState
from mia_core.streams.source import EndOfStream, SourceInfo

READ_S: Final = 0.1
"""`read` waits no longer than this."""
REWOUND_S: Final = 1.0
"""What is played goes back by more than this only when it begins again."""
MAX_ROWS: Final = 800
"""Of one chunk, give or take a packet: what eight M40s send in ten seconds."""


class Played(Protocol):
    """What was recorded together with the sEMG, such as a film, and is being played."""

    def recorded_s(self, present_s: float) -> float:
        """Return which moment, on the clock of the recording, is present at a time; NaN while it is not played."""

    def present_s(self, recorded_s: Times) -> Times:
        """Return when (n,) moments of the recording are present."""


class ReplaySensors:
    """Plays a recording of `emg_csv`. Its samples are measured if those of the recording were.

    Args:
        path: The file.
        realtime: With its true spacing, arrivals moved to the present; otherwise as fast as it is read, with the
            arrivals of the recording.
        clock: Tells the present.
        read: Reads the file.
        played: What the sEMG keeps step with, through pauses and new beginnings; None to play it by itself, once.

    Raises:
        EmgFileError: The file is missing, is something else, or has a damaged header.
    """

    def __init__(
        self,
        path: Path,
        *,
        realtime: bool = True,
        clock: Clock | None = None,
        read: Callable[[Path], EmgRecording] = read_emg_csv,
        played: Played | None = None,
    ) -> None:
        self._path = path
        self._read = read
        self._played = played
        self._realtime = realtime
        self._clock = clock or SystemClock()
        self._header = read_emg_header(path)
        self._lock = threading.Lock()  # over the streams: states come from other threads
        self._segments: dict[Placement, int] = {}  # as the recording numbers them
        self._streams = self._new_streams()
        self._recording: EmgRecording | None = None
        self._arrivals_s = np.empty(0)
        self._n_read = 0
        self._is_open = False

    @property
    def label(self) -> str:
        """What the values are, such as `replayed measured sEMG`."""
        return f"replayed {self._header.label}"

    @property
    def is_measured(self) -> bool:
        """Whether the recorded values were measured on a person."""
        return self._header.is_measured

    @property
    def montage(self) -> SensorMontage:
        """Which sensor sat where."""
        return self._header.montage

    def profile_of(self, placement: Placement) -> SensorProfile:
        """Return the kind of sensor on a muscle (KeyError for a muscle without one)."""
        return self._header.profiles[placement]

    def open(self) -> SourceInfo:
        """Read the file and begin at its beginning.

        Raises:
            EmgFileError: The file is gone, or something else by now.
        """
        recording = self._read(self._path)
        arrivals_s = recording.arrivals_ns / 1e9
        duration_s = float(arrivals_s[-1] - arrivals_s[0]) if len(recording) else 0.0
        if self._realtime and self._played is None and len(recording):
            arrivals_s += self._clock.now() - arrivals_s[0]
        with self._lock:
            self._recording, self._arrivals_s, self._n_read = recording, arrivals_s, 0
            self._streams = self._new_streams()
            self._is_open = True
        return SourceInfo(
            self._path.name,
            str(self._path.resolve()),
            is_live=self._realtime,
            nominal_hz=max((profile.rate_hz for profile in self._header.profiles.values()), default=0.0),
            duration_s=duration_s,
        )

    def read(self) -> EmgChunk | None:
        """Return what is due since the last call; None when nothing was within 0.1 s.

        Raises:
            EndOfStream: After the last sample, with a sentence when lines of the file were no samples; or not open.
        """
        recording = self._recording
        if recording is None or not self._is_open:
            raise EndOfStream
        if self._played is not None:
            return self._read_played(recording, self._played)
        if self._n_read == len(recording):
            raise EndOfStream(_damage(recording))
        if self._realtime:
            self._clock.wait(min(self._arrivals_s[self._n_read] - self._clock.now(), READ_S))
        n_due = self._n_due(self._clock.now())
        if n_due == self._n_read:
            return None
        with self._lock:
            rows = range(self._n_read, n_due)
            chunk = self._replayed(recording, rows, self._arrivals_s[self._n_read : n_due])
            self._n_read = n_due
        return chunk

    def _read_played(self, recording: EmgRecording, played: Played) -> EmgChunk | None:
        """Return what is present since the last call; None when nothing is within 0.1 s."""
        self._begin_again_if_played_anew(played.recorded_s(self._clock.now()))
        n_read, now_s = self._n_read, played.recorded_s(self._clock.now())
        next_s = self._arrivals_s[n_read] - now_s if n_read < len(recording) else READ_S
        self._clock.wait(min(next_s, READ_S) if np.isfinite(next_s) else READ_S)
        now_s = played.recorded_s(self._clock.now())
        n_due = self._n_due(now_s) if np.isfinite(now_s) else n_read
        if n_due <= n_read:
            return None
        arrivals_s = played.present_s(self._arrivals_s[n_read:n_due])
        if not np.isfinite(arrivals_s).all():
            return None
        with self._lock:
            chunk = self._replayed(recording, range(n_read, n_due), arrivals_s)
            self._n_read = n_due
        return chunk

    def _begin_again_if_played_anew(self, now_s: float) -> None:
        """Go back with what is played, as if all sensors were connected anew."""
        if self._n_read and now_s < self._arrivals_s[self._n_read - 1] - REWOUND_S:
            with self._lock:
                self._n_read = int(np.searchsorted(self._arrivals_s, now_s, side="right"))
                self._segments = {}

    def close(self) -> None:
        """Deliver no more."""
        self._is_open = False
        self._recording = None

    def states(self) -> tuple[SensorState, ...]:
        """Return how each sensor was doing at this place of the recording, in the order of the montage."""
        with self._lock:
            now_s = self._present_s()
            return tuple(self._state(placement, stream, now_s) for placement, stream in self._streams.items())

    def identify(self, placement: Placement, on_switch: Callable[[LightSwitch], None] | None = None) -> None:
        """Do nothing: the sensor is not here."""

    def set_recording(self, recording: bool) -> None:
        """Do nothing: nothing is searched."""

    def _n_due(self, now_s: float) -> int:
        """Return how many rows are to have been read; those that arrived together stay together."""
        n_due = len(self._arrivals_s)
        if self._realtime:
            n_due = int(np.searchsorted(self._arrivals_s, now_s, side="right"))
        if n_due <= self._n_read + MAX_ROWS:
            return n_due
        last_s = self._arrivals_s[self._n_read + MAX_ROWS - 1]
        return int(np.searchsorted(self._arrivals_s, last_s, side="right"))

    def _replayed(self, recording: EmgRecording, rows: range, arrivals_s: Times) -> EmgChunk | None:
        """Return some rows, which arrive now, as one chunk, packet by packet: what came from a channel at one moment.

        None when all of them are repeats, which a recording of ours does not hold.
        """
        packets: dict[tuple[int, int, float], list[int]] = {}
        for row, arrival_s in zip(rows, arrivals_s.tolist(), strict=True):
            key = int(recording.channels[row]), int(recording.segments[row]), arrival_s
            packets.setdefault(key, []).append(row)
        chunks = []
        for (channel, segment, arrived_s), at in packets.items():
            placement = MONTAGE.placements[channel]
            stream = self._streams[placement]
            if self._segments.get(placement) != segment:
                stream.new_segment()
                self._segments[placement] = segment
            modulo = self._header.profiles[placement].counter_modulo
            chunks.append(stream.add(arrived_s, packet_of(recording.values[at], recording.counters[at], modulo)))
        new = [chunk for chunk in chunks if chunk is not None]
        return joined(new) if new else None

    def _new_streams(self) -> dict[Placement, SampleStream]:
        self._segments = {}
        return {
            placement: SampleStream(self._header.profiles[placement], {0: MONTAGE.placements.index(placement)})
            for placement, _ in self._header.montage.assignments
        }

    def _present_s(self) -> float:
        """Return the time on the clock of the arrivals that are given out."""
        if self._realtime or not self._n_read:
            return self._clock.now()
        return float(self._arrivals_s[self._n_read - 1])

    def _state(self, placement: Placement, stream: SampleStream, now_s: float) -> SensorState:
        return SensorState(
            placement,
            dict(self._header.montage.assignments)[placement],
            self._phase(placement, stream.last_arrival_s, now_s),
            quality=stream.quality(0, now_s),
            reconnects=self._segments.get(placement, 0),
            last_arrival_s=stream.last_arrival_s,
        )

    def _phase(self, placement: Placement, last_arrival_s: float | None, now_s: float) -> SensorPhase:
        if not self._is_open:
            return SensorPhase.CLOSED
        if last_arrival_s is None:
            return SensorPhase.SEARCHING
        silent_s = now_s - last_arrival_s
        stale_s, lost_s = silence_limits(self._header.profiles[placement])
        if silent_s < stale_s:
            return SensorPhase.STREAMING
        return SensorPhase.STALE if silent_s < lost_s else SensorPhase.LOST


def _damage(recording: EmgRecording) -> str:
    """Return a sentence about lines that are no samples, empty when there are none."""
    n_bad = recording.n_bad_lines + recording.is_torn
    return f"The file is damaged: {n_bad} of its lines were no samples and were left out." if n_bad else ""
