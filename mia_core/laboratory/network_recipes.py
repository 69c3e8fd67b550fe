"""What each network is given of a window, what it is trained to do, and how its outputs become sEMG again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mia_core.dataset.window_set import WindowSet, WindowSetAbout
from mia_core.laboratory.network_settings import PAPER, NetworkSettings
from mia_core.laboratory.predictors import PredictorError, mean_curve
from mia_core.models.conditioned_transformer import (
    CONDITIONED,
    MAX_SUBJECTS,
    ConditionedConfig,
    ConditionedTransformer,
    subject_number,
)
from mia_core.models.modern import MODERN, ModernConfig, ModernNetwork
from mia_core.models.motion_transformer import MotionTransformer, MotionTransformerConfig
from mia_core.models.paper_cnn import PaperCnn, PaperCnnConfig
from mia_core.processing.normalization import Normalization, NormalizationKind

Numbers = Mapping[str, int | float | str | bool]
_PAPERS_UNIT: Final = 100.0
"""The paper's networks put out sEMG counts / 100; percent become shares."""
_LEAST_MEAN: Final = 0.01
"""A muscle that is silent in training must start alive all the same."""
_SCALING_WINDOWS: Final = 512
_LEAST_STEPS: Final = 3
"""That an acceleration takes."""


class Recipe(Protocol):
    """One kind of network in the laboratory."""

    def first_numbers(self, train: WindowSet, settings: NetworkSettings) -> Numbers:
        """Return the numbers of a network for such windows."""

    def build(self, numbers: Numbers, train: WindowSet | None) -> nn.Module:
        """Make a network.

        Args:
            numbers: Its numbers.
            train: Whose scales it starts with; None when weights will be put in that hold them.
        """

    def inputs(self, windows: WindowSet, rows: NDArray[np.intp], subjects: Sequence[str]) -> tuple[Tensor, ...]:
        """Return what the network is called with for some windows.

        Args:
            windows: The set.
            rows: (n,) which.
            subjects: Whose windows were learned from.
        """

    def loss(self, network: nn.Module, inputs: tuple[Tensor, ...], emg: Tensor) -> Tensor:
        """Return the loss of a batch whose truth is (n, T, C) `emg`, in the unit of the windows."""

    def predict(self, network: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return (n, T, C) in the unit of the windows."""


def recipe_of(name: str) -> Recipe:
    """Return the recipe of one of `NETWORKS`."""
    if name == MODERN:
        return _Modern()
    if name == CONDITIONED:
        return _Conditioned()
    return _Transformer() if name == PAPER else _Cnn(name)


class _FromKeypoints:
    """Keypoints in fractions of the picture to sEMG / 100, by the mean squared error: the paper's."""

    def inputs(self, windows: WindowSet, rows: NDArray[np.intp], subjects: Sequence[str]) -> tuple[Tensor, ...]:
        return (torch.from_numpy(windows.keypoints[rows]),)

    def loss(self, network: nn.Module, inputs: tuple[Tensor, ...], emg: Tensor) -> Tensor:
        return nn.functional.mse_loss(network(*inputs), emg / _PAPERS_UNIT)

    def predict(self, network: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        return network(*inputs) * _PAPERS_UNIT  # type: ignore[no-any-return]


class _Transformer(_FromKeypoints):
    """The paper's Transformer."""

    def first_numbers(self, train: WindowSet, settings: NetworkSettings) -> Numbers:
        return MotionTransformerConfig(
            window_steps=train.n_steps,
            n_muscles=len(train.about.channels),
            dropout=settings.dropout,
            head_init=settings.head_init,
        ).to_dict()

    def build(self, numbers: Numbers, train: WindowSet | None) -> nn.Module:
        mean = None if train is None else _mean(train, _PAPERS_UNIT)
        return MotionTransformer(MotionTransformerConfig.from_dict(numbers), mean)


class _Cnn(_FromKeypoints):
    """The paper's convolutional baselines."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def first_numbers(self, train: WindowSet, settings: NetworkSettings) -> Numbers:
        return PaperCnnConfig(self._kind, n_muscles=len(train.about.channels), head_init=settings.head_init).to_dict()

    def build(self, numbers: Numbers, train: WindowSet | None) -> nn.Module:
        mean = None if train is None else _mean(train, _PAPERS_UNIT)
        return PaperCnn(PaperCnnConfig.from_dict(numbers), mean)


class _Conditioned:
    """Joints in metres and the subject's number to sEMG as it is, by the mean squared error: the authors' second."""

    def first_numbers(self, train: WindowSet, settings: NetworkSettings) -> Numbers:
        return ConditionedConfig(
            window_steps=train.n_steps,
            n_muscles=len(train.about.channels),
            dropout=settings.dropout,
            head_init=settings.head_init,
        ).to_dict()

    def build(self, numbers: Numbers, train: WindowSet | None) -> nn.Module:
        mean = None if train is None else _mean(train, 1.0)
        return ConditionedTransformer(ConditionedConfig.from_dict(numbers), mean)

    def inputs(self, windows: WindowSet, rows: NDArray[np.intp], subjects: Sequence[str]) -> tuple[Tensor, ...]:
        if windows.joints is None:
            raise PredictorError(
                f"The network `{CONDITIONED}` reads joints in three dimensions, which these windows do not have.",
                "Choose another network, or a data set with joints.",
            )
        if len(subjects) > MAX_SUBJECTS:
            raise PredictorError(
                f"The network `{CONDITIONED}` tells {MAX_SUBJECTS} subjects apart, and there are {len(subjects)}.",
                "Choose another network, or fewer subjects.",
            )
        numbers = {name: subject_number(place) for place, name in enumerate(subjects)}
        unknown = sum(numbers.values()) / max(1, len(numbers))
        told = np.array([numbers.get(name, unknown) for name in windows.about.subjects], np.float32)
        return torch.from_numpy(windows.joints[rows]), torch.from_numpy(told[windows.subject[rows]])

    def loss(self, network: nn.Module, inputs: tuple[Tensor, ...], emg: Tensor) -> Tensor:
        return nn.functional.mse_loss(network(*inputs), emg)

    def predict(self, network: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        return network(*inputs)  # type: ignore[no-any-return]


class _Modern:
    """The body's own features to standardised sEMG and its spread, as `mia train` does it, without joints' torques."""

    def __init__(self) -> None:
        self._normalization = Normalization(NormalizationKind.BODY)

    def first_numbers(self, train: WindowSet, settings: NetworkSettings) -> Numbers:
        if train.n_steps < _LEAST_STEPS:
            raise PredictorError(
                f"The network `{MODERN}` reads accelerations; windows of {train.n_steps} steps are too short.",
                f"Choose another network, or windows of {_LEAST_STEPS} steps or more.",
            )
        return ModernConfig(window_steps=train.n_steps, n_muscles=len(train.about.channels)).to_dict()

    def build(self, numbers: Numbers, train: WindowSet | None) -> nn.Module:
        network = ModernNetwork(ModernConfig.from_dict(numbers))
        if train is not None:
            rows = np.linspace(0, train.n_windows - 1, min(train.n_windows, _SCALING_WINDOWS)).astype(np.intp)
            (features,) = self.inputs(train, rows, ())
            emg = torch.from_numpy(train.emg[rows])
            network.feature_mean.copy_(features.mean(dim=(0, 1)))
            network.feature_scale.copy_(features.std(dim=(0, 1), correction=0) + 0.05)
            network.output_mean.copy_(emg.mean(dim=(0, 1)))
            network.output_scale.copy_(
                emg.std(dim=(0, 1), correction=0).clamp(min=0.01 * float(emg.abs().max()) + 1e-6)
            )
        return network

    def inputs(self, windows: WindowSet, rows: NDArray[np.intp], subjects: Sequence[str]) -> tuple[Tensor, ...]:
        size = picture_size(windows.about)
        points = windows.keypoints[rows] * np.asarray(size, np.float32)  # (n, T, 25, 2) alike in both directions
        seen = np.ones(points.shape[:-1], np.float32)
        return (torch.from_numpy(self._normalization.apply(points, size, seen)),)

    def loss(self, network: nn.Module, inputs: tuple[Tensor, ...], emg: Tensor) -> Tensor:
        mean, scale = network.get_buffer("output_mean"), network.get_buffer("output_scale")  # (C,) both
        said = network(*inputs)
        squared = (said.mean - (emg - mean) / scale).square()  # (n, T, C)
        # The spread is fitted to errors as they are; its gradient does not reach the mean.
        surprise = said.log_spread + 0.5 * squared.detach() * (-2 * said.log_spread).exp()
        return (squared + 0.25 * surprise).mean()  # type: ignore[no-any-return]

    def predict(self, network: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        mean, scale = network.get_buffer("output_mean"), network.get_buffer("output_scale")
        return (network(*inputs).mean * scale + mean).clamp(min=0)  # type: ignore[no-any-return]


def picture_size(about: WindowSetAbout) -> tuple[float, float]:
    """Return width and height of the pictures, up to a factor: in fractions of them angles are distorted.

    Published videos are portrait, and simulated sets are filmed like them.

    Raises:
        PredictorError: Recorded pictures differ in their shape, or it is not known.
    """
    if about.layout != "mia-live":
        return 9.0, 16.0
    if about.picture_aspect is None:
        raise PredictorError(
            f"The network `{MODERN}` reads angles, and the recorded pictures are not all of one shape.",
            "Import sessions of one camera format at a time, anew.",
        )
    return about.picture_aspect, 1.0


def _mean(train: WindowSet, unit: float) -> list[float]:
    """Return the mean of every muscle in the network's unit."""
    mean: NDArray[np.float32] = np.maximum(mean_curve(train).mean(axis=0) / unit, _LEAST_MEAN)
    return [float(value) for value in mean]
