"""Sensors that a researcher describes in a TOML file: no code, and every mistake is named with its field."""

from __future__ import annotations

import re
import struct
import tomllib
import uuid
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from mia_core.bundled import RESOURCES
from mia_core.errors import MiaError
from mia_core.sensors.packet import Counter, CounterOf, StructDecoder, TextDecoder
from mia_core.sensors.profiles import PROFILES
from mia_core.sensors.sensor_profile import RATE_LIMITS_HZ, SensorProfile, SignalKind

EXAMPLE_PROFILE: Final = RESOURCES / "sensors" / "example_profile.toml"
"""Every field, explained."""

ChosenT = TypeVar("ChosenT", bound=StrEnum)

_MAX_PACKET_BYTES: Final = 512
"""The longest value that a Bluetooth characteristic can have."""
_BASE_UUID: Final = "-0000-1000-8000-00805f9b34fb"
_SHORT_UUID: Final = re.compile(r"[0-9a-f]{4}|[0-9a-f]{8}")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
_LETTERS: Final = re.compile(r"(?:\d{0,3}[xbBhHiIlLqQefd])+")
_COUNTERS: Final = "BHIL"


class ProfileFileError(MiaError):
    """A file does not describe a sensor."""

    def __init__(self, path: Path, problem: str, advice: str = "") -> None:
        super().__init__(f"{path}: {problem}.", advice or f"Correct the file; {EXAMPLE_PROFILE} explains every field.")
        self.path = path


def load_profile(path: Path) -> SensorProfile:
    """Read a sensor's description; `resources/sensors/example_profile.toml` shows and explains every field.

    Args:
        path: The TOML file.

    Raises:
        ProfileFileError: It can't be read, a field is missing, wrong or unknown, or fields contradict one another.
    """
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ProfileFileError(path, f"can't be read ({error.strerror})", "Check the path of the file.") from error
    except ValueError as error:  # of the encoding, of TOML, or of a number with thousands of digits
        raise ProfileFileError(path, f"is no TOML file ({error})") from error
    table = _Table(path, "", content)
    profile = _profile(table)
    table.end()
    return profile


def load_profiles(paths: Iterable[Path]) -> tuple[SensorProfile, ...]:
    """Read several descriptions.

    Raises:
        ProfileFileError: One of them is wrong, or has the key of another.
    """
    profiles: dict[str, SensorProfile] = {}
    for path in paths:
        profile = load_profile(path)
        if profile.key in profiles:
            raise ProfileFileError(path, f"`key` must not be {profile.key!r}, which another file has")
        profiles[profile.key] = profile
    return tuple(profiles.values())


def _profile(table: _Table) -> SensorProfile:
    kind = table.choice("kind", SignalKind)
    low, high = table.low_and_high("range")
    decoder = _decoder(table.inner("packet"), table.inner("counter") if "counter" in table else None)
    return SensorProfile(
        key=table.matching("key", _is_free_key, "must be a short name of a-z, 0-9 and _ that no built-in sensor has"),
        name=table.text("name"),
        kind=kind,
        rate_hz=table.number("rate_hz", *RATE_LIMITS_HZ[kind]),
        unit=table.text("unit"),
        low=low,
        high=high,
        decode=decoder,
        n_channels=decoder.n_channels,
        counter_modulo=decoder.counter_modulo if isinstance(decoder, StructDecoder) else 0,
        company_id=table.integer("company_id", 0, 0xFFFF) if "company_id" in table else None,
        name_prefix=table.text("name_prefix") if "name_prefix" in table else "",
        service=table.gatt_uuid("service"),
        characteristic=table.gatt_uuid("characteristic"),
        start=_start(table.inner("start")) if "start" in table else None,
        saturates_low=table.flag("saturates_low", default=kind is SignalKind.RAW),
        source=f"described in {table.path.name}",
    )


def _is_free_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None and all(text != profile.key for profile in PROFILES)


def _decoder(packet: _Table, counter: _Table | None) -> StructDecoder | TextDecoder:
    scale = packet.number("scale", -1e12, 1e12, default=1.0)
    offset = packet.number("offset", -1e12, 1e12, default=0.0)
    letters = packet.text("format")
    if letters == "text":
        if counter is not None:
            raise packet.wrong("format", "can't be `text` when there is a [counter]")
        decoder: StructDecoder | TextDecoder = TextDecoder(
            packet.integer("channels", 1, 8, default=1), scale=scale, offset=offset
        )
    else:
        decoder = _struct_decoder(packet, letters, counter, scale, offset)
    packet.end()
    return decoder


def _struct_decoder(packet: _Table, letters: str, counter: _Table | None, scale: float, offset: float) -> StructDecoder:
    order, in_sample = letters[0], _field_letters(letters[1:])
    if order not in "<>" or not in_sample:
        raise packet.wrong("format", "must be `text`, or < or > and then letters of Python's struct, such as <3h")
    header = packet.text("header") if "header" in packet else ""
    in_header = _field_letters(header) if header else ""
    if in_header is None:
        raise packet.wrong("header", "must be letters of Python's struct without < or >, such as BH")
    samples = packet.integer("samples", 1, _MAX_PACKET_BYTES, default=1)
    size = struct.calcsize(order + header) + samples * struct.calcsize(letters)
    if size > _MAX_PACKET_BYTES:
        raise packet.wrong("samples", f"makes packets of {size} bytes, and Bluetooth ends at {_MAX_PACKET_BYTES}")
    place = _counter(counter, in_header, in_sample) if counter is not None else None
    if place is not None and place.of is CounterOf.SAMPLE and len(in_sample) == 1:
        raise packet.wrong("format", "has only the counter, and no value")
    return StructDecoder(letters, samples, header=header, counter=place, scale=scale, offset=offset)


