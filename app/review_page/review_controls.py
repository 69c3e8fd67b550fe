"""The review page's part of the bar: which session, and what can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.live_page.live_actions import LiveActions
from app.live_page.panel import ElidedLabel
from app.live_page.toolbar import action_button

_FILE: Final = "From a file …"


class ReviewControls(QWidget):
    """Holds the session's name and the buttons.

    Args:
        actions: The window's actions.
        model_names: Returns the names of the shipped models.

    Signals:
        model_chosen: A shipped model is to be run, by its name; empty for one in a file.
        clocks_asked: It is to be shown how the clocks of camera and sensors ran.
    """

    model_chosen = Signal(str)
    clocks_asked = Signal()

    def __init__(self, actions: LiveActions, model_names: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        self._model_names = model_names
        self._title = ElidedLabel("No session")
        self._title.setObjectName("rowName")
        self._models = QMenu(self)
        self._models.aboutToShow.connect(self._fill)
        self.run_model = QToolButton()
        self.run_model.setText("Run a model  \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        self.run_model.setToolTip(actions["run_model"].toolTip())
        self.run_model.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.run_model.setMenu(self._models)
        self.clocks = QToolButton()
        self.clocks.setText("Clocks")
        self.clocks.setToolTip("Show how the clocks of camera and sensors ran, and the offset between them")
        self.clocks.clicked.connect(self.clocks_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(action_button(actions["open_review"], "", text=True))
        row.addSpacing(6)
        row.addWidget(self._title, 1)
        row.addWidget(action_button(actions["undo_edit"], "quiet"))
        row.addWidget(action_button(actions["redo_edit"], "quiet"))
        row.addWidget(action_button(actions["compare_trial"], "", text=True))
        row.addWidget(self.run_model)
        row.addWidget(self.clocks)
        row.addWidget(action_button(actions["watch_session"], ""))
        row.addWidget(action_button(actions["overlay_video"], "primary", text=True))
        row.addSpacing(8)

    def show_title(self, title: str) -> None:
        """Show which session it is."""
        self._title.say(title)

    def open_models(self) -> None:
        """Open the choice of models."""
        if self.run_model.isEnabled():
            self.run_model.showMenu()

    def _fill(self) -> None:
        self._models.clear()
        for name in self._model_names():
            self._models.addAction(name).triggered.connect(
                lambda _checked=False, chosen=name: self.model_chosen.emit(chosen)
            )
        self._models.addSeparator()
        self._models.addAction(_FILE).triggered.connect(lambda: self.model_chosen.emit(""))
