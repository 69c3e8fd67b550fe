"""Ask for files and folders; the page goes on behind the question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_session(parent: QWidget, start: Path, then: Callable[[Path], object]) -> None:
    """Ask for the folder of a session."""
    dialog = QFileDialog(parent, "Open a session folder", str(start))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(dialog, then)


def ask_model(parent: QWidget, then: Callable[[Path], object]) -> None:
    """Ask for the file of a model."""
    dialog = QFileDialog(parent, "Choose a model", "", "Activation model (*.safetensors);;All files (*)")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _open(dialog, then)


def ask_video(parent: QWidget, name: str, then: Callable[[Path], object]) -> None:
    """Ask where a video is to go; `name` is proposed."""
    dialog = QFileDialog(parent, "Write the video", str(Path.home() / f"{name}.mp4"), "Video (*.mp4)")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("mp4")
    _open(dialog, then)


def _open(dialog: QFileDialog, then: Callable[[Path], object]) -> None:
    dialog.fileSelected.connect(lambda path: then(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
