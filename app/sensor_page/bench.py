"""What is chosen and what runs: kind of sensors, montage, search, session. Without widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_page.errand import Errand
from app.sensor_page.listed_sensor import (
    ListedSensor,
    listed_from_found,
    listed_of_montage,
    with_missing,
    with_running,
)
from app.sensor_page.montage_editor import MontageEditor
from app.sensor_page.montage_shelf import FIRST_NAME, MontageShelf
from app.sensor_page.sensor_access import SensorAccess
from app.sensor_page.sensor_search import SearchView, SensorSearch
from app.sensor_page.sensor_session import Phase, SensorSession, SensorView
from mia_core.clock import Clock
from mia_core.errors import MiaError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Placement
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import SensorState
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE

if TYPE_CHECKING:
    from mia_core.sensors.ble_discovery import FoundSensor

RECORDED: Final = "The sensors are being recorded: end the recording first"


class SensorBench:
    """Real and simulated sensors have montages of their own; a recording brings its montage with it.

    A change of the montage while it runs connects its sensors anew. While they are recorded nothing can be changed: a
    recording has one montage, and a new connection would be a gap in it.

    Args:
        access: The doors to sensors and to the disk.
        clock: Tells the present.
        is_recording: Returns whether anything is being recorded.

    Attributes:
        kind: Where the sensors come from.
        recording: The chosen recording, None before one was chosen.
        recording_error: Why the last choice of a recording came to nothing.
        search: The search for Bluetooth sensors.
        session: The running sensors.
        view: How they stood when they were followed, or told something, last: what is shown and what actions do go by
            this one moment, so that nothing is offered by one state and done by another.
        heard: What the search had come to then.
        identification: The lighting of a sensor that may have to be connected for it.
    """

    def __init__(self, access: SensorAccess, clock: Clock, is_recording: Callable[[], bool] = lambda: False) -> None:
        self._access = access
        self._is_recording = is_recording
        self._shelves = {
            SensorKind.BLUETOOTH: MontageShelf(access.folder, SensorMontage(FIRST_NAME)),
            # Apart, so that the montage used last is never one of sensors that don't exist.
            SensorKind.SIMULATED: MontageShelf(access.folder / "simulated", SIMULATED_MONTAGE),
        }
        self._running: SensorMontage | None = None
        self._feed: SensorFeed | None = None
        self._calibration: EmgCalibration | None = None
        self.kind = SensorKind.BLUETOOTH
        self.recording: tuple[Path, SensorSource] | None = None
        self.recording_error: MiaError | None = None
        self.search = SensorSearch(access.find, clock)
        self.session = SensorSession(clock)
        self.view = SensorView()
        self.heard = SearchView()
        self.identification = Errand()

    @property
    def runs(self) -> bool:
        """Whether sensors are running or about to."""
        return self.view.phase in (Phase.STARTING, Phase.ON)

    @property
    def locked(self) -> str:
        """Why neither the montage nor its connection can be changed now, empty when they can."""
        return RECORDED if self.runs and self._is_recording() else ""

    @property
    def montage(self) -> SensorMontage:
        """Which sensor sits where."""
        shelf = self._shelf
        if shelf is not None:
            return shelf.editor.montage
        return SensorMontage("") if self.recording is None else self.recording[1].montage

    @property
    def editor(self) -> MontageEditor | None:
        """Changes the montage; None for a recording."""
        return None if self._shelf is None else self._shelf.editor

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the montages that can be opened."""
        return () if self._shelf is None else self._shelf.names

    @property
    def error(self) -> MiaError | None:
        """What is wrong with the running sensors, or with the saved montages."""
        return self.view.error or (None if self._shelf is None else self._shelf.error)

    @property
    def words(self) -> str:
        """What is to be said of simulated or recorded sensors."""
        if self.kind is SensorKind.SIMULATED:
            return "Virtual M40s on the demo subject: what they send is simulated, not measured."
        if self.recording is None:
            return "Recordings are made with `mia sensors stream`."
        path, source = self.recording
        return f"{path.name}: {source.label}"

    @property
    def calibration_words(self) -> str:
        """What is to be said of the running sensors' calibration."""
        feed, calibration = self._feed, self._calibration
        n_calibrated = 0 if feed is None else int(feed.calibrated.sum())
        if calibration is None or not n_calibrated:
            return "not calibrated: 100 % is the largest so far"
        oldest = min(datetime.fromisoformat(reference.utc) for reference in calibration.references.values())
        return f"{n_calibrated} of {len(self.montage.assignments)} calibrated, {oldest.astimezone():%d %b %Y %H:%M}"

    def listed(self, feed: SensorFeed | None, states: Sequence[SensorState]) -> list[ListedSensor]:
        """Return the sensors that can be put on muscles.

        Args:
            feed: The running sensors, None without.
            states: How they are doing.
        """
        if self.kind is SensorKind.BLUETOOTH:
            listed = listed_from_found(self.heard.found, searching=self.heard.is_running)
        elif self.kind is SensorKind.SIMULATED:
            listed = [ListedSensor(sensor, "Simulated M40") for _, sensor in SIMULATED_MONTAGE.assignments]
        elif self.recording is not None:
            source = self.recording[1]
            listed = [listed_of_montage(source, placement) for placement, _ in source.montage.assignments]
        else:
            listed = []
        if feed is not None:
            listed = with_running(listed, feed.source, states)
        return with_missing(listed, self.montage)

    def choose_kind(self, kind: SensorKind) -> None:
        """Turn to other sensors; nothing happens while some are running."""
        if not self.runs and kind is not self.kind:
            self.disconnect()  # what failed is of no interest any more
            self.kind = kind

    def open_recording(self, path: Path) -> None:
        """Turn to a recording; nothing happens while sensors are running."""
        self.choose_kind(SensorKind.REPLAY)
        if self.runs:
            return
        try:
            choice = SensorChoice(SensorKind.REPLAY, str(path))
            self.recording = path, self._access.make_source(choice, SensorMontage(""))
            self.recording_error = None
        except MiaError as error:
            self.recording_error = error

    def begin(self, name: str) -> None:
        """Open a montage, or begin a new one of that name."""
        if self._shelf is not None:
            self._shelf.begin(name)

    def save_as(self, name: str) -> None:
        """Go on with the montage under another name."""
        if self._shelf is not None:
            self._shelf.save_as(name)

    def delete(self, name: str) -> None:
        """Delete a montage and its calibration; nothing happens while sensors are running."""
        if self._shelf is not None and not self.runs:
            self._shelf.delete(name)

    def put(self, sensor: SensorId, at: Placement) -> None:
        """Put a sensor on a muscle, unless the montage is locked."""
        if self.editor is not None and not self.locked:
            self.editor.put(sensor, at)

    def free(self, at: Placement) -> None:
        """Take the sensor off a muscle, unless the montage is locked."""
        if self.editor is not None and not self.locked:
            self.editor.free(at)

    def undo(self) -> None:
        """Take back the last change of the montage, unless it is locked."""
        if self.editor is not None and not self.locked:
            self.editor.history.undo()

    def redo(self) -> None:
        """Make a change again that was taken back, unless the montage is locked."""
        if self.editor is not None and not self.locked:
            self.editor.history.redo()

    def connect(self) -> None:
        """Run the sensors of the montage; nothing happens when it has none."""
        montage = self.montage
        if montage.assignments:
            choice = self._choice
            self._start(choice, montage)

    def use(self, choice: SensorChoice) -> None:
        """Take over sensors that were chosen elsewhere, and run them.

        Raises:
            MiaError: There are no such sensors.
        """
        self.choose_kind(choice.kind)
        if choice.kind is SensorKind.REPLAY:
            self.open_recording(Path(choice.target))
            if self.recording_error is not None:
                raise self.recording_error
        elif choice.target and self._shelf is not None:
            self._shelf.open(choice.target)
            if self._shelf.error is not None:
                raise self._shelf.error
        self._access.make_source(choice, self.montage)  # says what is wrong before a window opens
        self._start(choice, self.montage)

    def disconnect(self) -> None:
        """Let go of the sensors."""
        self._running = None
        self.session.stop()
        self.view = self.session.view

    def identify(self, found: FoundSensor, colour: str) -> None:
        """Let a sensor show a colour."""
        self.identification.run(lambda: self._access.identify(found, colour))

    def keep_calibration(self, calibration: EmgCalibration) -> None:
        """Use a calibration from now on, and keep it for the next time; other muscles keep the one they had."""
        if self._shelf is None:
            return
        earlier = self._shelf.calibration()
        references = {**({} if earlier is None else earlier.references), **calibration.references}
        self._calibration = EmgCalibration(references)
        self._shelf.keep_calibration(self._calibration)
        if self._feed is not None:
            self._feed.set_calibration(self._calibration)

    def follow(self) -> None:
        """Connect anew after a change of the montage; tell running sensors their calibration and of a recording."""
        self.view, self.heard = self.session.view, self.search.view
        if self.runs and self._running is not None and self.montage.assignments != self._running.assignments:
            if self.montage.assignments:
                self.connect()
            else:
                self.disconnect()
        feed = self.view.feed
        if feed is not self._feed:
            self._feed = feed
            if feed is not None:
                self._calibration = self._recorded_calibration() if self._shelf is None else self._shelf.calibration()
                feed.set_calibration(self._calibration)
        if feed is not None:
            feed.set_recording(self._is_recording())

    def close(self, timeout_s: float) -> bool:
        """End the search and the sensors; return whether the sensors' thread ended in time."""
        self.search.cancel()
        return self.session.close(timeout_s)

    @property
    def _shelf(self) -> MontageShelf | None:
        return self._shelves.get(self.kind)

    @property
    def _choice(self) -> SensorChoice:
        if self.kind is SensorKind.REPLAY and self.recording is not None:
            return SensorChoice(self.kind, str(self.recording[0]))
        return SensorChoice(self.kind, self.montage.name if self.kind is SensorKind.BLUETOOTH else "")

    def _recorded_calibration(self) -> EmgCalibration | None:
        """Return the calibration that a session brings along, None without one."""
        if self.recording is None or not self.recording[0].is_dir():
            return None
        from mia_core.export.recorded_session import RecordedSession

        try:
            return RecordedSession.read(self.recording[0]).calibration
        except MiaError:
            return None  # its samples can be looked at all the same

    def _start(self, choice: SensorChoice, montage: SensorMontage) -> None:
        self._running = montage
        self.session.start(choice, lambda: self._access.make_source(choice, montage))
        self.view = self.session.view
