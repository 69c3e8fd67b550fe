"""sEMG on disk: one line for each sample as it arrives, so that a crash costs at most the line being written.

    # {"format": "mia-live sEMG", "version": 1, "is_measured": true, "sensors": [...], ...}
    arrival_ns,placement,counter,value,flags,segment
    812345678901234,left_biceps,-1,143,8,0

Anything that reads CSV and passes over comments can read it: `pandas.read_csv(path, comment="#")`. Times are raw
arrivals on the recording computer's monotonic clock; the header says which UTC belongs to one of them. `counter` is -1
where the sensor counts nothing, `flags` are those of `SampleFlag`, `segment` is the number of the connection.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from mia_core.clock import Clock, SystemClock
from mia_core.errors import MiaError, RecordingError
from mia_core.muscles import MONTAGE, Placement
from mia_core.samples import EmgChunk, Floats
from mia_core.sensors.recorded_sensor import profile_from_json, profile_to_json
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_source import SensorSource

FORMAT: Final = "mia-live sEMG"
VERSION: Final = 1
COLUMNS: Final = ("arrival_ns", "placement", "counter", "value", "flags", "segment")
_MAX_COUNT: Final = 2**62
_MAX_VALUE: Final = 3.40282356e38
"""What nine digits may make of the largest float32."""
_MAX_SEGMENT: Final = 2**31


class EmgFileError(MiaError):
    """A file of sEMG is missing, is something else, or has a damaged header."""


@dataclass(frozen=True, slots=True)
class EmgHeader:
    """What a recording says of itself.

    Attributes:
        label: What the values are, such as `measured sEMG`.
        is_measured: Whether they come from real sensors on a person.
        montage: Which sensor sat where.
        profiles: Kind of the sensor on each muscle of the montage.
        utc: When the recording began, ISO 8601.
        monotonic_s: The same moment on the clock of the arrivals.
    """

    label: str
    is_measured: bool
    montage: SensorMontage
    profiles: Mapping[Placement, SensorProfile]
    utc: str
    monotonic_s: float


@dataclass(frozen=True, slots=True)
class EmgRecording:
    """The samples of a recording, by arrival.

    Attributes:
        header: What it says of itself.
        arrivals_ns: (n,) int64 raw arrivals on the recording computer's monotonic clock.
        channels: (n,) intp places in `MONTAGE`.
        counters: (n,) int64 without wrap-arounds, -1 where the sensor has none.
        values: (n,) float32 in the unit of the sensor's profile.
        flags: (n,) uint8 of `SampleFlag`.
        segments: (n,) int32 number of the connection.
        is_torn: Whether the last line was not whole and was left out: the program or the computer stopped amid it.
        n_bad_lines: Other lines that are no samples and were left out.
    """

    header: EmgHeader
    arrivals_ns: NDArray[np.int64]
    channels: NDArray[np.intp]
    counters: NDArray[np.int64]
    values: Floats
    flags: NDArray[np.uint8]
    segments: NDArray[np.int32]
    is_torn: bool
    n_bad_lines: int

    def __len__(self) -> int:
        return len(self.values)


class EmgCsvWriter:
    """Appends samples to a new file and hands every chunk to the system at once. Use it from one thread.

    Args:
        path: A file that does not exist: nothing is ever overwritten.
        source: The sensors that are recorded; they need not be open.
        clock: Tells the moment of the beginning.

    Raises:
        RecordingError: The file exists or can't be made.
    """

    def __init__(self, path: Path, source: SensorSource, clock: Clock | None = None) -> None:
        self._path = path
        clock = clock or SystemClock()
        try:
            # Line-buffered: what a call wrote is with the system when it returns, and a crash can't take it back.
            self._file = path.open("x", encoding="utf-8", newline="\n", buffering=1)
        except FileExistsError as error:
            raise RecordingError(f"{path} exists, and nothing is overwritten.", "Choose another name.") from error
        except OSError as error:
            raise self._cannot_write(error) from error
        self._write(f"# {json.dumps(header_to_json(source, clock))}\n{','.join(COLUMNS)}\n")

    def write(self, chunk: EmgChunk) -> None:
        """Append the samples of a chunk.

        Raises:
            RecordingError: The disk is full or gone.
        """
        arrivals_ns = np.rint(chunk.arrivals_s * 1e9).astype(np.int64)
        columns = (arrivals_ns, chunk.channels, chunk.counters, chunk.values, chunk.flags, chunk.segments)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self._write(
            "".join(
                f"{arrival_ns},{MONTAGE.names[channel]},{counter},{value:.9g},{flags},{segment}\n"
                for arrival_ns, channel, counter, value, flags, segment in rows
            )
        )

    def sync(self) -> None:
        """Have the system put everything on the disk, so that a loss of power can't take it back.

        Raises:
            RecordingError: The disk is full or gone.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._cannot_write(error) from error

    def close(self) -> None:
        """Close the file; may be called twice.

        Raises:
            RecordingError: The disk is full or gone.
        """
        try:
            self._file.close()
        except OSError as error:
            raise self._cannot_write(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError as error:
            raise self._cannot_write(error) from error

    def _cannot_write(self, error: OSError) -> RecordingError:
        return RecordingError(
            f"{self._path} can't be written ({error.strerror}).",
            "Choose a folder that you may write to, on a disk with room.",
        )


def read_emg_header(path: Path) -> EmgHeader:
    """Return what a recording says of itself, without reading its samples.

    Raises:
        EmgFileError: It is missing, is something else, or has a damaged header.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return header_from_json(json.loads(file.readline().removeprefix("#")))
    except OSError as error:
        raise EmgFileError(f"{path} can't be read ({error.strerror}).", "Check the path.") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise EmgFileError(
            f"{path} is not a recording of sEMG ({error}).", "Choose a file that `mia sensors stream --out` wrote."
        ) from error


def read_emg_csv(path: Path) -> EmgRecording:
    """Return a recording; lines that are no samples are left out and counted.

    Raises:
        EmgFileError: It is missing, is something else, or has a damaged header.
    """
    header = read_emg_header(path)
    places = {placement.name: MONTAGE.placements.index(placement) for placement in header.profiles}
    rows: list[tuple[int, int, int, float, int, int]] = []
    n_bad, is_torn = 0, False
    with path.open(encoding="utf-8", errors="replace") as file:
        file.readline()
        column_names = file.readline()
        is_torn = bool(column_names) and not column_names.endswith("\n")
        if column_names.endswith("\n") and column_names.rstrip("\n") != ",".join(COLUMNS):
            raise _not_a_recording(path, "its second line does not name the columns")
        for line in file:
            is_torn = not line.endswith("\n")  # only the last line can be; it may look whole and lack a digit
            row = None if is_torn else _row(line, places)
            if row is not None:
                rows.append(row)
            elif not is_torn:
                n_bad += 1
    rows.sort(key=lambda row: row[0])  # they are in order already, unless somebody else wrote the file
    arrivals_ns, channels, counters, values, flags, segments = zip(*rows, strict=True) if rows else ((),) * 6
    return EmgRecording(
        header,
        np.array(arrivals_ns, np.int64),
        np.array(channels, np.intp),
        np.array(counters, np.int64),
        np.array(values, np.float32),
        np.array(flags, np.uint8),
        np.array(segments, np.int32),
        is_torn,
        n_bad,
    )


def _not_a_recording(path: Path, why: str) -> EmgFileError:
    return EmgFileError(
        f"{path} is not a recording of sEMG ({why}).", "Choose a file that `mia sensors stream --out` wrote."
    )


def _row(line: str, places: Mapping[str, int]) -> tuple[int, int, int, float, int, int] | None:
    """Return (arrival_ns, channel, counter, value, flags, segment); None for a line that is no sample."""
    cells = line.rstrip("\n").split(",")
    if len(cells) != len(COLUMNS) or cells[1] not in places:
        return None
    try:
        arrival_ns, counter, flags, segment = (int(cells[place]) for place in (0, 2, 4, 5))
        value = float(cells[3])
    except ValueError:
        return None
    in_range = abs(arrival_ns) < _MAX_COUNT and -1 <= counter < _MAX_COUNT and abs(value) <= _MAX_VALUE
    if not (in_range and 0 <= flags < 256 and 0 <= segment < _MAX_SEGMENT):
        return None
    return arrival_ns, places[cells[1]], counter, value, flags, segment


def header_to_json(source: SensorSource, clock: Clock) -> dict[str, Any]:
    """Return what a recording that begins now says of itself."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "label": source.label,
        "is_measured": source.is_measured,
        "utc": clock.utc().isoformat(),
        "monotonic_s": clock.now(),
        "montage": source.montage.name,
        "sensors": [
            {
                "placement": placement.name,
                "serial": sensor.serial,
                "channel": sensor.channel,
                "profile": profile_to_json(source.profile_of(placement)),
            }
            for placement, sensor in source.montage.assignments
        ],
    }


def header_from_json(content: dict[str, Any]) -> EmgHeader:
    """Read what `header_to_json` returned.

    Raises:
        ValueError: It is of something else, or holds what can't be.
        KeyError: Something is missing.
        TypeError: Something is of another type.
    """
    if (content["format"], content["version"]) != (FORMAT, VERSION):
        raise ValueError(f"it says {content['format']} {content['version']}, not {FORMAT} {VERSION}")
    montage = SensorMontage(str(content["montage"]))
    profiles = {}
    for entry in content["sensors"]:
        placement = MONTAGE.placement(entry["placement"])
        profile = profiles[placement] = profile_from_json(entry["profile"])
        sensor = SensorId(profile.key, str(entry["serial"]), int(entry["channel"]))
        montage = montage.assigned(placement, sensor)
    if len(montage.assignments) < len(content["sensors"]):
        raise ValueError("it has a sensor or a muscle twice")
    if "measured" in str(content["label"]) and not content["is_measured"]:
        raise ValueError("it calls itself measured and says that it is not")
    return EmgHeader(
        str(content["label"]),
        bool(content["is_measured"]),
        montage,
        profiles,
        str(content["utc"]),
        float(content["monotonic_s"]),
    )
