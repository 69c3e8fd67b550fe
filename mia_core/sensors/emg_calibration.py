"""Each muscle's rest and maximum: what makes numbers of different sensors, people and days comparable.

The envelope of sEMG depends on skin, fat and placement, so it means little until it is related to a reference. The
usual one is the maximal voluntary contraction (MVC): some maximal efforts of a few seconds with pauses between them,
of which the highest short mean counts (Konrad, The ABC of EMG, chapter "MVC normalization"; Merletti's standards for
reporting EMG data, endorsed by ISEK, ask that length, number and smoothing be stated; SENIAM says how electrodes lie).
Here: the median of 5 s of rest, three efforts of 3 s, and the best mean over 0.5 s.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.muscles import MONTAGE, Placement
from mia_core.processing.robust_scatter import robust_sd
from mia_core.samples import Floats
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind
from mia_core.whole_file import whole_file

VERSION: Final = 1


class CalibrationError(MiaError):
    """A muscle's rest or maximum can't be taken from what was measured, or a calibration can't be read or written."""


@dataclass(frozen=True, slots=True)
class MuscleReference:
    """Rest and maximum of one muscle under one sensor.

    Attributes:
        rest: Envelope at rest, in the unit of the sensor's profile.
        mvc: Envelope at maximal voluntary contraction, in the same unit, above `rest`.
        sensor: The sensor that measured them; they hold for no other.
        utc: When, as ISO 8601.
        unit: The unit, such as `counts`.
    """

    rest: float
    mvc: float
    sensor: SensorId
    utc: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class EmgCalibration:
    """The references of a session.

    Attributes:
        references: Of each muscle that has one.
    """

    references: Mapping[Placement, MuscleReference]

    def activation(self, placement: Placement, envelope_values: Floats) -> Floats:
        """Return how active a muscle is: 0 at rest, 1 at its maximum, above 1 where it beats it.

        Args:
            placement: The muscle.
            envelope_values: Any shape, in the unit of the reference.

        Returns:
            float32 >= 0 of the same shape, NaN where the value is NaN and everywhere without a reference.
        """
        reference = self.references.get(placement)
        values = np.asarray(envelope_values, np.float32)
        if reference is None:
            return np.full_like(values, np.nan)
        scale = np.float32(reference.mvc - reference.rest)
        return np.asarray(np.maximum((values - np.float32(reference.rest)) / scale, 0.0), np.float32)

    def with_reference(self, placement: Placement, reference: MuscleReference) -> EmgCalibration:
        """Return this calibration with another reference for a muscle."""
        return EmgCalibration({**self.references, placement: reference})

    def save(self, path: Path) -> None:
        """Write the calibration as JSON, in one piece.

        Raises:
            CalibrationError: It can't be written there.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write((json.dumps(self.to_json(), indent=2) + "\n").encode())
        except OSError as error:
            raise CalibrationError(
                f"The calibration can't be written to {path} ({error.strerror}).",
                "Choose a folder that you may write to, on a disk with room.",
            ) from error

    @classmethod
    def load(cls, path: Path) -> EmgCalibration:
        """Read what `save` wrote.

        Raises:
            CalibrationError: It is missing, damaged, or of another version.
        """
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise CalibrationError(
                f"The calibration {path} can't be read ({error}).", "Calibrate again: it takes about three minutes."
            ) from error

    def to_json(self) -> dict[str, Any]:
        """Return the calibration as plain data."""
        return {
            "version": VERSION,
            "references": {
                placement.name: {
                    "rest": reference.rest,
                    "mvc": reference.mvc,
                    "unit": reference.unit,
                    "utc": reference.utc,
                    "profile": reference.sensor.profile,
                    "serial": reference.sensor.serial,
                    "channel": reference.sensor.channel,
                }
                for placement, reference in self.references.items()
            },
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> EmgCalibration:
        """Read what `to_json` returned, out of an untrusted file.

        Raises:
            ValueError: It is of another version, or a maximum is not above its rest.
            KeyError: Something is missing.
            TypeError: Something is of another type.
            AttributeError: Something is no table.
        """
        if content["version"] != VERSION:
            raise ValueError(f"its version is {content['version']}, not {VERSION}")
        references = {}
        for name, entry in content["references"].items():
            rest, mvc = float(entry["rest"]), float(entry["mvc"])
            if not (np.isfinite([rest, mvc]).all() and mvc > rest):
                raise ValueError(f"the maximum of {name} is not above its rest")
            sensor = SensorId(str(entry["profile"]), str(entry["serial"]), int(entry["channel"]))
            placement = MONTAGE.placement(name)
            references[placement] = MuscleReference(rest, mvc, sensor, str(entry["utc"]), str(entry["unit"]))
        return cls(references)


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """How references are taken and when they are refused. The limits are our choice.

    Attributes:
        rest_s: Length of the rest.
        effort_s: Length of one effort.
        efforts: Maximal efforts of each muscle.
        best_s: Length of the mean whose highest counts.
        min_share: Share of the samples that the profile promises, below which a stretch is too full of gaps.
        max_saturated: Share of a stretch's samples at an end of the range, above which it is refused.
        min_rise_sd: The maximum must be so many (robust) standard deviations of the rest above it.
        min_ratio: ... and so many times the rest.
        min_range: ... and, for a sensor that sends envelopes, so much of its range above the rest.
    """

    rest_s: float = 5.0
    effort_s: float = 3.0
    efforts: int = 3
    best_s: float = 0.5
    min_share: float = 0.7
    max_saturated: float = 0.1
    min_rise_sd: float = 8.0
    min_ratio: float = 1.5
    min_range: float = 0.02


class CalibrationRun:
    """Collects one calibration, muscle by muscle, and refuses what can't be right.

    It knows no screen and no clock: whoever leads the subject hands in each stretch when it is over. A refused stretch
    leaves everything as it was, so it is simply done again.

    Args:
        montage: Which sensor sits where.
        profile_of: Kind of the sensor on a muscle, such as `SensorSource.profile_of`.
        settings: Lengths and limits.
    """

    def __init__(
        self,
        montage: SensorMontage,
        profile_of: Callable[[Placement], SensorProfile],
        settings: CalibrationSettings | None = None,
    ) -> None:
        self.settings = settings or CalibrationSettings()
        self._montage = montage
        self._profile_of = profile_of
        self._rests: dict[Placement, tuple[float, float]] = {}  # median, robust standard deviation
        self._efforts: dict[Placement, list[float]] = {}

    def take_rest(self, placement: Placement, values: Floats, saturated: NDArray[np.bool_] | None = None) -> float:
        """Take a stretch of rest and return the rest; an earlier one and the efforts after it are forgotten.

        Args:
            placement: A muscle of the montage.
            values: (n,) envelope in the profile's unit.
            saturated: (n,) whether each sample behind it was at an end of the range; needed of raw sensors.

        Raises:
            CalibrationError: Too few samples, or at the end of the range.
        """
        self._check_stretch(placement, values, saturated, self.settings.rest_s)
        median = float(np.median(values))
        self._efforts.pop(placement, None)
        self._rests[placement] = median, robust_sd(values)
        return median

    def take_effort(
        self,
        placement: Placement,
        times_s: NDArray[np.float64],
        values: Floats,
        saturated: NDArray[np.bool_] | None = None,
    ) -> float:
        """Take a maximal effort and return its best short mean.

        Args:
            placement: A muscle of the montage whose rest was taken.
            times_s: (n,) when the samples were taken, ascending.
            values: (n,) envelope in the profile's unit.
            saturated: (n,) whether each sample behind it was at an end of the range; needed of raw sensors.

        Raises:
            CalibrationError: No rest was taken, too few samples, at the end of the range, or hardly above the rest.
        """
        if placement not in self._rests:
            raise CalibrationError(f"The rest of the {_spoken(placement)} was not measured.", "Measure the rest first.")
        self._check_stretch(placement, values, saturated, self.settings.effort_s)
        best = self._best_mean(placement, times_s, values)
        self._check_rise(placement, best)
        self._efforts.setdefault(placement, []).append(best)
        return best

    def efforts(self, placement: Placement) -> int:
        """Return how many efforts of a muscle were taken."""
        return len(self._efforts.get(placement, ()))

    def is_complete(self, placement: Placement) -> bool:
        """Return whether rest and all efforts of a muscle were taken."""
        return placement in self._rests and self.efforts(placement) >= self.settings.efforts

    def reference(self, placement: Placement, utc: datetime) -> MuscleReference:
        """Return the muscle's reference.

        Args:
            placement: A muscle of the montage.
            utc: The present time, to be kept with it.

        Raises:
            CalibrationError: Efforts are missing.
        """
        sensor = self._montage.sensor_at(placement)
        if sensor is None or not self.is_complete(placement):
            n_missing = self.settings.efforts - self.efforts(placement)
            missing = "1 effort is missing" if n_missing == 1 else f"{n_missing} efforts are missing"
            raise CalibrationError(
                f"The calibration of the {_spoken(placement)} is not finished: {missing}.",
                "Make the missing efforts, with a minute of pause between them.",
            )
        rest, _ = self._rests[placement]
        unit = self._profile_of(placement).unit
        return MuscleReference(rest, max(self._efforts[placement]), sensor, utc.isoformat(timespec="seconds"), unit)

    def _check_stretch(
        self, placement: Placement, values: Floats, saturated: NDArray[np.bool_] | None, length_s: float
    ) -> None:
        profile = self._profile_of(placement)
        expected = length_s * profile.rate_hz
        if np.isfinite(values).sum() < self.settings.min_share * expected or not np.isfinite(values).all():
            raise CalibrationError(
                f"Only {int(np.isfinite(values).sum())} of {expected:.0f} samples came from the {_spoken(placement)}.",
                "Wait until its light is green, then do it again.",
            )
        if np.mean(profile.saturated_behind(values, saturated)) > self.settings.max_saturated:
            raise CalibrationError(
                f"The sensor on the {_spoken(placement)} is at the end of its range.",
                "Check that it lies with its electrodes on the skin and sticks everywhere, then do it again.",
            )

    def _best_mean(self, placement: Placement, times_s: NDArray[np.float64], values: Floats) -> float:
        """Return the highest mean over `best_s` that has nearly all its samples."""
        ends = np.arange(1, len(values) + 1)
        starts = np.searchsorted(times_s, times_s - self.settings.best_s, side="right")
        sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        n = ends - starts
        full = n >= self.settings.min_share * self.settings.best_s * self._profile_of(placement).rate_hz
        if not full.any():
            raise CalibrationError(
                f"The samples from the {_spoken(placement)} have too many gaps.",
                "Wait until its light is green, then do it again.",
            )
        return float(np.max((sums[ends] - sums[starts])[full] / n[full]))

    def _check_rise(self, placement: Placement, best: float) -> None:
        profile = self._profile_of(placement)
        rest, sd = self._rests[placement]
        zero, span = (profile.low, profile.high - profile.low) if profile.kind is SignalKind.ENVELOPE else (0.0, 0.0)
        needed = max(
            rest + self.settings.min_rise_sd * sd,
            zero + self.settings.min_ratio * (rest - zero),
            rest + self.settings.min_range * span,
        )
        if best <= needed:
            raise CalibrationError(
                f"The effort of the {_spoken(placement)} ({best:.0f} {profile.unit}) is hardly above its rest "
                f"({rest:.0f} {profile.unit}).",
                "Contract as hard as you can against something that does not give way, or move the sensor.",
            )


def _spoken(placement: Placement) -> str:
    return placement.label.lower()
