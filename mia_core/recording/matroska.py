"""Pictures with times in a Matroska file that is whole after every picture, and is read by every video player.

Each JPEG picture is a cluster of its own, written in one piece with its time in microseconds. A crash leaves at most
one torn cluster at the end; all before it plays. `complete_video` adds what makes seeking fast, an index and the
length, at the end of a recording or after a crash. It appends, and fills places that were kept free: no picture moves.

Form: RFC 9559 (Matroska), RFC 8794 (EBML); codec V_MJPEG.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.recording.append_file import AppendFile

TICK_NS: Final = 1000
"""Times are whole microseconds."""
INDEX_EVERY: Final = 10
"""Pictures between two places of the index."""
MAX_SIDE_PX: Final = 16_384
_EBML, _SEGMENT, _CLUSTER = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"
_INFO, _TRACKS, _CUES, _SEEK_HEAD = b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\x1c\x53\xbb\x6b", b"\x11\x4d\x9b\x74"
_TIME, _BLOCK = b"\xe7", b"\xa3"
_UNKNOWN_SIZE: Final = b"\x01" + b"\xff" * 7
_BLOCK_HEAD: Final = b"\x81\x00\x00\x80"  # track 1, no offset from the cluster's time, a key frame
_CLUSTER_HEAD: Final = 42  # bytes before the JPEG
_SEEK_HEAD_BYTES: Final = 5 + 3 * 21
_DURATION_BYTES: Final = 11
_SIZE_BYTES: Final = 34  # width and height, at the end of the description of the track
_LONGEST_US: Final = 2**62


class MatroskaError(ValueError):
    """A file is not one of those written here."""


@dataclass(frozen=True, slots=True)
class VideoIndex:
    """Where the pictures of a file are.

    Attributes:
        segment_at: Where the content of the file's one segment begins.
        info_at: Where its facts begin.
        tracks_at: Where they end and the description of the one track begins.
        size_px: Width and height that the file promises.
        times_us: (n,) int64 since the first picture.
        jpegs: (n, 2) int64 where each picture begins and ends in the file.
        end: Where the last whole picture ends.
    """

    segment_at: int
    info_at: int
    tracks_at: int
    size_px: tuple[int, int]
    times_us: NDArray[np.int64]
    jpegs: NDArray[np.int64]
    end: int

    def __len__(self) -> int:
        return len(self.times_us)


class MatroskaWriter:
    """Appends pictures to a new file; used from one thread.

    Args:
        path: A file that does not exist: nothing is ever overwritten.
        size_px: Width and height of the pictures.
        software: What writes it.

    Raises:
        RecordingError: The file exists or can't be made.
    """

    def __init__(self, path: Path, size_px: tuple[int, int], software: str) -> None:
        self.file = AppendFile(path)
        head = _element(_EBML, _ebml_header()) + _SEGMENT + _UNKNOWN_SIZE
        self.file.append(head + _void(_SEEK_HEAD_BYTES) + _element(_INFO, _info(software)) + _tracks(size_px))

    def append(self, jpeg: bytes, time_us: int) -> None:
        """Append a picture; times count from the first, and grow.

        Raises:
            RecordingError: The disk is full or gone.
        """
        block = _element(_BLOCK, _BLOCK_HEAD + jpeg)
        self.file.append(_element(_CLUSTER, _element(_TIME, struct.pack(">Q", time_us)) + block))


def index_video(path: Path) -> VideoIndex:
    """Find the pictures of a file, closed or not; reads no picture.

    Raises:
        MatroskaError: It is not a file of `MatroskaWriter`.
        OSError: It can't be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        name, _, at = next(_elements(file, 0, size), (b"", 0, 0))
        segment, segment_at, _ = next(_elements(file, at, size), (b"", 0, 0))
        if (name, segment) != (_EBML, _SEGMENT):
            raise MatroskaError("it is not a video of a recording")
        return _index(file, segment_at, size)


def complete_video(path: Path) -> tuple[int, int]:
    """Cut off a torn picture and add index and length; may be called again.

    Returns:
        How many pictures there are, and how many torn bytes were cut off.

    Raises:
        MatroskaError: It is not a file of `MatroskaWriter`.
        OSError: It can't be read or written.
    """
    index = index_video(path)
    starts = index.jpegs[::INDEX_EVERY, 0] - _CLUSTER_HEAD - index.segment_at
    cues = _cues(list(zip(index.times_us[::INDEX_EVERY].tolist(), starts.tolist(), strict=True)))
    with path.open("r+b") as file:
        file.seek(index.end)
        n_torn = 0 if file.read(4) == _CUES else path.stat().st_size - index.end
        file.truncate(index.end)
        file.seek(index.end)
        file.write(cues)
        file.seek(index.segment_at - 8)
        file.write((index.end + len(cues) - index.segment_at | 1 << 56).to_bytes(8, "big"))
        places = ((_INFO, index.info_at), (_TRACKS, index.tracks_at), (_CUES, index.end))
        file.write(_seek_head([(name, place - index.segment_at) for name, place in places]))
        file.seek(index.tracks_at - _DURATION_BYTES)
        file.write(b"\x44\x89\x88" + struct.pack(">d", _duration_us(index.times_us)))
        file.flush()
        os.fsync(file.fileno())
    return len(index), n_torn


def cut_video(path: Path, n_pictures: int) -> None:
    """Cut a file off after its first pictures, without adding an index; `complete_video` does that.

    Raises:
        MatroskaError: It is not a file of `MatroskaWriter`.
        OSError: It can't be read or written.
    """
    index = index_video(path)
    if n_pictures < len(index):
        os.truncate(path, int(index.jpegs[n_pictures, 0]) - _CLUSTER_HEAD)


