"""Frames and samples that carry their own index, so that loss, doubling and exchange show in every recording."""

from __future__ import annotations

import threading

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk, Frame, Image
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind
from mia_core.streams import EndOfStream, SourceInfo
from tests.fakes.scripted_sensors import ScriptedSensors

KILOHERTZ = SensorProfile("raw-1k", "Raw test sensor", SignalKind.RAW, 1000.0, "counts", 0.0, 2.0**24, lambda _: None)
BITS = 16
CELL = 16


def numbered_image(index: int, size: tuple[int, int] = (240, 320), background: Image | None = None) -> Image:
    """A picture with its index as black and white cells along the top, which compression can't wash out."""
    image = np.full((*size, 3), 90, np.uint8) if background is None else background.copy()
    for bit in range(BITS):
        image[:CELL, bit * CELL : (bit + 1) * CELL] = 255 if index >> bit & 1 else 0
    image.flags.writeable = False
    return image


def index_of(image: Image) -> int:
    """Return the index in a picture."""
    centres = image[CELL // 2, CELL // 2 : BITS * CELL : CELL].mean(axis=-1)
    return int(sum(1 << bit for bit, grey in enumerate(centres) if grey > 127))


def numbered_frame(
    index: int, rate_hz: float = 30.0, zero_s: float = 100.0, size: tuple[int, int] = (240, 320)
) -> Frame:
    return Frame(numbered_image(index, size), index / rate_hz, zero_s + index / rate_hz, index)


def numbered_chunk(begin: int, n: int, zero_s: float = 100.0, rate_hz: float = 1000.0) -> EmgChunk:
    """Samples `begin` to `begin + n` of all eight channels; values and counters are their numbers."""
    numbers = np.repeat(np.arange(begin, begin + n), 8)
    times_s = zero_s + numbers / rate_hz
    return EmgChunk(
        np.tile(np.arange(8), n),
        numbers.astype(np.float32),
        times_s,
        times_s,
        numbers.astype(np.int64),
        np.zeros(8 * n, np.int32),
        np.zeros(8 * n, np.uint8),
    )


class NumberedCamera:
    """A camera that numbers its pictures and keeps its rate by the clock, for some seconds."""

    def __init__(
        self,
        seconds: float,
        size: tuple[int, int] = (240, 320),
        rate_hz: float = 30.0,
        clock: Clock | None = None,
        backgrounds: int = 1,
    ) -> None:
        rng = np.random.default_rng(1)
        self._n = round(seconds * rate_hz)
        self._rate_hz = rate_hz
        self._size = size
        self._clock = clock or SystemClock()
        soft = rng.integers(0, 255, (backgrounds, size[0] // 8, size[1] // 8, 3), np.uint8)
        self._backgrounds = [np.ascontiguousarray(one.repeat(8, 0).repeat(8, 1)[: size[0], : size[1]]) for one in soft]
        self._next = 0
        self._zero_s = 0.0

    def open(self) -> SourceInfo:
        self._zero_s = self._clock.now()
        height, width = self._size
        return SourceInfo(
            "numbered", "numbered", is_live=True, width_px=width, height_px=height, nominal_hz=self._rate_hz
        )

    def read(self) -> Frame | None:
        if self._next >= self._n:
            raise EndOfStream
        index, self._next = self._next, self._next + 1
        image = numbered_image(index, self._size, self._backgrounds[index % len(self._backgrounds)])
        self._clock.wait(self._zero_s + index / self._rate_hz - self._clock.now())
        return Frame(image, index / self._rate_hz, self._clock.now(), index)

    def close(self) -> None:
        pass


class NumberedSensors(ScriptedSensors):
    """Eight sensors of 1 kHz whose samples are their numbers, by the clock, for some seconds."""

    def __init__(self, seconds: float, clock: Clock | None = None) -> None:
        super().__init__(KILOHERTZ, tuple(range(len(MONTAGE))))
        self._n = round(seconds * 1000)
        self._clock = clock or SystemClock()
        self._next = 0
        self._zero_s = 0.0
        self.is_over = threading.Event()

    def open(self) -> SourceInfo:
        self._zero_s = self._clock.now()
        return super().open()

    def read(self) -> EmgChunk | None:
        if self._next >= self._n:
            self.is_over.set()
            raise EndOfStream
        n = min(20, self._n - self._next)
        self._clock.wait(self._zero_s + (self._next + n) / 1000 - self._clock.now())
        chunk = numbered_chunk(self._next, n, self._zero_s)
        self._next += n
        return chunk
