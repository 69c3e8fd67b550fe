"""What a model says of itself: how to feed it, how to read it, what it was trained on, how good it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

import numpy as np

from mia_core.errors import CheckpointError, CheckpointMismatchError
from mia_core.models.ablation_table import AblationRow, read_ablations
from mia_core.models.heldout_scores import LOW_CONFIDENCE_R, SetScores, low_confidence_muscles, read_heldout
from mia_core.muscles import MONTAGE, Montage
from mia_core.processing.normalization import Normalization, NormalizationKind
from mia_core.samples import STEP_S, WINDOW_STEPS, Floats

SCHEMA_VERSION: Final = 1
DEFAULT_LOOKAHEAD_STEPS: Final = 2
"""How many steps of future a live read-out waits for, where a card says nothing else."""
SIMULATED: Final = "simulated, not measured"
"""The provenance of everything that is trained on simulated subjects."""
RECORDED: Final = "recorded steps"
"""The `kind` in the recipe of a model that was trained on recorded subjects."""
ADAPTED_TO: Final = "adapted_to"
"""The setting that names whom a model was adapted to."""
SECONDS_USED: Final = "seconds_used"
"""The setting that says by how much of that person's time."""
_ADVICE: Final = "Use a model that was trained with this version, or train it again with `mia train`."

Scalar = int | float | str | bool
_T = TypeVar("_T")


class OutputKind(StrEnum):
    """What the network's outputs are."""

    ACTIVATION = "activation"
    """Activation itself."""
    SQRT_ACTIVATION = "sqrt_activation"
    """Its square root, which evens out the weight of small and large activations in the loss."""

    def from_activation(self, activation: Floats) -> Floats:
        """Turn activation >= 0 into what the network is to put out."""
        return np.sqrt(activation) if self is OutputKind.SQRT_ACTIVATION else activation

    def to_activation(self, outputs: Floats) -> Floats:
        """Turn outputs >= 0 into the activation that they stand for."""
        return np.square(outputs) if self is OutputKind.SQRT_ACTIVATION else outputs

    def mean_activation(self, outputs: Floats, spread: Floats | None) -> Floats:
        """Turn the network's outputs >= 0 and their standard deviation (None: not known) into the mean activation.

        The mean of a square is the square of the mean and the variance: without the latter, efforts of which the
        network is not sure would be told too small.
        """
        if self is OutputKind.SQRT_ACTIVATION and spread is not None:
            return np.square(outputs) + np.square(spread)
        return self.to_activation(outputs)


