"""What the picture's place shows while nothing runs: three ways to begin."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.live_page.live_actions import LiveActions
from app.live_page.panel import caption


class Welcome(QWidget):
    """Offers a camera, a file and the demo."""

    def __init__(self, actions: LiveActions, source_menu: QMenu) -> None:
        super().__init__()
        title = QLabel("See which muscles move you")
        title.setObjectName("welcomeTitle")
        text = caption("Choose a camera, drop a video here, or watch the demo subject.")
        camera = self._button("Use a camera")
        camera.setObjectName("primary")
        camera.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        camera.setMenu(source_menu)
        video = self._button("Open a video")
        video.clicked.connect(actions["open_file"].trigger)
        demo = self._button("Watch the demo")
        demo.clicked.connect(actions["demo"].trigger)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        for button in (camera, video, demo):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(title, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(text, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addLayout(buttons)
        column.addStretch(1)

    @staticmethod
    def _button(text: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setAccessibleName(text)
        button.setMinimumSize(QSize(130, 36))
        return button
