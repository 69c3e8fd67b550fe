"""The left side of the page: where sensors come from, the search for them, and their list."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.live_page.icons import icon
from app.live_page.live_actions import LiveActions
from app.live_page.messages import Tone
from app.live_page.panel import Panel
from app.sensor_choice import SensorKind
from app.sensor_page.notice import Notice
from app.sensor_page.sensor_list import SensorList
from app.sensor_page.sensor_search import SearchView
from app.theme import Palette

_KINDS: Final = {
    SensorKind.BLUETOOTH: "Bluetooth",
    SensorKind.SIMULATED: "Simulated",
    SensorKind.REPLAY: "Recording",
}
_TIPS: Final = {
    SensorKind.BLUETOOTH: "Sensors that are near",
    SensorKind.SIMULATED: "Eight simulated sensors on the demo subject",
    SensorKind.REPLAY: "Replay a recording of sensors",
}
NOBODY_HEARD: Final = (
    "No sensor was heard.",
    "Switch them on, bring them near, and close apps on phones that may hold them.",
)


class SourcePanel(QWidget):
    """Chooses among real, simulated and recorded sensors, as peers.

    Attributes:
        sensors: The list.
        kinds: The buttons of the kinds.
        search: Begins and cancels the search.
        progress: How far the search is.
        caption: How it stands in words.
        notice: What is wrong.

    Signals:
        kind_chosen: Another `SensorKind` was chosen.
        file_wanted: A recording is to be chosen.
    """

    kind_chosen = Signal(object)
    file_wanted = Signal()

    def __init__(self, actions: LiveActions, colours: Palette) -> None:
        super().__init__()
        self.sensors = SensorList(colours)
        self.notice = Notice(colours)
        self._group = QButtonGroup(self)
        self.kinds: dict[SensorKind, QPushButton] = {}
        choice = QHBoxLayout()
        choice.setSpacing(0)
        for place, (kind, text) in enumerate(_KINDS.items()):
            button = QPushButton(text)
            button.setObjectName(("segmentFirst", "segment", "segmentLast")[place])
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, which=kind: self.kind_chosen.emit(which))
            self._group.addButton(button)
            self.kinds[kind] = button
            choice.addWidget(button, 1)
        self.search = QPushButton("Search")
        self._search_tip = actions["search_sensors"].toolTip()
        self.search.clicked.connect(actions["search_sensors"].trigger)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.setRange(0, 1000)
        self._file = QPushButton("Choose a recording …")
        self._file.clicked.connect(self.file_wanted)
        self.caption = QLabel()
        self.caption.setObjectName("caption")
        self.caption.setWordWrap(True)
        self._hint = QLabel("Drag a sensor onto a muscle, or press Enter on it.")
        self._hint.setObjectName("caption")
        self._hint.setWordWrap(True)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 4, 8, 6)
        column.setSpacing(7)
        column.addLayout(choice)
        column.addWidget(self.search)
        column.addWidget(self._file)
        column.addWidget(self.progress)
        column.addWidget(self.caption)
        column.addWidget(self.notice)
        column.addWidget(self.sensors, 1)
        column.addWidget(self._hint)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Panel("Sensors", (), (), body))

    def show_kind(self, kind: SensorKind, *, locked: bool) -> None:
        """Show where the sensors come from, and whether that can be changed."""
        for which, button in self.kinds.items():
            button.setChecked(which is kind)
            button.setEnabled(not locked or which is kind)
            button.setToolTip("Disconnect first" if locked and which is not kind else _TIPS[which])
        self.search.setVisible(kind is SensorKind.BLUETOOTH)
        self._file.setVisible(kind is SensorKind.REPLAY)
        self._file.setEnabled(not locked)

    def show_hint(self, text: str) -> None:
        """Say what can be done with the list."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))

    def show_search(self, view: SearchView, n_known: int, *, why_not: str = "") -> None:
        """Show how the search for Bluetooth sensors stands.

        Args:
            view: The search.
            n_known: Sensors that the montage has, whether or not they were heard.
            why_not: Why no search may begin, empty when one may.
        """
        self.search.setEnabled(view.is_running or not why_not)
        self.search.setToolTip(why_not or self._search_tip)
        again = "Search again" if view.has_searched else "Search"
        self.search.setText("Cancel the search" if view.is_running else again)
        self.progress.setVisible(view.is_running)
        if view.is_running and view.progress >= 1:
            self.progress.setRange(0, 0)
        else:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * view.progress))
        n = len(view.found)
        heard = f"{n} sensor{'s' if n != 1 else ''} heard"
        if view.is_running:
            self._say(f"Searching, {heard} so far" if view.progress < 1 else f"{heard}, reading their serial numbers")
        else:
            self._say(heard if view.has_searched and n else "")
        if view.error is not None:
            self.notice.say_error(view.error)
        elif view.has_searched and not view.is_running and not n:
            self.notice.say(Tone.WARNING, *NOBODY_HEARD)
        elif not view.is_running and not n and not n_known:
            self.notice.say(
                Tone.INFO,
                "No search yet",
                "Switch the sensors on, then search. Without any, choose simulated ones or a recording.",
            )
        else:
            self.notice.say_error(None)

    def show_words(self, text: str) -> None:
        """Show a line about simulated or recorded sensors instead of a search."""
        self.progress.hide()
        self._say(text)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self.search.setIcon(icon("search", colours.text, colours.muted))
        self.sensors.set_look(colours)
        self.notice.set_look(colours)

    def _say(self, text: str) -> None:
        self.caption.setText(text)
        self.caption.setVisible(bool(text))
