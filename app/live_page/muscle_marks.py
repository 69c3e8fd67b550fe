"""What the body map shows, predicted or measured, and what is to be known of each value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.app_settings import MEASURED
from mia_core.live.snapshot import Snapshot
from mia_core.muscles import MONTAGE
from mia_core.samples import MuscleActivation

LOW_CONFIDENCE_TEXT: Final = "low confidence"
UNCALIBRATED_TEXT: Final = "uncalibrated"
ESTIMATE_TEXT: Final = "estimate"
OF_MAXIMUM: Final = "% of maximum"
OF_STRONGEST: Final = "% of the strongest so far"
LOW_CONFIDENCE_SHORT: Final = "low conf."


@dataclass(frozen=True, slots=True)
class MuscleMarks:
    """Names of the muscles whose values need a word.

    Attributes:
        low_confidence: The model is not known to follow them on real motion.
        estimated: Predicted among measured ones: their sensor is lost, or they have none.
        uncalibrated: Measured, but 100 % is the strongest effort so far and not a maximal one.
    """

    low_confidence: frozenset[str] = frozenset()
    estimated: frozenset[str] = frozenset()
    uncalibrated: frozenset[str] = frozenset()

    def notes(self, name: str, *, narrow: bool = False) -> tuple[str, ...]:
        """Return the words for a muscle, one line each; in short ones where there is little room."""
        texts = (
            (ESTIMATE_TEXT, self.estimated),
            (LOW_CONFIDENCE_SHORT if narrow else LOW_CONFIDENCE_TEXT, self.low_confidence),
            (UNCALIBRATED_TEXT, self.uncalibrated),
        )
        return tuple(text for text, names in texts if name in names)


@dataclass(frozen=True, slots=True)
class ShownMuscles:
    """What body map and image show.

    Attributes:
        activation: The values, None before the first.
        marks: What is to be known of them.
        quantity: What they are and their unit, such as `Measured sEMG, % of maximum`.
    """

    activation: MuscleActivation | None
    marks: MuscleMarks
    quantity: str


def shown_muscles(snapshot: Snapshot, values: str) -> ShownMuscles:
    """Return what to show of a snapshot.

    Args:
        snapshot: The newest picture.
        values: One of `MUSCLE_VALUES`; without sensors there are only predicted ones.
    """
    health = snapshot.health
    low = frozenset(health.low_confidence)
    if values == MEASURED and snapshot.sensors is not None:
        return _measured(snapshot, low, snapshot.sensors.label[:1].upper() + snapshot.sensors.label[1:])
    is_simulated = "simulated" in health.model_provenance.lower()
    quantity = "Simulated activation" if is_simulated else "Estimated activation"
    return ShownMuscles(snapshot.activation, MuscleMarks(low), f"{quantity}, {OF_MAXIMUM}")


def _measured(snapshot: Snapshot, low: frozenset[str], quantity: str) -> ShownMuscles:
    """Return the measured values, with predicted ones where there are none."""
    nothing = np.full(len(MONTAGE), np.nan, np.float32)
    measured = nothing if snapshot.reference is None else snapshot.reference.values
    predicted = nothing if snapshot.activation is None else snapshot.activation.values
    calibrated = np.zeros(len(MONTAGE), np.bool_) if snapshot.sensors is None else snapshot.sensors.calibrated
    is_measured = np.isfinite(measured)
    estimated = _names(~is_measured & np.isfinite(predicted))
    marks = MuscleMarks(low & estimated, estimated, _names(is_measured & ~calibrated))
    values = np.where(is_measured, measured, predicted)
    unit = OF_STRONGEST if marks.uncalibrated and not (is_measured & calibrated).any() else OF_MAXIMUM
    return ShownMuscles(MuscleActivation(values, snapshot.position_s), marks, f"{quantity}, {unit}")


def _names(which: np.ndarray) -> frozenset[str]:
    return frozenset(name for name, chosen in zip(MONTAGE.names, which, strict=True) if chosen)