def _index(file: BinaryIO, segment_at: int, size: int) -> VideoIndex:
    """Walk over a segment until its pictures end."""
    size_px, end, tracks_at = (0, 0), segment_at, segment_at
    times_us: list[int] = []
    jpegs: list[tuple[int, int]] = []
    for name, at, after in _elements(file, segment_at, size):
        if name == _TRACKS:
            size_px, tracks_at = _size_px(file, at, after), end
        elif name == _CLUSTER:
            file.seek(at)
            head = file.read(_CLUSTER_HEAD - 12)
            time_us = int.from_bytes(head[9:17], "big")
            length = int.from_bytes(head[18:26], "big") & ((1 << 56) - 1)
            is_ours = (head[:1], head[17:18], at + 26 + length) == (_TIME, _BLOCK, after)
            if not is_ours or time_us > _LONGEST_US:
                break
            times_us.append(time_us)
            jpegs.append((at - 12 + _CLUSTER_HEAD, after))
        elif jpegs:
            break  # the index of a file that was closed, or what a loss of power left
        end = after
    if size_px == (0, 0):
        raise MatroskaError("it has no head")
    return VideoIndex(
        segment_at,
        segment_at + _SEEK_HEAD_BYTES,
        tracks_at,
        size_px,
        np.array(times_us, np.int64),
        np.array(jpegs, np.int64).reshape(-1, 2),
        end,
    )


def _elements(file: BinaryIO, at: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Walk over whole elements: name, where the content begins, where it ends."""
    while at < size:
        file.seek(at)
        head = file.read(12)
        n_name = _vint_bytes(head[:1])
        n_size = _vint_bytes(head[n_name : n_name + 1])
        if n_name == 0 or n_name > 4 or n_size == 0 or len(head) < n_name + n_size:
            return
        name, content = head[:n_name], at + n_name + n_size
        length = int.from_bytes(head[n_name : n_name + n_size], "big") & ((1 << 7 * n_size) - 1)
        is_unknown = length == (1 << 7 * n_size) - 1
        after = size if is_unknown else content + length
        if after > size and name != _SEGMENT:
            return
        yield name, content, after
        at = after


def _vint_bytes(first: bytes) -> int:
    """Return how many bytes a number has that begins so, 0 for none."""
    return 0 if not first or first[0] == 0 else 9 - first[0].bit_length()


def _size_px(file: BinaryIO, at: int, after: int) -> tuple[int, int]:
    file.seek(at)
    tail = file.read(min(after - at, 1000))[-_SIZE_BYTES:]
    if len(tail) != _SIZE_BYTES or tail[:1] != b"\xb0":
        raise MatroskaError("it was written by something else")
    width, height = int.from_bytes(tail[9:17], "big"), int.from_bytes(tail[26:34], "big")
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
        raise MatroskaError("its pictures are too large to be true")
    return width, height


def _element(name: bytes, content: bytes) -> bytes:
    return name + (len(content) | 1 << 56).to_bytes(8, "big") + content


def _number(name: bytes, value: int) -> bytes:
    return _element(name, value.to_bytes(8, "big"))


def _void(n_bytes: int) -> bytes:
    """Return a place of 3 to 128 bytes to be filled later."""
    return b"\xec" + bytes([0x80 | n_bytes - 2]) + bytes(n_bytes - 2)


def _ebml_header() -> bytes:
    return b"".join(
        (
            _number(b"\x42\x86", 1),
            _number(b"\x42\xf7", 1),
            _number(b"\x42\xf2", 4),
            _number(b"\x42\xf3", 8),
            _element(b"\x42\x82", b"matroska"),
            _number(b"\x42\x87", 4),
            _number(b"\x42\x85", 2),
        )
    )


def _info(software: str) -> bytes:
    """Return the facts; the length has the last place, which stays void until the file is closed."""
    name = software.encode()
    facts = (_number(b"\x2a\xd7\xb1", TICK_NS), _element(b"\x4d\x80", name), _element(b"\x57\x41", name))
    return b"".join(facts) + _void(_DURATION_BYTES)


def _tracks(size_px: tuple[int, int]) -> bytes:
    width, height = size_px
    video = _number(b"\xb0", width) + _number(b"\xba", height)
    track = (
        _number(b"\xd7", 1)
        + _number(b"\x73\xc5", 1)
        + _number(b"\x83", 1)
        + _number(b"\x9c", 0)
        + _element(b"\x86", b"V_MJPEG")
        + _element(b"\xe0", video)
    )
    return _element(_TRACKS, _element(b"\xae", track))


def _cues(places: list[tuple[int, int]]) -> bytes:
    return _element(
        _CUES,
        b"".join(
            _element(b"\xbb", _number(b"\xb3", time) + _element(b"\xb7", _number(b"\xf7", 1) + _number(b"\xf1", place)))
            for time, place in places
        ),
    )


def _duration_us(times_us: NDArray[np.int64]) -> float:
    """Return the length, in which the last picture stays as long as the one before it."""
    last_us = times_us[-2:].tolist()
    return float(last_us[-1] + max(last_us[-1] - last_us[0], 1)) if last_us else 1.0


def _seek_head(places: list[tuple[bytes, int]]) -> bytes:
    """Return where the parts of a segment are, in the `_SEEK_HEAD_BYTES` that were kept free."""
    entries = b"".join(
        b"\x4d\xbb\x92\x53\xab\x84" + name + b"\x53\xac\x88" + place.to_bytes(8, "big") for name, place in places
    )
    return _SEEK_HEAD + bytes([0x80 | len(entries)]) + entries
