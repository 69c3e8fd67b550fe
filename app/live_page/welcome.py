"""What the picture's place shows while nothing runs: three ways to begin."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.live_page.icons import ICON_PX, icon
from app.live_page.live_actions import LiveActions
from app.live_page.panel import caption
from app.live_page.source_choice import SourceChoice, SourceKind
from app.theme import Palette

_NAME_PX: Final = 260


class Welcome(QWidget):
    """Offers a camera, a file and the demo."""

    def __init__(self, actions: LiveActions, source_menu: QMenu) -> None:
        super().__init__()
        title = QLabel("See which muscles move you")
        title.setObjectName("welcomeTitle")
        text = caption("Choose a camera, drop a video here, or watch the demo subject.")
        self._icons: dict[str, QToolButton] = {}
        camera = self._button("Camera", "camera", "Use a camera")
        camera.setObjectName("primary")
        camera.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        camera.setMenu(source_menu)
        video = self._button("Video file", "film", "Open a video")
        video.clicked.connect(actions["open_file"].trigger)
        demo = self._button("Demo", "person", "Watch the demo subject")
        demo.clicked.connect(actions["demo"].trigger)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        for button in (camera, video, demo):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.again = self._button("Start", "play", "Start")
        self.again.setObjectName("primary")
        self.again.clicked.connect(actions["start_stop"].trigger)
        self.again.hide()
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(title, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(text, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addWidget(self.again, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(buttons)
        column.addStretch(1)

    def offer_again(self, choice: SourceChoice | None) -> None:
        """Offer to start the last camera or file again; the demo is offered anyway.

        A camera waits for this: none switches itself on when the application starts.
        """
        offered = choice is not None and choice.kind is not SourceKind.DEMO
        self.again.setVisible(offered)
        if choice is not None:
            name = self.again.fontMetrics().elidedText(choice.label, Qt.TextElideMode.ElideMiddle, _NAME_PX)
            self.again.setText(f" Start {name}")
            self.again.setAccessibleName(f"Start {choice.label}")

    def set_palette_colours(self, colours: Palette) -> None:
        """Draw the icons in the theme's colours."""
        for name, button in self._icons.items():
            colour = colours.on_accent if button.objectName() == "primary" else colours.text
            button.setIcon(icon(name, colour, colours.muted))

    def _button(self, text: str, icon_name: str, spoken: str) -> QToolButton:
        button = QToolButton()
        button.setText(f" {text}")
        button.setAccessibleName(spoken)
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setMinimumSize(QSize(140, 38))
        self._icons[icon_name] = button
        return button
