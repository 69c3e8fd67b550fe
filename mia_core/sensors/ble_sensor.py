"""One device of an array while it is connected: its packets, its silence, its loss, its state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bleak.backends.characteristic import BleakGATTCharacteristic

from mia_core.clock import Clock
from mia_core.muscles import MONTAGE, Placement
from mia_core.samples import EmgChunk
from mia_core.sensors.ble_link import BleLink
from mia_core.sensors.ble_radio import Sighting
from mia_core.sensors.bluetooth_errors import BLEAK_ERRORS
from mia_core.sensors.sample_stream import SampleStream
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_profile import SensorProfile, silence_limits
from mia_core.sensors.sensor_state import SensorPhase, SensorState, SignalQuality

QUALITY_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom a sensor tells what happens to it; all on the Bluetooth thread.

    Attributes:
        on_samples: Gets every chunk.
        on_lost: Called with the sensor when its connection ended or it fell silent, and whether samples had come.
    """

    on_samples: Callable[[EmgChunk], None]
    on_lost: Callable[[BleSensor, bool], None]


class BleSensor:
    """A device and the placements of its electrode pairs.

    Lives on the Bluetooth thread; `state_of` may be called from any.

    Args:
        profile: Kind of sensor.
        serial: Its serial number.
        electrodes: Which of its electrode pairs sits where.
        clock: Stamps what arrives.
        settings: Times.
        listener: Whom it tells.

    Attributes:
        profile: Kind of sensor.
        serial: Its serial number.
        link: Its present connection, None without.
    """

    def __init__(
        self,
        profile: SensorProfile,
        serial: str,
        electrodes: dict[int, Placement],
        clock: Clock,
        settings: SensorArraySettings,
        listener: Listener,
    ) -> None:
        self.profile = profile
        self.serial = serial
        self.link: BleLink | None = None
        self._electrodes = electrodes
        self._clock = clock
        self._listener = listener
        self._stream = SampleStream(profile, {e: MONTAGE.placements.index(at) for e, at in electrodes.items()})
        self._stale_s, self._lost_s = silence_limits(profile, settings.stale_after_s, settings.rebuild_after_s)
        self._generation = 0
        self._alive_since_s = 0.0
        self._phase = SensorPhase.SEARCHING
        self._detail = ""
        self._rssi_dbm: int | None = None
        self._battery_percent: int | None = None
        self._firmware = ""
        self._connections = 0
        self._qualities = dict.fromkeys(electrodes, SignalQuality())
        self._qualities_s = 0.0
        self._last_payloads: tuple[bytes, ...] = ()
        self._closing: set[asyncio.Task[None]] = set()
        self._states: dict[Placement, SensorState] = {}
        self._publish()

    @property
    def phase(self) -> SensorPhase:
        """What it is doing."""
        return self._phase

    @property
    def is_missing(self) -> bool:
        """Whether it has to be connected."""
        return self.link is None and not self.profile.only_advertises and self._phase != SensorPhase.CLOSED

    @property
    def is_streaming(self) -> bool:
        """Whether it sends samples."""
        return self._phase == SensorPhase.STREAMING

    def state_of(self, placement: Placement) -> SensorState:
        """Return how the electrode pair on a muscle is doing; from any thread."""
        return self._states[placement]

    def say(self, phase: SensorPhase, detail: str = "") -> None:
        """Set what it is doing and why."""
        self._phase, self._detail = phase, detail
        self._publish()

    def seen(self, sighting: Sighting) -> None:
        """Take its signal strength from an advertisement, and its samples when they are in there."""
        arrival_s = self._clock.now()
        self._rssi_dbm = sighting.rssi_dbm
        if not self.profile.only_advertises:
            return
        before, self._last_payloads = self._last_payloads, sighting.payloads
        for payload in sighting.payloads:
            if payload not in before:  # one advertisement is heard on several channels, and older ones come along
                if self._phase in (SensorPhase.SEARCHING, SensorPhase.LOST):
                    self._begin_segment()
                self._take(arrival_s, payload)

    async def attach(self, link: BleLink) -> None:
        """Begin a new segment with a connection that was just made.

        Raises:
            BleakError, OSError, TimeoutError: bleak's, when it can't be subscribed to; the link is then closed.
        """
        self._begin_segment()
        self._battery_percent = link.battery_percent
        self._firmware = link.firmware
        generation = self._generation
        self.link = link
        link.on_lost = lambda: self._on_lost(generation)
        self.say(SensorPhase.CONNECTING)

        def on_payload(_characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
            arrival_s = self._clock.now()  # first of all: everything later is delay
            if generation != self._generation:
                self._stream.echo(arrival_s)
                return
            self._take(arrival_s, bytes(payload))

        await link.subscribe(on_payload)

    def check(self, now_s: float) -> None:
        """Notice silence, judge the signal; to be called some times a second."""
        is_open = self.profile.only_advertises and self._phase in (SensorPhase.STREAMING, SensorPhase.STALE)
        if self.link is not None or is_open:
            silent_s = now_s - self._alive_since_s
            if silent_s >= self._lost_s:
                self.lose("It fell silent.")
            elif silent_s >= self._stale_s and self._phase == SensorPhase.STREAMING:
                self.say(SensorPhase.STALE, f"Nothing has come for {self._stale_s:.2g} s.")
        if now_s - self._qualities_s >= QUALITY_EVERY_S:
            self._qualities_s = now_s
            self._qualities = {electrode: self._stream.quality(electrode, now_s) for electrode in self._electrodes}
            self._publish()

    async def ask_battery(self) -> None:
        """Ask how full the battery is by now, if the sensor tells."""
        link = self.link
        if link is None or link.battery_percent is None:
            return
        try:
            await link.read_battery()
        except BLEAK_ERRORS:  # whether it is lost, its silence tells
            return
        if self.link is link:
            self._battery_percent = link.battery_percent
            self._publish()

    def lose(self, detail: str) -> None:
        """Give the present connection up, and close it in the background."""
        self._generation += 1
        if self.link is not None:
            closing = asyncio.create_task(self.link.close(), name=f"close {self.serial}")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            self.link = None
        had_samples = self._phase in (SensorPhase.STREAMING, SensorPhase.STALE)
        self.say(SensorPhase.LOST, detail)
        self._listener.on_lost(self, had_samples)

    async def settled(self) -> None:
        """Wait until connections that were given up are closed: closing one late would end its successor."""
        if self._closing:
            await asyncio.wait(set(self._closing))

    async def close(self) -> None:
        """Disconnect; nothing is taken from now on."""
        self._generation += 1
        link, self.link = self.link, None
        self.say(SensorPhase.CLOSED)
        if link is not None:
            await link.close()
        await self.settled()

    def _begin_segment(self) -> None:
        self._generation += 1
        self._alive_since_s = self._clock.now()
        self._stream.new_segment()

    def _take(self, arrival_s: float, payload: bytes) -> None:
        self._alive_since_s = arrival_s  # whatever it says: connecting it anew would change nothing
        chunk = self._stream.add(arrival_s, payload)
        if chunk is None:
            return
        self._listener.on_samples(chunk)
        if self._phase not in (SensorPhase.STREAMING, SensorPhase.STALE):
            self._connections += 1
        if self._phase != SensorPhase.STREAMING:
            self.say(SensorPhase.STREAMING)

    def _on_lost(self, generation: int) -> None:
        if generation == self._generation:
            self.lose("The connection ended.")

    def _publish(self) -> None:
        """Replace the states as a whole, so that other threads see the old or the new ones."""
        battery = self._stream.battery_percent
        self._states = {
            placement: SensorState(
                placement=placement,
                sensor=SensorId(self.profile.key, self.serial, electrode),
                phase=self._phase,
                detail=self._detail,
                quality=self._qualities[electrode],
                rssi_dbm=self._rssi_dbm,
                battery_percent=self._battery_percent if battery is None else battery,
                firmware=self._firmware,
                reconnects=max(self._connections - 1, 0),
                last_arrival_s=self._stream.last_arrival_s,
            )
            for electrode, placement in self._electrodes.items()
        }