def _field_letters(letters: str) -> str | None:
    """Return the letter of each field, without padding; None when they mean nothing here."""
    if not _LETTERS.fullmatch(letters):
        return None
    groups = re.findall(r"(\d*)(\D)", letters)
    return "".join(letter * int(times or 1) for times, letter in groups if letter != "x")


def _counter(table: _Table, in_header: str, in_sample: str) -> Counter:
    of = table.choice("of", CounterOf)
    where, letters = ("format", in_sample) if of is CounterOf.SAMPLE else ("header", in_header)
    field = table.integer("field", 0, _MAX_PACKET_BYTES, default=0)
    if field >= len(letters) or letters[field] not in _COUNTERS:
        raise table.wrong("field", f"must be the place of an unsigned number of at most 32 bits in `packet.{where}`")
    modulo = table.integer("modulo", 2, 256 ** struct.calcsize("<" + letters[field]))
    table.end()
    return Counter(of, field, modulo)


def _start(table: _Table) -> tuple[str, bytes]:
    characteristic = table.gatt_uuid("characteristic")
    if ("text" in table) == ("bytes" in table):
        raise table.wrong("text", "or `start.bytes` must be given, and not both")
    command = table.text("text").encode() if "text" in table else table.command("bytes")
    table.end()
    return characteristic, command


class _Table:
    """A table of the file, which knows where it is and which of its fields were read."""

    def __init__(self, path: Path, name: str, content: dict[str, Any]) -> None:
        self.path = path
        self._name = name
        self._content = content
        self._read: set[str] = set()

    def __contains__(self, field: str) -> bool:
        return field in self._content

    def wrong(self, field: str, problem: str) -> ProfileFileError:
        """Return the error of a field."""
        return ProfileFileError(self.path, f"`{self._name}{field}` {problem}")

    def end(self) -> None:
        """Say when a field was not read: it is misspelt, or belongs elsewhere."""
        for field in self._content:
            if field not in self._read:
                raise self.wrong(field, "is not a field of a sensor, or not in this place")

    def inner(self, field: str) -> _Table:
        """Return a table in this one."""
        content = self._take(field, lambda value: isinstance(value, dict), f"must be a table, [{field}]")
        return _Table(self.path, f"{field}.", content)

    def text(self, field: str) -> str:
        """Return a text that is not empty."""
        return self.matching(field, lambda text: 0 < len(text) <= 100, "must be a text of 1 to 100 letters")

    def matching(self, field: str, fits: Callable[[str], bool], problem: str) -> str:
        """Return a text that fits."""
        text: str = self._take(field, lambda value: isinstance(value, str) and fits(value), problem)
        return text

    def choice(self, field: str, kind: type[ChosenT]) -> ChosenT:
        """Return one of a few words."""
        words = [word.value for word in kind]
        problem = "must be " + " or ".join(f'"{word}"' for word in words)
        return kind(self.matching(field, words.__contains__, problem))

    def flag(self, field: str, *, default: bool) -> bool:
        """Return true or false."""
        flag: bool = self._take(field, lambda value: isinstance(value, bool), "must be true or false", default)
        return flag

    def integer(self, field: str, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number from `least` to `most`."""
        problem = f"must be a whole number from {least} to {most}"
        number: int = self._take(field, lambda value: _is_whole(value, least, most), problem, default)
        return number

    def number(self, field: str, least: float, most: float, default: float | None = None) -> float:
        """Return a number from `least` to `most`."""
        problem = f"must be a number from {least:g} to {most:g}"
        return float(self._take(field, lambda value: _is_number(value, least, most), problem, default))

    def low_and_high(self, field: str) -> tuple[float, float]:
        """Return the lowest and the highest value."""

        def fits(value: object) -> bool:
            if not isinstance(value, list) or len(value) != 2:
                return False
            return all(_is_number(end, -1e12, 1e12) for end in value) and value[0] < value[1]

        low, high = self._take(field, fits, "must be the lowest and the highest value, such as [0, 1023]")
        return float(low), float(high)

    def command(self, field: str) -> bytes:
        """Return bytes that are given as a list of numbers."""

        def fits(value: object) -> bool:
            return isinstance(value, list) and 0 < len(value) <= 20 and all(_is_whole(one, 0, 255) for one in value)

        values = self._take(field, fits, "must be 1 to 20 numbers from 0 to 255, such as [1, 0]")
        return bytes(values)

    def gatt_uuid(self, field: str) -> str:
        """Return a UUID in its long, lower-case form."""
        problem = "must be a UUID: four hexadecimal digits such as 2A58, or all 32 in groups"
        text = self.matching(field, lambda value: len(value) <= 36, problem).lower()
        if _SHORT_UUID.fullmatch(text):
            return f"{text:0>8}{_BASE_UUID}"
        try:
            return str(uuid.UUID(text))
        except ValueError as error:
            raise self.wrong(field, problem) from error

    def _take(self, field: str, fits: Callable[[Any], bool], problem: str, default: object = None) -> Any:
        self._read.add(field)
        if field not in self._content:
            if default is None:
                raise self.wrong(field, "is missing")
            return default
        value = self._content[field]
        if not fits(value):
            raise self.wrong(field, problem)
        return value


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
