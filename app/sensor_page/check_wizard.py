"""Leads through the guided check and the calibration, one large sentence at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from string import Template
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QLayout, QStackedWidget, QVBoxLayout, QWidget

from app.live_page.icons import icon_pixmap
from app.live_page.messages import Tone
from app.sensor_page.calibration_views import CalibrationChoice, CalibrationResult
from app.sensor_page.check_result import CheckResult
from app.sensor_page.check_run import TONES, CheckRun, Move
from app.sensor_page.effort_run import EffortRun
from app.sensor_page.guided_run import GuidedRun, Stage
from app.sensor_page.heard_sensors import HeardSensors
from app.sensor_page.key_button import KeyButton
from app.sensor_page.montage_editor import MontageEditor
from app.sensor_page.prompt_view import PromptView
from app.sensor_page.step_strip import MARK_OF, Mark, Step, StepStrip
from app.theme import Palette
from mia_core.clock import Clock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Placement

FIRST_SIZE: Final = QSize(1160, 680)
SMALLEST: Final = QSize(1100, 660)
POLL_MS: Final = 33


class Page(StrEnum):
    """What the dialog is about."""

    CHECK = "check"
    FINDINGS = "findings"
    CHOICE = "choice"
    """Which muscles to calibrate."""
    EFFORTS = "efforts"
    REFERENCES = "references"


class CheckWizard(QDialog):
    """The guided check of the running sensors, and after it, for who wants it, their calibration.

    Args:
        parent: The window.
        feed: The running sensors.
        editor: Takes an exchange of sensors, when the user accepts it.
        contract: Tells simulated subjects what the user is asked to do: to contract a muscle, or to rest (None).
        colours: The theme's colours.
        clock: Times the steps.

    Signals:
        exchanged: The user has accepted the suggested exchange; the editor holds it.
        calibrated: The user has accepted a calibration, an `EmgCalibration`; it is not in use yet.
    """

    exchanged = Signal()
    calibrated = Signal(object)

    def __init__(
        self,
        parent: QWidget | None,
        feed: SensorFeed,
        editor: MontageEditor,
        contract: Callable[[Placement | None], None],
        colours: Palette,
        clock: Clock,
    ) -> None:
        super().__init__(parent)
        self._feed = feed
        self._editor = editor
        self._contract = contract
        self._colours = colours
        self._clock = clock
        self._sensors = HeardSensors(feed, clock)
        self._check = CheckRun(self._sensors, contract, clock)
        self._moves: tuple[Move, ...] = ()  # what the suggested exchange changes
        self._put_right: frozenset[Placement] = frozenset()
        self._is_decided = False
        self._efforts: EffortRun | None = None
        self.page = Page.CHECK
        self.is_asking = False
        self._build()
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(POLL_MS)
        self._poll_timer.timeout.connect(self.poll)
        self._poll_timer.start()
        self.poll()

    @property
    def run(self) -> GuidedRun | None:
        """The run that is on, None on pages without one."""
        if self.page is Page.EFFORTS:
            return self._efforts
        return self._check if self.page is Page.CHECK else None

    def set_feed(self, feed: SensorFeed) -> None:
        """Go on with the same sensors, started anew after an exchange."""
        self._feed = feed
        self._sensors.set_feed(feed)

    def poll(self) -> None:
        """Look at the clock and the sensors, and show what is the case."""
        run = self.run
        if run is not None and not self.is_asking:
            run.poll()
            if run.stage is Stage.DONE:
                self._turn_to(Page.FINDINGS if self.page is Page.CHECK else Page.REFERENCES)
        self._follow()

    def go_on(self) -> None:
        """Do what one usually wants on this page."""
        run = self.run
        if self.is_asking:
            self._keep_going()
        elif run is not None:
            run.go_on()
        elif self.page is Page.FINDINGS and self._is_decided:
            self.choose_muscles()
        elif self.page is Page.CHOICE and self.choice.chosen:
            self._begin_efforts()
        elif self.page is Page.REFERENCES and self._efforts is not None and self._efforts.references():
            self.calibrated.emit(self._efforts.calibration())
            self.accept()
        self.poll()

    def repeat(self) -> None:
        """Do the present step again, or what all steps of a result came from."""
        run = self.run
        if self.is_asking:
            return
        if run is not None:
            run.repeat()
        elif self.page is Page.FINDINGS:
            self._begin_check()
            self._turn_to(Page.CHECK)
        elif self.page is Page.REFERENCES:
            self.choose_muscles()
        self.poll()

    def skip(self) -> None:
        """Leave the present step out."""
        if self.run is not None and not self.is_asking:
            self.run.skip()
            self.poll()

    def choose_muscles(self) -> None:
        """Go on to the calibration."""
        montage = self._sensors.montage
        unfit = {at for sensor in self._check.unfit if (at := montage.placement_of(sensor)) is not None}
        self.choice.offer(self._sensors, unfit)
        self._turn_to(Page.CHOICE)

    def accept_exchange(self) -> None:
        """Take over the suggested assignments."""
        if self.page is Page.FINDINGS and not self._is_decided:
            suggested = self._check.suggested
            self._is_decided, self._put_right = True, self._check.misheard
            self._editor.exchange(suggested)
            self._sensors.set_montage(suggested)
            self._show_findings()
            self.exchanged.emit()
            self._follow()

    def leave_montage(self) -> None:
        """Leave the assignments as they are."""
        if self.page is Page.FINDINGS and not self._is_decided:
            self._is_decided = True
            self._show_findings()
            self._follow()

    def stop(self) -> None:
        """End it, whatever is lost."""
        self.is_asking = False
        super().reject()

    def reject(self) -> None:
        """End it, or ask first when something would be lost."""
        if self.is_asking:
            self._keep_going()
        elif self._loss():
            self.is_asking = True
            self._contract(None)
            self._follow()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Let go of everything."""
        self._poll_timer.stop()
        self._contract(None)
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Carry out what the keys on the buttons promise."""
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Space: self.go_on,
            Qt.Key.Key_Return: self.go_on,
            Qt.Key.Key_Enter: self.go_on,
            Qt.Key.Key_R: self.repeat,
            Qt.Key.Key_S: self.skip,
            Qt.Key.Key_E: self.accept_exchange,
            Qt.Key.Key_L: self.leave_montage,
            Qt.Key.Key_Escape: self.reject,
        }
        if self.is_asking:
            keys[Qt.Key.Key_Y] = self.stop
        if self._may_skip_check:
            keys[Qt.Key.Key_C] = self.choose_muscles
        action = keys.get(event.key())
        if action is not None and not event.isAutoRepeat():
            action()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Let keys mean what they say: no button has the focus."""
        super().showEvent(event)
        self.setFocus()

    def _build(self) -> None:
        colours = self._colours
        self.setWindowTitle("Guided check")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setStyleSheet(_STYLE.substitute({name: getattr(colours, name) for name in Palette.__slots__}))
        self.setMinimumSize(SMALLEST)
        self.resize(FIRST_SIZE)
        self.strip = StepStrip(colours)
        self.prompt = PromptView(colours)
        self.findings = CheckResult(colours, self.accept_exchange, self.leave_montage, self._check_again)
        self.choice = CalibrationChoice(colours, lambda: self._follow())
        self.references = CalibrationResult(colours)
        self._pages = QStackedWidget()
        for view in (self.prompt, self.findings, self.choice, self.references):
            self._pages.addWidget(view)
        top = QFrame()
        top.setObjectName("checkTop")
        row = QHBoxLayout(top)
        row.setContentsMargins(12, 8, 12, 2)
        row.addWidget(self.strip)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # `SMALLEST` is enough for every page
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._pages, 1)
        column.addWidget(self._build_foot())

    def _build_foot(self) -> QStackedWidget:
        colours = self._colours
        self.stop_button = KeyButton("Stop", "Esc", colours)
        self.stop_button.clicked.connect(self.reject)
        self.calibrate_button = KeyButton("Only calibrate", "C", colours)
        self.calibrate_button.clicked.connect(self.choose_muscles)
        self.skip_button = KeyButton("Skip", "S", colours)
        self.skip_button.clicked.connect(self.skip)
        self.repeat_button = KeyButton("Repeat", "R", colours)
        self.repeat_button.clicked.connect(self.repeat)
        self.go_button = KeyButton("Go on", "Space", colours, primary=True)
        self.go_button.clicked.connect(self.go_on)
        self._badge = QLabel(self._feed.label)
        self._badge.setObjectName("badge")
        self._badge.setVisible(not self._feed.source.is_measured)
        usual = _foot("checkFoot", (self.stop_button, self._badge), self._usual_buttons)
        self._question = QLabel()
        self._question.setObjectName("noteTitle")
        sign = QLabel()
        sign.setPixmap(icon_pixmap("warning", colours.warning, 22, self.devicePixelRatioF()))
        self.stay_button = KeyButton("Go on", "Space", colours, primary=True)
        self.stay_button.clicked.connect(self._keep_going)
        self.yes_button = KeyButton("Yes, stop", "Y", colours)
        self.yes_button.clicked.connect(self.stop)
        question = _foot("checkFoot", (sign, self._question), (self.yes_button, self.stay_button))
        self._foot = QStackedWidget()
        self._foot.addWidget(usual)
        self._foot.addWidget(question)
        self._foot.setFixedHeight(usual.sizeHint().height())
        return self._foot

    @property
    def _usual_buttons(self) -> tuple[KeyButton, ...]:
        return self.calibrate_button, self.skip_button, self.repeat_button, self.go_button

    @property
    def _may_skip_check(self) -> bool:
        """Whether one may still go to the calibration at once."""
        return self.page is Page.CHECK and self._check.stage is Stage.WAITING

    def _begin_check(self) -> None:
        self._check = CheckRun(self._sensors, self._contract, self._clock)
        self._moves, self._put_right, self._is_decided = (), frozenset(), False

    def _begin_efforts(self) -> None:
        self._efforts = EffortRun(self._sensors, self.choice.chosen, self._contract, self._clock)
        self._efforts.go_on()
        self._turn_to(Page.EFFORTS)

    def _check_again(self, placement: Placement) -> None:
        self._check.again(placement)
        self._turn_to(Page.CHECK)

    def _turn_to(self, page: Page) -> None:
        self.page = page
        if page is Page.FINDINGS:
            self._moves = self._check.moves
            self._is_decided = not self._moves
            self._show_findings()
        elif page is Page.REFERENCES and self._efforts is not None:
            self.references.show_run(self._efforts)
        self.setWindowTitle("Guided check" if page in (Page.CHECK, Page.FINDINGS) else "Calibration")
        views = {Page.FINDINGS: self.findings, Page.CHOICE: self.choice, Page.REFERENCES: self.references}
        self._pages.setCurrentWidget(views.get(page, self.prompt))
        self.setFocus()
        self._follow()

    def _show_findings(self) -> None:
        self.findings.show_run(self._check, self._moves, self._put_right, decided=self._is_decided)

    def _keep_going(self) -> None:
        self.is_asking = False
        run = self.run
        if run is not None and run.stage in (Stage.READY, Stage.HOLD):
            run.repeat()  # what was begun is over
        self._follow()

    def _loss(self) -> str:
        """Return what would be lost if the dialog were closed now, as a question; empty for nothing."""
        if self.page is Page.CHECK and self._check.has_findings:
            return "Stop the check? What was found is forgotten."
        if self.page is Page.FINDINGS and not self._is_decided:
            return "Close? The sensors stay exchanged."
        if self.page is Page.EFFORTS and self._efforts is not None and self._efforts.has_findings:
            return "Stop the calibration? The efforts so far are forgotten."
        if self.page is Page.REFERENCES and self._efforts is not None and self._efforts.references():
            return "Close? The calibration is not kept."
        return ""

    def _follow(self) -> None:
        """Show where the run stands and what can be done now."""
        run = self.run
        if run is not None:
            self.prompt.show_run(run)
        self.strip.show_steps(self._steps())
        self._foot.setCurrentIndex(1 if self.is_asking else 0)
        if self.is_asking:
            self._question.setText(self._loss())
            return
        self.stop_button.say("Stop" if run is not None else "Close")
        self.calibrate_button.setVisible(self._may_skip_check)
        self.skip_button.setVisible(run is not None and run.stage is not Stage.WAITING)
        self.skip_button.setEnabled(run is not None and run.may_skip)
        if run is not None:
            self._offer_for_run(run)
        else:
            self._offer_for_page()

    def _offer_for_run(self, run: GuidedRun) -> None:
        is_refused = run.stage is Stage.NOTED and run.note is not None and run.note.tone is not Tone.DONE
        must_repeat = is_refused and self.page is Page.EFFORTS
        self.repeat_button.setVisible(run.stage is not Stage.WAITING and not must_repeat)
        self.repeat_button.setEnabled(run.may_repeat)
        self.repeat_button.say("Repeat")
        texts = {
            Stage.WAITING: "Begin",
            Stage.READY: "Begin now",
            Stage.LOST: "Go on without it",
            Stage.NOTED: "Try again" if must_repeat else "Go on",
        }
        self.go_button.say(texts.get(run.stage, "Go on"))
        self.go_button.setEnabled(run.stage is not Stage.HOLD)

    def _offer_for_page(self) -> None:
        texts = {
            Page.FINDINGS: ("Check again", "Calibrate"),
            Page.CHOICE: ("", "Begin"),
            Page.REFERENCES: ("Calibrate again", "Use this calibration"),
        }
        again, go_on = texts[self.page]
        self.repeat_button.setVisible(bool(again))
        self.repeat_button.setEnabled(True)
        self.repeat_button.say(again)
        self.go_button.say(go_on)
        has_references = self._efforts is not None and bool(self._efforts.references())
        is_possible = {
            Page.FINDINGS: self._is_decided,
            Page.CHOICE: bool(self.choice.chosen),
            Page.REFERENCES: has_references,
        }
        self.go_button.setEnabled(is_possible[self.page])

    def _steps(self) -> list[Step]:
        if self._efforts is not None and self.page in (Page.EFFORTS, Page.REFERENCES):
            return _calibration_steps(self._efforts, done=self.page is Page.REFERENCES)
        steps = _check_steps(self._check, self._put_right, on=self.page is Page.CHECK)
        result = {Page.CHECK: Mark.TODO, Page.FINDINGS: Mark.CURRENT}.get(self.page, Mark.GOOD)
        if self.page is Page.CHOICE and not self._check.findings:
            result = Mark.SKIPPED
        calibration = Mark.CURRENT if self.page is Page.CHOICE else Mark.TODO
        return [*steps, Step("Result", result), Step("Calibrate", calibration)]


