"""What is measured in the virtual machine: eight emulated M40s through real bluetoothd, unmodified bleak and our array.

Their samples are running numbers, so that each is known when it arrives. One sensor is out of reach for a while, then
bluetoothd is killed and started again.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk
from mia_core.sensors.ble_discovery import bluetooth_state, find_sensors
from mia_core.sensors.bluetooth_thread import close_bluetooth_thread
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase

BLUETOOTHD = "/usr/libexec/bluetooth/bluetoothd"
MONTAGE_OF_EIGHT = SensorMontage(
    "rig", tuple((at, SensorId("m40", f"EMULATED-{n}")) for n, at in enumerate(MONTAGE.placements, 1))
)
AWAY = 3
AWAY_S = 2.0
PATIENCE_S = 60.0


class Machine:
    """The virtual machine's Bluetooth: bluetoothd and the process with the sensors."""

    def __init__(self) -> None:
        self._air = subprocess.Popen(
            [sys.executable, "-m", "tests.vm.air"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._air.stdout.readline()
        self.start_daemon()

    def start_daemon(self) -> None:
        """Start bluetoothd and wait until its adapter is on."""
        self._daemon = subprocess.Popen([BLUETOOTHD, "-n"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        power = ["bluetoothctl", "--timeout", "1", "power", "on"]
        seconds_until(lambda: subprocess.run(power, capture_output=True, check=False).returncode == 0)

    def kill_daemon(self) -> None:
        """Kill bluetoothd as a crash would."""
        self._daemon.kill()
        self._daemon.wait()

    def order(self, what: str, sensor: int) -> float:
        """Let a sensor `leave` or be `back`; returns the monotonic time at which it was."""
        self._air.stdin.write(f"{what} {sensor}\n")
        self._air.stdin.flush()
        return float(self._air.stdout.readline())

    def sent_at_s(self) -> list[list[float]]:
        """Switch the sensors off, and return the times at which each sent its samples."""
        said, _ = self._air.communicate(timeout=PATIENCE_S)
        return json.loads(said.splitlines()[-1])


class Listening:
    """An array that is read all the time, with a line on the console for every change of its sensors' states."""

    def __init__(self) -> None:
        self.array = SensorArray(MONTAGE_OF_EIGHT)
        self.chunks: list[EmgChunk] = []
        self._states: list[str] = []
        self._begun_s = time.monotonic()
        self.array.open()

    def all_stream(self) -> bool:
        """Read what has come, and return whether all sensors stream."""
        chunk = self.array.read()
        if chunk is not None:
            self.chunks.append(chunk)
        states = [f"{state.phase} {state.detail}".strip() for state in self.array.states()]
        if states != self._states:
            print(f"{time.monotonic() - self._begun_s:.2f} s", *states, sep=" | ", flush=True)
        self._states = states
        return set(states) == {SensorPhase.STREAMING}

    def read_for(self, seconds: float) -> None:
        """Read for a while."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.all_stream()


def main(seconds: float) -> None:
    """Measure, and print the result in one line."""
    machine = Machine()
    result: dict[str, object] = {
        "kernel": platform.release(),
        "bluetoothd": subprocess.run([BLUETOOTHD, "-v"], capture_output=True, text=True, check=True).stdout.strip(),
        "bleak": version("bleak"),
        "bluetooth": bluetooth_state() or "works",
        "found": len(find_sensors(3.0, with_details=False)),
    }
    print(result, flush=True)
    listening = Listening()
    result["all_connected_s"] = seconds_until(listening.all_stream)
    listening.read_for(seconds / 3)
    machine.order("leave", AWAY)
    listening.read_for(AWAY_S)
    back_s = machine.order("back", AWAY)
    seconds_until(listening.all_stream)
    result["reconnected_s"] = round(time.monotonic() - back_s, 2)
    listening.read_for(2 * seconds / 3)
    until_crash = joined(listening.chunks)
    machine.kill_daemon()
    listening.read_for(1.0)
    machine.start_daemon()
    result["all_connected_after_crash_s"] = seconds_until(listening.all_stream)
    listening.array.close()
    close_bluetooth_thread()
    result |= judgement(until_crash, machine.sent_at_s())
    print("RESULT " + json.dumps(result), flush=True)


def seconds_until(condition: Callable[[], bool]) -> float:
    """Wait until something is the case, and return how long it took."""
    begun_s = time.monotonic()
    while not condition():
        if time.monotonic() - begun_s > PATIENCE_S:
            raise TimeoutError("it never happened")
    return round(time.monotonic() - begun_s, 2)


def judgement(chunk: EmgChunk, sent_at_s: list[list[float]]) -> dict[str, object]:
    """Compare what arrived with what was sent."""
    lost = 0
    latencies_ms: list[float] = []
    intervals_ms: list[float] = []
    for channel, times_s in enumerate(sent_at_s):
        for segment in np.unique(chunk.segments[chunk.channels == channel]):
            ours = (chunk.channels == channel) & (chunk.segments == segment)
            numbers = np.unwrap(chunk.values[ours], period=1024).astype(int)
            arrivals_s = chunk.arrivals_s[ours]
            lost += int(numbers[-1] - numbers[0] + 1 - len(numbers))
            # Which lap of 1024 numbers this is: the last sample that was sent before it arrived.
            sent = np.asarray(times_s)
            newest = int(np.searchsorted(sent, arrivals_s[0])) - 1
            numbers += newest - (newest - numbers[0]) % 1024 - numbers[0]
            latencies_ms += (1000 * (arrivals_s - sent[numbers])).tolist()
            intervals_ms += (1000 * np.diff(arrivals_s)[np.diff(numbers) == 1]).tolist()
    quantiles = np.quantile(latencies_ms, [0.5, 0.99, 1.0]).round(1).tolist()
    return {
        "notifications": len(chunk),
        "lost": lost,
        "latency_ms_p50_p99_max": quantiles,
        "interval_ms_sd": round(float(np.std(intervals_ms)), 1),
    }


if __name__ == "__main__":
    main(float(sys.argv[1]))
