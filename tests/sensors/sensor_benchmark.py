"""Eight virtual M40s through genuine bleak and `SensorArray`: how fast, how complete, how even, at what cost.

`python -m tests.sensors.sensor_benchmark [--json]` prints each number with the bound it must keep; it takes about three
minutes. Daemon and sensors are those of the tests, in a process of their own: what a real radio adds is not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
from bleak.backends.bluezdbus.version import BlueZFeatures
from PySide6.QtCore import QTimer
from rich.console import Console
from rich.table import Table

from app.window import make_application
from mia_core.samples import EmgChunk
from mia_core.sensors.bluetooth_thread import bluetooth_thread, close_bluetooth_thread
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_state import SensorPhase
from mia_core.streams.source import EndOfStream
from tests.fakes.fake_bluez import FakeBluez
from tests.fakes.fake_bluez_arrays import all_stream, montage_of
from tests.fakes.waiting import wait_until

N_SENSORS = 8
CONNECT_ROUNDS = 3
ROUNDS = 6
ROUND_S = 5.0
"""The GUI thread behaves in each way for so long, in turns, so that other programs disturb all of them alike."""
SETTLED_S = 2.0
AWAY_S = (0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 30.0)
"""For so long sensors are out of reach, one after another: shorter and longer than a connection is waited for."""
CROWDED_AWAY_S = (2.0, 12.0)
"""The same while another sensor stays away."""
PATIENCE_S = 20.0
STALL_S = 0.12
STALL_EVERY_MS = 500
SWITCH_INTERVAL_S = 0.001
"""Python's threads take turns as in the application (`app.cli`)."""
COUNTER = 1024
"""The virtual M40 sends its running number modulo this."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number and what it must keep to.

    Attributes:
        what: What was measured.
        value: The number.
        unit: Its unit.
        bound: Limit that it must not exceed (or, for a least number, fall below); None for one that only informs.
        is_least: Whether the bound is a least number.
        note: What else is to be said.
    """

    what: str
    value: float
    unit: str = ""
    bound: float | None = None
    is_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept, None without one."""
        if self.bound is None:
            return None
        return bool(self.value >= self.bound if self.is_least else self.value <= self.bound)  # numpy has its own


@dataclass(frozen=True, slots=True)
class Round:
    """Some seconds in which the GUI thread behaved in one way.

    Attributes:
        began_s: Monotonic time.
        ended_s: Monotonic time.
        used_s: Processor time of the Bluetooth thread.
    """

    began_s: float
    ended_s: float
    used_s: float


@dataclass(frozen=True, slots=True)
class Track:
    """All of one sensor's packets, matched by their running numbers.

    Attributes:
        sent: (n,) running numbers that the rig sent.
        sent_at_s: (n,) monotonic time of each.
        received: (m,) running numbers that `read` returned.
        arrivals_s: (m,) stamp of each.
    """

    sent: np.ndarray
    sent_at_s: np.ndarray
    received: np.ndarray
    arrivals_s: np.ndarray


class Reader(threading.Thread):
    """Reads an array to its end, as the application's thread does."""

    def __init__(self, array: SensorArray) -> None:
        super().__init__(name="sensors")
        self._array = array
        self._chunks: list[EmgChunk] = []

    def run(self) -> None:
        """Keep all that comes."""
        with contextlib.suppress(EndOfStream):
            while True:
                chunk = self._array.read()
                if chunk is not None:
                    self._chunks.append(chunk)

    def rows(self) -> EmgChunk:
        """Return all samples so far; at least one must have come."""
        return joined(tuple(self._chunks))


@contextlib.contextmanager
def bluetooth() -> Iterator[FakeBluez]:
    """Let bleak of this process talk to a private bus with eight M40s, as the fixture of the tests does."""
    BlueZFeatures.checked_bluez_version = True  # this machine's BlueZ is not the one that is talked to
    close_bluetooth_thread()
    with FakeBluez() as bluez:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bluez.address
        try:
            yield bluez
        finally:
            close_bluetooth_thread()


@contextlib.contextmanager
def streaming(bluez: FakeBluez) -> Iterator[tuple[SensorArray, Reader, float]]:
    """Open an array of all sensors and wait until all stream; also yields how long that took, to the last's stamp."""
    array = SensorArray(montage_of(bluez))
    reader = Reader(array)
    began_s = time.monotonic()
    array.open()
    reader.start()
    try:
        wait_until(lambda: all_stream(array), PATIENCE_S)
        wait_until(lambda: len(np.unique(reader.rows().channels)) == N_SENSORS, PATIENCE_S)
        rows = reader.rows()
        firsts_s = [rows.arrivals_s[rows.channels == channel][0] for channel in range(N_SENSORS)]
        yield array, reader, max(firsts_s) - began_s
    finally:
        array.close()
        reader.join()


