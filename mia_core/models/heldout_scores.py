"""How good a model is on motion that it never learned from: what its card says under `heldout`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mia_core.errors import CheckpointError
from mia_core.muscles import MONTAGE

SIMULATED: Final = "simulated"
EXERCISES: Final = "exercises"
REAL_MOTION: Final = "real_motion"
DEMO: Final = "demo"
MEASURED_WALK: Final = "measured_walk"
HELDOUT_SETS: Final = (SIMULATED, EXERCISES, REAL_MOTION, DEMO, MEASURED_WALK)
"""Unseen virtual subjects; exercises left out; people's motion from motion capture; the demo video through the real
detector; the one walk whose sEMG was measured."""

TRAINING_MEAN: Final = "training mean"
OWN_MEAN: Final = "own mean"
"""The two things that a baseline without skill may always say: the second for a card that does not know the first."""

LOW_CONFIDENCE_R: Final = 0.45
"""A muscle that correlates less than this with the simulator on real motion is shown as one of low confidence."""

Scalar = int | float | str | bool


@dataclass(frozen=True, slots=True)
class WalkAgreement:
    """One muscle of the measured walk from one camera; correlations over its one and a half seconds.

    A lag is by how many seconds the measured envelope precedes the other series; it is picked afterwards, as the one
    at which the correlation is highest.

    Attributes:
        camera: Which camera.
        muscle: Which muscle.
        r_simulator: Model against simulator.
        r_measured: Model against measured sEMG.
        best_r_measured: The same at its best lag.
        best_lag_s: That lag.
        simulator_r_measured: Simulator against measured sEMG, no camera involved: what the model could hope for.
        simulator_best_r_measured: The same at its best lag.
        simulator_best_lag_s: That lag.
    """

    camera: str
    muscle: str
    r_simulator: float
    r_measured: float
    best_r_measured: float
    best_lag_s: float
    simulator_r_measured: float
    simulator_best_r_measured: float
    simulator_best_lag_s: float


@dataclass(frozen=True, slots=True)
class LiveScores:
    """A live read-out that waits for some steps of future: only the step that has so many after it in its window.

    Attributes:
        rmse: As in `SetScores`, like all others.
        ratio: Against the baseline at the same steps.
        r_legs: Mean over the four leg muscles.
        r_arms: Mean over the four arm muscles.
        coverage80: Share of truths in the interval, None for a model without intervals.
    """

    rmse: float
    ratio: float
    r_legs: float
    r_arms: float
    coverage80: float | None


@dataclass(frozen=True, slots=True)
class EffortScores:
    """How true a model is where muscles work so hard; activation is a fraction of the maximal one.

    Attributes:
        least: Least true activation of these steps; that of the next row is more than they have.
        steps: How many there are, over all muscles.
        said: Mean of what the model says of them.
        true: Mean of what is true of them.
        coverage80: Share of truths in the interval, None for a model without intervals.
    """

    least: float
    steps: int
    said: float
    true: float
    coverage80: float | None


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """Scores of several models that differ in nothing but their seed: what the recipe gives, not one lucky draw.

    Attributes:
        seeds: The models' seeds.
        ratio: Mean of their ratios.
        ratio_sd: Standard deviation of these.
        r_legs: Mean correlation, legs.
        r_legs_sd: Its standard deviation.
        r_arms: Mean correlation, arms.
        r_arms_sd: Its standard deviation.
    """

    seeds: tuple[int, ...]
    ratio: float
    ratio_sd: float
    r_legs: float
    r_legs_sd: float
    r_arms: float
    r_arms_sd: float


@dataclass(frozen=True, slots=True)
class SetScores:
    """How a model does on one held-out set; activation is a fraction of the maximal one.

    The truth is simulated in every set: what the same simulator says of that motion. Windows are of 3 s, one every half
    second; all their valid steps count.

    Attributes:
        sha256: Hash of the set.
        settings: How it was made, its seed among it.
        keypoints: Whose keypoints they are.
        subjects: Whose motion it is.
        minutes: Minutes of film.
        windows: How many windows were judged.
        judged_utc: ISO 8601 date and time.
        baseline: What `rmse_mean_baseline` always says: `TRAINING_MEAN`, or `OWN_MEAN`, which is harder to beat.
        rmse: Root-mean-square error over all muscles and valid steps.
        rmse_mean_baseline: That of always saying the mean.
        ratio: The first divided by the second; below 1 is skill.
        r: Correlation over all valid steps of all clips, for each muscle by name; 0 where the model never moves.
        r_legs: Mean over the four leg muscles.
        r_arms: Mean over the four arm muscles.
        coverage80: Share of truths inside the interval that should hold 80 %; None for a model without intervals.
        coverage80_by_muscle: The same by muscle, empty without intervals.
        by_lookahead: What live read-outs are like, by the number of steps that they wait for; without those that hardly
            any window of the set has a truth for.
        by_effort: How true it is for rest, light and hard work, over all valid steps.
        interval95: For `ratio`, `r_legs`, `r_arms` and each muscle's r: the interval that holds 95 % of what other
            motions of this kind would give (bootstrap over whole motions); empty where it was not asked for.
        walk: Agreement with measured sEMG, of the measured walk only.
        across_seeds: What models of other seeds give together with this one, None when none were judged beside it.
    """

    sha256: str
    settings: Mapping[str, Scalar]
    keypoints: str
    subjects: tuple[str, ...]
    minutes: float
    windows: int
    judged_utc: str
    baseline: str
    rmse: float
    rmse_mean_baseline: float
    ratio: float
    r: Mapping[str, float]
    r_legs: float
    r_arms: float
    coverage80: float | None
    coverage80_by_muscle: Mapping[str, float]
    by_lookahead: Mapping[str, LiveScores]
    by_effort: tuple[EffortScores, ...] = ()
    interval95: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    walk: tuple[WalkAgreement, ...] = ()
    across_seeds: SeedSpread | None = None


def read_heldout(values: object) -> dict[str, SetScores]:
    """Read what a card says under `heldout`.

    Raises:
        CheckpointError: Something is missing or of another kind.
    """
    try:
        if not isinstance(values, dict):
            raise TypeError(type(values).__name__)
        return {str(name): _set_scores(of_set) for name, of_set in values.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"What the model's card says about held-out motion can't be read ({error!r}).",
            "Get the model's .json again, or judge the model again with `mia model evaluate`.",
        ) from error


def _set_scores(values: Any) -> SetScores:
    return SetScores(
        sha256=str(values["sha256"]),
        settings=dict(values["settings"]),
        keypoints=str(values["keypoints"]),
        subjects=tuple(str(subject) for subject in values["subjects"]),
        minutes=float(values["minutes"]),
        windows=int(values["windows"]),
        judged_utc=str(values["judged_utc"]),
        baseline=_baseline(values["baseline"]),
        rmse=float(values["rmse"]),
        rmse_mean_baseline=float(values["rmse_mean_baseline"]),
        ratio=float(values["ratio"]),
        r={name: float(values["r"][name]) for name in MONTAGE.names},
        r_legs=float(values["r_legs"]),
        r_arms=float(values["r_arms"]),
        coverage80=_share(values["coverage80"]),
        coverage80_by_muscle=_floats(values["coverage80_by_muscle"]),
        by_lookahead={str(steps): _live_scores(row) for steps, row in values.get("by_lookahead", {}).items()},
        by_effort=tuple(_effort_scores(row) for row in values.get("by_effort", [])),
        interval95={str(name): (float(low), float(high)) for name, (low, high) in values["interval95"].items()},
        walk=tuple(_walk_agreement(row) for row in values["walk"]),
        across_seeds=None if values.get("across_seeds") is None else _seed_spread(values["across_seeds"]),
    )


def _live_scores(values: Any) -> LiveScores:
    return LiveScores(
        rmse=float(values["rmse"]),
        ratio=float(values["ratio"]),
        r_legs=float(values["r_legs"]),
        r_arms=float(values["r_arms"]),
        coverage80=_share(values["coverage80"]),
    )


def _effort_scores(values: Any) -> EffortScores:
    return EffortScores(
        least=float(values["least"]),
        steps=int(values["steps"]),
        said=float(values["said"]),
        true=float(values["true"]),
        coverage80=_share(values["coverage80"]),
    )


def _share(value: Any) -> float | None:
    return None if value is None else float(value)


def _baseline(value: object) -> str:
    if value not in (TRAINING_MEAN, OWN_MEAN):
        raise ValueError(f"baseline {value!r}")
    return str(value)


def _seed_spread(values: Any) -> SeedSpread:
    return SeedSpread(
        seeds=tuple(int(seed) for seed in values["seeds"]),
        ratio=float(values["ratio"]),
        ratio_sd=float(values["ratio_sd"]),
        r_legs=float(values["r_legs"]),
        r_legs_sd=float(values["r_legs_sd"]),
        r_arms=float(values["r_arms"]),
        r_arms_sd=float(values["r_arms_sd"]),
    )


def _walk_agreement(values: Any) -> WalkAgreement:
    return WalkAgreement(
        camera=str(values["camera"]),
        muscle=str(values["muscle"]),
        r_simulator=float(values["r_simulator"]),
        r_measured=float(values["r_measured"]),
        best_r_measured=float(values["best_r_measured"]),
        best_lag_s=float(values["best_lag_s"]),
        simulator_r_measured=float(values["simulator_r_measured"]),
        simulator_best_r_measured=float(values["simulator_best_r_measured"]),
        simulator_best_lag_s=float(values["simulator_best_lag_s"]),
    )


def low_confidence_muscles(heldout: Mapping[str, SetScores]) -> tuple[str, ...]:
    """Return the muscles that the model is not known to follow on real motion: all, when it was not judged there."""
    real = heldout.get(REAL_MOTION)
    return tuple(name for name in MONTAGE.names if real is None or real.r[name] < LOW_CONFIDENCE_R)


def _floats(values: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in values.items()}
