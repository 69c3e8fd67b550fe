"""What the review page asks of the world outside, so that it can be tried without real models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.display import recordings_folder
from mia_core.models.activation_model import ActivationModel


def _shipped_models() -> Sequence[str]:
    from mia_core.models.checkpoint import available_models

    return available_models()


def _load(name_or_path: str) -> ActivationModel:
    import torch

    from mia_core.models.runtime import load_runtime

    torch.set_num_threads(1)
    return load_runtime(name_or_path, "auto")


@dataclass(frozen=True, slots=True)
class ReviewAccess:
    """The doors to models and to the disk.

    Attributes:
        folder: Where recordings are, to begin a search for one.
        model_names: Returns the names of the shipped models.
        load_model: Loads a model by its name or path; slow, called off the GUI thread.
        open_folder: Shows a folder in the system's file manager.
    """

    folder: Path
    model_names: Callable[[], Sequence[str]]
    load_model: Callable[[str], ActivationModel]
    open_folder: Callable[[Path], object]

    @classmethod
    def usual(cls) -> ReviewAccess:
        """Return the doors to the models that ship and to the user's own recordings."""
        return cls(
            recordings_folder(),
            _shipped_models,
            _load,
            lambda folder: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))),
        )
