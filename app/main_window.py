"""The window: picks sources, carries out actions, remembers choices. What is shown lives on the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.app_settings import (
    LOOKAHEAD_STEPS,
    PAGES,
    PRODUCT,
    AppSettings,
    SettingsStore,
    next_of,
)
from app.live_page.body_figure import BodyFigure
from app.live_page.camera_list import CameraList
from app.live_page.file_drop import FileDrop
from app.live_page.icons import icon
from app.live_page.live_actions import LiveActions
from app.live_page.live_page import SLOW_POLL_MS, LivePage
from app.live_page.live_session import LiveSession
from app.live_page.look_controls import LookControls
from app.live_page.pipeline_protocol import CameraLister, PipelineFactory, Setup
from app.live_page.player import Player
from app.live_page.settings_dialog import SettingsDialog
from app.live_page.shortcuts_dialog import ShortcutsDialog
from app.live_page.source_choice import SourceChoice, SourceKind
from app.live_page.source_menu import SourceMenu
from app.live_page.toolbar import LiveControls, Toolbar
from app.live_page.traces import FIRST_PICTURE_MS
from app.look_choices import LookChoices
from app.navigation import NavigationRail, Page
from app.record_page.quick_take import QuickTake
from app.record_page.record_access import RecordAccess
from app.record_page.record_page import RecordPage
from app.record_page.session_choices import SessionChoices
from app.record_page.usual_access import usual_record_access
from app.review_page.review_access import ReviewAccess
from app.review_page.review_page import ReviewPage
from app.sensor_page.sensor_access import SensorAccess
from app.sensor_page.sensors_page import SensorsPage
from app.session_replay import SessionReplay
from app.sessions_page.adapt_work import ModelChoices
from app.sessions_page.library_access import LibraryAccess
from app.sessions_page.sessions_page import SessionsPage
from app.theme import dress
from mia_core.bundled import BODY_MAP
from mia_core.clock import Clock, SystemClock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.recording.recording_manifest import Privacy

SMALLEST: Final = QSize(960, 600)
FIRST_SIZE: Final = QSize(1280, 720)
CLOSE_TIMEOUT_S: Final = 6.0
VIDEO_FILES: Final = "Videos (*.mp4 *.mov *.avi *.mkv *.webm *.m4v *.mpg *.mpeg *.wmv);;All files (*)"


class MainWindow(QMainWindow):
    """The application's only window.

    Args:
        create_pipeline: Makes pipelines; called off the GUI thread.
        list_cameras: Finds cameras; called off the GUI thread.
        store: Where choices are remembered.
        sensor_access: The doors to sensors.
        source: What to watch as soon as the window is on the screen; None goes on with the last file or the demo,
            and else waits for a choice.
        clock: Measures the age of what is shown.
        fixed_by_command_line: Names of the models that the command line has chosen for this run.
        record_access: The record page's doors to the disk and to the ear; None for the usual ones.
        library: The doors to the recorded sessions; None for the usual folder.
        review_access: The review page's doors to models; None for the usual ones.
    """

    def __init__(
        self,
        create_pipeline: PipelineFactory,
        list_cameras: CameraLister,
        store: SettingsStore,
        sensor_access: SensorAccess,
        source: SourceChoice | None = None,
        clock: Clock | None = None,
        fixed_by_command_line: frozenset[str] = frozenset(),
        record_access: RecordAccess | None = None,
        library: LibraryAccess | None = None,
        review_access: ReviewAccess | None = None,
    ) -> None:
        super().__init__()
        clock = clock or SystemClock()
        self._store = store
        self.settings = store.load()
        self.session = LiveSession(create_pipeline)
        self.cameras = CameraList(list_cameras)
        self.actions_by_name = LiveActions(self)
        self._help: ShortcutsDialog | None = None
        self._settings_dialog: SettingsDialog | None = None
        self._fixed_by_command_line = fixed_by_command_line
        self._library = library or LibraryAccess.usual()
        self._review_access = review_access or ReviewAccess.usual()
        self._record_access = record_access or usual_record_access()
        self._look_choices = LookChoices(lambda: self.settings, self.apply_settings)
        self._build(sensor_access, clock)
        self.actions_by_name.connect(self._handlers())
        self.apply_settings(self.settings)
        self.show_page(PAGES[0] if source is not None else self.settings.page)
        last = self.settings.last_choice
        self._first_source = source or (last if last is not None and last.may_start_by_itself else None)
        self.live_page.stage.show_welcome(self._first_source is None)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        """Return what each action of the table does."""
        return (
            self.sensors_page.handlers
            | self.record_page.handlers
            | self.sessions_page.handlers
            | self.review_page.handlers
            | self._look_choices.handlers
            | {
                **{page.action: partial(self.show_page, page.name) for page in self.pages},
                "choose_source": self.live_controls.open_source_menu,
                "open_file": self.choose_file,
                "demo": lambda: self.watch(SourceChoice.demo()),
                "start_stop": self.start_or_stop,
                "pause": self.player.pause_or_resume,
                "step": self.player.step,
                "record": self.record_or_end,
                "mirror": self.toggle_mirror,
                "next_lookahead": lambda: self.set_lookahead(next_of(LOOKAHEAD_STEPS, self.settings.lookahead_steps)),
                "settings": self.show_settings,
                "full_screen": self.toggle_full_screen,
                "help": self.show_help,
                "quit": self.close,
            }
        )

    def _build(self, sensor_access: SensorAccess, clock: Clock) -> None:
        self.setMinimumSize(SMALLEST)
        FileDrop(self, self._watch_dropped)
        menu = SourceMenu(self, self.cameras, self.actions_by_name, lambda: self.settings.recent_files, self.watch)
        look = self._look_choices
        self._look_controls = LookControls(
            look.set_muscle_values, look.set_scale, look.set_full_scale, look.set_trace_length
        )
        self.live_controls = LiveControls(self.actions_by_name, menu, self.set_lookahead)
        figure = BodyFigure.load(BODY_MAP)
        self.record_page = RecordPage(
            self._record_access,
            self.session,
            self.actions_by_name,
            menu,
            self._look_choices.record_look,
            self._session_choices(),
            lambda: self.settings.lookahead_steps,
            clock,
        )
        self.quick_take = QuickTake(self.record_page.take, clock)
        self.live_page = LivePage(
            self.session,
            figure,
            self._look_choices.look,
            self.actions_by_name,
            menu,
            self._look_controls,
            self.quick_take,
            clock,
        )
        self.player = Player(self.session, self.live_page)
        self.sensors_page = SensorsPage(
            sensor_access,
            figure,
            self._look_choices.look.colours,
            self.actions_by_name,
            self._use_sensors,
            clock,
            self._is_recording,
        )
        self._replay = SessionReplay(self, self.sensors_page, self._ask_before, self._watch)
        self.sessions_page = SessionsPage(
            self._library, self._look_choices.look.colours, self.actions_by_name, self.review_session, clock
        )
        self.review_page = ReviewPage(
            self._review_access,
            figure,
            self._look_choices.look.colours,
            self._look_choices.look.scale,
            self.actions_by_name,
            self._watch_session,
            clock,
        )
        self.record_page.summary.review_asked.connect(self.review_session)
        self.sessions_page.leaving.connect(self.review_page.let_go)
        self.sessions_page.model_made.connect(self.set_activation_model)
        self.pages = (
            Page("live", self.live_page, self.live_controls),
            Page("sensors", self.sensors_page, self.sensors_page.controls),
            Page("record", self.record_page, self.record_page.controls),
            Page("sessions", self.sessions_page, self.sessions_page.controls),
            Page("review", self.review_page, self.review_page.controls),
        )
        self._arrange()
        self.live_page.setFocus()
        self.resize(FIRST_SIZE)
        self.restoreGeometry(QByteArray(self.settings.geometry))
        self.live_page.columns.restoreState(QByteArray(self.settings.columns))
        self.live_page.rows.restoreState(QByteArray(self.settings.rows))
        self._controls_poll = QTimer(self)
        self._controls_poll.setInterval(SLOW_POLL_MS)
        self._controls_poll.timeout.connect(self._follow_session)
        self._controls_poll.start()

    def _arrange(self) -> None:
        self._toolbar = Toolbar(self.actions_by_name, [page.controls for page in self.pages])
        self._stack = QStackedWidget()
        for page in self.pages:
            self._stack.addWidget(page.widget)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(NavigationRail(self.actions_by_name, self.pages))
        middle.addWidget(self._stack, 1)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._toolbar)
        column.addLayout(middle, 1)
        self.setCentralWidget(central)

    def show_page(self, name: str) -> None:
        """Show a page, one of `PAGES`; leaving a take that goes on is asked about."""
        if name == "record" or self._stack.currentWidget() is not self.record_page:
            self._turn_to(name)
        else:
            self.actions_by_name.show_page("record")
            self.record_page.question.ask_before_leaving(lambda: self._turn_to(name))

    def _turn_to(self, name: str) -> None:
        page = next(page for page in self.pages if page.name == name)
        self._stack.setCurrentWidget(page.widget)
        self._toolbar.show_controls(page.controls)
        self.actions_by_name.show_page(name)
        page.widget.setFocus()
        self.settings = replace(self.settings, page=name)

    def _session_choices(self) -> SessionChoices:
        settings = self.settings
        return SessionChoices(
            settings.subject,
            privacy=Privacy(settings.privacy),
            protocol=settings.protocol,
            keeps_past=settings.keeps_past,
            moves_pictures=settings.moves_pictures,
            optional=frozenset(settings.optional_streams),
        )

    def _is_recording(self) -> bool:
        """Whether something is written, on whichever page it was begun; standing by is no recording."""
        return self.record_page.take.is_under_way

    def _lookahead_is_fixed(self) -> bool:
        """Whether something is written, or kept to begin a recording: a session has one look-ahead."""
        return self.record_page.take.is_under_way or self.record_page.take.is_standing_by

    def _use_sensors(self, feed: SensorFeed | None) -> None:
        self.live_page.set_sensors(feed)
        self.record_page.set_sensors(feed)

    def watch(self, choice: SourceChoice) -> None:
        """Watch a source, instead of the present one; ending a take by that is asked about."""
        self._ask_before("Change the source", lambda: self._watch(choice))

    def _ask_before(self, what: str, then: Callable[[], object]) -> None:
        """Do what ends the source; a take of the Record page is asked about, a quick one just ends with it."""
        if self.quick_take.is_under_way:
            then()
        else:
            self.record_page.question.ask_before(what, then)

    def _watch(self, choice: SourceChoice) -> None:
        settings = self.settings
        self._replay.let_go()
        self.session.start(choice, Setup(settings.lookahead_steps, settings.pose_model, settings.activation_model))
        settings = replace(settings, last_source=str(choice), last_label=choice.label)
        if choice.kind is SourceKind.FILE:
            settings = settings.with_recent_file(choice.target)
        self.apply_settings(settings)

    def review_session(self, folder: Path) -> None:
        """Look at a recorded session."""
        self.review_page.load(folder)
        self.show_page("review")

    def _watch_dropped(self, path: Path) -> None:
        self.show_page("live")
        self.watch(SourceChoice.file(path))

    def _watch_session(self, video: Path) -> None:
        """Watch a session live."""
        self.show_page("live")
        self._replay.begin(video)

    def choose_file(self) -> None:
        """Ask for a video file; the picture goes on behind the dialog."""
        dialog = QFileDialog(self, "Open a video", "", VIDEO_FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.watch(SourceChoice.file(Path(path))))
        dialog.open()

    def start_or_stop(self) -> None:
        """Stop, when that is offered; else start the last source again, or ask for one."""
        if self.live_controls.offers_stop:  # what has just ended by itself is not started again by who stops it
            self._ask_before("Stop the source", self.session.stop)
        elif (choice := self._choice()) is not None:
            self.watch(choice)
        else:
            self.live_controls.open_source_menu()
        self._follow_session()

    def record_or_end(self) -> None:
        """Record from now on without a question, or end that."""
        pipeline, page = self.live_page.pipeline, self.record_page
        if page.take.is_under_way and not self.quick_take.is_under_way:
            self.show_page("record")  # it is recorded there
        elif pipeline is not None:
            self.quick_take.toggle(pipeline, page.sensors, page.choices.privacy, self.settings.lookahead_steps)
        self._follow_session()

    def set_lookahead(self, steps: int) -> None:
        """Choose how many 0.1 s steps of the future the model may see; nothing happens while that is fixed."""
        if self._lookahead_is_fixed():
            return
        self.apply_settings(replace(self.settings, lookahead_steps=steps))
        if self.live_page.pipeline is not None:
            self.live_page.pipeline.set_lookahead(steps)

    def set_pose_model(self, path: str) -> None:
        """Choose the model that finds the person, empty for the one that ships."""
        self.apply_settings(replace(self.settings, pose_model=path))
        self._restart()

    def set_activation_model(self, path: str) -> None:
        """Choose the model that estimates the muscles, empty for the one that ships."""
        self.apply_settings(self.settings.with_activation_model(path))
        self._restart()

    def _restart(self) -> None:
        """Start the present source again, so that other models take effect."""
        choice = self.session.view.choice
        if choice is not None:
            self.watch(choice)

    def toggle_mirror(self) -> None:
        """Change between mirror and camera view, remembered apart for cameras and for files."""
        if self._watches_camera():
            self.apply_settings(replace(self.settings, mirror_camera=not self.settings.mirror_camera))
        else:
            self.apply_settings(replace(self.settings, mirror_file=not self.settings.mirror_file))

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        self._follow_session()

    def show_help(self) -> None:
        """Show the page of shortcuts."""
        if self._help is None:
            self._help = ShortcutsDialog(self)
        self._help.show()
        self._help.raise_()

    def show_settings(self) -> None:
        """Show the choice of models."""
        if self._settings_dialog is None:
            self._settings_dialog = SettingsDialog(
                self, self.set_pose_model, self.set_activation_model, self._fixed_by_command_line
            )
        self._settings_dialog.show_settings(self.settings)
        self._settings_dialog.show()
        self._settings_dialog.raise_()

    def apply_settings(self, settings: AppSettings) -> None:
        """Take over all choices and show them."""
        self.settings = settings
        look = self._look_choices.look
        application = QApplication.instance()
        if isinstance(application, QApplication):
            dress(application, look.colours)
        self.setWindowIcon(icon("person", look.colours.accent, look.colours.muted))
        self.live_page.set_look(look)
        self.sensors_page.set_look(look.colours)
        self.record_page.set_look(self._look_choices.record_look)
        self.sessions_page.set_look(look.colours)
        self.sessions_page.models = ModelChoices(settings.activation_model, settings.activation_model_before)
        self.review_page.set_look(look.colours, look.scale)
        mirrored = settings.mirror_camera if self._watches_camera() else settings.mirror_file
        for stage in (self.live_page.stage, self.record_page.stage):
            stage.camera_view.set_mirrored(mirrored)
        self.actions_by_name["mirror"].setChecked(mirrored)
        self._look_controls.show_choices(settings)
        self.live_controls.show_lookahead(settings.lookahead_steps)
        if self._settings_dialog is not None:
            self._settings_dialog.show_settings(settings)
        self._follow_session()

    def _choice(self) -> SourceChoice | None:
        """Return what is watched, or while nothing is, what was watched last."""
        return self.session.view.choice or self.settings.last_choice

    def _watches_camera(self) -> bool:
        choice = self._choice()
        return choice is not None and choice.kind is SourceKind.CAMERA

    def _follow_session(self) -> None:
        """Let buttons and title say what is possible now."""
        view = self.session.view
        self.live_controls.follow(
            self._look_choices.look.colours,
            self._choice(),
            runs=self.player.runs,
            live=self.player.live and (self.quick_take.is_under_way or not self.record_page.take.is_under_way),
            paused=self.player.paused,
            recorded_s=self.quick_take.elapsed_s,
        )
        self.live_controls.fix_lookahead(self._lookahead_is_fixed())
        self.live_page.stage.welcome.offer_again(self._choice())
        self.actions_by_name["full_screen"].setChecked(self.isFullScreen())
        title = PRODUCT if view.choice is None else f"{view.choice.label} \N{EM DASH} {PRODUCT}"
        if title != self.windowTitle():
            self.setWindowTitle(title)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Watch the first source once the window is there: loading the models would make it appear later."""
        super().paintEvent(event)
        source, self._first_source = self._first_source, None
        if source is not None:
            QTimer.singleShot(FIRST_PICTURE_MS, self, lambda: self.watch(source))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember all choices, stop everything and end its threads; ending a take by that is asked about."""
        if self.record_page.take.is_under_way:
            event.ignore()
            self.record_page.question.ask_before("Quit", self.close)
            return
        chosen = self.record_page.choices
        self._store.save(
            replace(
                self.settings,
                subject=chosen.subject,
                privacy=chosen.privacy.value,
                protocol=chosen.protocol,
                keeps_past=chosen.keeps_past,
                moves_pictures=chosen.moves_pictures,
                optional_streams=tuple(sorted(chosen.optional)),
                geometry=_packed(self.saveGeometry()),
                columns=_packed(self.live_page.columns.saveState()),
                rows=_packed(self.live_page.rows.saveState()),
            )
        )
        self.hide()
        self.live_page.stop_polling()
        self._controls_poll.stop()
        self.record_page.close_all(CLOSE_TIMEOUT_S)
        self.sensors_page.close_all(CLOSE_TIMEOUT_S)
        self.sessions_page.close_all(CLOSE_TIMEOUT_S)
        self.review_page.close_all(CLOSE_TIMEOUT_S)
        self.session.close(CLOSE_TIMEOUT_S)
        super().closeEvent(event)


def _packed(state: QByteArray) -> bytes:
    return bytes(state.data())