def compute() -> None:
    """Keep the thread and, in turns, Python's lock for a while."""
    end_s = time.monotonic() + STALL_S
    while time.monotonic() < end_s:
        sum(range(100))


def wait() -> None:
    """Keep the thread for a while without Python's lock."""
    time.sleep(STALL_S)


def gui_round(stall: Callable[[], None] | None) -> Round:
    """Run Qt's event loop for a while on this thread, stalled twice a second when there is something to stall it."""
    application = make_application()
    QTimer.singleShot(round(1000 * ROUND_S), application.quit)
    timer = QTimer()
    if stall is not None:
        timer.timeout.connect(stall)
        timer.start(STALL_EVERY_MS)
    began_s, used_s = time.monotonic(), bluetooth_processor_s()
    application.exec()
    timer.stop()
    return Round(began_s, time.monotonic(), bluetooth_processor_s() - used_s)


def bluetooth_processor_s() -> float:
    """Return the processor time that the Bluetooth thread has used."""

    async def used_s() -> float:
        return time.thread_time()

    return bluetooth_thread().run(used_s(), PATIENCE_S)


def reconnection_s(bluez: FakeBluez, array: SensorArray, reader: Reader, index: int, away_s: float) -> float:
    """Take a sensor away; return how long after its return its first sample is stamped."""
    bluez.drop(index)
    wait_until(lambda: array.states()[index].phase != SensorPhase.STREAMING)
    threading.Event().wait(away_s)
    back_s = time.monotonic()
    bluez.back(index)
    wait_until(lambda: array.states()[index].phase == SensorPhase.STREAMING, PATIENCE_S)
    last_s = array.states()[index].last_arrival_s

    def is_read() -> bool:
        rows = reader.rows()
        return bool((rows.arrivals_s[rows.channels == index] >= last_s).any())

    wait_until(is_read)
    rows = reader.rows()
    arrivals_s = rows.arrivals_s[rows.channels == index]
    return float(arrivals_s[arrivals_s > back_s][0] - back_s)


def tracks(bluez: FakeBluez, reader: Reader) -> list[Track]:
    """Silence the sensors, wait for what is on its way, and match what was sent and what was read."""
    for index in range(N_SENSORS):
        bluez.silence(index)
    threading.Event().wait(1.0)
    rows = reader.rows()
    found = []
    for index in range(N_SENSORS):
        facts = bluez.sensor(index)
        sent = np.array(facts.sent)
        ours = rows.channels == index
        values = rows.values[ours].astype(np.int64)
        first = sent[np.flatnonzero(sent % COUNTER == values[0])[0]]
        received = first + np.concatenate([[0], np.cumsum(np.diff(values) % COUNTER)])
        found.append(Track(sent, np.array(facts.sent_at_s), received, rows.arrivals_s[ours]))
    return found


def rows_of(name: str, rounds: list[Round], every: list[Track], bound_ms: float | None) -> list[Row]:
    """Return the numbers of one behaviour of the GUI thread: loss, evenness of the stamps, processor time."""
    n_sent = n_lost = 0
    sds_ms = np.empty((len(rounds), 3, len(every)))  # of the intervals of stamps, of sending, of what lies between
    delays_ms = []
    for number, one in enumerate(rounds):
        for place, track in enumerate(every):
            within = (track.sent_at_s >= one.began_s) & (track.sent_at_s < one.ended_s)
            n_sent += int(np.count_nonzero(within))
            n_lost += len(np.setdiff1d(track.sent[within], track.received))
            _, at_sent, at_received = np.intersect1d(track.sent[within], track.received, return_indices=True)
            sent_ms, stamps_ms = 1e3 * track.sent_at_s[within][at_sent], 1e3 * track.arrivals_s[at_received]
            delays_ms.append(stamps_ms - sent_ms)
            sds_ms[number, :, place] = [np.std(np.diff(times)) for times in (stamps_ms, sent_ms, delays_ms[-1])]
    worst_ms = sds_ms.max(axis=2)  # (rounds, 3) of the sensors
    stamps, sending, added = np.median(worst_ms, axis=0)
    p50_ms, p99_ms, max_ms = np.percentile(np.concatenate(delays_ms), [50, 99, 100])
    seconds = sum(one.ended_s - one.began_s for one in rounds)
    share = sum(one.used_s for one in rounds) / seconds
    return [
        Row(f"{name}: notifications sent in {seconds:.0f} s", n_sent, bound=2300, is_least=True),
        Row(f"{name}: of these lost", n_lost, bound=0),
        Row(
            f"{name}: sd of intervals between stamps",
            float(stamps),
            "ms",
            bound_ms,
            note=f"worst sensor, median of {len(rounds)} rounds ({_listed(worst_ms[:, 0])}); of sending {sending:.2f}",
        ),
        Row(
            f"{name}: of it added after sending",
            float(added),
            "ms",
            bound_ms,
            note=f"likewise ({_listed(worst_ms[:, 2])}); delay p50 {p50_ms:.2f}, p99 {p99_ms:.2f}, max {max_ms:.1f}",
        ),
        Row(f"{name}: Bluetooth thread", 100 * share, "% of a core", 5.0),
    ]


