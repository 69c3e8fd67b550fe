"""Descriptions of sensors in TOML: the shipped example, every kind of mistake, and any text at all."""

from __future__ import annotations

import re
import struct
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mia_core.sensors.generic_profile import EXAMPLE_PROFILE, ProfileFileError, load_profile, load_profiles
from mia_core.sensors.profiles import profile_named
from mia_core.sensors.sensor_profile import SignalKind

EXAMPLE = EXAMPLE_PROFILE.read_text()
SHORT = """
key = "pulse_band"
name = "Pulse band"
kind = "envelope"
rate_hz = 25
unit = "counts"
range = [0, 4095]
service = "180D"
characteristic = "2a37"
[packet]
format = "<H"
"""


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "board.toml"
        path.write_text(text)
        return path

    return write


def test_the_example_describes_what_its_comments_say() -> None:
    profile = load_profile(EXAMPLE_PROFILE)
    assert (profile.key, profile.kind, profile.rate_hz, profile.n_channels) == ("my_board", SignalKind.RAW, 1000.0, 2)
    assert profile.start == ("6e400002-b5a3-f393-e0a9-e50e24dcca9e", b"START")
    assert profile.matches("MyEMG 7", frozenset(), frozenset())
    assert profile.saturates_low
    packet = profile.decode(struct.pack("<Bx100h", 3, *range(100)))
    assert packet is not None
    assert packet.counters == tuple(range(150, 200))
    assert profile.counter_modulo == 50 * 256
    assert packet.samples[1] == pytest.approx((2 * 5.035e-5, 3 * 5.035e-5))
    ends = profile.decode(struct.pack("<Bx100h", 0, *[-0x8000, 0x7FFF] * 50))
    assert ends is not None
    assert ends.samples[0] == pytest.approx((profile.low, profile.high), rel=1e-3)


def test_the_least_that_a_description_needs(written: Any) -> None:
    profile = load_profile(written(SHORT))
    assert profile.service == "0000180d-0000-1000-8000-00805f9b34fb"
    assert profile.characteristic == "00002a37-0000-1000-8000-00805f9b34fb"
    assert (profile.counter_modulo, profile.start, profile.saturates_low) == (0, None, False)
    assert profile.matches("", frozenset(), frozenset({profile.service}))
    assert profile_named("pulse_band", (profile,)) is profile


def test_text_over_a_serial_service(written: Any) -> None:
    profile = load_profile(written(SHORT.replace('"<H"', '"text"\nchannels = 2\nscale = 10')))
    packet = profile.decode(b"1.5,2\n")
    assert packet is not None
    assert packet.samples == ((15.0, 20.0),)
    assert profile.n_channels == 2


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('key = "my_board"', "", "`key` is missing"),
        ('key = "my_board"', 'key = "My Board"', "`key` must be a short name"),
        ('key = "my_board"', 'key = "m40"', "`key` must be a short name .* no built-in sensor has"),
        ('name = "My two-channel board"', "name = 7", "`name` must be a text"),
        ('kind = "raw"', 'kind = "emg"', '`kind` must be "envelope" or "raw"'),
        ("rate_hz = 1000", 'rate_hz = "fast"', "`rate_hz` must be a number"),
        ("rate_hz = 1000", "rate_hz = nan", "`rate_hz` must be a number"),
        ("rate_hz = 1000", "rate_hz = true", "`rate_hz` must be a number"),
        ("rate_hz = 1000", "rate_hz = 99", "`rate_hz` must be a number"),  # too slow for a raw signal
        ("range = [-1.65, 1.65]", "range = [1, 1]", "`range` must be the lowest and the highest"),
        ('name_prefix = "MyEMG"', 'name_prefx = "MyEMG"', "`name_prefx` is not a field"),
        ('name_prefix = "MyEMG"', "company_id = 70000", "`company_id` must be a whole number from 0 to 65535"),
        ('service = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"', 'service = "EMG"', "`service` must be a UUID"),
        ('format = "<2h"', 'format = "2h"', "`packet.format` must be `text`, or < or >"),
        ('format = "<2h"', 'format = "<2y"', "`packet.format` must be"),
        ('format = "<2h"', 'format = "<4x"', "`packet.format` must be"),
        ('format = "<2h"', 'format = "text"', r"`packet.format` can't be `text` when there is a \[counter\]"),
        ("samples = 50 ", "samples = 0 ", "`packet.samples` must be a whole number from 1"),
        ("samples = 50 ", "samples = 500 ", "`packet.samples` makes packets of 2002 bytes"),
        ('header = "Bx"', 'header = "<B"', "`packet.header` must be letters"),
        ("scale = 5.035e-5", "scale = inf", "`packet.scale` must be a number"),
        ("[packet]", "[[packet]]", r"`packet` must be a table, \[packet\]"),
        ('of = "packet"', 'of = "frame"', '`counter.of` must be "sample" or "first sample" or "packet"'),
        (
            'of = "packet"',
            'of = "sample"',
            "`counter.field` must be the place of an unsigned number .* `packet.format`",
        ),
        ('header = "Bx"', 'header = "Q"', "`counter.field` must be the place of .* at most 32 bits"),
        ("field = 0", "field = 1", "`counter.field` must be the place of an unsigned number .* `packet.header`"),
        ("modulo = 256", "modulo = 257", "`counter.modulo` must be a whole number from 2 to 256"),
        ('text = "START"', "", "`start.text` or `start.bytes` must be given"),
        ('text = "START"', "bytes = [256]", "`start.bytes` must be 1 to 20 numbers from 0 to 255"),
    ],
)
def test_every_mistake_is_named_with_its_field(written: Any, old: str, new: str, complaint: str) -> None:
    assert EXAMPLE.count(old) == 1
    with pytest.raises(ProfileFileError, match=complaint) as caught:
        load_profile(written(EXAMPLE.replace(old, new)))
    assert str(caught.value).endswith(".")
    assert "example_profile.toml" in caught.value.advice


