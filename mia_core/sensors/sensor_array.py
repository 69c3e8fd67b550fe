"""All Bluetooth sensors of a montage as one source."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError
from typing import Any

from mia_core.clock import Clock, SystemClock
from mia_core.muscles import Placement
from mia_core.processing.light_sync import LightSwitch
from mia_core.samples import EmgChunk
from mia_core.sensors.ble_discovery import blink, check_bluetooth, switch_slowly
from mia_core.sensors.ble_radio import Sighting
from mia_core.sensors.ble_sensor import BleSensor, Listener
from mia_core.sensors.bluetooth_errors import (
    BLEAK_ERRORS,
    BluetoothReason,
    BluetoothUnavailableError,
    SensorNotFoundError,
)
from mia_core.sensors.bluetooth_thread import BluetoothThread, bluetooth_thread
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.profiles import PROFILES, profile_named
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_connector import SensorConnector
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_state import SensorPhase, SensorState
from mia_core.streams.source import EndOfStream, SourceInfo

_log = logging.getLogger(__name__)

READ_WAIT_S = 0.1
LOOK_EVERY_S = 0.02
"""A reader looks for samples so often: to be woken for each packet would cost the Bluetooth thread a tenth of its time.
"""
CHECK_EVERY_S = 0.1
OPEN_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 5.0


class SensorArray:
    """The sensors of a montage: connected in the background, kept connected, read as one stream. A `SensorSource`.

    Nothing is dropped: samples that nobody reads pile up.

    Args:
        montage: Which sensors, and where.
        profiles: The kinds of sensors there are; the montage's are looked up among them.
        settings: Times, adapters.
        clock: Stamps what arrives.

    Raises:
        UnknownProfileError: The montage has a sensor of none of these kinds.
        SensorNotFoundError: It has an electrode pair that such a sensor does not have.
    """

    def __init__(
        self,
        montage: SensorMontage,
        profiles: tuple[SensorProfile, ...] = PROFILES,
        settings: SensorArraySettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._montage = montage
        self._settings = settings or SensorArraySettings()
        self._clock = clock or SystemClock()
        self._profiles = {at: profile_named(sensor.profile, profiles) for at, sensor in montage.assignments}
        _check_electrodes(montage, self._profiles)
        self._by_placement = self._sensors()
        self._devices = tuple(dict.fromkeys(self._by_placement.values()))
        self._thread: BluetoothThread | None = None
        self._connector: SensorConnector | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._chunks: deque[EmgChunk] = deque()
        self._ended = threading.Condition()  # also held over the chunks
        self._is_closed = False
        self._failure: BaseException | None = None
        self._blinking: set[BleSensor] = set()
        self._recording = False

    @property
    def label(self) -> str:
        """What the values are: `measured sEMG`, or `simulated sEMG` where any sensor is emulated."""
        return "measured sEMG" if self.is_measured else "simulated sEMG"

    @property
    def is_measured(self) -> bool:
        """Whether all sensors are real ones."""
        return not self._montage.has_emulated

    @property
    def montage(self) -> SensorMontage:
        """Which sensor sits where."""
        return self._montage

    def profile_of(self, placement: Placement) -> SensorProfile:
        """Return the kind of sensor on a muscle (KeyError without one)."""
        return self._profiles[placement]

    def open(self) -> SourceInfo:
        """Make sure that Bluetooth works, and begin to connect; returns before any sensor is connected.

        Raises:
            BluetoothUnavailableError: Bluetooth can't be used.
        """
        self._thread = bluetooth_thread()
        try:
            self._thread.run(self._start(self._thread), OPEN_TIMEOUT_S)
        except TimeoutError as error:
            raise BluetoothUnavailableError(BluetoothReason.NO_DAEMON) from error
        kinds = " and ".join(dict.fromkeys(profile.name for profile in self._profiles.values()))
        rate_hz = max((profile.rate_hz for profile in self._profiles.values()), default=0.0)
        name = f"{len(self._by_placement)} x {kinds}" if kinds else "no sensors"
        return SourceInfo(name, f"bluetooth:{self._montage.name}", is_live=True, nominal_hz=rate_hz)

    def read(self) -> EmgChunk | None:
        """Return what arrived since the last call, in the order of arrival; None when nothing came within 0.1 s.

        Raises:
            EndOfStream: It was closed.
        """
        with self._ended:
            for _ in range(round(READ_WAIT_S / LOOK_EVERY_S)):
                if self._chunks or self._is_closed or self._failure is not None:
                    break
                self._ended.wait(LOOK_EVERY_S)
            chunks = list(self._chunks)
            self._chunks.clear()
            if chunks:
                return joined(chunks)
            if self._failure is not None:
                raise self._failure
            if self._is_closed:
                raise EndOfStream
        return None

    def states(self) -> tuple[SensorState, ...]:
        """Return how each sensor is doing, in the montage's order; from any thread."""
        return tuple(self._by_placement[placement].state_of(placement) for placement, _ in self._montage.assignments)

    def identify(self, placement: Placement, on_switch: Callable[[LightSwitch], None] | None = None) -> None:
        """Let the sensor on a muscle blink, when it is connected and has a light; returns at once, from any thread.

        Args:
            placement: The muscle.
            on_switch: Called on the Bluetooth thread with each change of colour, which then come slowly.
        """
        self._tell(self._identify(self._by_placement[placement], on_switch))

    def set_recording(self, recording: bool) -> None:
        """Say that a recording begins or ends: during one nothing is scanned as long as any sensor streams."""
        self._recording = recording
        self._tell(self._say_recording(recording))

    def close(self) -> None:
        """Disconnect all; may be called twice, and before `open`, from any thread."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            thread.run(self._stop(), CLOSE_TIMEOUT_S)
        except TimeoutError:
            _log.warning("the system's Bluetooth service hangs; connections may have been left open")
        except (RuntimeError, CancelledError):  # the thread was or is being closed, and disconnects all by itself
            pass
        with self._ended:
            self._is_closed = True
            self._ended.notify_all()

    def _tell(self, order: Coroutine[Any, Any, None]) -> None:
        """Have the Bluetooth thread do something, unless it is not open, or is just being closed by another thread."""
        thread = self._thread
        if thread is None:
            order.close()
            return
        with contextlib.suppress(RuntimeError):  # the thread was closed
            thread.start(order)

    def _sensors(self) -> dict[Placement, BleSensor]:
        """Make one sensor for each device; placements on electrode pairs of one device share it."""
        electrodes: dict[tuple[str, str], dict[int, Placement]] = {}
        for placement, sensor in self._montage.assignments:
            electrodes.setdefault((sensor.profile, sensor.serial), {})[sensor.channel] = placement
        listener = Listener(self._on_samples, self._on_lost)
        return {
            placement: device
            for (_, serial), places in electrodes.items()
            for device in [
                BleSensor(
                    self._profiles[next(iter(places.values()))], serial, places, self._clock, self._settings, listener
                )
            ]
            for placement in places.values()
        }

    async def _start(self, thread: BluetoothThread) -> None:
        try:
            await check_bluetooth(thread.radio, self._settings.adapters, self._settings.backend)
        except BluetoothUnavailableError as error:
            if error.reason is not BluetoothReason.BUSY:  # that passes: the search waits and repeats
                raise
        connector = SensorConnector(thread.radio, self._devices, self._settings, self._clock)
        self._connector = connector
        connector.set_recording(self._recording)
        jobs = {"connect": connector.run(), "watch": self._watch(), "ask": self._ask_batteries()}
        listening = [device for device in self._devices if device.profile.only_advertises]
        if listening:
            jobs["listen"] = self._listen(thread, listening)
        for name, job in jobs.items():
            task = asyncio.create_task(job, name=f"{name} sensors")
            task.add_done_callback(self._on_ended)
            self._tasks.append(task)

    async def _stop(self) -> None:
        await self._say_recording(False)
        self._connector = None  # who says at the same moment that a recording begins would keep all from searching
        for task in self._tasks:
            task.cancel()
        closing = asyncio.gather(*(device.close() for device in self._devices))
        if self._tasks:
            await asyncio.wait(self._tasks)
        await closing

    async def _identify(self, sensor: BleSensor, on_switch: Callable[[LightSwitch], None] | None) -> None:
        if sensor.link is None or sensor.profile.led is None or sensor in self._blinking:
            return
        self._blinking.add(sensor)  # a second order would take a colour of the first for the sensor's own
        try:
            if on_switch is None:
                await blink(sensor.link, sensor.profile.led)
            else:
                await switch_slowly(sensor.link, sensor.profile.led, self._clock, on_switch)
        except BLEAK_ERRORS as error:  # lost meanwhile: its state says so
            _log.debug("identifying %s: %r", sensor.serial, error)
        finally:
            self._blinking.discard(sensor)

    async def _say_recording(self, recording: bool) -> None:
        if self._connector is not None:
            self._connector.set_recording(recording)

    async def _watch(self) -> None:
        """Notice silence: when the Bluetooth service dies, nothing else tells."""
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            now_s = self._clock.now()
            for device in self._devices:
                device.check(now_s)

    async def _ask_batteries(self) -> None:
        """Ask again for what falls in the hours of a session."""
        while True:
            await asyncio.sleep(self._settings.battery_every_s)
            for device in self._devices:
                await device.ask_battery()

    async def _listen(self, thread: BluetoothThread, devices: list[BleSensor]) -> None:
        """Hear the sensors that send in their advertisements; the scan is begun anew when all of them fell silent."""
        by_address = {device.serial.removeprefix("address:"): device for device in devices}

        def on_heard(sighting: Sighting) -> None:
            device = by_address.get(sighting.device.address)
            if device is not None:
                device.seen(sighting)

        is_deaf = False
        while True:
            try:
                async with thread.radio.listening(on_heard, self._settings.adapters, self._settings.backend):
                    for device in devices if is_deaf else ():
                        device.say(device.phase)
                    is_deaf = False
                    await asyncio.sleep(self._settings.scan_s)
                    while any(device.phase in _HEARD for device in devices):
                        await asyncio.sleep(CHECK_EVERY_S)
            except BluetoothUnavailableError as error:
                is_deaf = True
                for device in devices:
                    device.say(device.phase, str(error))
            await asyncio.sleep(self._settings.first_backoff_s)

    def _on_samples(self, chunk: EmgChunk) -> None:
        with self._ended:
            self._chunks.append(chunk)

    def _on_lost(self, sensor: BleSensor, had_samples: bool) -> None:
        if self._connector is not None:
            self._connector.lost(sensor, had_samples)

    def _on_ended(self, task: asyncio.Task[None]) -> None:
        """Let the reader know of a task that ended by a mistake: a dead task is never silent."""
        if not task.cancelled() and task.exception() is not None:
            with self._ended:
                self._failure = task.exception()
                self._ended.notify_all()


def _check_electrodes(montage: SensorMontage, profiles: Mapping[Placement, SensorProfile]) -> None:
    """Refuse electrode pairs that the kinds of sensors don't have: a profile file may have changed since.

    Raises:
        SensorNotFoundError: There is one.
    """
    for placement, sensor in montage.assignments:
        profile = profiles[placement]
        if not 0 <= sensor.channel < profile.n_channels:
            raise SensorNotFoundError(
                f"The sensor {sensor.serial} ({profile.name}) on the {placement.label.lower()} has no electrode pair "
                f"{sensor.channel + 1}; it has {profile.n_channels}.",
                "Assign it to the muscle again.",
            )


_HEARD = (SensorPhase.STREAMING, SensorPhase.STALE)
