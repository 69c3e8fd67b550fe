r"""sEMG of fast sensors on disk: packets of rows, each with a check sum, so that a crash costs at most the last packet.

    # {"format": "mia-live sEMG", "version": 1, ...}\n      the header of `emg_csv`
    EMG\xb1  bytes  crc32  rows                             packet after packet, numbers little-endian, uint32

A row is that of `emg_csv` in 26 bytes: arrival_ns int64, counter int64, value float32, segment int32, channel uint8
(the place in `MONTAGE`), flags uint8.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.clock import Clock, SystemClock
from mia_core.muscles import MONTAGE
from mia_core.recording.append_file import AppendFile
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_csv import EmgRecording, header_to_json, read_emg_header
from mia_core.sensors.sensor_source import SensorSource

FAST_HZ: Final = 200.0
"""Sensors above this rate are recorded in this form: as text, eight of 1 kHz would be 400 kB a second."""
MARK: Final = b"EMG\xb1"
ROW: Final = np.dtype(
    [
        ("arrival_ns", "<i8"),
        ("counter", "<i8"),
        ("value", "<f4"),
        ("segment", "<i4"),
        ("channel", "u1"),
        ("flags", "u1"),
    ]
)
MAX_ROWS: Final = 40_000
"""Of one packet."""
_HEAD: Final = struct.Struct("<4sII")
_MAX_COUNT: Final = 2**62


class EmgBinaryWriter:
    """Appends samples to a new file and hands every chunk to the system at once; used from one thread.

    Args:
        path: A file that does not exist: nothing is ever overwritten.
        source: The sensors that are recorded; they need not be open.
        clock: Tells the moment of the beginning.

    Raises:
        RecordingError: The file exists or can't be made.
    """

    def __init__(self, path: Path, source: SensorSource, clock: Clock | None = None) -> None:
        self.file = AppendFile(path)
        self.file.append(f"# {json.dumps(header_to_json(source, clock or SystemClock()))}\n".encode())

    def write(self, chunk: EmgChunk) -> None:
        """Append the samples of a chunk.

        Raises:
            RecordingError: The disk is full or gone.
        """
        rows = np.empty(len(chunk), ROW)
        rows["arrival_ns"] = np.rint(chunk.arrivals_s * 1e9)
        rows["counter"] = chunk.counters
        rows["value"] = chunk.values
        rows["segment"] = chunk.segments
        rows["channel"] = chunk.channels
        rows["flags"] = chunk.flags
        for begin in range(0, len(rows), MAX_ROWS):
            packet = rows[begin : begin + MAX_ROWS].tobytes()
            self.file.append(_HEAD.pack(MARK, len(packet), zlib.crc32(packet)) + packet)


def read_emg_binary(path: Path) -> EmgRecording:
    """Return a recording; packets that are damaged, and rows of muscles without a sensor, are left out and counted.

    Raises:
        EmgFileError: It is missing, is something else, or has a damaged header.
    """
    header = read_emg_header(path)
    data = path.read_bytes()
    packets, n_bad, whole = _packets(data, data.find(b"\n") + 1)
    rows = np.concatenate([np.empty(0, ROW), *packets])
    places = [MONTAGE.placements.index(placement) for placement in header.profiles]
    good = np.isin(rows["channel"], places) & (rows["segment"] >= 0) & np.isfinite(rows["value"])
    good &= (np.abs(rows["arrival_ns"]) < _MAX_COUNT) & (rows["counter"] >= -1) & (rows["counter"] < _MAX_COUNT)
    kept = rows[good]
    return EmgRecording(
        header,
        kept["arrival_ns"].astype(np.int64),
        kept["channel"].astype(np.intp),
        kept["counter"].astype(np.int64),
        kept["value"].astype(np.float32),
        kept["flags"].astype(np.uint8),
        kept["segment"].astype(np.int32),
        is_torn=whole < len(data),
        n_bad_lines=n_bad + len(rows) - len(kept),
    )


def whole_bytes(path: Path) -> int:
    """Return how many bytes of a recording are whole: up to the end of its last good packet.

    Raises:
        EmgFileError: It is missing, is something else, or has a damaged header.
    """
    read_emg_header(path)
    data = path.read_bytes()
    return _packets(data, data.find(b"\n") + 1)[2]


def _packets(data: bytes, begin: int) -> tuple[list[NDArray[np.void]], int, int]:
    """Return the good packets' rows, how many places between them were damaged, and where the last good one ends."""
    packets: list[NDArray[np.void]] = []
    n_bad, at, whole = 0, begin, begin
    while True:
        found = data.find(MARK, at)
        if found < 0 or found + _HEAD.size > len(data):
            return packets, n_bad, whole
        _, n_bytes, crc = _HEAD.unpack_from(data, found)
        packet = data[found + _HEAD.size : found + _HEAD.size + n_bytes]
        fits = len(packet) == n_bytes <= MAX_ROWS * ROW.itemsize and n_bytes % ROW.itemsize == 0
        if fits and zlib.crc32(packet) == crc:
            n_bad += found > whole
            packets.append(np.frombuffer(packet, ROW))
            at = whole = found + _HEAD.size + n_bytes
        else:
            at = found + 1  # the mark was chance, or the packet is damaged: look for the next