def test_a_counter_alone_is_no_sample(written: Any) -> None:
    with pytest.raises(ProfileFileError, match=r"`packet\.format` has only the counter"):
        load_profile(written(SHORT + '[counter]\nof = "sample"\nmodulo = 256\n'))


def test_files_that_are_none_are_named(tmp_path: Path, written: Any) -> None:
    with pytest.raises(ProfileFileError, match=r"absent\.toml: can't be read"):
        load_profile(tmp_path / "absent.toml")
    with pytest.raises(ProfileFileError, match="is no TOML file"):
        load_profile(written("key = "))
    with pytest.raises(ProfileFileError, match="is no TOML file"):
        load_profile(written("rate_hz = " + "9" * 5000))
    (tmp_path / "picture.toml").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ProfileFileError, match="is no TOML file"):
        load_profile(tmp_path / "picture.toml")


def test_two_files_can_not_have_one_key(tmp_path: Path, written: Any) -> None:
    other = tmp_path / "other.toml"
    other.write_text(EXAMPLE)
    assert [profile.key for profile in load_profiles((other, written(SHORT)))] == ["my_board", "pulse_band"]
    with pytest.raises(ProfileFileError, match=r"board\.toml: `key` must not be 'my_board', which another file has"):
        load_profiles((other, written(EXAMPLE)))


VALUES = st.none() | st.sampled_from(
    ['""', '"x"', "0", "-1", "1e300", "inf", "true", "[]", "[1, 2]", '["a", "b"]', "{}", "1979-05-27", "9" * 400]
)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_field_is_a_profile_or_a_complaint(data: st.DataObject, tmp_path: Path) -> None:
    lines = EXAMPLE.splitlines()
    places = [place for place, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True)):
        value = data.draw(VALUES)
        name = lines[place].split(" = ")[0]
        lines[place] = "" if value is None else f"{name} = {value}"
    path = tmp_path / "board.toml"
    path.write_text("\n".join(lines))
    tomllib.loads(path.read_text())
    try:
        profile = load_profile(path)
    except ProfileFileError as error:
        complaint = str(error)
    else:
        complaint = ""
        assert profile.low < profile.high
        assert profile.decode(b"") is None
    assert not complaint or re.search(r"board\.toml: `[\w.]+` ", complaint)


@given(
    letters=st.text("xbBhHiIlLqQefd0123", min_size=1, max_size=5),
    samples=st.integers(1, 20),
    payload=st.binary(max_size=200),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_decoders_of_any_format_take_any_bytes(letters: str, samples: int, payload: bytes, tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    path.write_text(SHORT.replace('"<H"', f'"<{letters}"\nsamples = {samples}\nscale = 1e12'))
    try:
        profile = load_profile(path)
    except ProfileFileError:
        return
    size = profile.decode.packet_size  # type: ignore[attr-defined]
    for bytes_ in (payload, (payload * size)[:size], b"\xff" * size):
        packet = profile.decode(bytes_)
        assert packet is None or all(len(sample) == profile.n_channels for sample in packet.samples)
    assert profile.decode(bytes(size)) is not None
