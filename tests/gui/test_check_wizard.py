"""The dialog of the guided check and the calibration, on simulated sensors and a clock that tests wind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.played_muscles import PlayedMuscles
from app.sensor_page.check_wizard import CheckWizard, Page
from app.sensor_page.guided_run import Stage
from app.sensor_page.montage_editor import MontageEditor
from app.sensor_page.step_strip import Mark
from app.theme import DARK
from mia_core.clock import SystemClock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import MONTAGE, Placement
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE, SimulatedSensors
from tests.gui.check_rig import LEFT_BICEPS, LEFT_TRICEPS, PAIR, STEP_S, Rig

SENSORS = dict(SIMULATED_MONTAGE.assignments)
SWAPPED = PAIR.swapped(LEFT_BICEPS, LEFT_TRICEPS)


def no_fault(_sensors: SimulatedSensors) -> None:
    pass


@dataclass
class Desk:
    """A wizard, the sensors it looks at, and what it has said."""

    rig: Rig
    wizard: CheckWizard
    editor: MontageEditor
    qtbot: QtBot
    obeys: bool = True
    exchanges: int = 0
    calibrations: list[EmgCalibration] = field(default_factory=list)

    def press(self, key: Qt.Key) -> None:
        self.qtbot.keyClick(self.wizard, key)

    def until(self, reached: Callable[[], bool]) -> None:
        self.rig.until(reached, self.wizard.poll)

    def until_at(self, stage: Stage, placement: Placement | None) -> None:
        def reached() -> bool:
            run = self.wizard.run
            return run is not None and (run.stage, run.stretch.placement) == (stage, placement)

        self.until(reached)

    def hurry_to(self, page: Page) -> None:
        """Go on and on."""

        def look() -> None:
            self.wizard.poll()
            run = self.wizard.run
            if run is not None and run.stage in (Stage.WAITING, Stage.READY, Stage.NOTED):
                self.wizard.go_on()

        self.rig.until(lambda: self.wizard.page is page, look, 200.0)

    @property
    def is_open(self) -> bool:
        return self.wizard.isVisible()


@pytest.fixture
def open_desk(qtbot: QtBot) -> Callable[..., Desk]:
    def make(fault: Callable[[SimulatedSensors], None] = no_fault, rig: Rig | None = None) -> Desk:
        rig = rig or Rig(montage=PAIR)
        fault(rig.sensors)
        editor = MontageEditor(lambda: None)
        editor.open(rig.sensors.montage)

        def contract(placement: Placement | None) -> None:
            rig.played.contract(placement if desk.obeys else None)

        wizard = CheckWizard(None, rig.feed, editor, contract, DARK, rig.clock)
        desk = Desk(rig, wizard, editor, qtbot)

        def exchanged() -> None:
            desk.exchanges += 1

        wizard.exchanged.connect(exchanged)
        wizard.calibrated.connect(desk.calibrations.append)
        qtbot.addWidget(wizard)
        with qtbot.waitExposed(wizard):
            wizard.show()
        return desk

    return make


def marks(desk: Desk) -> dict[str, Mark]:
    return {step.label: step.mark for step in desk.wizard.strip.steps}


def test_a_good_montage_leads_to_a_good_result(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(rig=Rig())
    assert desk.wizard.prompt.headline.text() == "Sit back and relax"
    desk.hurry_to(Page.FINDINGS)
    assert desk.wizard.findings.headline.text() == "All sensors hear their muscles"
    assert desk.wizard.findings.suggestion.isHidden()
    assert desk.wizard.findings.again == {}
    expected = dict.fromkeys(["Rest", *(placement.label for placement in MONTAGE.placements)], Mark.GOOD)
    assert marks(desk) == {**expected, "Result": Mark.CURRENT, "Calibrate": Mark.TODO}
    desk.press(Qt.Key.Key_Escape)
    assert not desk.is_open, "nothing would be lost, so nothing is asked"
    assert desk.exchanges == 0
    assert desk.editor.montage == SIMULATED_MONTAGE


def test_each_prompt_shows_sentence_muscle_time_and_signals(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_Return)
    desk.until_at(Stage.HOLD, LEFT_TRICEPS)
    desk.rig.advance(2.0, desk.wizard.poll)
    prompt = desk.wizard.prompt
    assert prompt.muscle.text() == "Left triceps"
    assert prompt.headline.text() == "Straighten the left elbow against resistance"
    assert prompt.how.text() == "Put the hand on the table and press down."
    assert list(prompt.figure.lit) == [LEFT_TRICEPS]
    assert prompt.ring.text == "2"
    assert prompt.word.text() == "Contract and hold"
    levels = {placement: bar.level for placement, bar in prompt.bars.bars.items()}
    assert levels[LEFT_TRICEPS] > 4 * levels[LEFT_BICEPS]
    assert all(bar.level < bar.full for bar in prompt.bars.bars.values())
    assert marks(desk)["Left biceps"] is Mark.GOOD
    assert marks(desk)["Left triceps"] is Mark.CURRENT
    desk.until_at(Stage.NOTED, LEFT_TRICEPS)
    assert prompt.ring.icon == "done"
    assert prompt.note.note is not None
    assert prompt.note.note.text == "The sensor on the left triceps hears its muscle."
    assert prompt.bars.bars[LEFT_TRICEPS].peak > 4 * prompt.bars.bars[LEFT_BICEPS].peak


def test_simulated_sensors_are_called_so(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    assert desk.wizard._badge.isVisible()
    assert desk.wizard._badge.text() == "simulated sEMG"


def test_exchanged_sensors_are_put_right_when_the_user_says_yes_and_it_can_be_undone(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(lambda sensors: sensors.swap(LEFT_BICEPS, LEFT_TRICEPS))
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.NOTED, LEFT_BICEPS)
    note = desk.wizard.prompt.note.note
    assert note is not None
    assert (note.title, note.other) == ("Another sensor heard it", LEFT_TRICEPS)
    assert set(desk.wizard.prompt.figure.lit) == {LEFT_BICEPS, LEFT_TRICEPS}
    desk.hurry_to(Page.FINDINGS)
    findings = desk.wizard.findings
    assert findings.suggestion.isVisible()
    assert findings.lines == ("SIM-1: Left biceps to Left triceps", "SIM-2: Left triceps to Left biceps")
    desk.press(Qt.Key.Key_Space)
    assert desk.wizard.page is Page.FINDINGS, "first the question must be answered"
    assert desk.editor.montage == PAIR
    desk.press(Qt.Key.Key_E)
    assert desk.editor.montage == SWAPPED
    assert desk.exchanges == 1
    assert findings.suggestion.isHidden()
    assert findings.headline.text() == "All sensors hear their muscles"
    assert marks(desk)["Left biceps"] is Mark.GOOD
    desk.press(Qt.Key.Key_E)
    assert desk.exchanges == 1
    desk.editor.history.undo()
    assert desk.editor.montage == PAIR


def test_exchanged_sensors_are_calibrated_where_they_are(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(lambda sensors: sensors.swap(LEFT_BICEPS, LEFT_TRICEPS))
    desk.hurry_to(Page.FINDINGS)
    desk.press(Qt.Key.Key_E)
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Space)
    desk.hurry_to(Page.REFERENCES)
    desk.press(Qt.Key.Key_Space)
    references = desk.calibrations[0].references
    assert {at: reference.sensor for at, reference in references.items()} == dict(SWAPPED.assignments)


def test_the_check_goes_on_with_sensors_that_were_started_anew(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(lambda sensors: sensors.swap(LEFT_BICEPS, LEFT_TRICEPS))
    desk.hurry_to(Page.FINDINGS)
    desk.press(Qt.Key.Key_E)
    sensors = SimulatedSensors(desk.rig.played, SWAPPED, None, desk.rig.clock)
    desk.rig.sensors.close()
    sensors.open()
    desk.rig.sensors, desk.rig.feed = sensors, SensorFeed(sensors, None, desk.rig.clock)
    desk.wizard.set_feed(desk.rig.feed)
    desk.rig.advance(1.5, desk.wizard.poll)
    desk.press(Qt.Key.Key_R)
    assert desk.wizard.page is Page.CHECK
    desk.hurry_to(Page.FINDINGS)
    assert desk.wizard.findings.headline.text() == "All sensors hear their muscles"
    assert desk.wizard.findings.suggestion.isHidden()


def test_an_exchange_that_is_declined_changes_nothing(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(lambda sensors: sensors.swap(LEFT_BICEPS, LEFT_TRICEPS))
    desk.hurry_to(Page.FINDINGS)
    desk.qtbot.mouseClick(desk.wizard.findings.leave, Qt.MouseButton.LeftButton)
    assert desk.wizard.findings.suggestion.isHidden()
    desk.press(Qt.Key.Key_Escape)
    assert not desk.is_open
    assert desk.editor.montage == PAIR
    assert desk.exchanges == 0
    assert not desk.editor.history.canUndo()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda sensors: sensors.flatten(LEFT_TRICEPS), "sends no signal"),
        (lambda sensors: sensors.saturate(LEFT_TRICEPS), "is at the end of its range"),
    ],
)
def test_a_broken_sensor_is_named_can_be_checked_again_and_is_not_calibrated_unasked(
    open_desk: Callable[..., Desk], fault: Callable[[SimulatedSensors], None], words: str
) -> None:
    desk = open_desk(fault)
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.NOTED, LEFT_TRICEPS)
    prompt = desk.wizard.prompt
    assert prompt.ring.icon == "error"
    assert prompt.note.note is not None
    assert words in prompt.note.note.text
    desk.hurry_to(Page.FINDINGS)
    assert desk.wizard.findings.headline.text() == "1 of 2 sensors hear their muscles"
    assert list(desk.wizard.findings.again) == [LEFT_TRICEPS]
    desk.press(Qt.Key.Key_Space)
    assert desk.wizard.choice.chosen == (LEFT_BICEPS,)


def test_crosstalk_names_the_other_sensor_and_suggests_no_exchange(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(lambda sensors: sensors.add_crosstalk(LEFT_BICEPS, LEFT_TRICEPS, 0.8))
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.NOTED, LEFT_BICEPS)
    note = desk.wizard.prompt.note.note
    assert note is not None
    desk.hurry_to(Page.FINDINGS)
    assert desk.wizard._check.findings[LEFT_BICEPS].sentence == (
        "The sensor on the left triceps hears the left biceps, too: move the two further apart."
    )
    assert desk.wizard.findings.suggestion.isHidden()


def test_a_row_of_the_result_can_be_done_again(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.READY, LEFT_BICEPS)
    desk.press(Qt.Key.Key_S)
    desk.hurry_to(Page.FINDINGS)
    assert marks(desk)["Left biceps"] is Mark.SKIPPED
    desk.qtbot.mouseClick(desk.wizard.findings.again[LEFT_BICEPS], Qt.MouseButton.LeftButton)
    assert desk.wizard.page is Page.CHECK
    desk.until_at(Stage.HOLD, LEFT_BICEPS)
    desk.press(Qt.Key.Key_R)
    desk.until_at(Stage.READY, LEFT_BICEPS)
    desk.hurry_to(Page.FINDINGS)
    assert marks(desk)["Left biceps"] is Mark.GOOD


def test_a_lost_sensor_is_waited_for_and_said_so(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.HOLD, LEFT_BICEPS)
    desk.rig.sensors.disconnect(LEFT_BICEPS, 4.0)
    desk.until_at(Stage.LOST, LEFT_BICEPS)
    desk.rig.advance(1.0, desk.wizard.poll)
    prompt = desk.wizard.prompt
    assert prompt.word.text() == "Sensor lost"
    assert prompt.bars.bars[LEFT_BICEPS].level != prompt.bars.bars[LEFT_BICEPS].level, "it is not a number"
    assert desk.wizard.go_button.text() == "Go on without it"
    desk.until_at(Stage.READY, LEFT_BICEPS)
    assert desk.wizard.go_button.text() == "Begin now"


def test_a_calibration_is_handed_over_and_not_used_by_the_dialog_itself(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_C)
    assert desk.wizard.page is Page.CHOICE
    assert desk.wizard.choice.chosen == (LEFT_BICEPS, LEFT_TRICEPS)
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.HOLD, LEFT_BICEPS)
    desk.rig.advance(2.0, desk.wizard.poll)
    bar = desk.wizard.prompt.bars.bars[LEFT_BICEPS]
    assert bar.best > 10 * bar.rest
    assert desk.wizard.prompt.word.text() == "As hard as you can"
    desk.hurry_to(Page.REFERENCES)
    assert desk.wizard.references.headline.text() == "2 muscles calibrated"
    assert desk.calibrations == []
    desk.press(Qt.Key.Key_Space)
    assert desk.wizard.result() == QDialog.DialogCode.Accepted
    assert not desk.is_open
    assert [set(calibration.references) for calibration in desk.calibrations] == [{LEFT_BICEPS, LEFT_TRICEPS}]
    rows = desk.wizard.references.rows
    for placement, reference in desk.calibrations[0].references.items():
        name, rest, efforts, mvc, unit = rows[placement]
        assert (name, unit) == (SENSORS[placement].serial, "counts")
        assert (rest, mvc) == (f"{reference.rest:.0f}", f"{reference.mvc:.0f}")
        assert len(efforts.split()) == 3
        assert mvc in efforts.split()
    assert desk.rig.feed.calibration is None


def test_muscles_are_chosen_one_by_one(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_C)
    desk.wizard.choice.boxes[LEFT_BICEPS].click()
    assert desk.wizard.choice.chosen == (LEFT_TRICEPS,)
    desk.wizard.choice.boxes[LEFT_TRICEPS].click()
    assert not desk.wizard.go_button.isEnabled()
    desk.press(Qt.Key.Key_Space)
    assert desk.wizard.page is Page.CHOICE
    desk.wizard.choice.boxes[LEFT_TRICEPS].click()
    desk.press(Qt.Key.Key_Space)
    desk.hurry_to(Page.REFERENCES)
    desk.press(Qt.Key.Key_Space)
    assert list(desk.calibrations[0].references) == [LEFT_TRICEPS]


def test_a_refused_effort_shows_its_advice_and_is_repeated(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_C)
    desk.press(Qt.Key.Key_Space)
    desk.obeys = False
    desk.until_at(Stage.NOTED, LEFT_BICEPS)
    prompt = desk.wizard.prompt
    assert prompt.word.text() == "Not taken"
    assert prompt.note.note is not None
    assert "hardly above its rest" in prompt.note.note.text
    assert "move the sensor" in prompt.note.note.text
    assert desk.wizard.go_button.text() == "Try again"
    desk.obeys = True
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.NOTED, LEFT_BICEPS)
    assert prompt.word.text().startswith("Effort 1 of 3: ")


def test_closing_in_the_middle_of_the_check_asks_and_changes_nothing(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(lambda sensors: sensors.swap(LEFT_BICEPS, LEFT_TRICEPS))
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.NOTED, LEFT_BICEPS)
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.HOLD, LEFT_TRICEPS)
    desk.wizard.close()
    assert desk.is_open
    assert desk.wizard.is_asking
    desk.rig.advance(10.0, desk.wizard.poll)
    desk.press(Qt.Key.Key_Escape)
    assert desk.is_open
    assert not desk.wizard.is_asking
    assert desk.wizard.run is not None
    assert (desk.wizard.run.stage, desk.wizard.run.stretch.placement) == (Stage.READY, LEFT_TRICEPS), "it begins again"
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Y)
    assert not desk.is_open
    assert desk.editor.montage == PAIR
    assert desk.exchanges == 0
    assert desk.calibrations == []


def test_closing_in_the_middle_of_the_calibration_keeps_the_old_one(open_desk: Callable[..., Desk]) -> None:
    earlier = EmgCalibration({})
    desk = open_desk(rig=Rig(montage=PAIR, calibration=earlier))
    desk.press(Qt.Key.Key_C)
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.READY, LEFT_TRICEPS)
    desk.press(Qt.Key.Key_Escape)
    assert desk.wizard.is_asking
    desk.qtbot.mouseClick(desk.wizard.yes_button, Qt.MouseButton.LeftButton)
    assert not desk.is_open
    assert desk.calibrations == []
    assert desk.rig.feed.calibration is earlier


def test_closing_with_an_exchange_undecided_or_a_calibration_unused_asks(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(lambda sensors: sensors.swap(LEFT_BICEPS, LEFT_TRICEPS))
    desk.hurry_to(Page.FINDINGS)
    desk.press(Qt.Key.Key_Escape)
    assert desk.wizard.is_asking
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_L)
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Space)
    desk.hurry_to(Page.REFERENCES)
    desk.press(Qt.Key.Key_Escape)
    assert desk.wizard.is_asking
    desk.press(Qt.Key.Key_Y)
    assert not desk.is_open
    assert desk.calibrations == []


def test_before_anything_was_found_it_closes_at_once_and_the_subject_rests(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_Space)
    desk.until_at(Stage.HOLD, LEFT_BICEPS)
    desk.press(Qt.Key.Key_Escape)
    assert not desk.is_open
    assert desk.rig.played(desk.rig.clock.now() + STEP_S).max() == 0


def test_a_click_on_a_button_leaves_the_keys_as_they_are(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.qtbot.mouseClick(desk.wizard.go_button, Qt.MouseButton.LeftButton)
    desk.until_at(Stage.READY, LEFT_BICEPS)
    desk.qtbot.mouseClick(desk.wizard.skip_button, Qt.MouseButton.LeftButton)
    assert desk.wizard.run is not None
    assert desk.wizard.run.stretch.placement == LEFT_TRICEPS
    desk.press(Qt.Key.Key_Space)
    assert (desk.wizard.run.stage, desk.wizard.run.stretch.placement) == (Stage.HOLD, LEFT_TRICEPS)


def test_it_follows_running_sensors_by_itself(qtbot: QtBot) -> None:
    clock = SystemClock()
    played = PlayedMuscles(clock)
    feed = SensorFeed(SimulatedSensors(played, PAIR, None, clock), None, clock)
    editor = MontageEditor(lambda: None)
    feed.start()
    try:
        wizard = CheckWizard(None, feed, editor, played.contract, DARK, clock)
        qtbot.addWidget(wizard)
        wizard.show()
        qtbot.waitUntil(lambda: len(wizard._sensors.missing()) == 0)
        wizard.go_on()
        wizard.go_on()
        peaks = []

        def has_rested() -> bool:
            peaks.append(wizard.prompt.bars.bars[LEFT_BICEPS].peak)
            return wizard._check.rested

        qtbot.waitUntil(has_rested)
        known = [peak for peak in peaks if not math.isnan(peak)]  # the next step may have been announced meanwhile
        assert known[-1] < 60, "it has rested"
        wizard.stop()
    finally:
        assert feed.stop()
