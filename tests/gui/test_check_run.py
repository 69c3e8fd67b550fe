"""The guided check and the calibration without a screen, on simulated sensors."""

from __future__ import annotations

import numpy as np
import pytest

from app.live_page.messages import Tone
from app.sensor_page.check_run import CheckRun
from app.sensor_page.effort_run import PAUSE_S, EffortRun
from app.sensor_page.guided_run import GOES_ON_S, READY_S, GuidedRun, Stage
from mia_core.muscles import MONTAGE, Placement
from mia_core.sensors.emg_calibration import EmgCalibration, MuscleReference
from mia_core.sensors.muscle_check import CheckKind
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE, SimulatedSensors
from tests.gui.check_rig import (
    LEFT_BICEPS,
    LEFT_HAMSTRINGS,
    LEFT_QUADRICEPS,
    LEFT_TRICEPS,
    PAIR,
    RIGHT_BICEPS,
    STEP_S,
    Rig,
)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def arm() -> Rig:
    return Rig(montage=PAIR)


def check_of(rig: Rig) -> CheckRun:
    return CheckRun(rig.heard(), rig.played.contract, rig.clock)


def calibration_of(rig: Rig, *chosen: Placement) -> EffortRun:
    return EffortRun(rig.heard(), chosen or MONTAGE.placements, rig.played.contract, rig.clock)


def until(rig: Rig, run: GuidedRun, stage: Stage, placement: Placement | None = None) -> float:
    return rig.until(lambda: run.stage is stage and run.stretch.placement == placement, run.poll)


def kinds(run: CheckRun) -> dict[Placement, CheckKind]:
    return {at: finding.kind for at, finding in run.findings.items()}


ALL_OK = dict.fromkeys(MONTAGE.placements, CheckKind.OK)
ARM_OK = dict.fromkeys((LEFT_BICEPS, LEFT_TRICEPS), CheckKind.OK)


def test_a_good_montage_passes_and_nothing_is_suggested(rig: Rig) -> None:
    run = check_of(rig)
    took_s = rig.lead(run, hurried=False)
    assert kinds(run) == ALL_OK
    assert run.suggested == SIMULATED_MONTAGE
    assert run.moves == ()
    least_s = 9 * (READY_S + 4.0 + GOES_ON_S)
    assert least_s <= took_s < least_s + (3 * 9 + 1.5) * STEP_S, "each of three stages may be seen to end a look late"


def test_nothing_is_judged_before_the_user_begins(arm: Rig) -> None:
    run = check_of(arm)
    arm.advance(10, run.poll)
    assert run.stage is Stage.WAITING
    assert not run.rested


def test_swapped_sensors_are_found_with_what_moves_where(rig: Rig) -> None:
    rig.sensors.swap(LEFT_BICEPS, RIGHT_BICEPS)
    run = check_of(rig)
    rig.lead(run)
    assert kinds(run) == ALL_OK | dict.fromkeys((LEFT_BICEPS, RIGHT_BICEPS), CheckKind.SWAPPED)
    assert [(move.sensor.serial, move.was_at, move.to) for move in run.moves] == [
        ("SIM-1", LEFT_BICEPS, RIGHT_BICEPS),
        ("SIM-5", RIGHT_BICEPS, LEFT_BICEPS),
    ]


@pytest.mark.parametrize(
    ("break_it", "kind", "tone"),
    [
        (SimulatedSensors.flatten, CheckKind.DEAD, Tone.ERROR),
        (SimulatedSensors.saturate, CheckKind.SATURATED, Tone.ERROR),
    ],
)
def test_a_dead_or_saturated_sensor_stops_the_run_until_the_user_goes_on(
    arm: Rig, break_it: object, kind: CheckKind, tone: Tone
) -> None:
    assert callable(break_it)
    break_it(arm.sensors, LEFT_TRICEPS)
    run = check_of(arm)
    run.go_on()
    until(arm, run, Stage.NOTED, LEFT_TRICEPS)
    assert run.note is not None
    assert run.note.tone is tone
    arm.advance(10, run.poll)
    assert (run.stage, run.stretch.placement) == (Stage.NOTED, LEFT_TRICEPS)
    arm.lead(run)
    assert kinds(run) == ARM_OK | {LEFT_TRICEPS: kind}
    assert run.moves == ()


