"""The sensors page: find sensors, put them on muscles, see their signals, check and calibrate them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.live_page.body_figure import BodyFigure
from app.live_page.live_actions import LiveActions
from app.live_page.messages import Tone
from app.live_page.panel import Panel, caption
from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_page.bench import SensorBench
from app.sensor_page.check_wizard import CheckWizard
from app.sensor_page.montage_map import MontageMap
from app.sensor_page.montage_menus import MontageMenus
from app.sensor_page.notice import Notice
from app.sensor_page.placement_guide import PlacementGuide
from app.sensor_page.sensor_access import SensorAccess
from app.sensor_page.sensor_controls import SensorControls
from app.sensor_page.sensor_session import Phase
from app.sensor_page.signal_table import SignalTable
from app.sensor_page.source_panel import SourcePanel
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Placement
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_state import SensorPhase

POLL_MS: Final = 100
RECORDINGS: Final = "Recordings of sensors (*.csv);;All files (*)"
_CONNECTED: Final = (SensorPhase.STREAMING, SensorPhase.STALE)
_HEADING_PX: Final = 46
_LEFT_PX: Final = 320
_GUIDE_PX: Final = 296
_GUIDE_FROM_PX: Final = 1100
"""In narrower windows the guide takes the list's room when it is wanted."""


