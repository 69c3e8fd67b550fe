"""The rig itself: what bleak sees of it is what is on the air, and nothing of it stays behind."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import psutil
import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError, BleakDeviceNotFoundError

from tests.fakes.fake_bluez import FakeBluez
from tests.fakes.virtual_sensors import M40_ANALOG, M40_LED, NPG_CONTROL, NPG_DATA, SERIAL

PATIENCE_S = 20.0


async def _found(n: int) -> list[BLEDevice]:
    devices: dict[str, BLEDevice] = {}
    every = asyncio.Event()

    def heard(device: BLEDevice, _advertisement: object) -> None:
        devices[device.address] = device
        if len(devices) == n:
            every.set()

    async with BleakScanner(heard), asyncio.timeout(PATIENCE_S):
        await every.wait()
    return [devices[address] for address in sorted(devices)]


class _Received:
    """Payloads in the order of their arrival, and a way to wait for more."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, _characteristic: object, payload: bytearray) -> None:
        self.payloads.append(bytes(payload))
        task = asyncio.get_running_loop().create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def numbers(self) -> list[int]:
        return [int.from_bytes(payload, "little") for payload in self.payloads]

    async def wait_for(self, n: int) -> None:
        async with asyncio.timeout(PATIENCE_S), self._arrived:
            await self._arrived.wait_for(lambda: len(self.payloads) >= n)

    async def _tell(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()


def test_every_sample_of_eight_sensors_arrives_once_and_in_order(bluez: FakeBluez) -> None:
    received: dict[int, _Received] = defaultdict(_Received)

    async def listen() -> None:
        clients = [BleakClient(device) for device in await _found(8)]
        for index, client in enumerate(clients):
            await client.connect()
            await client.start_notify(M40_ANALOG, received[index])
        await received[7].wait_for(5)
        for client in clients:
            await client.disconnect()

    asyncio.run(listen())
    for index in range(8):
        assert len(received[index].numbers) >= 5
        assert received[index].numbers == list(bluez.sensor(index).sent)


def test_details_and_lights_are_those_of_the_sensor(bluez: FakeBluez) -> None:
    async def look() -> tuple[bytes, bytes]:
        async with BleakClient((await _found(8))[2]) as client:
            serial, battery = await client.read_gatt_char(SERIAL), await client.read_gatt_char("2a19")
            await client.write_gatt_char(M40_LED, b"\x0b", response=True)
            return bytes(serial), bytes(battery)

    assert asyncio.run(look()) == (bluez.sensor(2).serial.encode(), bytes([98]))
    assert bluez.sensor(2).control == b"\x0b"


def test_a_sensor_that_goes_is_announced_and_can_be_connected_when_it_is_back(bluez: FakeBluez) -> None:
    async def lose_and_find() -> None:
        lost = asyncio.Event()
        device = (await _found(8))[3]
        async with BleakClient(device, disconnected_callback=lambda _: lost.set()):
            bluez.drop(3, for_s=0.5)
            async with asyncio.timeout(PATIENCE_S):
                await lost.wait()
        async with BleakClient(device) as client:
            assert client.is_connected

    asyncio.run(lose_and_find())
    assert bluez.sensor(3).connects == 2


def test_a_killed_daemon_tells_nobody(bluez: FakeBluez) -> None:
    async def kill() -> None:
        received = _Received()
        client = BleakClient((await _found(8))[0])
        await client.connect()
        await client.start_notify(M40_ANALOG, received)
        await received.wait_for(2)
        bluez.kill_daemon()
        assert client.is_connected
        with pytest.raises(BleakDBusError, match="ServiceUnknown"):
            await client.disconnect()
        assert received.numbers == list(bluez.sensor(0).sent)

    asyncio.run(kill())


def test_an_adapter_without_room_says_the_device_is_unknown(start_bluez) -> None:
    start_bluez(adapters={"hci0": 1})

    async def two() -> None:
        first, second, *_ = await _found(8)
        async with BleakClient(first):
            with pytest.raises(BleakDeviceNotFoundError):
                await BleakClient(second).connect()

    asyncio.run(two())


@pytest.mark.parametrize("use_start_notify", [True, False])
def test_fast_raw_sensors_send_when_told_to_by_signals_or_by_a_socket(start_bluez, use_start_notify: bool) -> None:
    start_bluez(sensors=("npg",))

    async def listen() -> list[bytes]:
        received = _Received()
        async with BleakClient((await _found(1))[0]) as client:
            await client.start_notify(NPG_DATA, received, bluez={"use_start_notify": use_start_notify})
            await client.write_gatt_char(NPG_CONTROL, b"START", response=True)
            await received.wait_for(20)
        return received.payloads[:20]

    packets = asyncio.run(listen())
    counters = [packet[7 * row] for packet in packets for row in range(10)]
    assert counters == [(counters[0] + n) % 256 for n in range(200)]


def test_nothing_stays_behind(start_bluez) -> None:
    bluez = start_bluez()
    family = [psutil.Process(bluez.pid), *psutil.Process(bluez.pid).children(recursive=True)]
    assert len(family) == 2
    bluez.close()
    assert not any(process.is_running() for process in family)


def test_an_answer_that_comes_after_its_daemon_was_killed_does_not_silence_the_next(bluez: FakeBluez) -> None:
    async def use_it() -> None:
        device = (await _found(8))[0]
        client = BleakClient(device)
        await client.connect()
        bluez.late_disconnect(0, after_s=0.3)
        ending = asyncio.create_task(client.disconnect())
        _, waiting = await asyncio.wait({ending}, timeout=0.1)
        assert waiting
        answers_s = asyncio.get_running_loop().time() + 0.3
        bluez.kill_daemon()
        bluez.restart_daemon()
        with pytest.raises(BleakDBusError):
            await ending
        while asyncio.get_running_loop().time() < answers_s:
            await _found(8)
        assert len(await _found(8)) == 8

    asyncio.run(use_it())