@dataclass(frozen=True, slots=True)
class HeldOutMetrics:
    """How good the model is on windows it was not trained on; activation is a fraction of the maximal one.

    Attributes:
        data: What the windows are, of what provenance, and whether they had a say in choosing the weights.
        windows: How many windows were judged.
        rmse: Root-mean-square error of activation over all windows, muscles and steps.
        rmse_over_mean: The same divided by that of always saying each muscle's training mean; below 1 is skill.
        rmse_over_mean_by_muscle: The same for each muscle by name.
        pearson_r: Correlation over time for each muscle by name.
        rmse_by_lookahead: `rmse` of the step that has so many steps of future in its window, by their number: what a
            live read-out with that look-ahead gets.
        rmse_over_mean_by_lookahead: The same divided by that of always saying the mean.
    """

    data: str
    windows: int
    rmse: float
    rmse_over_mean: float
    rmse_over_mean_by_muscle: Mapping[str, float]
    pearson_r: Mapping[str, float]
    rmse_by_lookahead: Mapping[str, float]
    rmse_over_mean_by_lookahead: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """How the model was made, so that it can be made again.

    Attributes:
        data_sha256: Hash over the clips of the training set.
        recipe: What the simulator was told, and its version: enough to make the same clips again. Of recordings: their
            `kind`, `sessions`, `subjects`, what the `semg` is, and what was done to the `intervals`.
        minutes: Minutes of motion in it.
        clips: How many clips.
        subjects: The (virtual) subjects that were learned from, also by the model that training started from.
        chosen_on: The subjects on which the best weights were chosen, also those of that model.
        seed: Seed of everything random.
        steps: Optimiser steps until the kept weights.
        wall_s: Seconds that the training took.
        settings: All settings by name.
        mean_activation: Mean of each muscle in the training data: what a model without skill would always say.
    """

    data_sha256: str
    recipe: Mapping[str, Scalar]
    minutes: float
    clips: int
    subjects: tuple[str, ...]
    chosen_on: tuple[str, ...]
    seed: int
    steps: int
    wall_s: float
    settings: Mapping[str, Scalar]
    mean_activation: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card beside the weights.

    Attributes:
        name: Name for people and for `--model`.
        network: The numbers of the architecture.
        provenance: What kind of truth it learned from, such as `simulated, not measured`.
        architecture: Name of the network.
        channels: Channel names in the order of the outputs.
        normalization: How keypoints are normalised.
        window_steps: Steps in a window.
        step_s: Seconds between steps.
        default_lookahead_steps: How many steps of future a live read-out should wait for.
        output: What the outputs are.
        interval80: For each muscle by name, how far the interval reaches below and above the network's output, in units
            of the spread that the network says (1 where it says none), so that a tenth of the truths of subjects not
            learned from lay below it and a tenth above; None when not measured.
        activation_unit: Unit of the activation.
        licence: SPDX identifier of the weights' licence.
        licence_note: What else to know about it.
        created_utc: ISO 8601 date and time.
        training: How it was made, None for an untrained one.
        metrics: How good it is, None when not judged.
        heldout: How good it is on each held-out set that it was judged on, by the set's name.
        ablations: How good models are that were made in the same way but for one thing.
    """

    name: str
    network: Mapping[str, Scalar]
    provenance: str
    architecture: str = "motion_transformer"
    channels: tuple[str, ...] = MONTAGE.names
    normalization: Normalization = Normalization()  # noqa: RUF009 - frozen
    window_steps: int = WINDOW_STEPS
    step_s: float = STEP_S
    default_lookahead_steps: int = DEFAULT_LOOKAHEAD_STEPS
    output: OutputKind = OutputKind.ACTIVATION
    interval80: Mapping[str, tuple[float, float]] | None = None
    activation_unit: str = "fraction of maximal activation"
    licence: str = "Apache-2.0"
    licence_note: str = ""
    created_utc: str = ""
    training: TrainingRecord | None = None
    metrics: HeldOutMetrics | None = None
    heldout: Mapping[str, SetScores] = field(default_factory=dict)
    ablations: tuple[AblationRow, ...] = ()

    @property
    def adapted_to(self) -> str:
        """The subject that it was adapted to, empty for nobody."""
        return "" if self.training is None else str(self.training.settings.get(ADAPTED_TO, ""))

    @property
    def low_confidence(self) -> tuple[str, ...]:
        """Names of the muscles that it is not known to follow on real motion; when adapted, on its subject's."""
        if self.adapted_to and not self.heldout and self.metrics is not None:
            r = self.metrics.pearson_r
            return tuple(name for name in self.channels if r.get(name, 0.0) < LOW_CONFIDENCE_R)
        return low_confidence_muscles(self.heldout)

    def require(self, montage: Montage = MONTAGE, normalization: Normalization | None = None) -> None:
        """Check that the model fits what is asked of it.

        Raises:
            CheckpointMismatchError: Its channels, their order, its window or its normalisation are others.
        """
        if self.channels != montage.names:
            raise CheckpointMismatchError(
                f"The model {self.name} predicts {', '.join(self.channels)}; wanted, in this order:"
                f" {', '.join(montage.names)}.",
                "Choose a model that was trained for these muscles.",
            )
        if (self.window_steps, self.step_s) != (WINDOW_STEPS, STEP_S):
            raise CheckpointMismatchError(
                f"The model {self.name} sees {self.window_steps} steps of {self.step_s} s; wanted {WINDOW_STEPS} of"
                f" {STEP_S} s.",
                _ADVICE,
            )
        if not 0 <= self.default_lookahead_steps < WINDOW_STEPS:
            raise CheckpointMismatchError(
                f"The model {self.name} wants to look {self.default_lookahead_steps} steps ahead.", _ADVICE
            )
        if normalization is not None and normalization != self.normalization:
            raise CheckpointMismatchError(
                f"The model {self.name} normalises keypoints by {self.normalization}; wanted {normalization}.",
                "Choose a model that was trained with this normalisation.",
            )

    def to_json(self, weights_sha256: str) -> str:
        """Return the card as JSON, tied to the weights by their hash."""
        return json.dumps(
            {"schema_version": SCHEMA_VERSION, "weights_sha256": weights_sha256, **asdict(self)}, indent=2
        )

    @classmethod
    def from_json(cls, text: str) -> tuple[ModelCard, str]:
        """Read a card.

        Returns:
            The card, and the SHA-256 of the weights it belongs to.

        Raises:
            CheckpointError: The text is not a card.
            CheckpointMismatchError: It is one of another version, or asks for a normalisation that does not exist.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _not_a_card(f"not JSON: {error}") from error
        if not isinstance(values, dict):
            raise _not_a_card("not a JSON object")
        version = values.get("schema_version")
        if version != SCHEMA_VERSION:
            raise CheckpointMismatchError(f"The model's card has version {version}, not {SCHEMA_VERSION}.", _ADVICE)
        training, metrics = values.get("training"), values.get("metrics")
        card = cls(
            name=_get(values, "name", str),
            network=_scalars(_get(values, "network", dict), "network"),
            provenance=_get(values, "provenance", str),
            architecture=_get(values, "architecture", str),
            channels=_texts(values, "channels"),
            normalization=_normalization(_get(values, "normalization", dict)),
            window_steps=_get(values, "window_steps", int),
            step_s=_number(values, "step_s"),
            default_lookahead_steps=_get(values, "default_lookahead_steps", int),
            output=_output(_get(values, "output", str)),
            interval80=None if values.get("interval80") is None else _reaches(_get(values, "interval80", dict)),
            activation_unit=_get(values, "activation_unit", str),
            licence=_get(values, "licence", str),
            licence_note=_get(values, "licence_note", str),
            created_utc=_get(values, "created_utc", str),
            training=None if training is None else _training(_get(values, "training", dict)),
            metrics=None if metrics is None else _metrics(_get(values, "metrics", dict)),
            heldout=read_heldout(values.get("heldout", {})),
            ablations=read_ablations(values.get("ablations", [])),
        )
        return card, _get(values, "weights_sha256", str)


def _not_a_card(reason: str) -> CheckpointError:
    return CheckpointError(f"The model's card can't be read ({reason}).", "Get the model's .json again.")


def _get(values: Mapping[str, object], name: str, kind: type[_T]) -> _T:
    value = values.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _not_a_card(f"`{name}` should be {kind.__name__}, is {value!r:.80}")
    return value


def _number(values: Mapping[str, object], name: str) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_a_card(f"`{name}` should be a number, is {value!r:.80}")
    return float(value)


def _texts(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    items = _get(values, name, list)
    if not all(isinstance(item, str) for item in items):
        raise _not_a_card(f"`{name}` should be a list of texts")
    return tuple(items)


def _numbers(values: Mapping[str, object], name: str) -> dict[str, float]:
    items = _get(values, name, dict)
    return {key: _number(items, key) for key in items}


def _reaches(values: Mapping[str, object]) -> dict[str, tuple[float, float]]:
    """Read `interval80`; a card of before has one number for both directions."""
    found = {}
    for name, value in values.items():
        both = value if isinstance(value, list) else [value, value]
        if len(both) != 2:
            raise _not_a_card(f"`interval80` of {name} should be two numbers, is {value!r:.80}")
        found[name] = _number({name: both[0]}, name), _number({name: both[1]}, name)
    return found


def _scalars(values: Mapping[str, object], name: str) -> dict[str, Scalar]:
    if not all(isinstance(value, int | float | str | bool) for value in values.values()):
        raise _not_a_card(f"`{name}` should hold only numbers and texts")
    return {key: value for key, value in values.items() if isinstance(value, int | float | str | bool)}


def _normalization(values: Mapping[str, object]) -> Normalization:
    kind = _get(values, "kind", str)
    if kind not in tuple(NormalizationKind):
        raise CheckpointMismatchError(
            f"The model wants its keypoints normalised by `{kind}`, which this version does not know.", _ADVICE
        )
    return Normalization(NormalizationKind(kind), _number(values, "min_torso_fraction"))


def _output(kind: str) -> OutputKind:
    if kind not in tuple(OutputKind):
        raise CheckpointMismatchError(f"The model puts out `{kind}`, which this version does not know.", _ADVICE)
    return OutputKind(kind)


def _training(values: Mapping[str, object]) -> TrainingRecord:
    return TrainingRecord(
        data_sha256=_get(values, "data_sha256", str),
        recipe=_scalars(_get(values, "recipe", dict), "recipe"),
        minutes=_number(values, "minutes"),
        clips=_get(values, "clips", int),
        subjects=_texts(values, "subjects"),
        chosen_on=_texts(values, "chosen_on"),
        seed=_get(values, "seed", int),
        steps=_get(values, "steps", int),
        wall_s=_number(values, "wall_s"),
        settings=_scalars(_get(values, "settings", dict), "settings"),
        mean_activation=_numbers(values, "mean_activation") if "mean_activation" in values else {},
    )


def _metrics(values: Mapping[str, object]) -> HeldOutMetrics:
    return HeldOutMetrics(
        data=_get(values, "data", str),
        windows=_get(values, "windows", int),
        rmse=_number(values, "rmse"),
        rmse_over_mean=_number(values, "rmse_over_mean"),
        rmse_over_mean_by_muscle=_numbers(values, "rmse_over_mean_by_muscle"),
        pearson_r=_numbers(values, "pearson_r"),
        rmse_by_lookahead=_numbers(values, "rmse_by_lookahead"),
        rmse_over_mean_by_lookahead=_numbers(values, "rmse_over_mean_by_lookahead"),
    )
