"""What is measured in the virtual machine: eight emulated M40s through real bluetoothd, unmodified bleak and our array.

Their samples are running numbers, so that each is known when it arrives. One sensor is out of reach for a while, then
bluetoothd is killed and started again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

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
        self.air = subprocess.Popen(
            [sys.executable, "-m", "tests.vm.air"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.air.stdout.readline()
        self.daemon = self.start_daemon()

    def start_daemon(self) -> subprocess.Popen[bytes]:
        """Start bluetoothd and wait until its adapter is on."""
        daemon = subprocess.Popen([BLUETOOTHD, "-n"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        power = ["bluetoothctl", "--timeout", "1", "power", "on"]
        _until(lambda: subprocess.run(power, capture_output=True, check=False).returncode == 0)
        return daemon

    def kill_daemon(self) -> None:
        """Kill bluetoothd as a crash would."""
        self.daemon.kill()
        self.daemon.wait()

    def order(self, what: str, sensor: int) -> float:
        """Let a sensor `leave` or be `back`; returns the monotonic time at which it was."""
        self.air.stdin.write(f"{what} {sensor}\n")
        self.air.stdin.flush()
        return float(self.air.stdout.readline())

    def close(self) -> list[list[float]]:
        """Return the times at which each sensor sent its samples."""
        said, _ = self.air.communicate(timeout=PATIENCE_S)
        self.kill_daemon()
        return json.loads(said.splitlines()[-1])


def main(seconds: float) -> None:
    """Measure, and print the result in one line."""
    print(f"imported after {Path('/proc/uptime').read_text().split()[0]} s", flush=True)
    machine = Machine()
    print("bluetoothd has its adapter", flush=True)
    result: dict[str, object] = {"bluetooth": bluetooth_state() or "works"}
    result |= {"kernel": Path("/proc/version").read_text().split()[2], "bleak": version("bleak")}
    result["bluetoothd"] = subprocess.run(
        [BLUETOOTHD, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    found = find_sensors(3.0, with_details=False)
    result["found"] = len(found)
    print(result, flush=True)
    chunks: list[EmgChunk] = []
    said: list[list[str]] = [[]]
    array = SensorArray(MONTAGE_OF_EIGHT)

    def all_stream() -> bool:
        chunk = array.read()
        if chunk is not None:
            chunks.append(chunk)
        say([f"{state.phase} {state.detail}".strip() for state in array.states()])
        return all(state.phase is SensorPhase.STREAMING for state in array.states())

    def say(phases: list[str]) -> None:
        if phases != said[-1]:
            print(f"{time.monotonic() - begun_s:.2f} s", phases, flush=True)
            said.append(phases)

    def read_for(span_s: float) -> None:
        end_s = time.monotonic() + span_s
        while time.monotonic() < end_s:
            all_stream()

    begun_s, cpu_s = time.monotonic(), time.process_time()
    array.open()
    result["all_connected_s"] = _until(all_stream)
    read_for(seconds / 3)
    machine.order("leave", AWAY)
    read_for(AWAY_S)
    back_s = machine.order("back", AWAY)
    _until(all_stream)
    result["reconnected_s"] = round(time.monotonic() - back_s, 2)
    read_for(2 * seconds / 3)
    result["own_cpu_share"] = round((time.process_time() - cpu_s) / (time.monotonic() - begun_s), 3)
    before_crash = joined(chunks)
    machine.kill_daemon()
    read_for(1.0)
    machine.daemon = machine.start_daemon()
    result["all_connected_after_crash_s"] = _until(all_stream)
    result["reconnects"] = [state.reconnects for state in array.states()]
    array.close()
    close_bluetooth_thread()
    result |= _judge(before_crash, machine.close())
    print("RESULT " + json.dumps(result), flush=True)


def _until(condition: Callable[[], bool]) -> float:
    """Return after how many seconds something is the case."""
    begun_s = time.monotonic()
    while not condition():
        if time.monotonic() - begun_s > PATIENCE_S:
            raise TimeoutError("it never happened")
    return round(time.monotonic() - begun_s, 2)


def _judge(chunk: EmgChunk, sent_at_s: list[list[float]]) -> dict[str, object]:
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
