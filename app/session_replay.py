"""Watching a recorded session live: its film, with its own sensors in step with it and never others beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from app.live_page.source_choice import SourceChoice
from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_page.sensors_page import SensorsPage
from mia_core.errors import MiaError
from mia_core.export.session_replay import emg_file


class SessionReplay:
    """Shows sessions on the live page; asks before it disconnects sensors, since what they measure is not of the film.

    Args:
        parent: The window.
        sensors: The page that runs sensors.
        ask_before: Asks before something is done that would end a take; gets what it is, and what does it.
        watch: Watches a source now.
    """

    def __init__(
        self,
        parent: QWidget,
        sensors: SensorsPage,
        ask_before: Callable[[str, Callable[[], object]], None],
        watch: Callable[[SourceChoice], None],
    ) -> None:
        self._parent = parent
        self._sensors = sensors
        self._ask_before = ask_before
        self._watch = watch

    def begin(self, video: Path) -> None:
        """Watch the film of a session, and its sensors where it has some."""

        def go_on() -> None:
            self._ask_before("Change the source", lambda: self._show(video))

        if self._runs_others:
            self._ask(has_signals=emg_file(video.parent) is not None, go_on=go_on)
        else:
            go_on()

    def let_go(self) -> None:
        """Disconnect a session's sensors: another film is watched, with which they are not in step."""
        bench = self._sensors.bench
        if bench.kind is SensorKind.REPLAY and bench.recording is not None and bench.recording[0].is_dir():
            bench.disconnect()

    @property
    def _runs_others(self) -> bool:
        bench = self._sensors.bench
        return bench.runs and bench.kind is not SensorKind.REPLAY

    def _show(self, video: Path) -> None:
        if self._runs_others:
            self._sensors.bench.disconnect()
        self._watch(SourceChoice.file(video))
        if emg_file(video.parent) is not None:
            with suppress(MiaError):  # the Sensors page says why
                self._sensors.use(SensorChoice(SensorKind.REPLAY, str(video.parent)))

    def _ask(self, *, has_signals: bool, go_on: Callable[[], None]) -> None:
        title = "Disconnect the sensors, and watch the session?"
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Watch the session", title, parent=self._parent)
        instead = "The session's own signals are shown instead" if has_signals else "The session has no signals"
        box.setInformativeText(
            f"What the connected sensors say now is not of this film. {instead}; "
            "the Sensors page connects yours again afterwards."
        )
        yes = box.addButton("Disconnect, and watch", QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton("Stay connected", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(yes)
        box.setEscapeButton(no)

        def answered() -> None:
            is_yes = box.clickedButton() is yes
            box.deleteLater()
            if is_yes:
                go_on()

        box.finished.connect(answered)
        box.open()