def test_crosstalk_is_found(rig: Rig) -> None:
    rig.sensors.add_crosstalk(LEFT_QUADRICEPS, LEFT_HAMSTRINGS, 0.8)
    run = check_of(rig)
    rig.lead(run)
    assert kinds(run)[LEFT_QUADRICEPS] is CheckKind.CROSSTALK
    assert run.findings[LEFT_QUADRICEPS].other == LEFT_HAMSTRINGS


def test_a_contraction_can_be_repeated_and_the_newest_counts(arm: Rig) -> None:
    arm.sensors.flatten(LEFT_BICEPS)
    run = check_of(arm)
    run.go_on()
    until(arm, run, Stage.NOTED, LEFT_BICEPS)
    assert kinds(run) == {LEFT_BICEPS: CheckKind.DEAD}
    arm.sensors._stuck.clear()  # it was put on
    run.repeat()
    assert run.stage is Stage.READY
    until(arm, run, Stage.NOTED, LEFT_BICEPS)
    assert kinds(run) == {LEFT_BICEPS: CheckKind.OK}


def test_a_skipped_contraction_leaves_no_finding_and_can_be_made_later(arm: Rig) -> None:
    run = check_of(arm)
    run.go_on()
    until(arm, run, Stage.HOLD, LEFT_BICEPS)
    run.skip()
    assert run.stretch.placement == LEFT_TRICEPS
    arm.lead(run)
    assert run.skipped == {LEFT_BICEPS}
    assert LEFT_BICEPS not in run.findings
    run.again(LEFT_BICEPS)
    arm.lead(run)
    assert run.skipped == frozenset()
    assert kinds(run) == ARM_OK


def test_a_repetition_that_is_skipped_leaves_the_earlier_finding(arm: Rig) -> None:
    run = check_of(arm)
    run.go_on()
    until(arm, run, Stage.NOTED, LEFT_BICEPS)
    run.repeat()
    run.skip()
    assert run.stretch.placement == LEFT_TRICEPS
    arm.lead(run)
    assert run.skipped == frozenset()
    assert kinds(run) == ARM_OK


def test_the_rest_cannot_be_skipped(arm: Rig) -> None:
    run = check_of(arm)
    run.go_on()
    run.skip()
    assert (run.stage, run.stretch.placement) == (Stage.READY, None)
    assert not run.may_skip


def test_announcements_and_notes_need_not_be_waited_for(arm: Rig) -> None:
    run = check_of(arm)
    run.go_on()
    run.go_on()
    assert (run.stage, run.stretch.placement) == (Stage.HOLD, None)
    run.go_on()  # a stretch can't be shortened
    assert run.stage is Stage.HOLD
    until(arm, run, Stage.NOTED)
    run.go_on()
    assert (run.stage, run.stretch.placement) == (Stage.READY, LEFT_BICEPS)


def test_a_sensor_lost_in_the_middle_is_waited_for_and_the_step_begins_again(arm: Rig) -> None:
    run = check_of(arm)
    run.go_on()
    until(arm, run, Stage.HOLD, LEFT_BICEPS)
    arm.sensors.disconnect(LEFT_BICEPS, 8.0)
    until(arm, run, Stage.LOST, LEFT_BICEPS)
    assert run.note is not None
    assert run.note.title == "Sensor lost"
    assert "no connection to the left biceps" in run.note.text
    assert arm.played(arm.clock.now()).max() == 0, "nobody is asked to contract meanwhile"
    took_s = until(arm, run, Stage.READY, LEFT_BICEPS)
    assert 6 < took_s < 9
    arm.lead(run)
    assert kinds(run) == ARM_OK


