"""What the packets of an unknown sensor may hold: a guess for a person to check, never a profile by itself."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_PACKETS: Final = 8
"""Fewer tell nothing."""
_STEADY: Final = 0.9
"""A counter grows by the same from packet to packet in so many cases; the others are losses."""
_MOST_PER_PACKET: Final = 64
"""A counter of samples grows by at most this."""
_CLEARLY_SMOOTHER: Final = 0.5
"""Wider numbers must have this share of the narrower ones' roughness at most."""
_NUMBERS: Final = re.compile(rb"[\s\0]*[-+]?\d+(?:\.\d+)?(?:[,;\s]+[-+]?\d+(?:\.\d+)?)*[,;\s\0]*")
_LETTERS: Final = {1: "Bb", 2: "Hh", 4: "Ii"}
_FLOAT_MOST: Final = 1e7
_FLOAT_LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class PacketGuess:
    """The form of packets in the words of a profile file, as far as it can be guessed.

    Attributes:
        format: One sample in the letters of Python's `struct`, or `text`; empty when nothing was recognised.
        samples: Samples per packet.
        header: Letters in front of the samples; empty for none.
        counter_of: `sample`, `first sample` or `packet` where a counter was recognised, else empty.
    """

    format: str = ""
    samples: int = 1
    header: str = ""
    counter_of: str = ""

    def __str__(self) -> str:
        """A line for people."""
        if not self.format:
            return "nothing recognised"
        parts = [f'format "{self.format}"', f"samples {self.samples}"]
        parts += [f'header "{self.header}"'] if self.header else []
        parts += [f"counter of {self.counter_of}"] if self.counter_of else []
        return ", ".join(parts)


def guess_packets(payloads: Sequence[bytes]) -> PacketGuess:
    """Guess the form of packets from some that came one after another.

    A counter is a byte that grows by the same each time; numbers are read the way in which they change least, since
    signals are smooth and wrongly cut numbers are not.

    Args:
        payloads: At least `LEAST_PACKETS`, while the sensor measures something that changes.
    """
    if len(payloads) < LEAST_PACKETS:
        return PacketGuess()
    if all(_NUMBERS.fullmatch(payload) for payload in payloads):
        return PacketGuess("text")
    length = len(payloads[0])
    if not length or any(len(payload) != length for payload in payloads):
        return PacketGuess()
    packets = np.frombuffer(b"".join(payloads), np.uint8).reshape(len(payloads), length)
    places, steps = _counters(packets)
    if len(places) > 1:
        repeated = _per_sample(packets, places)
        if repeated is not None:
            return repeated
    if places and places[0] == 0 and length > 1:
        numbers = _numbers(packets[:, 1:])
        samples = steps[0] if (length - 1) % (struct.calcsize(numbers) * steps[0]) == 0 else 1
        counter_of = "packet" if steps[0] == 1 else "first sample"
        return _whole(numbers, length - 1, samples, "B", counter_of)
    return _whole(_numbers(packets), length, 1, "", "")


def _whole(number: str, length: int, samples: int, header: str, counter_of: str) -> PacketGuess:
    """Return the guess for `length` bytes of equal numbers; how many channels there are can't be seen."""
    n_channels = length // struct.calcsize(number) // samples
    letters = number[1] if n_channels == 1 else f"{n_channels}{number[1]}"
    return PacketGuess(number[0] + letters, samples, header, counter_of)


def _counters(packets: NDArray[np.uint8]) -> tuple[list[int], list[int]]:
    """Return the places of bytes that grow evenly, and by how much."""
    growth = packets[1:] - packets[:-1]  # (n - 1, length), without the wrap-around
    places, steps = [], []
    for place in range(packets.shape[1]):
        values, counts = np.unique(growth[:, place], return_counts=True)
        step = int(values[counts.argmax()])
        if 0 < step <= _MOST_PER_PACKET and counts.max() >= _STEADY * len(growth):
            places.append(place)
            steps.append(step)
    return places, steps


def _per_sample(packets: NDArray[np.uint8], places: list[int]) -> PacketGuess | None:
    """Return the guess for samples that have a counter each, None when the places are not even."""
    length = packets.shape[1]
    pitch = places[1] - places[0]
    if length % pitch or places != list(range(0, length, pitch)) or pitch == 1:
        return None
    samples = packets.reshape(-1, pitch)[:, 1:]
    number = _numbers(samples)
    n_channels = (pitch - 1) // struct.calcsize(number)
    letters = number[1] if n_channels == 1 else f"{n_channels}{number[1]}"
    return PacketGuess(f"{number[0]}B{letters}", length // pitch, "", "sample")


def _numbers(rows: NDArray[np.uint8]) -> str:
    """Return byte order and letter of the numbers that rows of bytes hold; narrower ones when in doubt."""
    width = rows.shape[1]
    if width % 4 == 0:
        for order in "<>":
            if _are_floats(np.frombuffer(rows.tobytes(), f"{order}f4")):
                return f"{order}f"
    best, best_roughness = "<B", np.inf
    for size, letters in _LETTERS.items():
        if width % size:
            continue
        candidates = [order + letter for letter in letters for order in ("<>" if size > 1 else "<")]
        roughness = {candidate: _roughness(rows, candidate) for candidate in candidates}
        number = min(roughness, key=roughness.__getitem__)
        if roughness[number] < best_roughness * (1.0 if best_roughness == np.inf else _CLEARLY_SMOOTHER):
            best, best_roughness = number, roughness[number]
    return best


def _are_floats(values: NDArray[np.float32]) -> bool:
    size = np.abs(values)
    return bool(np.all((size == 0) | ((size >= _FLOAT_LEAST) & (size <= _FLOAT_MOST))) and np.any(size))


def _roughness(rows: NDArray[np.uint8], number: str) -> float:
    """Return the mean change from row to row as a share of what such numbers can hold."""
    kind = np.dtype(number[0] + {"B": "u1", "b": "i1", "H": "u2", "h": "i2", "I": "u4", "i": "i4"}[number[1]])
    values = np.frombuffer(rows.tobytes(), kind).reshape(len(rows), -1).astype(np.float64)
    return float(np.abs(np.diff(values, axis=0)).mean() / 256.0**kind.itemsize)
