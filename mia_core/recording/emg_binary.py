r"""sEMG of fast sensors on disk: packets of rows, each with a check sum, so that a crash costs at most the last packet.

    # {"format": "mia-live sEMG", "version": 1, ...}\n      the header of `emg_csv`
    EMG\xb1  bytes  crc32  rows                             packet after packet, numbers little-endian, uint32

A row is that of `emg_csv` in 26 bytes: arrival_ns int64, counter int64, value float32, segment int32, channel uint8
(the place in `MONTAGE`), flags uint8.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mia_core.clock import Clock, SystemClock
from mia_core.muscles import MONTAGE
from mia_core.recording.append_file import AppendFile
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_csv import EmgHeader, EmgRecording, header_to_json, read_emg_header
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
_LARGEST: Final = _HEAD.size + MAX_ROWS * ROW.itemsize
"""Bytes of a packet."""
_PIECE: Final = 1 << 20
"""So many bytes are read at a time."""
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
    places = [MONTAGE.placements.index(placement) for placement in header.profiles]
    with path.open("rb") as file:
        begin, size = len(file.readline()), os.fstat(file.fileno()).st_size
        kept = _Columns((size - begin) // ROW.itemsize)
        n_bad, whole = 0, begin
        for packet in _packets(file, begin, size):
            n_bad += packet.begin > whole
            whole = packet.end
            rows = packet.rows
            good = np.isin(rows["channel"], places) & (rows["segment"] >= 0) & np.isfinite(rows["value"])
            good &= (np.abs(rows["arrival_ns"]) < _MAX_COUNT) & (rows["counter"] >= -1) & (rows["counter"] < _MAX_COUNT)
            n_bad += len(rows) - int(np.count_nonzero(good))
            kept.append(rows[good])
    return kept.recording(header, is_torn=whole < size, n_bad_lines=n_bad)


def whole_bytes(path: Path) -> int:
    """Return how many bytes of a recording are whole: up to the end of its last good packet.

    Raises:
        EmgFileError: It is missing, is something else, or has a damaged header.
    """
    read_emg_header(path)
    with path.open("rb") as file:
        whole = len(file.readline())
        for packet in _packets(file, whole, os.fstat(file.fileno()).st_size):
            whole = packet.end
        return whole


class _Columns:
    """The columns of a recording, filled packet by packet: hours of fast sensors are in memory once, not four times."""

    def __init__(self, most_rows: int) -> None:
        self._n = 0
        self._arrivals_ns = np.empty(most_rows, np.int64)
        self._channels = np.empty(most_rows, np.intp)
        self._counters = np.empty(most_rows, np.int64)
        self._values = np.empty(most_rows, np.float32)
        self._flags = np.empty(most_rows, np.uint8)
        self._segments = np.empty(most_rows, np.int32)

    def append(self, rows: NDArray[np.void]) -> None:
        new = slice(self._n, self._n + len(rows))
        self._arrivals_ns[new] = rows["arrival_ns"]
        self._channels[new] = rows["channel"]
        self._counters[new] = rows["counter"]
        self._values[new] = rows["value"]
        self._flags[new] = rows["flags"]
        self._segments[new] = rows["segment"]
        self._n += len(rows)

    def recording(self, header: EmgHeader, *, is_torn: bool, n_bad_lines: int) -> EmgRecording:
        n = self._n
        return EmgRecording(
            header,
            self._arrivals_ns[:n],
            self._channels[:n],
            self._counters[:n],
            self._values[:n],
            self._flags[:n],
            self._segments[:n],
            is_torn=is_torn,
            n_bad_lines=n_bad_lines,
        )


class _Packet(NamedTuple):
    """A good packet's rows, and where in the file it begins and ends."""

    rows: NDArray[np.void]
    begin: int
    end: int


def _packets(file: BinaryIO, at: int, size: int) -> Iterator[_Packet]:
    """Yield the good packets between two places of a file, of which a piece is in memory at a time."""
    file.seek(at)
    start, piece = at, b""
    while True:
        end = start + len(piece)
        if end - at < _LARGEST and end < size:
            more = file.read(min(_PIECE, size - end))
            start, piece, size = at, piece[at - start :] + more, size if more else end
            continue
        found = piece.find(MARK, at - start)
        if found < 0 or found + _HEAD.size > len(piece):
            if end == size:
                return
            at = max(at, end - len(MARK) + 1) if found < 0 else start + found
        elif found + _LARGEST > len(piece) and end < size:
            at = start + found  # the rest of it comes with the next piece
        else:
            _, n_bytes, crc = _HEAD.unpack_from(piece, found)
            at = start + found + 1  # should the mark be chance, or the packet damaged: look for the next
            if n_bytes > MAX_ROWS * ROW.itemsize or n_bytes % ROW.itemsize:
                continue
            packet = piece[found + _HEAD.size : found + _HEAD.size + n_bytes]
            if len(packet) == n_bytes and zlib.crc32(packet) == crc:
                at = start + found + _HEAD.size + n_bytes
                yield _Packet(np.frombuffer(packet, ROW), start + found, at)
