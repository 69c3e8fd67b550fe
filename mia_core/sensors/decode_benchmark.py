"""How much faster raw packets are turned into samples than eight sensors of 1 kHz send them."""

from __future__ import annotations

import statistics
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mia_core.clock import processor_s
from mia_core.sensors.packet import Counter, CounterOf, StructDecoder
from mia_core.sensors.profiles import NPG_LITE
from mia_core.sensors.sample_stream import SampleStream
from mia_core.sensors.sensor_profile import SensorProfile

NEEDED_HZ: Final = 8 * 1000.0
"""Samples a second of eight sensors of 1 kHz."""
_ROUNDS: Final = 5
_SAMPLES_PER_ROUND: Final = 60_000
_RAMP: Final = 4096
"""Packets hold a ramp of so many values: no two neighbours are alike."""


@dataclass(frozen=True, slots=True)
class DecodeSpeed:
    """What was measured on packets of one form, in processor time, so that a busy machine changes it little.

    Attributes:
        name: The sensor.
        packet_bytes: Length of a packet.
        samples_per_packet: Values in it, all channels together.
        decoded_hz: Samples a second from bytes to rows, each packet's with its arrival time appended to a list.
        finished_hz: Samples a second with all that follows in the program: time stamps, losses, flags, signal quality,
            and the arrays that are handed on.
    """

    name: str
    packet_bytes: int
    samples_per_packet: int
    decoded_hz: float
    finished_hz: float

    @property
    def decoded_ratio(self) -> float:
        """`decoded_hz` over what eight sensors of 1 kHz need."""
        return self.decoded_hz / NEEDED_HZ

    @property
    def finished_ratio(self) -> float:
        """`finished_hz` over what eight sensors of 1 kHz need."""
        return self.finished_hz / NEEDED_HZ


def measure_decoding(rounds: int = _ROUNDS) -> tuple[DecodeSpeed, ...]:
    """Measure the NPG Lite's packets, and those of a 1 kHz sensor that sends 50 or 10 times a second.

    Args:
        rounds: Of which the median is taken; one takes about half a second.
    """
    return tuple(_speed(profile, rounds) for profile in (NPG_LITE, _one_kilohertz(20), _one_kilohertz(100)))


def _one_kilohertz(samples: int) -> SensorProfile:
    """Return a sensor of one channel, 16 bits and a counter of packets."""
    decoder = StructDecoder("<h", samples, header="B", counter=Counter(CounterOf.PACKET, 0, 256))
    return replace(
        NPG_LITE,
        key="one_kilohertz",
        name=f"1 kHz x {samples}",
        rate_hz=1000.0,
        decode=decoder,
        n_channels=1,
        counter_modulo=decoder.counter_modulo,
    )


def _packets(profile: SensorProfile, n: int) -> list[bytes]:
    """Return so many packets in a row."""
    if profile is NPG_LITE:
        rows = ((i % 256, i % _RAMP, (i + 1) % _RAMP, (i + 2) % _RAMP) for i in range(10 * n))
        samples = [struct.pack(">Bhhh", *row) for row in rows]
        return [b"".join(samples[10 * k : 10 * k + 10]) for k in range(n)]
    per_packet = profile.counter_modulo // 256
    ramp = [i % _RAMP for i in range(n * per_packet)]
    return [struct.pack(f"<B{per_packet}h", k % 256, *ramp[k * per_packet : (k + 1) * per_packet]) for k in range(n)]


def _speed(profile: SensorProfile, rounds: int) -> DecodeSpeed:
    first = profile.decode(_packets(profile, 1)[0])
    rows = len(first.samples) if first is not None else 0
    per_packet = rows * profile.n_channels
    packets = _packets(profile, _SAMPLES_PER_ROUND // per_packet)
    arrivals_s = [number * rows / profile.rate_hz for number in range(len(packets))]

    def decode() -> list[object]:
        kept: list[object] = []
        for arrival_s, payload in zip(arrivals_s, packets, strict=True):
            packet = profile.decode(payload)
            if packet is not None:
                kept.append((arrival_s, packet.counters, packet.samples))
        return kept

    def finish() -> list[object]:
        stream = SampleStream(profile, {channel: channel for channel in range(profile.n_channels)})
        stream.new_segment()
        kept: list[object] = []
        for arrival_s, payload in zip(arrivals_s, packets, strict=True):
            chunk = stream.add(arrival_s, payload)
            if chunk is not None:
                kept.append(chunk)
        return kept

    n = per_packet * len(packets)
    decoded_s, finished_s = (_median_s(work, len(packets), rounds) for work in (decode, finish))
    return DecodeSpeed(profile.name, len(packets[0]), per_packet, n / decoded_s, n / finished_s)


def _median_s(work: Callable[[], list[object]], n_expected: int, rounds: int) -> float:
    """Return the processor time of a round of work that must keep every packet."""
    times_s: list[float] = []
    for _ in range(rounds):
        began_s = processor_s()
        n_kept = len(work())
        times_s.append(processor_s() - began_s)
        if n_kept != n_expected:
            raise RuntimeError(f"{n_expected - n_kept} good packets were dropped")
    return statistics.median(times_s)
