"""The pages of the window and the rail along its left edge that changes between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.live_page.live_actions import LiveActions

_ICON_PX = 22
_WIDTH_PX = 76


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        name: One of `PAGES`; the action that shows it is called `show_` and this.
        widget: What fills the window.
        controls: Its part of the bar along the upper edge.
    """

    name: str
    widget: QWidget
    controls: QWidget

    @property
    def action(self) -> str:
        """Name of the action that shows it."""
        return f"show_{self.name}"


class NavigationRail(QFrame):
    """One button for each page, the present one marked by colour and by a bar."""

    def __init__(self, actions: LiveActions, pages: Sequence[Page]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(_WIDTH_PX)
        group = QActionGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(2)
        for page in pages:
            action = actions[page.action]
            group.addAction(action)
            button = QToolButton()
            button.setIconSize(QSize(_ICON_PX, _ICON_PX))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setDefaultAction(action)
            button.setAccessibleName(action.text())
            column.addWidget(button)
        column.addStretch(1)
