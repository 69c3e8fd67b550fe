"""Decoders: bytes of one notification in, samples out; None for bytes that make no sense, and never an exception."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mia_core.sensors.sensor_profile import Packet

_MOST: Final = 3.4028234663852886e38
"""Largest value that fits a sample, which is a float32."""
_BETWEEN_NUMBERS: Final = re.compile(r"[,;\s]+")
_UMYO: Final = struct.Struct(">BBbB9x2x")
"""Number of the measurement, battery, spectrum (its lowest part), muscle level; then spectrum and orientation."""


class CounterOf(StrEnum):
    """What the numbers of a counter count, and so where it is."""

    SAMPLE = "sample"
    """Every sample has its own number."""
    FIRST_SAMPLE = "first sample"
    """The header has the number of the packet's first sample."""
    PACKET = "packet"
    """The header has the number of the packet."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Where a packet has its counter.

    Attributes:
        of: What it counts; decides whether it is in the sample or in the header.
        field: Its place among the fields there, from 0.
        modulo: Where it wraps.
    """

    of: CounterOf
    field: int
    modulo: int


class StructDecoder:
    """Packets of a fixed form: an optional header, then the same number of samples each time, all the same.

    Args:
        sample: One sample in the letters of Python's `struct`, with `<` or `>` in front: a field per channel, and one
            for the counter when it counts samples.
        samples_per_packet: How many there are.
        header: Fields in front of the samples, in the same byte order; all but a counter are passed over.
        counter: The counter, None without.
        scale: Values are multiplied by this,
        offset: and this is added.

    Raises:
        struct.error: The letters mean nothing.
    """

    def __init__(
        self,
        sample: str,
        samples_per_packet: int = 1,
        *,
        header: str = "",
        counter: Counter | None = None,
        scale: float = 1.0,
        offset: float = 0.0,
    ) -> None:
        order, letters = sample[0], sample[1:]
        n_header, n_fields = count_fields(order + header), count_fields(sample)
        packet = struct.Struct(order + header + letters * samples_per_packet)
        self.packet_size: Final = packet.size
        self._unpack = packet.unpack
        self._n = samples_per_packet
        self._counter = counter
        self._modulo = self.counter_modulo
        in_sample = counter.field if counter is not None and counter.of is CounterOf.SAMPLE else None
        places = [place for place in range(n_fields) if place != in_sample]
        self._channels = [slice(n_header + place, None, n_fields) for place in places]
        self._counters = slice(n_header + (in_sample or 0), None, n_fields)
        self._scale = scale
        self._offset = offset
        self._is_scaled = (scale, offset) != (1.0, 0.0)
        self._may_not_fit = any(letter in letters for letter in "efd")

    @property
    def n_channels(self) -> int:
        """How many values a sample has."""
        return len(self._channels)

    @property
    def counter_modulo(self) -> int:
        """Where the counters that packets come with wrap: always of samples; 0 without."""
        if self._counter is None:
            return 0
        return self._counter.modulo * (self._n if self._counter.of is CounterOf.PACKET else 1)

    def __call__(self, payload: bytes) -> Packet | None:
        """Return what the bytes mean; None when they have another length, or hold no number or too large a one."""
        if len(payload) != self.packet_size:
            return None
        fields = self._unpack(payload)
        columns = [fields[channel] for channel in self._channels]
        if self._is_scaled:
            scale, offset = self._scale, self._offset
            columns = [tuple([value * scale + offset for value in column]) for column in columns]
        if self._may_not_fit and not all(abs(value) <= _MOST for column in columns for value in column):
            return None
        return Packet(tuple(zip(*columns, strict=True)), self._counters_in(fields))

    def _counters_in(self, fields: tuple[int, ...]) -> tuple[int, ...]:
        """Return the number of each sample."""
        counter = self._counter
        if counter is None:
            return ()
        if counter.of is CounterOf.SAMPLE:
            return fields[self._counters]
        first = fields[counter.field] * (self._n if counter.of is CounterOf.PACKET else 1)
        last, modulo = first + self._n, self._modulo
        if last <= modulo:
            return tuple(range(first, last))
        return tuple([number % modulo for number in range(first, last)])


class TextDecoder:
    """Numbers as text, as hobby boards print them: a sample a line, channels with commas, semicolons or blanks between.

    Args:
        n_channels: How many numbers of a line are used; further ones are passed over.
        scale: Values are multiplied by this,
        offset: and this is added.
    """

    def __init__(self, n_channels: int = 1, *, scale: float = 1.0, offset: float = 0.0) -> None:
        self.n_channels: Final = n_channels
        self._scale = scale
        self._offset = offset

    def __call__(self, payload: bytes) -> Packet | None:
        """Return what the text says; None when it is empty, not ASCII, or a line has too few numbers."""
        try:
            lines = payload.rstrip(b"\0").decode("ascii").split("\n")
            samples = tuple([self._sample(line) for line in lines if line.strip()])
        except ValueError:  # a UnicodeDecodeError is one too
            return None
        return Packet(samples) if samples else None

    def _sample(self, line: str) -> tuple[float, ...]:
        """Read a line.

        Raises:
            ValueError: It has too few numbers, or what is there is no number or too large a one.
        """
        words = _BETWEEN_NUMBERS.split(line.strip())[: self.n_channels]
        values = tuple([float(word) * self._scale + self._offset for word in words])
        if len(values) < self.n_channels or "_" in line or not all(abs(value) <= _MOST for value in values):
            raise ValueError(line)
        return values


def decode_umyo(payload: bytes) -> Packet | None:
    """Return the muscle level in a uMyo's advertisement.

    Args:
        payload: Its manufacturer-specific field, whole: the two bytes that Bluetooth takes for a company id (low byte
            first) are data here. 15 bytes: number of the measurement, battery, spectrum, level, orientation.

    The level comes as the root of what it was, and is root * root / 8, as the maker's receiver has it. The battery is a
    voltage (2 V, and 10 mV for each unit), and nobody has said which part of its charge that is, so it is left out.
    """
    if len(payload) != _UMYO.size:
        return None
    number, _battery, _spectrum, root = _UMYO.unpack(payload)
    return Packet((((root * root) >> 3,),), (number,))


def count_fields(letters: str) -> int:
    """Return how many numbers a `struct` format describes (struct.error when it means nothing)."""
    layout = struct.Struct(letters)
    return len(layout.unpack(bytes(layout.size)))
