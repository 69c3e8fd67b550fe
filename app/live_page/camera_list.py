"""Finds the cameras of the machine off the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.background_task import unforeseen
from app.live_page.pipeline_protocol import CameraLister
from app.live_page.source_choice import SourceChoice
from mia_core.errors import MiaError


class CameraList:
    """The cameras as of the last finished search; a search never runs twice at once."""

    def __init__(self, list_cameras: CameraLister) -> None:
        self._list_cameras = list_cameras
        self._thread: threading.Thread | None = None
        self._cameras: Sequence[SourceChoice] | None = None
        self._error = ""

    @property
    def cameras(self) -> Sequence[SourceChoice] | None:
        """The cameras found, None before the first search has ended."""
        return self._cameras

    @property
    def error(self) -> str:
        """Why the last search failed, empty when it did not."""
        return self._error

    @property
    def searching(self) -> bool:
        """Whether a search is running."""
        return self._thread is not None and self._thread.is_alive()

    def refresh(self) -> None:
        """Search again, unless a search is running."""
        if not self.searching:
            self._thread = threading.Thread(target=self._search, name="camera-search", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for a running search."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _search(self) -> None:
        try:
            self._cameras = tuple(self._list_cameras())
            self._error = ""
        except MiaError as error:
            self._cameras = ()
            self._error = str(error)
        except BaseException as error:
            self._cameras = ()
            self._error = str(unforeseen(error))
            raise
