"""Names of the channels of data sets: those of the montage, and the muscles that only published data have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mia_core.dataset.window_set import WindowSetError
from mia_core.muscles import Muscle, Side

MUSCLES: Final = (*(str(muscle) for muscle in Muscle), "latissimus", "glutes")
"""Latissimus, triceps and glutes sit at the same place in the order of different sources, and are not the same."""

ICCV2023_CHANNELS: Final = tuple(
    f"{side}_{muscle}" for side in Side for muscle in ("quadriceps", "hamstrings", "latissimus", "biceps")
)
"""Columns of `emgvalues.npy`. A list in the published code has another order, but is not used there."""
FIRST_VERSION_FILE_CHANNELS: Final = tuple(
    f"{side}_{muscle}"
    for muscle in ("quadriceps", "hamstrings", "biceps", "triceps")
    for side in (Side.RIGHT, Side.LEFT)
)
"""Order in the window text of the first version; a ninth value follows and is not used."""
FIRST_VERSION_CHANNELS: Final = tuple(
    f"{side}_{muscle}"
    for side in (Side.RIGHT, Side.LEFT)
    for muscle in ("quadriceps", "hamstrings", "biceps", "triceps")
)
"""Order in which the first version's models answer."""


def side_and_muscle(channel: str) -> tuple[str, str]:
    """Return the two parts of a name; a channel without a known side and muscle has empty ones."""
    side, _, muscle = channel.partition("_")
    return (side, muscle) if side in tuple(Side) and muscle in MUSCLES else ("", "")


def checked_channels(names: Sequence[object], where: str) -> tuple[str, ...]:
    """Return the names as they are.

    Raises:
        WindowSetError: One of them is no muscle, or is there twice.
    """
    channels = tuple(str(name) for name in names)
    unknown = [name for name in channels if not side_and_muscle(name)[1]]
    if unknown or not channels or len(set(channels)) != len(channels):
        got = f"{unknown[0]!r}" if unknown else repr(channels)
        raise WindowSetError(
            where, f"channels such as left_biceps, each once, of the muscles {', '.join(MUSCLES)}", got
        )
    return channels
