"""A button that shows one of a few choices and opens the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

T = TypeVar("T")


class ChoiceButton(QToolButton, Generic[T]):
    """Shows the caption and the choice, and calls back when another choice is made."""

    def __init__(
        self, caption: str, options: Sequence[tuple[T, str]], on_chosen: Callable[[T], None], *, named: bool = True
    ) -> None:
        super().__init__()
        self._caption = f"{caption}  " if named else ""
        self._labels = dict(options)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(caption)
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._actions = {}
        for value, label in options:
            action = menu.addAction(label)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, chosen=value: on_chosen(chosen))
            group.addAction(action)
            self._actions[value] = action
        self.setMenu(menu)

    def show_choice(self, value: T) -> None:
        """Show a choice without calling back."""
        self._actions[value].setChecked(True)
        self.setText(f"{self._caption}{self._labels[value]}  \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