def _listed(numbers: np.ndarray) -> str:
    return ", ".join(f"{number:.1f}" for number in sorted(numbers))


def return_row(what: str, away_s: tuple[float, ...], took_s: list[float]) -> Row:
    """Return how long sensors took to come back, and after how long an absence."""
    each = ", ".join(f"{away:g} s: {took:.2f}" for away, took in zip(away_s, took_s, strict=True))
    note = f"median {statistics.median(took_s):.2f}; away for {each}"
    return Row(f"{what}, worst of {len(took_s)}", max(took_s), "s", 2.5, note=note)


def measure() -> list[Row]:
    """Measure everything."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with bluetooth() as bluez:
        connects_s = []
        for _ in range(CONNECT_ROUNDS - 1):
            with streaming(bluez) as (_, _, took_s):
                connects_s.append(took_s)
        earlier = [len(bluez.sensor(index).sent) for index in range(N_SENSORS)]
        with streaming(bluez) as (array, reader, took_s):
            connects_s.append(took_s)
            threading.Event().wait(SETTLED_S)
            turns = [[gui_round(stall) for stall in (None, compute, wait)] for _ in range(ROUNDS)]
            returns_s = [reconnection_s(bluez, array, reader, index, away_s) for index, away_s in enumerate(AWAY_S)]
            bluez.drop(N_SENSORS - 1)
            crowded_s = [
                reconnection_s(bluez, array, reader, index, away_s) for index, away_s in enumerate(CROWDED_AWAY_S)
            ]
            every = [
                Track(track.sent[n:], track.sent_at_s[n:], track.received, track.arrivals_s)
                for track, n in zip(tracks(bluez, reader), earlier, strict=True)
            ]
    idle, computes, waits = ([turn[place] for turn in turns] for place in range(3))
    n_sent = sum(len(track.sent) for track in every)
    n_lost = sum(len(np.setdiff1d(track.sent, track.received)) for track in every)
    n_drops = len(AWAY_S) + 1 + len(CROWDED_AWAY_S)
    n_strange = sum(len(track.received) - len(np.intersect1d(track.received, track.sent)) for track in every)
    return [
        Row(
            f"until all {N_SENSORS} stream, worst of {CONNECT_ROUNDS}",
            max(connects_s),
            "s",
            5.0,
            note=f"median {statistics.median(connects_s):.2f}",
        ),
        *rows_of("GUI idle", idle, every, None),
        *rows_of("GUI computes", computes, every, 3.0),
        *rows_of("GUI waits", waits, every, 3.0),
        return_row("from return to sample", AWAY_S, returns_s),
        return_row("the same while another is away", CROWDED_AWAY_S, crowded_s),
        Row("lost in the whole run", n_lost, bound=0, note=f"of {n_sent}, with {n_drops} lost connections"),
        Row("read twice or never sent", n_strange, bound=0),
    ]


def print_table(rows: list[Row], loads: tuple[float, float]) -> None:
    """Print the numbers, bounds and verdicts."""
    table = Table("what", "measured", "bound", "", "note", box=None, pad_edge=False)
    verdicts = {True: "HOLDS", False: "DOES NOT HOLD", None: ""}
    for row in rows:
        bound = "" if row.bound is None else f"{'>=' if row.is_least else '<='} {row.bound:g}"
        table.add_row(row.what, f"{row.value:.4g} {row.unit}".rstrip(), bound, verdicts[row.holds], row.note)
    console = Console(width=200)
    console.print(f"load average {loads[0]:.1f} before, {loads[1]:.1f} after, on {os.cpu_count()} processors")
    console.print(table, highlight=False)


def main() -> int:
    """Measure, print, and return 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    before = os.getloadavg()[0]
    rows = measure()
    loads = before, os.getloadavg()[0]
    if as_json:
        listed = [asdict(row) | {"holds": row.holds} for row in rows]
        print(json.dumps({"load_average": loads, "processors": os.cpu_count(), "rows": listed}, indent=2))
    else:
        print_table(rows, loads)
    return int(any(row.holds is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
