"""The sensors that are known: what each says of itself, where that was learned, and what nobody has checked."""

from __future__ import annotations

from typing import Final

from mia_core.errors import MiaError
from mia_core.sensors.packet import Counter, CounterOf, StructDecoder, TextDecoder, decode_umyo
from mia_core.sensors.sensor_profile import Led, SensorProfile, SignalKind

M40: Final = SensorProfile(
    key="m40",
    name="M40 Muscle Sense",
    kind=SignalKind.ENVELOPE,
    rate_hz=10.0,
    unit="counts",
    low=0.0,
    high=1023.0,
    decode=StructDecoder("<H"),  # a value above 1023 is kept as it came, and flagged by the range
    company_id=0x05DA,
    name_prefix="ANR Corp M40",
    service="00001815-0000-1000-8000-00805f9b34fb",
    characteristic="00002a58-0000-1000-8000-00805f9b34fb",
    led=Led(
        "00002a56-0000-1000-8000-00805f9b34fb",
        {"green": 5, "green, green": 6, "green, red": 7, "red, red": 11, "orange": 12, "magenta, blue": 17},
        contrast=("green, green", "red, red"),
    ),
    source="ANR's BLE design guide A001S1M40A-DG-23-1 as seven independent public clients have it. Not known: filter "
    "delay, what it sends with an electrode off, colours of the other device ids from 1 to 24.",
)
"""ANR's M40, the sensor of the paper: an envelope of ten values a second, no counter, no time."""

MYOWARE: Final = SensorProfile(
    key="myoware",
    name="MyoWare 2.0 wireless shield",
    kind=SignalKind.ENVELOPE,
    rate_hz=50.0,
    unit="counts",
    low=0.0,
    high=4095.0,
    decode=TextDecoder(),
    name_prefix="MyoWareSensor",
    service="ec3af789-2154-49f4-a9fc-bc6c88e9e930",
    characteristic="f3a56edf-8f1e-4533-93bf-5601b2e91308",
    source="AdvancerTechnologies/MyoWare-Arduino-Library, example MyoWareBLEPeripheral: the envelope of a 12-bit "
    "converter as text. Not checked on a shield. The example sends as fast as its loop runs; 50 Hz is what it does "
    "with `delay(20)` in the loop.",
)
"""A MyoWare muscle sensor with the maker's example `MyoWareBLEPeripheral` on its shield."""

MYOWARE_UART: Final = SensorProfile(
    key="myoware_uart",
    name="MyoWare 2.0 wireless shield (serial)",
    kind=SignalKind.ENVELOPE,
    rate_hz=50.0,
    unit="counts",
    low=0.0,
    high=4095.0,
    decode=TextDecoder(),  # `envelope,raw`: the first is used
    name_prefix="MyoW",
    service="6e400001-b5a3-f393-e0a9-e50e24dcca9e",
    characteristic="6e400003-b5a3-f393-e0a9-e50e24dcca9e",
    source="The same library, example MyoWareBLEUART: lines of `envelope,raw` over the Nordic UART service. Not "
    "checked on a shield; the rate as above.",
)
"""The same with the maker's example `MyoWareBLEUART`; names that begin with `MyoWareSensor` are the other's."""

UMYO: Final = SensorProfile(
    key="umyo",
    name="uMyo",
    kind=SignalKind.ENVELOPE,
    rate_hz=139.5,
    unit="level",
    low=0.0,
    high=8128.0,
    decode=decode_umyo,
    counter_modulo=256,
    name_prefix="uMyo",
    source="ultimaterobotics: receiver uMyo_BLE (ddd84cc) and firmware uMyo_fw_v3_1. Not checked on a device. It makes "
    "a level of every 8 samples, 139.5 times a second by the constants of its mains filter, and advertises the newest "
    "every 2 to 9 ms on one channel at a time, so nobody hears all: `lost` are those that were not heard. Firmware "
    "before 2023 has other data where the level is now.",
)
"""Ultimate Robotics' uMyo: everything is in its advertisements, so no number of connections limits it."""

NPG_LITE: Final = SensorProfile(
    key="npg_lite",
    name="NPG Lite",
    kind=SignalKind.RAW,
    rate_hz=500.0,
    unit="counts",
    low=0.0,
    high=4095.0,
    decode=StructDecoder(">Bhhh", 10, counter=Counter(CounterOf.SAMPLE, 0, 256)),
    n_channels=3,
    counter_modulo=256,
    name_prefix="NPG",
    service="4fafc201-1fb5-459e-8fcc-c5c9c331914b",
    characteristic="beb5483e-36e1-4688-b7f5-ea07361b26a8",
    start=("0000ff01-0000-1000-8000-00805f9b34fb", b"START"),
    saturates_low=True,
    source="upsidedownlabs: Chords-Python (chords_ble.py) and NPG-Lite-Arduino-Firmware (12-bit converter). Not "
    "checked on a board. The six-channel board sends other packets and needs a profile of its own.",
)
"""Upside Down Labs' NPG Lite with its Bluetooth firmware: three channels of raw signal with a counter."""

PROFILES: Final = (M40, MYOWARE, MYOWARE_UART, UMYO, NPG_LITE)
"""All of them; the first that matches an advertisement has it."""


class UnknownProfileError(MiaError):
    """No profile has that key."""


def profile_named(key: str, extra: tuple[SensorProfile, ...] = ()) -> SensorProfile:
    """Return the profile of a key.

    Args:
        key: Such as `m40`.
        extra: Profiles that were read from files; they come first.

    Raises:
        UnknownProfileError: There is none.
    """
    known = {profile.key: profile for profile in (*PROFILES, *extra)}
    if key not in known:
        message = f"There is no kind of sensor called {key!r}; known are {', '.join(known)}."
        raise UnknownProfileError(message, "Give the file that describes it with --profile.")
    return known[key]
