"""Which muscles of the model are solved for, and how the paper's eight electrodes mix them."""

from __future__ import annotations

from typing import Final

from mia_core.muscles import MONTAGE, Muscle, Placement, Side

ELECTRODE_MIX: Final[dict[Muscle, dict[str, float]]] = {
    Muscle.BICEPS: {"BIClong": 0.5, "BICshort": 0.5},
    Muscle.TRICEPS: {"TRIlong": 0.5, "TRIlat": 0.5},
    Muscle.QUADRICEPS: {"vaslat": 0.4, "vasmed": 0.3, "recfem": 0.3},
    Muscle.HAMSTRINGS: {"bflh": 0.4, "semiten": 0.3, "semimem": 0.3},
}
"""Share of each head in what a surface electrode at the SENIAM site picks up.

Only superficial heads count (SENIAM places electrodes over them): vastus intermedius, brachialis and the medial head of
the triceps lie deep. Semimembranosus shows on both sides of the semitendinosus tendon. The shares are a modelling
choice, not measured.
"""

ARM_MUSCLES: Final = (
    "DELT1", "DELT2", "DELT3", "SUPSP", "INFSP", "SUBSC", "TMIN", "TMAJ", "PECM1", "PECM2", "PECM3",
    "LAT1", "LAT2", "LAT3", "CORB", "TRIlong", "TRIlat", "TRImed", "ANC", "SUP", "BIClong", "BICshort",
    "BRA", "BRD", "PT", "ECRL",
)  # fmt: skip
"""Muscles of one arm that cross the shoulder or the elbow; the model adds `_left` on the left."""

FIRST_LEG_MUSCLE: Final = "addbrev_r"
"""In the model's actuator order, everything from here on is a leg muscle."""


def arm_muscle_name(muscle: str, side: Side) -> str:
    """Return the model's name of an arm muscle."""
    return f"{muscle}_left" if side is Side.LEFT else muscle


def leg_muscle_name(muscle: str, side: Side) -> str:
    """Return the model's name of a leg muscle."""
    return f"{muscle}_{side[0]}"


def electrode_mix(placement: Placement) -> dict[str, float]:
    """Return model muscle names and their shares (sum 1) under the electrode of one placement."""
    name = arm_muscle_name if placement.muscle.is_arm else leg_muscle_name
    return {name(muscle, placement.side): share for muscle, share in ELECTRODE_MIX[placement.muscle].items()}


CHANNEL_MIXES: Final = tuple(electrode_mix(placement) for placement in MONTAGE.placements)
"""Electrode mixes in the order of `MONTAGE`."""
