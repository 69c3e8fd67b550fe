"""The one picker of sources: cameras by name, a file, the demo, recent files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu, QWidget

from app.live_page.camera_list import CameraList
from app.live_page.live_actions import LiveActions
from app.live_page.source_choice import SourceChoice

POLL_MS = 100


class SourceMenu(QMenu):
    """Fills itself when it opens, and again when the search for cameras has ended."""

    def __init__(
        self,
        parent: QWidget,
        cameras: CameraList,
        actions: LiveActions,
        recent_files: Callable[[], tuple[str, ...]],
        on_chosen: Callable[[SourceChoice], None],
    ) -> None:
        super().__init__(parent)
        self._cameras = cameras
        self._live_actions = actions
        self._recent_files = recent_files
        self._on_chosen = on_chosen
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._fill_when_found)
        self.aboutToShow.connect(self._open)
        self.aboutToHide.connect(self._poll.stop)

    def _open(self) -> None:
        self._cameras.refresh()
        self.fill()
        self._poll.start()

    def _fill_when_found(self) -> None:
        if not self._cameras.searching:
            self._poll.stop()
            self.fill()

    def fill(self) -> None:
        """List what can be chosen now."""
        self.clear()
        self._add_cameras()
        self.addSeparator()
        self._add_action("open_file")
        self._add_action("demo")
        recent = [Path(path) for path in self._recent_files()]
        if recent:
            self._add_heading("Recent files")
            for path in recent:
                self._add_choice(SourceChoice.file(path))

    def _add_cameras(self) -> None:
        self._add_heading("Cameras")
        cameras = self._cameras.cameras
        for choice in cameras or ():
            self._add_choice(choice)
        if self._cameras.error:
            self._add_note(self._cameras.error)
        elif self._cameras.searching:
            self._add_note("Looking for cameras …")
        elif not cameras:
            self._add_note("No camera found")

    def _add_action(self, name: str) -> None:
        """Offer an action, on pages too where its key does not count and it would not be shown."""
        action = self._live_actions[name]
        if action.isVisible():
            self.addAction(action)
        else:
            self.addAction(action.icon(), action.text()).triggered.connect(action.trigger)

    def _add_heading(self, text: str) -> None:
        self.addSeparator()
        self._add_note(text)

    def _add_note(self, text: str) -> None:
        self.addAction(text).setEnabled(False)

    def _add_choice(self, choice: SourceChoice) -> None:
        action = self.addAction(f"    {choice.label.replace('&', '&&')}")
        action.setToolTip(choice.target)
        action.triggered.connect(lambda _checked=False: self._on_chosen(choice))
