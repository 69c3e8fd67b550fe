"""What can be asked for as sensors: real ones, simulated ones, or a recording of some."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mia_core.errors import MiaError


class SensorKind(StrEnum):
    """Where sEMG comes from."""

    BLUETOOTH = "bluetooth"
    SIMULATED = "simulated"
    REPLAY = "replay"


class SensorChoiceError(MiaError):
    """A text names no sensors."""


@dataclass(frozen=True, slots=True)
class SensorChoice:
    """Sensors to use.

    Attributes:
        kind: Where they come from.
        target: Name of a saved montage for `bluetooth` (empty for the one saved last), for `replay` the path of a file
            or of a session, whose sEMG keeps step with its film.
    """

    kind: SensorKind
    target: str = ""

    @classmethod
    def parse(cls, text: str) -> SensorChoice:
        """Read `bluetooth`, `bluetooth:MONTAGE`, `simulated`, `replay:FILE` or `replay:SESSION`.

        Raises:
            SensorChoiceError: It is none of these.
        """
        kind, _, target = text.partition(":")
        if kind == SensorKind.BLUETOOTH or text == SensorKind.SIMULATED or (kind == SensorKind.REPLAY and target):
            return cls(SensorKind(kind), target)
        raise SensorChoiceError(
            f"{text or 'Nothing'} does not name sensors.",
            "Use simulated, bluetooth, bluetooth:NAME of a saved montage, or replay:FILE.",
        )
