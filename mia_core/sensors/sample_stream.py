"""From the bytes of one device to samples of a montage: decode, stamp, flag, and judge the signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import EmgChunk, Floats, SampleFlag
from mia_core.sensors.clock_sync import LiveClock
from mia_core.sensors.sensor_profile import Packet, SensorProfile
from mia_core.sensors.sensor_state import SignalQuality
from mia_core.sensors.signal_quality import SignalMonitor


class SampleStream:
    """Everything that happens to a device's packets between the radio and the reader.

    Args:
        profile: Kind of sensor.
        places: Place in `MONTAGE` of each of the device's electrode pairs that is used.

    Attributes:
        battery_percent: Newest that a packet carried, None before.
        last_arrival_s: When the newest sample arrived, None before the first.
    """

    def __init__(self, profile: SensorProfile, places: dict[int, int]) -> None:
        self.battery_percent: int | None = None
        self.last_arrival_s: float | None = None
        self._profile = profile
        self._electrodes = np.array(sorted(places), np.intp)
        self._channels = np.array([places[electrode] for electrode in sorted(places)], np.intp)
        self._monitors = {electrode: SignalMonitor(profile) for electrode in sorted(places)}
        self._clock = LiveClock(profile.rate_hz, profile.counter_modulo)
        self._segment = -1

    def new_segment(self) -> None:
        """A connection was made (again): clocks, counters and losses start anew."""
        self._segment += 1
        self._clock.new_segment()
        for monitor in self._monitors.values():
            monitor.new_segment()

    def add(self, arrival_s: float, payload: bytes) -> EmgChunk | None:
        """Return the samples of a packet, one row per sample and electrode pair in use; never raises.

        Args:
            arrival_s: Monotonic time at which it arrived.
            payload: Its bytes.

        Returns:
            None for a bad packet, one without samples, and one that came before; the first and last are counted.
        """
        packet = self._profile.decode(payload)
        if packet is None:
            for monitor in self._monitors.values():
                monitor.bad_packet(arrival_s)
            return None
        if packet.battery_percent is not None:
            self.battery_percent = packet.battery_percent
        return self._samples(arrival_s, packet) if packet.samples else None

    def echo(self, arrival_s: float) -> None:
        """Count a packet that a connection which was given up still brought; its samples are dropped."""
        for monitor in self._monitors.values():
            monitor.add(arrival_s, np.empty(0, np.float32), 0, duplicate=True)

    def quality(self, electrode: int, now_s: float) -> SignalQuality:
        """Return how the signal of one of the electrode pairs in use is."""
        return self._monitors[electrode].quality(now_s)

    def _samples(self, arrival_s: float, packet: Packet) -> EmgChunk | None:
        stamped = self._clock.add(arrival_s, len(packet.samples), packet.counters)
        values = np.array(packet.samples, np.float32)[:, self._electrodes]  # (n, electrodes in use)
        for place, monitor in enumerate(self._monitors.values()):
            monitor.add(arrival_s, values[:, place], stamped.n_lost_before, duplicate=stamped.is_duplicate)
        if stamped.is_duplicate:
            return None
        self.last_arrival_s = arrival_s
        n, width = values.shape
        return EmgChunk(
            channels=self._channels[None].repeat(n, axis=0).ravel(),
            values=values.ravel(),
            arrivals_s=np.full(n * width, arrival_s),
            timestamps_s=stamped.timestamps_s.repeat(width),
            counters=stamped.counters_unwrapped.repeat(width),
            segments=np.full(n * width, self._segment, np.int32),
            flags=self._flags(values, stamped.n_lost_before, bool(packet.counters)).ravel(),
        )

    def _flags(self, values: Floats, n_lost: int, is_counted: bool) -> NDArray[np.uint8]:
        """Return (n, electrodes) what is to be known of each sample."""
        flags = np.full(values.shape, 0 if is_counted else SampleFlag.INDEX_INFERRED, np.uint8)
        if n_lost:
            flags[0] |= SampleFlag.AFTER_LOSS.value
        low, high = self._profile.low, self._profile.high
        if low < values.min() and values.max() < high:  # nearly always
            return flags
        flags[self._profile.is_saturated(values)] |= SampleFlag.SATURATED.value
        flags[(values < low) | (values > high)] |= SampleFlag.OUT_OF_RANGE.value
        return flags
