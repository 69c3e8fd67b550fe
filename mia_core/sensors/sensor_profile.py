"""What a kind of sensor says of itself and how it talks: data, plus one small decoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Floats

BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
SERIAL_NUMBER = "00002a25-0000-1000-8000-00805f9b34fb"
FIRMWARE_REVISION = "00002a26-0000-1000-8000-00805f9b34fb"
"""Bluetooth SIG characteristics that any sensor may have: battery service 0x180F, device information 0x180A."""


_LEAST_RISE: Final = 0.02
"""Share of its range by which the envelope of a contraction is above rest. Our choice."""


class SignalKind(StrEnum):
    """What a sensor sends."""

    ENVELOPE = "envelope"
    RAW = "raw"


RATE_LIMITS_HZ: Final[Mapping[SignalKind, tuple[float, float]]] = {
    SignalKind.ENVELOPE: (0.01, 100_000.0),
    SignalKind.RAW: (100.0, 100_000.0),
}
"""Lowest and highest rate that a profile may have: of a slower raw signal nothing of the muscle's band is left."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What one notification (or advertisement) holds.

    Attributes:
        samples: n readings in time order, each with one number per channel of the device, in the profile's unit.
        counters: The device's counter at each of the samples, as sent (it wraps); empty when it sends none.
        battery_percent: 0 to 100 where a packet carries it.
    """

    samples: tuple[tuple[float, ...], ...]
    counters: tuple[int, ...] = ()
    battery_percent: int | None = None


class Decoder(Protocol):
    """Turns the bytes of one notification into samples."""

    def __call__(self, payload: bytes) -> Packet | None:
        """Return what the bytes mean; None for a bad packet. Never raises, whatever the bytes."""


@dataclass(frozen=True, slots=True)
class Led:
    """A light on the sensor that tells it from its twins.

    Attributes:
        characteristic: UUID to write one byte to, with response.
        colours: Name of a colour (pair), for people, to the byte.
        contrast: The two of them that a camera tells apart best; None where that is not known.
    """

    characteristic: str
    colours: Mapping[str, int]
    contrast: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SensorProfile:
    """One kind of sensor.

    Attributes:
        key: Short unique name in files, such as `m40`.
        name: Name for people.
        kind: Envelope or raw signal.
        rate_hz: Nominal samples per second and channel; for expectations, never a time base by itself.
        unit: Unit of the values, such as `counts`.
        low: Lowest value it can send; at it a sample is saturated when `saturates_low`.
        high: Highest value it can send.
        decode: Turns a packet into samples.
        n_channels: Electrode pairs on one device.
        counter_modulo: Where the device's counter wraps; 0 when it sends none.
        company_id: Manufacturer id in its advertisements; None for any.
        name_prefix: What its advertised name begins with; empty for any.
        service: UUID of the data service; empty for a sensor that only advertises.
        characteristic: UUID of the notifying characteristic; empty for a sensor that only advertises.
        start: (characteristic, bytes) to write before it sends; None when it sends by itself.
        led: Its light, None without.
        saturates_low: Whether the lowest value is as bad as the highest (raw signals).
        source: Where this was learned.
    """

    key: str
    name: str
    kind: SignalKind
    rate_hz: float
    unit: str
    low: float
    high: float
    decode: Decoder
    n_channels: int = 1
    counter_modulo: int = 0
    company_id: int | None = None
    name_prefix: str = ""
    service: str = ""
    characteristic: str = ""
    start: tuple[str, bytes] | None = None
    led: Led | None = None
    saturates_low: bool = False
    source: str = field(default="", compare=False)

    @property
    def only_advertises(self) -> bool:
        """Whether its samples are in its advertisements, so that nothing is ever connected."""
        return not self.characteristic

    @property
    def least_rise(self) -> float:
        """By how much a contraction raises the envelope at least; 0 of a raw signal, whose range says nothing of it."""
        return _LEAST_RISE * (self.high - self.low) if self.kind is SignalKind.ENVELOPE else 0.0

    def is_saturated(self, values: Floats) -> NDArray[np.bool_]:
        """Return for values as they were sent, of any shape, whether each is at an end of the range or beyond it."""
        at_high: NDArray[np.bool_] = values >= self.high
        return at_high | (values <= self.low) if self.saturates_low else at_high

    def saturated_behind(self, envelope: Floats, saturated: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """Return what is known of the samples behind an envelope (n,), which tells by itself for envelope sensors only.

        Raises:
            ValueError: Of a raw sensor it must be given: however much is cut off, no envelope reaches the range's end.
        """
        if saturated is not None:
            return saturated
        if self.kind is SignalKind.RAW:
            raise ValueError("which samples of a raw signal were saturated can't be seen in its envelope")
        return self.is_saturated(envelope)

    def matches(self, name: str, company_ids: frozenset[int], services: frozenset[str]) -> bool:
        """Return whether an advertisement comes from such a sensor.

        Args:
            name: Advertised local name, empty without one.
            company_ids: Of its manufacturer data.
            services: Advertised service UUIDs, in 128-bit lower-case form.
        """
        by_company = self.company_id is not None and self.company_id in company_ids
        by_name = bool(self.name_prefix) and name.lower().startswith(self.name_prefix.lower())
        if self.company_id is not None or self.name_prefix:
            return by_company or by_name
        return bool(self.service) and self.service in services


STALE_AFTER_S: Final = 0.5
"""Silence after which a connection is in doubt."""
LOST_AFTER_S: Final = 2.0
"""Silence after which it is lost."""
SILENT_PERIODS: Final = 3.0
"""A slow sensor is stale only after so many of its own periods, and lost after three times that."""


def silence_limits(
    profile: SensorProfile, stale_after_s: float = STALE_AFTER_S, lost_after_s: float = LOST_AFTER_S
) -> tuple[float, float]:
    """Return the seconds of silence after which a sensor is stale, and after which it is lost.

    Args:
        profile: Kind of sensor.
        stale_after_s: The first for sensors that are fast enough.
        lost_after_s: The second for those.
    """
    patience_s = SILENT_PERIODS / profile.rate_hz
    return max(stale_after_s, patience_s), max(lost_after_s, 3 * patience_s)