def test_a_sensor_that_does_not_come_back_can_be_done_without(arm: Rig) -> None:
    arm.sensors.disconnect(LEFT_BICEPS, 1e6)
    run = check_of(arm)
    run.go_on()
    until(arm, run, Stage.LOST)
    run.go_on()
    until(arm, run, Stage.NOTED, LEFT_BICEPS)
    arm.lead(run)
    assert kinds(run) == ARM_OK | {LEFT_BICEPS: CheckKind.DEAD}


def test_another_sensor_that_is_lost_disturbs_no_contraction(arm: Rig) -> None:
    run = check_of(arm)
    run.go_on()
    until(arm, run, Stage.HOLD, LEFT_BICEPS)
    arm.sensors.disconnect(LEFT_TRICEPS, 1.0)
    assert until(arm, run, Stage.NOTED, LEFT_BICEPS) < 5
    assert kinds(run) == {LEFT_BICEPS: CheckKind.OK}


def test_a_calibration_is_complete_and_true(rig: Rig) -> None:
    run = calibration_of(rig)
    run.go_on()
    rig.lead(run)
    references = run.references()
    assert tuple(references) == MONTAGE.placements
    for placement, sensor in rig.sensors._sensors.items():
        reference = references[placement]
        assert reference.sensor == sensor.sensor
        assert reference.rest == pytest.approx(sensor.rest, abs=1.5)
        full = sensor._gain * 420  # counts of a fully active muscle
        assert reference.mvc - reference.rest == pytest.approx(full, rel=0.15)
        assert len(run.efforts(placement)) == 3


def test_muscles_take_turns_so_that_none_has_to_wait(arm: Rig) -> None:
    run = calibration_of(arm, LEFT_BICEPS, LEFT_TRICEPS)
    run.go_on()
    order = []
    for _ in range(6):
        arm.until(lambda: run.stage is Stage.HOLD and run.stretch.placement is not None, run.poll)
        order.append(run.stretch.placement)
        arm.until(lambda: run.stage is Stage.NOTED, run.poll)
    assert order == [LEFT_BICEPS, LEFT_TRICEPS] * 3


def test_a_muscle_alone_has_a_pause_that_may_be_shortened(arm: Rig) -> None:
    run = calibration_of(arm, LEFT_BICEPS)
    run.go_on()
    until(arm, run, Stage.NOTED, LEFT_BICEPS)
    until(arm, run, Stage.READY, LEFT_BICEPS)
    assert run.length_s == pytest.approx(PAUSE_S - GOES_ON_S, abs=2 * STEP_S)
    run.go_on()
    assert run.stage is Stage.HOLD


def test_a_refused_effort_is_explained_and_done_again(arm: Rig) -> None:
    obeys = [False]
    run = EffortRun(arm.heard(), [LEFT_BICEPS], lambda at: arm.played.contract(at if obeys[0] else None), arm.clock)
    run.go_on()
    until(arm, run, Stage.NOTED, LEFT_BICEPS)
    assert run.note is not None
    assert run.note.tone is Tone.WARNING
    assert "hardly above its rest" in run.note.text
    assert "Contract as hard as you can" in run.note.text
    assert run.efforts(LEFT_BICEPS) == ()
    arm.advance(20, run.poll)
    assert run.stage is Stage.NOTED, "it waits for the user"
    obeys[0] = True
    run.go_on()
    assert (run.stage, run.stretch.placement, run.length_s) == (Stage.READY, LEFT_BICEPS, READY_S)
    arm.lead(run)
    assert list(run.references()) == [LEFT_BICEPS]


def test_a_refused_rest_is_done_again_or_its_muscle_left_out(arm: Rig) -> None:
    arm.sensors.saturate(LEFT_TRICEPS)
    run = calibration_of(arm, LEFT_BICEPS, LEFT_TRICEPS)
    run.go_on()
    until(arm, run, Stage.NOTED)
    assert run.note is not None
    assert "left triceps is at the end of its range" in run.note.text
    run.go_on()
    assert (run.stage, run.stretch.placement) == (Stage.READY, None)
    until(arm, run, Stage.NOTED)
    run.skip()
    assert run.chosen == (LEFT_BICEPS,)
    arm.lead(run)
    assert list(run.references()) == [LEFT_BICEPS]