class SensorsPage(QWidget):
    """Everything about sensors on one page.

    Args:
        access: The doors to sensors and to the disk.
        figure: The drawing of the body.
        colours: The theme's colours.
        actions: The window's actions.
        on_feed: Gets the running sensors when they begin to run, None when they end.
        clock: Tells the present.
        is_recording: Returns whether anything is being recorded.

    Attributes:
        controls: The page's part of the bar along the upper edge.
        bench: What is chosen and what runs.
        guide_button: Shows the guide in windows that have no room for all.
    """

    def __init__(
        self,
        access: SensorAccess,
        figure: BodyFigure,
        colours: Palette,
        actions: LiveActions,
        on_feed: Callable[[SensorFeed | None], None],
        clock: Clock,
        is_recording: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self._access = access
        self._colours = colours
        self._clock = clock
        self._actions = actions
        self._on_feed = on_feed
        self._feed: SensorFeed | None = None
        self._wizard: CheckWizard | None = None
        self.bench = SensorBench(access, clock, is_recording)
        self._menus = MontageMenus(self, self.bench, self._put, self._take_back)
        self.controls = SensorControls(actions, lambda: self.bench.names)
        self.source = SourcePanel(actions, colours)
        self.body = MontageMap(figure, colours)
        self.guide = PlacementGuide(figure, colours)
        self.table = SignalTable(colours)
        self.trouble = Notice(colours)
        self.guide_button = QToolButton()
        self.guide_button.setObjectName("small")
        self.guide_button.setText("Placement")
        self.guide_button.setToolTip("Show where the sensor lies on the chosen muscle, instead of the list of sensors")
        self.guide_button.setCheckable(True)
        self.guide_button.toggled.connect(self._share_room)
        self._provenance = QLabel()
        self._provenance.setObjectName("badge")
        self._calibrated = caption()
        self._calibrated.setToolTip("Rest and maximum hold until a sensor is taken off: then calibrate again")
        self._arrange()
        self._connect_widgets()
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.follow)
        self._poll.start()
        self.follow()

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the page's actions do, by their names."""
        return {
            "search_sensors": self.search_or_cancel,
            "connect_sensors": self.connect_or_disconnect,
            "free_muscle": self.free_muscle,
            "undo": self._then_follow(self.bench.undo),
            "redo": self._then_follow(self.bench.redo),
        }

    def use(self, choice: SensorChoice) -> None:
        """Take over sensors that were chosen elsewhere, and connect them.

        Raises:
            MiaError: There are no such sensors.
        """
        self.bench.use(choice)
        self.follow()

    def search_or_cancel(self) -> None:
        """Search for Bluetooth sensors, or be content with those found so far; while recording no search begins."""
        self.bench.choose_kind(SensorKind.BLUETOOTH)
        if self.bench.kind is SensorKind.BLUETOOTH:
            if self.bench.heard.is_running:
                self.bench.search.cancel()
            elif not self.bench.locked:
                self.bench.search.start()
        self.follow()

    def connect_or_disconnect(self) -> None:
        """Run the sensors of the montage, or let go of them unless they are being recorded."""
        if self.bench.locked:
            return
        if self.bench.runs:
            self.bench.disconnect()
        else:
            self.bench.connect()
        self.follow()

    def free_muscle(self) -> None:
        """Take the sensor off the chosen muscle."""
        if self.body.selection is not None:
            self.bench.free(self.body.selection)
        self.follow()

    def choose_recording(self) -> None:
        """Ask for a recording; the page goes on behind the dialog."""
        dialog = QFileDialog(self, "Replay a recording of sensors", "", RECORDINGS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self._then_follow(lambda: self.bench.open_recording(Path(path)))())
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def start_check(self) -> None:
        """Begin the guided check of the running sensors."""
        editor = self.bench.editor
        if self._feed is None or editor is None or self._wizard is not None or self.bench.locked:
            return
        wizard = CheckWizard(self, self._feed, editor, self._access.contract, self._colours, self._clock)
        wizard.exchanged.connect(self.follow)
        wizard.calibrated.connect(self._calibrate)
        wizard.finished.connect(self._end_check)
        self._wizard = wizard
        wizard.open()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        for part in (self.source, self.body, self.guide, self.table, self.trouble):
            part.set_look(colours)
        self.follow()

    def close_all(self, timeout_s: float) -> bool:
        """End the search, the sensors and their threads; return whether they ended in time."""
        self._poll.stop()
        if self._wizard is not None:
            self._wizard.stop()
        return self.bench.close(timeout_s)

    def follow(self) -> None:
        """Show how everything stands; called ten times a second and after every change."""
        bench = self.bench
        bench.follow()
        feed = bench.view.feed
        if feed is not self._feed:
            self._feed = feed
            self._on_feed(feed)
            if self._wizard is not None and feed is not None:
                self._wizard.set_feed(feed)
        if self._wizard is not None and not bench.runs:
            self._wizard.stop()
        if self.isVisible():
            self._show()

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Show how everything stands now."""
        self._show()

    def focusInEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Hand the keys to the list. As a focus proxy it would let Tab pass over what stands before it."""
        self.source.sensors.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Use the new room."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Show the guide, or where there is little room the list or the guide."""
        is_narrow = self.width() < _GUIDE_FROM_PX
        instead = is_narrow and self.guide_button.isChecked()
        self.guide_button.setVisible(is_narrow)
        self._guide_panel.setVisible(instead or not is_narrow)
        self.source.setVisible(not instead)
        if instead:
            self._columns.insertWidget(0, self._guide_panel)
        else:
            self._beside.addWidget(self._guide_panel)

    def _show(self) -> None:
        bench, feed = self.bench, self._feed
        states = feed.states() if feed is not None else ()
        montage, locked = bench.montage, bench.locked
        is_editable = bench.editor is not None and not locked
        self.source.show_kind(bench.kind, locked=bench.runs)
        if bench.kind is SensorKind.BLUETOOTH:
            self.source.show_search(bench.heard, len(montage.assignments), why_not=locked)
        else:
            self.source.show_words(bench.words)
            self.source.notice.say_error(bench.recording_error if bench.kind is SensorKind.REPLAY else None)
        if bench.identification.error is not None:
            self.source.notice.say_error(bench.identification.error)
        listed = bench.listed(feed, states)
        self.source.sensors.show_sensors(listed, montage, can_identify=not bench.identification.is_running)
        if self.source.sensors.selection is None and self.body.selection is not None:
            self.source.sensors.select(montage.sensor_at(self.body.selection))  # it may not have been listed before
        hint = "Drag a sensor onto a muscle, or press Enter on it." if is_editable else ""
        self.source.show_hint(hint if listed else "")
        self.body.show_montage(montage, states, editable=is_editable)
        if bench.error is None and locked:
            self.trouble.say(Tone.INFO, locked, "")
        else:
            self.trouble.say_error(bench.error)
        self._signals_panel.setVisible(feed is not None)
        self.table.show_feed(feed, self._clock.now())
        if feed is not None:
            self._provenance.setText(feed.label)
            self._calibrated.setText(bench.calibration_words)
        self._show_controls(sum(state.phase in _CONNECTED for state in states), len(states))

    def _show_controls(self, n_connected: int, n: int) -> None:
        bench = self.bench
        why_not = "Disconnect first" if bench.runs else ""
        if bench.editor is None:
            why_not = "A recording has its own montage"
        self.controls.show_montage(bench.montage.name, why_not)
        words = {
            Phase.OFF: "not connected",
            Phase.STARTING: "connecting …",
            Phase.ON: f"{n_connected} of {n} connected",
            Phase.FAILED: "failed",
        }[bench.view.phase]
        self.controls.status.setText(words)
        connect = self._actions["connect_sensors"]
        connect.setIconText("Disconnect" if bench.runs else "Connect")
        locked = bench.locked
        why_not = locked or ("" if bench.runs or bench.montage.assignments else "Put a sensor on a muscle first")
        connect.setEnabled(not why_not)
        connect.setToolTip(why_not or connect.text())
        why_not = locked or ("Connect the sensors first" if bench.view.phase is not Phase.ON else "")
        if bench.kind is SensorKind.REPLAY:
            why_not = "A recording can't be asked to contract"
        self.controls.show_check(why_not)
        history = None if bench.editor is None else bench.editor.history
        for name, can, text in (
            ("undo", history is not None and history.canUndo(), "" if history is None else history.undoText()),
            ("redo", history is not None and history.canRedo(), "" if history is None else history.redoText()),
        ):
            action = self._actions[name]
            action.setEnabled(can and not locked)
            action.setToolTip(locked or (f"{action.text()}: {text}" if can else action.text()))

    def _then_follow(self, call: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            call()
            self.follow()

        return run

    def _calibrate(self, calibration: EmgCalibration) -> None:
        self.bench.keep_calibration(calibration)
        self.follow()

    def _end_check(self) -> None:
        wizard, self._wizard = self._wizard, None
        if wizard is not None:
            wizard.deleteLater()

    def _select_sensor(self, sensor: SensorId) -> None:
        self._select(self.bench.montage.placement_of(sensor))

    def _select_muscle(self, placement: Placement | None) -> None:
        self.source.sensors.select(None if placement is None else self.bench.montage.sensor_at(placement))
        self._select(placement)

    def _select(self, placement: Placement | None) -> None:
        self.body.select(placement)
        self.table.select(placement)
        self.guide.show_placement(placement)

    def _put(self, sensor: SensorId, at: Placement) -> None:
        self.bench.put(sensor, at)
        self.follow()
        self._select_muscle(at)

    def _take_back(self, sensor: SensorId) -> None:
        at = self.bench.montage.placement_of(sensor)
        if at is not None:
            self.bench.free(at)
            self.follow()

    def _connect_widgets(self) -> None:
        self.controls.opened.connect(lambda name: self._then_follow(lambda: self.bench.begin(name))())
        self.controls.saved_as.connect(lambda name: self._then_follow(lambda: self.bench.save_as(name))())
        self.controls.deleted.connect(lambda name: self._then_follow(lambda: self.bench.delete(name))())
        self.controls.check_wanted.connect(self.start_check)
        self.source.kind_chosen.connect(self._choose_kind)
        self.source.file_wanted.connect(self.choose_recording)
        self.source.sensors.selected.connect(self._select_sensor)
        self.source.sensors.returned.connect(self._take_back)
        self.source.sensors.menu_wanted.connect(self._menus.offer_muscles)
        self.source.sensors.identify_wanted.connect(self._menus.offer_lights)
        self.body.selected.connect(self._select_muscle)
        self.body.dropped.connect(self._put)
        self.body.menu_wanted.connect(self._menus.offer_sensors)
        self.table.selected.connect(self._select_muscle)

    def _choose_kind(self, kind: SensorKind) -> None:
        self.bench.choose_kind(kind)
        self._select(None)
        self.follow()
        if kind is SensorKind.REPLAY and self.bench.recording is None:
            self.choose_recording()

    def _arrange(self) -> None:
        self.source.setFixedWidth(_LEFT_PX)
        self._guide_panel = Panel("Placement", (), (), self.guide)
        self._guide_panel.setFixedWidth(_GUIDE_PX)
        self._guide_panel.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self._signals_panel = Panel("Signals", (self._provenance,), (self._calibrated,), self.table)
        self._signals_panel.setMaximumHeight(self.table.sizeHint().height() + _HEADING_PX)
        self._beside = QHBoxLayout()
        self._beside.setSpacing(8)
        self._beside.addWidget(Panel("On the body", (), (self.guide_button,), self.body), 1)
        self._beside.addWidget(self._guide_panel)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.trouble)
        right.addLayout(self._beside, 1)
        right.addWidget(self._signals_panel)
        self._columns = QHBoxLayout(self)
        self._columns.setContentsMargins(8, 8, 8, 8)
        self._columns.setSpacing(8)
        self._columns.addWidget(self.source)
        self._columns.addLayout(right, 1)