def _check_steps(run: CheckRun, put_right: Collection[Placement], *, on: bool) -> list[Step]:
    at = run.stretch.placement
    is_on = on and run.stage is not Stage.NOTED
    rest = Mark.GOOD if run.rested else Mark.CURRENT if on else Mark.SKIPPED
    steps = [Step("Rest", rest)]
    findings = run.findings
    for placement in run.sensors.placements:
        mark = Mark.SKIPPED if placement in run.skipped or not on else Mark.TODO
        if placement in findings:
            mark = Mark.GOOD if placement in put_right else MARK_OF[TONES[findings[placement].kind]]
        if run.rested and is_on and placement == at:
            mark = Mark.CURRENT
        steps.append(Step(placement.label, mark))
    return steps


def _calibration_steps(run: EffortRun, *, done: bool) -> list[Step]:
    steps = [Step("Rest", Mark.GOOD if run.rested else Mark.CURRENT)]
    for placement in run.sensors.placements:
        n_done = len(run.efforts(placement))
        if placement not in run.chosen:
            steps.append(Step(placement.label, Mark.SKIPPED))
            continue
        is_on = placement == run.stretch.placement and not done
        mark = Mark.GOOD if n_done >= run.efforts_wanted else Mark.CURRENT if is_on else Mark.TODO
        steps.append(Step(placement.label, mark, n_done, run.efforts_wanted))
    return [*steps, Step("Result", Mark.CURRENT if done else Mark.TODO)]