def test_a_skipped_muscle_keeps_the_reference_it_had() -> None:
    sensors = dict(SIMULATED_MONTAGE.assignments)
    earlier = MuscleReference(5.0, 300.0, sensors[LEFT_BICEPS], "2026-01-01T00:00:00+00:00", "counts")
    rig = Rig(montage=PAIR, calibration=EmgCalibration({LEFT_BICEPS: earlier}))
    run = calibration_of(rig, LEFT_BICEPS, LEFT_TRICEPS)
    run.go_on()
    until(rig, run, Stage.READY, LEFT_BICEPS)
    run.skip()
    rig.lead(run)
    calibration = run.calibration()
    assert calibration.references[LEFT_BICEPS] == earlier
    assert calibration.references[LEFT_TRICEPS].sensor == sensors[LEFT_TRICEPS]
    assert rig.feed.calibration == EmgCalibration({LEFT_BICEPS: earlier}), "nothing is in use before the user says so"


def test_the_best_half_second_grows_while_the_muscle_contracts(arm: Rig) -> None:
    run = calibration_of(arm, LEFT_BICEPS)
    run.go_on()
    until(arm, run, Stage.HOLD, LEFT_BICEPS)
    bests = []
    for _ in range(28):
        arm.advance(STEP_S, run.poll)
        bests.append(run.best(LEFT_BICEPS))
    known = np.array(bests)[np.isfinite(bests)]
    assert len(known) > 20
    assert (np.diff(known) >= 0).all()
    arm.until(lambda: run.stage is Stage.NOTED, run.poll)
    assert run.best(LEFT_BICEPS) == pytest.approx(known[-1], rel=0.1)


def test_a_muscle_whose_sensor_is_lost_can_be_left_out_of_the_calibration(arm: Rig) -> None:
    run = calibration_of(arm, LEFT_BICEPS, LEFT_TRICEPS)
    run.go_on()
    until(arm, run, Stage.HOLD, LEFT_BICEPS)
    arm.sensors.disconnect(LEFT_BICEPS, 1e6)
    until(arm, run, Stage.LOST, LEFT_BICEPS)
    run.go_on()
    arm.lead(run)
    assert list(run.references()) == [LEFT_TRICEPS]


def test_samples_are_heard_once_and_by_the_corrected_montage(rig: Rig) -> None:
    heard, whole = rig.heard(), 0
    swapped = SIMULATED_MONTAGE.swapped(LEFT_BICEPS, RIGHT_BICEPS)
    since_s = rig.clock.now()
    heard.set_montage(swapped)
    for _ in range(30):
        rig.advance(STEP_S)
        whole += sum(len(trace.times_s) for trace in heard.take_new().values())
    assert heard.take_new() == {}
    expected = sum((trace.times_s > since_s).sum() for trace in rig.feed.envelopes(60).values())
    assert whole == expected
    newest = rig.feed.envelopes(1)[RIGHT_BICEPS].values[-1]
    assert heard.level(LEFT_BICEPS) == newest
    rig.sensors.disconnect(RIGHT_BICEPS, 5.0)
    rig.advance(1.0)
    heard.take_new()
    assert np.isnan(heard.level(LEFT_BICEPS))
    assert heard.missing() == (LEFT_BICEPS,)


def test_the_subject_plays_on_by_itself(rig: Rig) -> None:
    rig.played.contract(LEFT_BICEPS)
    asked_s = rig.clock.now()
    assert rig.played(asked_s + 1.0)[0] == 1.0
    assert rig.played(asked_s + 1.0)[1] == pytest.approx(0.08)
    assert rig.played(asked_s + 1.0)[2:].max() == 0
    later = rig.played(asked_s + 11.0)
    assert np.count_nonzero(later) > 2, "the demo's medley moves them all a little"
