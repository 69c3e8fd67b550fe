"""How large the experiments are: the paper's setting, and one that is done within minutes and says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mia_core.laboratory.network_settings import NetworkSettings
from mia_core.laboratory.network_settings import Preset as Training
from mia_core.models.paper_cnn import PAPER as CNN_PAPER
from mia_core.models.paper_cnn import REPOSITORY as CNN_REPOSITORY

TRANSFORMER: Final = "paper"
"""The paper's Transformer, as a name of a network."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One size of the experiments.

    Attributes:
        name: As on the command line.
        setting: What of it is not the paper's, for every table and figure; empty for nothing.
        cnn: Which network is called CNN.
        cnn_words: The same for people.
        networks: How each network learns.
        transfer: How the Transformer learns from the second subject.
        rehearses: Whether fine-tuning also goes through the first subject's windows of the exercises that the second
            one has not done yet, without which a network forgets them.
        most_windows: So many windows at most are learned from, at even distances; None for all.
        transfer_counts: Numbers of exercises of the second subject, as far as there are so many.
        transfer_orders: Orders in which they come.
        n_seeds: Trainings of each network where models are compared with each other.
    """

    name: str
    setting: str
    cnn: str
    cnn_words: str
    networks: Mapping[str, NetworkSettings]
    transfer: NetworkSettings
    rehearses: bool
    most_windows: int | None
    transfer_counts: tuple[int, ...]
    transfer_orders: int
    n_seeds: int

    def cost(self, predictor: str, settings: NetworkSettings | None, n_train: int, n_test: int, share: float) -> float:
        """Return about how many seconds a job takes on one core.

        Args:
            predictor: Its name.
            settings: How it learns; None if it does not.
            n_train: Windows to learn from.
            n_test: Windows to predict.
            share: Length of its pieces, as a share of a window.
        """
        if settings is None:
            return 0.1 + n_test * n_train * _S_PER_PAIR
        learned = settings.steps(n_train) * settings.batch_size
        return (learned + n_test / 4) * share * _S_PER_WINDOW.get(predictor, _S_PER_WINDOW[TRANSFORMER])


_S_PER_PAIR: Final = 1e-7
_S_PER_WINDOW: Final = {TRANSFORMER: 1 / 140, CNN_PAPER: 1 / 15, CNN_REPOSITORY: 1 / 2500}


def _quick_setting(how: NetworkSettings, transfer: NetworkSettings) -> str:
    """Return what of the quick way is not the paper's."""
    faster = how.learning_rate / NetworkSettings.of(TRANSFORMER, Training.PAPER).learning_rate
    return (
        f"Quick preset, not the paper's setting: a learning rate {faster:.0f} times higher, {how.most_steps} steps of "
        f"{how.batch_size} windows ({transfer.most_steps} steps from the second subject, with the first one's windows "
        "of what it has not done), no dropout, a Transformer that starts on centred coordinates, last layers that "
        "start at the mean of the training targets, and the CNN of the authors' code in place of the text's."
    )


_QUICK_NETWORKS: Final = {name: NetworkSettings.of(name, Training.QUICK) for name in (TRANSFORMER, CNN_REPOSITORY)}
_QUICK_TRANSFER: Final = replace(_QUICK_NETWORKS[TRANSFORMER], most_steps=160)
QUICK: Final = Preset(
    name="quick",
    setting=_quick_setting(_QUICK_NETWORKS[TRANSFORMER], _QUICK_TRANSFER),
    cnn=CNN_REPOSITORY,
    cnn_words=f"that of the authors' code (`{CNN_REPOSITORY}`, 284,424 parameters with eight muscles)",
    networks=_QUICK_NETWORKS,
    transfer=_QUICK_TRANSFER,
    rehearses=True,
    most_windows=6000,
    transfer_counts=(1, 2, 5, 10, 20),
    transfer_orders=2,
    n_seeds=3,
)
PAPER: Final = Preset(
    name="paper",
    setting=(
        "As in the paper but for two things: last layers start at the mean of the training targets, because the start "
        "of the authors' code leaves muscles dead, and the CNN learns for as many epochs as the Transformer, because "
        "the paper tells its hours alone."
    ),
    cnn=CNN_PAPER,
    cnn_words=f"that of the paper's text (`{CNN_PAPER}`, 2,216,328 parameters with eight muscles)",
    networks={name: NetworkSettings.of(name, Training.PAPER) for name in (TRANSFORMER, CNN_PAPER)},
    transfer=NetworkSettings.of(TRANSFORMER, Training.PAPER),
    rehearses=False,
    most_windows=None,
    transfer_counts=tuple(range(1, 21)),
    transfer_orders=3,
    n_seeds=3,
)
PRESETS: Final = {preset.name: preset for preset in (QUICK, PAPER)}
