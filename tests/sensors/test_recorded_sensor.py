"""A sensor as a recording knows it: what goes into its packets comes out of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.sensors.profiles import PROFILES
from mia_core.sensors.recorded_sensor import decode_samples, packet_of, profile_from_json, profile_to_json

VALUES = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(VALUES, st.integers(0, 2**62)), min_size=1, max_size=20), st.sampled_from([256, 1000, 2**32]))
def test_samples_with_a_counter_come_back_wrapped(rows, modulo):
    values, counters = np.float32([value for value, _ in rows]), np.array([counter for _, counter in rows], np.int64)
    packet = decode_samples(packet_of(values, counters, modulo))
    assert packet is not None
    assert packet.samples == tuple((value,) for value in values.tolist())
    assert packet.counters == tuple(int(counter) % modulo for counter in counters)


@given(st.lists(VALUES, min_size=1, max_size=20), st.sampled_from([0, 256]))
def test_samples_without_a_counter_come_back_without_one(values, modulo):
    packet = decode_samples(packet_of(np.float32(values), np.full(len(values), -1, np.int64), modulo))
    assert packet is not None
    assert packet.samples == tuple((value,) for value in values)
    assert packet.counters == ()


@given(st.binary(max_size=60))
def test_any_bytes_are_samples_or_none(payload):
    packet = decode_samples(payload)
    assert (packet is None) == (len(payload) % 12 > 0)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.key)
def test_a_profile_comes_back_from_json(profile):
    back = profile_from_json(json.loads(json.dumps(profile_to_json(profile))))
    for name in ("key", "name", "kind", "rate_hz", "unit", "low", "high", "counter_modulo", "saturates_low"):
        assert getattr(back, name) == getattr(profile, name)
    assert back.only_advertises == profile.only_advertises  # what its losses mean
    assert back.led is None
