"""Every decoder against packets built here by hand, and against any bytes at all."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mia_core.sensors.packet import Counter, CounterOf, StructDecoder, TextDecoder
from mia_core.sensors.profiles import (
    M40,
    MYOWARE,
    MYOWARE_UART,
    NPG_LITE,
    PROFILES,
    UMYO,
    UnknownProfileError,
    profile_named,
)
from mia_core.sensors.sensor_profile import SensorProfile

U16 = st.integers(0, 0xFFFF)
I16 = st.integers(-0x8000, 0x7FFF)


def advertised_by_umyo(number: int, battery: int, level: int) -> bytes:
    """The field as the firmware fills it: the level between parts of the spectrum, orientation at the end."""
    return (
        bytes([number, battery, 0x7F, level]) + struct.pack(">3h", 100, -200, 300) + struct.pack(">h3b", 16000, 1, 2, 3)
    )


def _fits(value: float) -> bool:
    """Samples are float32."""
    return math.isfinite(value) and abs(value) <= np.finfo(np.float32).max


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.key)
@given(payload=st.binary(max_size=300) | st.binary(min_size=70, max_size=70) | st.binary(min_size=15, max_size=15))
@example(payload=b"")
@example(payload=b"nan")
@example(payload=b"1e999")
@example(payload=b"-1e39")
def test_any_bytes_are_samples_or_a_bad_packet(profile: SensorProfile, payload: bytes) -> None:
    packet = profile.decode(payload)
    if packet is None:
        return
    assert packet.samples
    assert all(len(sample) == profile.n_channels and all(map(_fits, sample)) for sample in packet.samples)
    assert len(packet.counters) == (len(packet.samples) if profile.counter_modulo else 0)
    assert all(0 <= counter < profile.counter_modulo for counter in packet.counters)


@given(value=U16)
@example(value=1024)
def test_m40_value_comes_as_it_was_sent(value: int) -> None:
    packet = M40.decode(value.to_bytes(2, "little"))
    assert packet is not None
    assert packet.samples == ((value,),)
    assert packet.counters == ()


@pytest.mark.parametrize("length", [0, 1, 3, 14, 20])
def test_m40_packets_of_other_lengths_are_bad(length: int) -> None:
    assert M40.decode(bytes(length)) is None


@given(value=st.floats(-4095, 4095))
def test_myoware_text_is_read_to_its_two_decimals(value: float) -> None:
    for profile, text in ((MYOWARE, f"{value:.2f}"), (MYOWARE_UART, f"{value:.2f},-3.00\n")):
        packet = profile.decode(text.encode())
        assert packet is not None
        assert packet.samples == ((pytest.approx(value, abs=0.00501),),)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\n", b"abc", b"nan", b"inf", b"1_0", b"1\n\xff", b"1\nx", b",5"])
def test_text_without_numbers_is_a_bad_packet(payload: bytes) -> None:
    assert MYOWARE.decode(payload) is None


def test_text_of_several_lines_and_channels_is_several_samples() -> None:
    decode = TextDecoder(2, scale=0.5, offset=1.0)
    packet = decode(b"1, 2, 9\r\n3;4\n5\t6\n\0")
    assert packet is not None
    assert packet.samples == ((1.5, 2.0), (2.5, 3.0), (3.5, 4.0))
    assert decode(b"1\n") is None


@given(number=st.integers(0, 255), battery=st.integers(0, 255), level=st.integers(0, 255))
def test_umyo_level_and_number_are_found_in_the_advertisement(number: int, battery: int, level: int) -> None:
    packet = UMYO.decode(advertised_by_umyo(number, battery, level))
    assert packet is not None
    assert packet.samples == ((level * level // 8,),)
    assert packet.counters == (number,)
    assert UMYO.low <= packet.samples[0][0] <= UMYO.high


@given(first=st.integers(0, 255), values=st.lists(st.tuples(I16, I16, I16), min_size=10, max_size=10))
def test_npg_lite_round_trip(first: int, values: list[tuple[int, int, int]]) -> None:
    counters = [(first + place) % 256 for place in range(10)]
    payload = b"".join(
        bytes([counter]) + struct.pack(">3h", *sample) for counter, sample in zip(counters, values, strict=True)
    )
    packet = NPG_LITE.decode(payload)
    assert packet is not None
    assert packet.samples == tuple(values)
    assert packet.counters == tuple(counters)


@given(number=st.integers(0, 0xFFFF), values=st.lists(I16, min_size=6, max_size=6))
def test_a_number_of_the_packet_becomes_numbers_of_its_samples(number: int, values: list[int]) -> None:
    decode = StructDecoder("<2h", 3, header="BHx", counter=Counter(CounterOf.PACKET, 1, 0x10000), scale=0.5, offset=-1)
    packet = decode(struct.pack("<BHx6h", 9, number, *values))
    assert packet is not None
    assert packet.samples == tuple((a * 0.5 - 1, b * 0.5 - 1) for a, b in zip(values[::2], values[1::2], strict=True))
    assert packet.counters == tuple(3 * number + place for place in range(3))
    assert decode.counter_modulo == 3 * 0x10000


def test_a_number_of_the_first_sample_wraps_within_the_packet() -> None:
    decode = StructDecoder(">h", 4, header="B", counter=Counter(CounterOf.FIRST_SAMPLE, 0, 256))
    packet = decode(struct.pack(">B4h", 254, 1, 2, 3, 4))
    assert packet is not None
    assert packet.counters == (254, 255, 0, 1)


def test_floats_that_are_no_numbers_make_a_bad_packet() -> None:
    decode = StructDecoder("<f", scale=2.0)
    assert decode(struct.pack("<f", 1.5)) is not None
    assert decode(struct.pack("<f", math.nan)) is None
    assert decode(struct.pack("<f", -math.inf)) is None
    assert decode(struct.pack("<f", 3e38)) is None  # twice as much is no float32


def test_profiles_are_told_apart_by_what_they_advertise() -> None:
    advertised = {
        ("ANR Corp M40", frozenset({0x05DA})): "m40",
        ("", frozenset({0x05DA})): "m40",
        ("MyoWareSensor3", frozenset()): "myoware",
        ("MyoW2", frozenset()): "myoware_uart",
        ("uMyo v2", frozenset({0x9607})): "umyo",
        ("NPG-30:30:F9:F9:DB:76", frozenset()): "npg_lite",
    }
    for (name, companies), key in advertised.items():
        assert next(profile.key for profile in PROFILES if profile.matches(name, companies, frozenset())) == key
    assert not any(profile.matches("Headset", frozenset({76}), frozenset()) for profile in PROFILES)


def test_a_profile_is_found_by_its_key_and_a_wrong_key_names_those_there_are() -> None:
    assert profile_named("m40") is M40
    with pytest.raises(UnknownProfileError, match=r"'m41'.*m40, myoware"):
        profile_named("m41")


def test_only_the_umyo_needs_no_connection() -> None:
    assert [profile.key for profile in PROFILES if profile.only_advertises] == ["umyo"]
    assert all(profile.source for profile in PROFILES)