def _foot(name: str, left: tuple[QWidget, ...], right: tuple[QWidget, ...]) -> QFrame:
    foot = QFrame()
    foot.setObjectName(name)
    row = QHBoxLayout(foot)
    row.setContentsMargins(24, 10, 24, 12)
    row.setSpacing(10)
    for widget in left:
        row.addWidget(widget)
    row.addStretch(1)
    for widget in right:
        row.addWidget(widget)
    return foot


_STYLE: Final = Template("""
#checkTop { background: $surface; border-bottom: 1px solid $line; }
#checkFoot { background: $surface; border-top: 1px solid $line; }
#checkMuscle { color: $accent; font-size: 14px; font-weight: 700; }
#checkHeadline { font-size: 28px; font-weight: 700; }
#checkHow { color: $muted; font-size: 16px; }
#stageWord { font-size: 20px; font-weight: 600; }
#noteCard, #suggestion { background: $surface; border: 1px solid $line; border-radius: 10px; }
#suggestion { border: 1px solid $accent; }
#noteTitle { font-size: 15px; font-weight: 600; }
#noteText { color: $muted; }
#muscleBox { text-align: left; padding: 8px 12px; color: $muted; }
#muscleBox:checked { color: $text; border: 1px solid $accent; }
QPushButton#primary:disabled { background: $raised; color: $muted; border: 1px solid $line; }
""")
