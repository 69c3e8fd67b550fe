"""The picture's place: the welcome while nothing runs, else the camera image with a banner over it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QStackedLayout

from app.live_page.banner import Banner
from app.live_page.camera_view import CameraView
from app.live_page.live_actions import LiveActions
from app.live_page.messages import Message
from app.live_page.welcome import Welcome
from app.theme import Palette
from mia_core.colour_scale import ColourScale


class Stage(QFrame):
    """Holds the welcome, the camera view and the banner."""

    def __init__(self, colours: Palette, scale: ColourScale, actions: LiveActions, source_menu: QMenu) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.camera_view = CameraView(colours, scale)
        self.welcome = Welcome(actions, source_menu)
        self._layers = QStackedLayout(self)
        self._layers.setContentsMargins(1, 1, 1, 1)
        self._layers.addWidget(self.welcome)
        self._layers.addWidget(self.camera_view)
        self.banner = Banner(self, colours)  # over the welcome too: a recording ends when its source is stopped
        self.banner.choose_source.setMenu(source_menu)

    def set_look(self, colours: Palette, scale: ColourScale) -> None:
        """Change theme and colour scale."""
        self.camera_view.set_look(colours, scale)
        self.banner.set_palette_colours(colours)
        self.welcome.set_palette_colours(colours)

    def show_message(self, message: Message | None) -> None:
        """Show a message over the picture."""
        self.banner.show_message(message)

    def show_welcome(self, shown: bool) -> None:
        """Show the welcome, or the picture."""
        self._layers.setCurrentWidget(self.welcome if shown else self.camera_view)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the banner in its place."""
        super().resizeEvent(event)
        self.banner.place()
