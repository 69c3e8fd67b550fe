"""A sensor as a recording knows it: its profile, with little of the radio, and its samples as packets."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Floats
from mia_core.sensors.sensor_profile import RATE_LIMITS_HZ, Packet, SensorProfile, SignalKind

_SAMPLE: Final = struct.Struct("<fq")  # value, counter
_MOST_COUNTED: Final = 2**48


def profile_to_json(profile: SensorProfile) -> dict[str, Any]:
    """Return what of a profile tells the meaning of its values, and of their loss."""
    return {
        "key": profile.key,
        "name": profile.name,
        "kind": profile.kind.value,
        "rate_hz": profile.rate_hz,
        "unit": profile.unit,
        "low": profile.low,
        "high": profile.high,
        "counter_modulo": profile.counter_modulo,
        "characteristic": profile.characteristic,
        "saturates_low": profile.saturates_low,
    }


def profile_from_json(content: dict[str, Any]) -> SensorProfile:
    """Return the profile of a recorded sensor; it decodes what `packet_of` makes.

    Raises:
        KeyError: Something is missing.
        ValueError: Something can't be.
        TypeError: Something is of another type.
    """
    profile = SensorProfile(
        str(content["key"]),
        str(content["name"]),
        SignalKind(content["kind"]),
        float(content["rate_hz"]),
        str(content["unit"]),
        float(content["low"]),
        float(content["high"]),
        decode_samples,
        counter_modulo=int(content["counter_modulo"]),
        characteristic=str(content["characteristic"]),
        saturates_low=bool(content["saturates_low"]),
    )
    slowest_hz, fastest_hz = RATE_LIMITS_HZ[profile.kind]
    is_possible = slowest_hz <= profile.rate_hz <= fastest_hz and -np.inf < profile.low < profile.high < np.inf
    if not (is_possible and (profile.counter_modulo == 0 or 1 < profile.counter_modulo <= _MOST_COUNTED)):
        raise ValueError("its rate, range or counter can't be")
    return profile


def packet_of(values: Floats, counters: NDArray[np.int64], counter_modulo: int) -> bytes:
    """Return samples that arrived together as bytes, with their counters wrapped as the sensor does it.

    Args:
        values: (n,) in the profile's unit.
        counters: (n,) without wrap-arounds, -1 for none.
        counter_modulo: Where the sensor's counter wraps, 0 for none.
    """
    wrapped = counters % counter_modulo if counter_modulo else np.full_like(counters, -1)
    sent = np.where(counters >= 0, wrapped, -1)
    return b"".join(_SAMPLE.pack(*sample) for sample in zip(values.tolist(), sent.tolist(), strict=True))


def decode_samples(payload: bytes) -> Packet | None:
    """Return what `packet_of` put in; None for other bytes."""
    if len(payload) % _SAMPLE.size:
        return None
    samples = tuple(_SAMPLE.iter_unpack(payload))
    counters = tuple(counter for _, counter in samples)
    return Packet(tuple((value,) for value, _ in samples), counters if min(counters, default=-1) >= 0 else ())
