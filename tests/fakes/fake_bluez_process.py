"""The process behind `FakeBluez`: a private message bus, a Bluetooth daemon on it, sensors on the air, their faults.

It takes orders as lines of JSON on its standard input, answers each with a line on its standard output, and ends, bus
and all, when the input does: no crash of a test leaves a process behind.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from tests.fakes.fake_bluetoothd import FakeBluetoothd
from tests.fakes.virtual_sensors import BATTERY_LEVEL, SERIAL, VirtualSensor, virtual_sensor

POLICY = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>{address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"""


class Rig:
    """Everything that can be ordered; each public method is one order, its arguments the order's fields.

    Args:
        folder: Where the bus has its socket.
    """

    def __init__(self, folder: str) -> None:
        self._sensors: list[VirtualSensor] = []
        self._slots: dict[str, int] = {}
        self._config = Path(folder) / "bus.conf"
        self._address = f"unix:path={folder}/bus"
        self._config.write_text(POLICY.format(address=self._address))
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: FakeBluetoothd | None = None

    async def begin(self, kinds: list[str], adapters: dict[str, int], packet_hz: float | None) -> None:
        """Begin anew, whatever was before.

        Args:
            kinds: Keys of `KINDS`, one for each sensor.
            adapters: Names such as `hci0`, to the number of connections each holds.
            packet_hz: Packets per second of all sensors; None for what is usual for each.
        """
        await self.kill_daemon()
        self._sensors = [virtual_sensor(kind, index, packet_hz) for index, kind in enumerate(kinds)]
        self._slots = adapters
        if self._bus is None:
            await self.start_bus()
        await self.start_daemon()

    async def start_bus(self) -> str:
        """Start the message bus and return its address."""
        command = ["dbus-daemon", "--nofork", "--nopidfile", "--print-address", f"--config-file={self._config}"]
        # What it says on standard error is about limits that only root may raise.
        self._bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if not self._bus.stdout.readline():  # otherwise it listens now
            raise RuntimeError("dbus-daemon did not start")
        return self._address

    async def kill_bus(self) -> None:
        """Kill the message bus; the Bluetooth daemon goes with it."""
        await self.kill_daemon()
        if self._bus is not None:
            self._bus.kill()
            self._bus.communicate()
            self._bus = None

    async def start_daemon(self) -> None:
        """Start the Bluetooth daemon; it knows no device yet."""
        self._daemon = FakeBluetoothd(self._sensors, self._slots, self._address)
        await self._daemon.run()

    async def kill_daemon(self) -> None:
        """Kill the Bluetooth daemon, which nothing announces but the bus."""
        if self._daemon is not None:
            daemon, self._daemon = self._daemon, None
            await daemon.crash()

    async def hang_daemon(self, for_s: float) -> None:
        """Let the daemon, and the sensors with it, do nothing for a while once the order is answered."""
        asyncio.get_running_loop().call_soon(time.sleep, for_s)  # after the answer, which is written within this turn

    async def power(self, on: bool, adapter: str) -> None:
        """Switch an adapter on or off."""
        self._daemon.adapters[f"/org/bluez/{adapter}"].set_power(on)

    async def unplug(self, adapter: str) -> None:
        """Pull an adapter out."""
        self._daemon.remove_adapter(f"/org/bluez/{adapter}")

    async def deny(self) -> None:
        """Let the bus's policy refuse everybody."""
        self._daemon.is_denying = True

    async def busy_scan(self, starts: int, stops: int) -> None:
        """Let the next starts and stops of scans fail with `InProgress`."""
        for adapter in self._daemon.adapters.values():
            adapter.busy_starts, adapter.busy_stops = starts, stops

    async def forget_after(self, seconds: float) -> None:
        """Set how long the daemon keeps a device that was never connected."""
        self._daemon.forget_after_s = seconds

    async def forget(self, index: int) -> None:
        """Let the daemon forget a sensor now."""
        for path in [device.path for device in self._devices(index)]:
            self._daemon.remove(path)

    async def away(self, index: int, for_s: float | None) -> None:
        """Take a sensor out of reach, for good or for a while."""
        sensor = self._sensors[index]
        sensor.is_near = False
        for device in self._devices(index):
            device.link_lost()
        if for_s is not None:
            asyncio.get_running_loop().call_later(for_s, partial(setattr, sensor, "is_near", True))

    async def back(self, index: int) -> None:
        """Bring a sensor back into reach, out of a phone's hands, and let it speak."""
        sensor = self._sensors[index]
        sensor.is_near, sensor.is_held, sensor.is_silent = True, False, False

    async def hold(self, index: int) -> None:
        """Let a phone hold a sensor."""
        self._sensors[index].is_held = True

    async def silence(self, index: int, for_s: float | None) -> None:
        """Keep a sensor connected and quiet."""
        sensor = self._sensors[index]
        sensor.is_silent = True
        if for_s is not None:
            asyncio.get_running_loop().call_later(for_s, partial(setattr, sensor, "is_silent", False))

    async def double(self, index: int, on: bool) -> None:
        """Let every packet of a sensor come twice."""
        self._sensors[index].is_doubled = on

    async def payload(self, index: int, hexadecimal: list[str]) -> None:
        """Put other bytes into the next packets of a sensor."""
        self._sensors[index].payloads.extend(bytes.fromhex(text) for text in hexadecimal)

    async def battery(self, index: int, percent: int) -> None:
        """Set how full a sensor's battery is."""
        self._sensors[index].battery = percent

    async def lack(self, index: int, uuid: str) -> None:
        """Take a characteristic away from a sensor, from its next connection on."""
        self._sensors[index].absent.add({"battery": BATTERY_LEVEL, "serial": SERIAL}.get(uuid, uuid))

    async def list_late(self, index: int, uuid: str, times: int) -> None:
        """List a characteristic only after the services were called complete."""
        sensor = self._sensors[index]
        sensor.listed_late[uuid or sensor.kind.data] = times

    async def fail_connect(self, index: int, reason: str, times: int) -> None:
        """Let the next attempts to connect a sensor fail."""
        self._sensors[index].connect_errors.extend([reason] * times)

    async def advertise_as(self, index: int, name: str, company_id: int | None) -> None:
        """Let a sensor advertise something else, to whoever hears it first from now on."""
        sensor = self._sensors[index]
        sensor.name, sensor.company_id = name, company_id
        await self.forget(index)

    async def hang_disconnect(self, index: int, for_s: float) -> None:
        """Let the next disconnect of a sensor take so long."""
        self._sensors[index].disconnect_hangs_s = for_s

    async def change_address(self, index: int, address: str) -> None:
        """Give a sensor another address: to everybody it is a new device."""
        for path in [device.path for device in self._devices(index)]:
            self._daemon.remove(path)
        self._sensors[index].address = address

    async def leave_connected(self, index: int, adapter: str) -> None:
        """Connect a sensor as a program did that has crashed since."""
        device = self._daemon.device(self._sensors[index], self._daemon.adapters[f"/org/bluez/{adapter}"])
        device.is_temporary = False
        device.take_link()

    async def sensor(self, index: int) -> dict[str, object]:
        """Return what became of a sensor."""
        sensor = self._sensors[index]
        devices = self._devices(index)
        return {
            "address": sensor.address,
            "serial": sensor.serial,
            "control": sensor.control.hex(),
            "connects_at_s": sensor.connects_at_s,
            "adapter": next((device.radio.path.rpartition("/")[2] for device in devices if device.is_connected), ""),
            "sent": sensor.sent,
            "sent_at_s": sensor.sent_at_s,
        }

    async def daemon(self) -> dict[str, object]:
        """Return what clients did with the daemon."""
        adapters = self._daemon.adapters.values()
        return {
            "scanning": any(adapter.sessions for adapter in adapters),
            "scans": sum(adapter.scans for adapter in adapters),
            "most_connecting": self._daemon.most_connecting,
        }

    def _devices(self, index: int) -> list:
        return [] if self._daemon is None else self._daemon.devices_with(self._sensors[index])


async def serve(rig: Rig) -> None:
    """Carry out orders until there are no more."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    try:
        while line := await lines.readline():
            order = json.loads(line)
            answer = await getattr(rig, order.pop("order"))(**order)
            print(json.dumps({"answer": answer}), flush=True)
    finally:
        await rig.kill_bus()


if __name__ == "__main__":
    asyncio.run(serve(Rig(sys.argv[1])))
