"""Linux's Bluetooth without a radio: bleak's genuine BlueZ backend talks to virtual sensors over a private message bus.

```
with FakeBluez() as bluez:      # eight M40s and one adapter; DBUS_SYSTEM_BUS_ADDRESS must be set to bluez.address
    bluez.drop(3, for_s=2)      # every fault is one line, from any thread
```
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
ANSWER_TIMEOUT_S = 30.0
UNLIMITED = 32
"""Connections of an adapter that always has room."""
EIGHT_M40S = ("m40",) * 8


@dataclass(frozen=True, slots=True)
class SensorFacts:
    """What became of a virtual sensor.

    Attributes:
        address: Its present Bluetooth address.
        serial: Its serial number.
        control: Last byte(s) written to its LED or control characteristic.
        connects_at_s: When somebody tried to connect it, on the monotonic clock that all processes share.
        adapter: Adapter that holds it, empty for none.
        sent: Running numbers of all packets it sent; the M40 sends them modulo 1024.
        sent_at_s: When, on the same clock.
    """

    address: str
    serial: str
    control: bytes
    connects_at_s: tuple[float, ...]
    adapter: str
    sent: tuple[int, ...]
    sent_at_s: tuple[float, ...]

    @property
    def connects(self) -> int:
        """How often somebody tried to connect it."""
        return len(self.connects_at_s)


@dataclass(frozen=True, slots=True)
class DaemonFacts:
    """What clients did with the daemon since its start.

    Attributes:
        scanning: Whether anybody scans.
        scans: How often a scan was begun.
        most_connecting: Most connections that were being made at once.
    """

    scanning: bool
    scans: int
    most_connecting: int


class FakeBluez:
    """A handle on the bus, the daemon and the sensors, which live in a process of their own.

    Args:
        sensors: Kinds of the sensors, keys of `virtual_sensors.KINDS`.
        adapters: Names, to the number of connections each holds; a tuple of names for as many as wanted.
        packet_hz: Packets per second of all sensors; None for what is usual for each.

    Attributes:
        address: Address of the message bus.
        pid: The process.
        n_sensors: How many sensors there are.
    """

    def __init__(
        self,
        sensors: tuple[str, ...] = EIGHT_M40S,
        adapters: tuple[str, ...] | dict[str, int] = ("hci0",),
        packet_hz: float | None = None,
    ) -> None:
        self._folder = tempfile.mkdtemp(prefix="bluez-")  # short: the path of a socket has at most 107 bytes
        self.address = f"unix:path={self._folder}/bus"
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.fake_bluez_process", self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            process_group=0,  # Ctrl+C in a terminal is for the tests, which end it
        )
        self.pid = self._process.pid
        self.begin(sensors, adapters, packet_hz)

    def __enter__(self) -> FakeBluez:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def begin(
        self,
        sensors: tuple[str, ...] = EIGHT_M40S,
        adapters: tuple[str, ...] | dict[str, int] = ("hci0",),
        packet_hz: float | None = None,
    ) -> None:
        """Begin anew with other sensors and another daemon: see the class; faster than another process."""
        self.n_sensors = len(sensors)
        slots = adapters if isinstance(adapters, dict) else dict.fromkeys(adapters, UNLIMITED)
        self._order("begin", kinds=sensors, adapters=slots, packet_hz=packet_hz)

    def close(self) -> None:
        """End the process with everything in it; may be called twice."""
        if self._process.poll() is None:
            try:
                self._process.communicate(timeout=ANSWER_TIMEOUT_S)  # the end of its input is the end of it
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)  # the message bus too
                self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    def sensor(self, index: int) -> SensorFacts:
        """Return what became of a sensor."""
        facts = self._order("sensor", index=index)
        control = bytes.fromhex(facts.pop("control"))
        lists = {name: tuple(facts.pop(name)) for name in ("sent", "sent_at_s", "connects_at_s")}
        return SensorFacts(**facts, **lists, control=control)

    def daemon(self) -> DaemonFacts:
        """Return what clients did with the daemon."""
        return DaemonFacts(**self._order("daemon"))

    # The message bus, the daemon and its adapters

    def kill_bus(self) -> None:
        """Kill the message bus, and the daemon with it."""
        self._order("kill_bus")

    def restart_bus(self) -> None:
        """Start bus and daemon again, at the same address."""
        self._order("start_bus")
        self._order("start_daemon")

    def kill_daemon(self) -> None:
        """Kill bluetoothd: notifications end, and nothing is announced."""
        self._order("kill_daemon")

    def restart_daemon(self) -> None:
        """Start bluetoothd again; it knows no device yet."""
        self._order("start_daemon")

    def hang_daemon(self, for_s: float) -> None:
        """Let bluetoothd answer nothing and pass nothing on for a while."""
        self._order("hang_daemon", for_s=for_s)

    def power(self, on: bool, adapter: str = "hci0") -> None:
        """Switch an adapter on or off."""
        self._order("power", on=on, adapter=adapter)

    def unplug(self, adapter: str = "hci0") -> None:
        """Pull an adapter out."""
        self._order("unplug", adapter=adapter)

    def deny(self) -> None:
        """Let the bus's policy refuse every call to bluetoothd, until it is started again."""
        self._order("deny")

    def busy_scan(self, starts: int = 1, stops: int = 0) -> None:
        """Let the next starts and stops of scans fail with `InProgress`."""
        self._order("busy_scan", starts=starts, stops=stops)

    def forget_after(self, seconds: float) -> None:
        """Set how long a device is kept that was never connected, after it was heard last (30 s)."""
        self._order("forget_after", seconds=seconds)

    # The sensors

    def drop(self, index: int, for_s: float | None = None) -> None:
        """Take a sensor out of reach, until `back` or for a while; its connection is lost."""
        self._order("away", index=index, for_s=for_s)

    def back(self, index: int) -> None:
        """End whatever keeps a sensor away, held or quiet."""
        self._order("back", index=index)

    def hold_by_phone(self, index: int) -> None:
        """Let a phone hold a sensor, which then does not advertise."""
        self._order("hold", index=index)

    def silence(self, index: int, for_s: float | None = None) -> None:
        """Let a sensor stay connected and send nothing."""
        self._order("silence", index=index, for_s=for_s)

    def double_notifications(self, index: int, on: bool = True) -> None:
        """Let every notification of a sensor come twice."""
        self._order("double", index=index, on=on)

    def payload(self, index: int, *payloads: bytes) -> None:
        """Put these bytes into the sensor's next notifications, in the place of samples."""
        self._order("payload", index=index, hexadecimal=[payload.hex() for payload in payloads])

    def battery(self, index: int, percent: int) -> None:
        """Let a sensor's battery be so full."""
        self._order("battery", index=index, percent=percent)

    def no_battery(self, index: int) -> None:
        """Give a sensor the firmware that does not tell its battery."""
        self._order("lack", index=index, uuid="battery")

    def no_serial(self, index: int) -> None:
        """Take a sensor's serial number away."""
        self._order("lack", index=index, uuid="serial")

    def hide_characteristic(self, index: int, times: int = 1, uuid: str = "") -> None:
        """List a characteristic (that of the data) too late, at the next connections."""
        self._order("list_late", index=index, uuid=uuid, times=times)

    def fail_connect(self, index: int, reason: str = "le-connection-abort-by-local", times: int = 1) -> None:
        """Let the next attempts to connect a sensor fail.

        Args:
            index: The sensor.
            reason: What `org.bluez.Error.Failed` comes with, or the name of another error.
            times: How many attempts.
        """
        self._order("fail_connect", index=index, reason=reason, times=times)

    def advertise_as(self, index: int, name: str, company_id: int | None) -> None:
        """Let a sensor advertise another name (empty for none) and another maker, or none."""
        self._order("advertise_as", index=index, name=name, company_id=company_id)

    def late_disconnect(self, index: int, after_s: float) -> None:
        """Let the next disconnect of a sensor be answered and announced only so much later."""
        self._order("hang_disconnect", index=index, for_s=after_s)

    def forget(self, index: int) -> None:
        """Let bluetoothd forget a sensor now."""
        self._order("forget", index=index)

    def change_address(self, index: int, address: str) -> None:
        """Give a sensor another address, as every Mac does."""
        self._order("change_address", index=index, address=address)

    def leave_connected(self, index: int, adapter: str = "hci0") -> None:
        """Leave a sensor connected, as a program does that crashes."""
        self._order("leave_connected", index=index, adapter=adapter)

    def _order(self, order: str, **fields: object) -> dict:
        with self._lock:
            self._process.stdin.write(json.dumps({"order": order, **fields}) + "\n")
            self._process.stdin.flush()
            return self._answer()

    def _answer(self) -> dict:
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_TIMEOUT_S)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self.close()
            raise RuntimeError("the fake BlueZ ended or hangs; what it said is on standard error")
        return json.loads(line)["answer"]
