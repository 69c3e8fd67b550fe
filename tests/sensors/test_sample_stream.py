"""Packets of one device become rows: whatever the bytes, in order, flagged, each once."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.samples import SampleFlag
from mia_core.sensors.profiles import M40, NPG_LITE, PROFILES
from mia_core.sensors.sample_stream import SampleStream

LEFT_BICEPS, RIGHT_BICEPS = 0, 4


def _m40() -> SampleStream:
    stream = SampleStream(M40, {0: LEFT_BICEPS})
    stream.new_segment()
    return stream


def _npg_packet(number: int) -> bytes:
    """Ten samples; the first channel is the running number, the third its negative."""
    rows = range(10 * number, 10 * number + 10)
    return b"".join(struct.pack(">B3h", row % 256, row, 7, -row) for row in rows)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.key)
@given(payloads=st.lists(st.binary(max_size=120), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_samples_or_counted_as_bad(profile, payloads):
    stream = SampleStream(profile, {0: LEFT_BICEPS})
    stream.new_segment()
    chunks = [stream.add(100.0 + 0.1 * k, payload) for k, payload in enumerate(payloads)]
    bad = sum(profile.decode(payload) is None for payload in payloads)
    assert stream.quality(0, 101.0).bad_packets == bad
    for chunk in chunks:
        assert chunk is None or len(chunk) == len(chunk.timestamps_s) == len(chunk.flags) > 0


def test_a_packet_keeps_its_arrival_and_its_value():
    chunk = _m40().add(12.5, struct.pack("<H", 481))
    assert chunk is not None
    assert (chunk.values, chunk.arrivals_s, chunk.channels, chunk.counters) == (481.0, 12.5, LEFT_BICEPS, -1)
    assert chunk.flags == SampleFlag.INDEX_INFERRED


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        (0, SampleFlag(0)),
        (1022, SampleFlag(0)),
        (1023, SampleFlag.SATURATED),
        (1024, SampleFlag.SATURATED | SampleFlag.OUT_OF_RANGE),
    ],
)
def test_values_at_and_beyond_the_end_of_the_range_are_flagged_and_kept(value, flags):
    chunk = _m40().add(12.5, struct.pack("<H", value))
    assert chunk is not None
    assert chunk.values == value
    assert chunk.flags == flags | SampleFlag.INDEX_INFERRED


def test_electrode_pairs_of_one_device_are_rows_of_their_own_muscles():
    stream = SampleStream(NPG_LITE, {2: LEFT_BICEPS, 0: RIGHT_BICEPS})  # the second is not used
    stream.new_segment()
    chunk = stream.add(5.0, _npg_packet(0))
    assert chunk is not None
    assert chunk.channels.tolist() == [RIGHT_BICEPS, LEFT_BICEPS] * 10
    assert chunk.values[chunk.channels == RIGHT_BICEPS].tolist() == list(range(10))
    assert chunk.values[chunk.channels == LEFT_BICEPS].tolist() == [-k for k in range(10)]
    assert chunk.counters.tolist() == np.repeat(range(10), 2).tolist()


def test_with_a_counter_a_lost_packet_is_known_and_a_repeated_one_dropped():
    stream = SampleStream(NPG_LITE, {0: LEFT_BICEPS})
    stream.new_segment()
    assert stream.add(5.00, _npg_packet(0)) is not None
    assert stream.add(5.001, _npg_packet(0)) is None
    after = stream.add(5.04, _npg_packet(2))
    assert after is not None
    assert after.flags[0] & SampleFlag.AFTER_LOSS
    assert not after.flags[1:].astype(bool).any()
    quality = stream.quality(0, 5.05)
    assert (quality.lost, quality.duplicates) == (10, 1)


def test_every_connection_is_a_segment_in_which_counters_begin_anew():
    stream = SampleStream(NPG_LITE, {0: LEFT_BICEPS})
    numbers = []
    for start_s in (5.0, 50.0):
        stream.new_segment()
        chunk = stream.add(start_s, _npg_packet(9))
        assert chunk is not None
        numbers.append((set(chunk.segments.tolist()), bool((chunk.flags & SampleFlag.AFTER_LOSS).any())))
    assert numbers == [({0}, False), ({1}, False)]


def test_what_a_superseded_connection_brings_is_counted_and_dropped():
    stream = _m40()
    stream.echo(5.0)
    assert stream.quality(0, 5.1).duplicates == 1
    assert stream.last_arrival_s is None
