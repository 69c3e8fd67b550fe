"""How each sensor is doing: what a screen shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mia_core.muscles import Placement
from mia_core.sensors.sensor_montage import SensorId


class SensorPhase(StrEnum):
    """What a sensor is doing."""

    SEARCHING = "searching"
    """It has not been seen since the array was opened, or since it was lost."""
    CONNECTING = "connecting"
    STREAMING = "streaming"
    STALE = "stale"
    """Connected as far as one can tell, but silent for a while: see `silence_limits`."""
    LOST = "lost"
    """The connection ended or the sensor was silent for two seconds; it is looked for again."""
    CLOSED = "closed"


class Light(StrEnum):
    """The one-word judgement of a sensor."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
    """No signal to judge."""


@dataclass(frozen=True, slots=True)
class SignalQuality:
    """Numbers behind the light. NaN or None where it can't be told (yet).

    Attributes:
        light: The judgement.
        reason: Why, in a few words for people; empty when all is well.
        rate_hz: Samples per second over the last 10 s.
        loss_1s: Share in [0, 1] of the expected samples of the last second that never arrived.
        loss_10s: The same over 10 s.
        loss_60s: The same over a minute.
        lost: Samples lost since the array was opened, as far as they can be told.
        loss_is_exact: Whether losses are known by a counter, not inferred from gaps in time.
        only_advertises: Whether it is never heard in full, so that its losses say nothing about its signal.
        jitter_ms: Standard deviation of the intervals between arrivals over the last 10 s.
        interval_ms: Median of these intervals.
        baseline: 5th percentile of the last 10 s, in the profile's unit.
        level: Newest value (of a raw sensor: of its envelope), in the profile's unit.
        saturated: Share in [0, 1] of the last 10 s at an end of the range.
        is_flat: Whether nothing changed for 2 s.
        hum: Share in [0, 1] of the power that is at 50 or 60 Hz and their harmonics; NaN for an envelope sensor.
        bad_packets: Packets that could not be decoded, since the array was opened.
        duplicates: Packets that arrived twice and were dropped, since the array was opened.
    """

    light: Light = Light.GREY
    reason: str = "no signal"
    rate_hz: float = 0.0
    loss_1s: float = float("nan")
    loss_10s: float = float("nan")
    loss_60s: float = float("nan")
    lost: int = 0
    loss_is_exact: bool = False
    only_advertises: bool = False
    jitter_ms: float = float("nan")
    interval_ms: float = float("nan")
    baseline: float = float("nan")
    level: float = float("nan")
    saturated: float = float("nan")
    is_flat: bool = False
    hum: float = float("nan")
    bad_packets: int = 0
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class SensorState:
    """One sensor of a montage at one moment.

    Attributes:
        placement: The muscle it sits on.
        sensor: Which sensor it is.
        phase: What it is doing.
        detail: Why, in one sentence for people; empty when there is nothing to say.
        quality: Its signal.
        rssi_dbm: Signal strength when it was last heard advertising; None when unknown.
        battery_percent: 0 to 100; None when the sensor does not tell (M40 before firmware 1.5).
        firmware: Its firmware, empty when unknown.
        reconnects: How often its connection was made again.
        last_arrival_s: Monotonic time of its newest sample; None before the first.
    """

    placement: Placement
    sensor: SensorId
    phase: SensorPhase
    detail: str = ""
    quality: SignalQuality = SignalQuality()
    rssi_dbm: int | None = None
    battery_percent: int | None = None
    firmware: str = ""
    reconnects: int = 0
    last_arrival_s: float | None = None
