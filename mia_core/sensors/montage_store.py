"""Where a lab's montages are kept from day to day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from mia_core.errors import MiaError
from mia_core.muscles import MONTAGE
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.whole_file import whole_file

VERSION: Final = 1
MAX_NAME_BYTES: Final = 200
"""Of a file name, as written; file systems take 255."""
_PREFIX: Final = "montage "
_CALIBRATION: Final = "calibration "
_LAST: Final = "last used.json"
_KEPT: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_- ")


class MontageError(MiaError):
    """A montage can't be read or written, or its name can't be used."""


class MontageStore:
    """A folder of montages, one JSON file each; a file stays whole whatever happens while it is written.

    Names may be any text. In the file's name everything but small letters, digits, space, `-` and `_` is escaped, so
    that `Lab` and `lab` stay two montages where a system takes capitals and small letters for the same.

    Args:
        folder: Made when the first montage is saved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all montages in alphabetical order, of damaged files too."""
        files = self._folder.glob(f"{_PREFIX}*.json")
        return tuple(sorted(unquote(file.name.removeprefix(_PREFIX).removesuffix(".json")) for file in files))

    def load(self, name: str) -> SensorMontage:
        """Return a montage.

        Raises:
            MontageError: There is none of that name, or its file is damaged.
        """
        path = self._path(name)
        if not path.is_file():
            known = ", ".join(self.names())
            raise MontageError(
                f"There is no montage {name}.", f"Choose one of: {known}." if known else "Assign the sensors once."
            )
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise MontageError(
                f"The montage {name} can't be read ({error}).",
                f"Assign the sensors again and save it under the same name, or delete {path}.",
            ) from error

    def save(self, montage: SensorMontage) -> None:
        """Write a montage, over an older one of the same name, and offer it as the last one from now on.

        Raises:
            MontageError: It has no name, too long a name, or the folder can't be written.
        """
        path = self._path(montage.name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(path, _to_json(montage))
            _write(self._folder / _LAST, {"version": VERSION, "name": montage.name})
        except OSError as error:
            raise MontageError(
                f"The montage {montage.name} can't be written to {self._folder} ({error.strerror}).",
                "Make room on the disk, or allow this program to write there.",
            ) from error

    def delete(self, name: str) -> None:
        """Delete a montage, damaged or not, and its calibration; nothing happens where there is none.

        Raises:
            MontageError: The name can't be used, or the folder can't be written.
        """
        try:
            for path in (self._path(name), self.calibration_path(name)):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise MontageError(
                f"The montage {name} can't be deleted from {self._folder} ({error.strerror}).",
                "Allow this program to write there.",
            ) from error

    def last(self) -> SensorMontage | None:
        """Return the montage saved last; None when there is none or it was deleted.

        Raises:
            MontageError: Its file is damaged.
        """
        path = self._folder / _LAST
        try:
            name = str(json.loads(path.read_text(encoding="utf-8"))["name"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # a mere convenience: the montages themselves are untouched
        return self.load(name) if name.strip() and self._path(name).is_file() else None

    def calibration_path(self, name: str) -> Path:
        """Return where the calibration of a montage is kept.

        Raises:
            MontageError: The name can't be used.
        """
        return self._folder / self._path(name).name.replace(_PREFIX, _CALIBRATION, 1)

    def _path(self, name: str) -> Path:
        escaped = _escaped(name)
        if not name.strip():
            raise MontageError("A montage needs a name.", "Give it one, such as that of the lab.")
        if len(escaped) > MAX_NAME_BYTES:
            raise MontageError(f"The name {name[:20]}... is too long.", "Choose a shorter one.")
        return self._folder / f"{_PREFIX}{escaped}.json"


def _escaped(name: str) -> str:
    return "".join(
        letter if letter in _KEPT else "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "replace"))
        for letter in name
    )


def _write(path: Path, content: dict[str, Any]) -> None:
    with whole_file(path) as file:
        file.write((json.dumps(content, indent=2) + "\n").encode())


def _to_json(montage: SensorMontage) -> dict[str, Any]:
    return {
        "version": VERSION,
        "name": montage.name,
        "assignments": [
            {"placement": at.name, "profile": sensor.profile, "serial": sensor.serial, "channel": sensor.channel}
            for at, sensor in montage.assignments
        ],
    }


def _from_json(content: dict[str, Any]) -> SensorMontage:
    if content["version"] != VERSION:
        raise ValueError(f"its version is {content['version']}, not {VERSION}")
    montage = SensorMontage(str(content["name"]))
    for entry in content["assignments"]:
        placement = MONTAGE.placements[MONTAGE.names.index(entry["placement"])]
        sensor = SensorId(str(entry["profile"]), str(entry["serial"]), int(entry["channel"]))
        if montage.sensor_at(placement) is not None or montage.placement_of(sensor) is not None:
            raise ValueError(f"{placement.label} or its sensor is in it twice")
        montage = montage.assigned(placement, sensor)
    return montage
