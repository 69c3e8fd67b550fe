"""Settings that are changed rarely: which models to use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.app_settings import AppSettings
from app.chosen_model import told_of
from app.live_page.panel import caption

SHIPPED: Final = "The one that ships"
_POSE_FILES: Final = "MediaPipe pose landmarker (*.task);;All files (*)"
_ACTIVATION_FILES: Final = "Activation model (*.safetensors);;All files (*)"


class SettingsDialog(QDialog):
    """Chooses the models; not modal, so the picture goes on behind it, and a choice takes effect at once.

    Args:
        parent: The window.
        on_pose_model: Called with the path of a pose model, empty for the one that ships.
        on_activation_model: The same for the activation model.
        fixed_by_command_line: Names of the settings that the command line has set for this run: `pose_model`,
            `activation_model`.
    """

    def __init__(
        self,
        parent: QWidget,
        on_pose_model: Callable[[str], None],
        on_activation_model: Callable[[str], None],
        fixed_by_command_line: frozenset[str],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setModal(False)
        self.pose_model = ModelChoice(
            "Pose model", "Finds the person's joints in the image.", _POSE_FILES, on_pose_model
        )
        self.activation_model = ModelChoice(
            "Activation model", "Turns poses into muscle activation.", _ACTIVATION_FILES, on_activation_model
        )
        self.pose_model.set_fixed("pose_model" in fixed_by_command_line)
        self.activation_model.set_fixed("activation_model" in fixed_by_command_line)
        self._described, self._told = "", ""
        note = caption("A change starts the present source again.")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(18)
        column.addWidget(self.pose_model)
        column.addWidget(self.activation_model)
        column.addWidget(note)
        self.setFixedWidth(520)

    def show_settings(self, settings: AppSettings) -> None:
        """Show what is chosen."""
        self.pose_model.show_path(settings.pose_model)
        self.activation_model.show_path(settings.activation_model)
        if settings.activation_model != self._described:  # choices of other things come here, too
            self._described, self._told = settings.activation_model, told_of(settings.activation_model)
        self.activation_model.show_way_back(self._told, settings.activation_model_before)


class ModelChoice(QWidget):
    """One model: what it does, which file is in use, and buttons to change that."""

    def __init__(self, title: str, purpose: str, files: str, on_chosen: Callable[[str], None]) -> None:
        super().__init__()
        self._title = title
        self._files = files
        self._on_chosen = on_chosen
        self._fixed = False
        heading = QLabel(title)
        heading.setObjectName("panelTitle")
        self._file = QLabel(SHIPPED)
        self._file.setTextFormat(Qt.TextFormat.PlainText)
        self._note = caption("Set by the command line for this run.")
        self.choose = QPushButton("Choose a file …")
        self.choose.setAccessibleName(f"Choose a file: {title}")
        self.choose.clicked.connect(self._ask)
        self.use_shipped = QPushButton("Use the one that ships")
        self.use_shipped.setAccessibleName(f"Use the one that ships: {title}")
        self.use_shipped.clicked.connect(lambda: on_chosen(""))
        self._told = caption("")
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        self._told.setVisible(False)
        self._before = ""
        self.go_back = QPushButton("")
        self.go_back.setVisible(False)
        self.go_back.clicked.connect(lambda: on_chosen(self._before))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.choose)
        buttons.addWidget(self.use_shipped)
        buttons.addWidget(self._note)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (heading, caption(purpose), self._file, self._told):
            column.addWidget(widget)
        column.addSpacing(2)
        column.addLayout(buttons)
        column.addWidget(self.go_back, alignment=Qt.AlignmentFlag.AlignLeft)
        self.show_path("")

    @property
    def shown(self) -> str:
        """The name that is shown."""
        return self._file.text()

    @property
    def told(self) -> str:
        """What is to be known of the file in use, empty for nothing."""
        return self._told.text()

    def show_path(self, path: str) -> None:
        """Show the file in use, empty for the shipped one."""
        name = Path(path).name if path else SHIPPED
        self._file.setText(self._file.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 440))
        self._file.setToolTip(path)
        self.use_shipped.setEnabled(bool(path) and not self._fixed)

    def show_way_back(self, told: str, before: str) -> None:
        """Show what is to be known of the file in use, and offer the one that was in use before it, empty for none."""
        self._told.setText(told)
        self._told.setVisible(bool(told))
        self._before = before
        name = Path(before).stem
        self.go_back.setText(f"Go back to {self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 160)}")
        self.go_back.setToolTip(before)
        self.go_back.setVisible(bool(before) and not self._fixed)

    def set_fixed(self, fixed: bool) -> None:
        """Let nothing be changed, and say why."""
        self._fixed = fixed
        self._note.setVisible(fixed)
        self.choose.setEnabled(not fixed)
        self.use_shipped.setVisible(not fixed)

    def _ask(self) -> None:
        dialog = QFileDialog(self, f"Choose: {self._title}", "", self._files)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.open()
