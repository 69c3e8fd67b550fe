from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.live.muscle_readout import MuscleReadout
from mia_core.models.activation_model import Prediction
from mia_core.muscles import MONTAGE
from mia_core.processing.pose_grid import PoseStep
from mia_core.samples import Floats, MuscleActivation
from mia_core.skeleton import INDEX
from tests.fakes.people import HipModel, standing_px


def step(index: int, *, seen: bool = True, unknown: str = "") -> PoseStep:
    """A person whose hips are at x = index, so that the model says index / 1000."""
    confidence = np.full(25, float(seen), np.float32)
    if unknown:
        confidence[INDEX[unknown]] = 0.3
    return PoseStep(index / 10, standing_px(float(index)), confidence, seen)


def read(readout: MuscleReadout, steps: list[PoseStep]) -> list[MuscleActivation]:
    return [activation for s in steps for activation in readout.push(s)] + readout.flush()


@pytest.mark.parametrize("lookahead", [0, 1, 2, 4])
def test_every_step_is_read_once_at_its_own_place(lookahead: int) -> None:
    readout = MuscleReadout(HipModel(), (320, 240), lookahead)
    activations = read(readout, [step(index) for index in range(50)])
    assert [round(10 * a.timestamp_s) for a in activations] == list(range(50))
    assert np.allclose([a.values[0] for a in activations], np.arange(50) / 1000, atol=1e-6)


@pytest.mark.parametrize("lookahead", [0, 2, 4])
def test_a_step_becomes_official_with_its_look_ahead_and_not_before(lookahead: int) -> None:
    readout = MuscleReadout(HipModel(), (320, 240), lookahead)
    for index in range(20):
        ready = readout.push(step(index))
        assert [round(10 * a.timestamp_s) for a in ready] == ([index - lookahead] if index >= lookahead else [])


def test_warming_up_ends_with_the_full_window() -> None:
    activations = read(MuscleReadout(HipModel(), (320, 240), 2), [step(index) for index in range(40)])
    warming = [a.warming_up for a in activations]
    assert warming == sorted(warming, reverse=True)
    assert 26 <= sum(warming) <= 29


def test_a_muscle_without_its_joints_has_no_value() -> None:
    steps = [step(index, unknown="left_elbow" if 10 <= index < 15 else "") for index in range(20)]
    activations = read(MuscleReadout(HipModel(), (320, 240), 2), steps)
    for index, activation in enumerate(activations):
        unknown = {MONTAGE.names[channel] for channel in np.flatnonzero(~activation.known)}
        assert unknown == ({"left_biceps", "left_triceps"} if 10 <= index < 15 else set())


def test_while_nobody_is_seen_the_model_rests_and_all_is_unknown() -> None:
    model = HipModel()
    activations = read(MuscleReadout(model, (320, 240), 2), [step(index, seen=index < 10) for index in range(60)])
    assert len(activations) == 60
    assert model.calls == 10
    assert all(not a.known.any() for a in activations[10:])


class FutureModel(HipModel):
    """Says for how many steps of future it has seen, and has an interval that is the wider the fewer they are."""

    def predict(
        self, keypoints_px: Floats, confidence: Floats, image_size_px: tuple[float, float], last_steps: int = 1
    ) -> Prediction:
        future = np.repeat(np.arange(last_steps, dtype=np.float32)[::-1, None], 8, axis=1)
        return Prediction(future, future - 1 / (1 + future), future + 1 / (1 + future))


@pytest.mark.parametrize("lookahead", [0, 1, 2, 4])
def test_last_steps_before_a_loss_somebody_else_or_the_end_are_read_with_the_future_there_is(lookahead: int) -> None:
    steps = [replace(step(i, seen=not 20 <= i < 25), anew=i == 35) for i in range(45)]
    activations = read(MuscleReadout(FutureModel(), (320, 240), lookahead), steps)
    for last in (19, 34, 44):
        for back in range(8):
            said = activations[last - back]
            future = min(back, lookahead)
            assert said.low is not None
            assert (said.values == future).all()
            assert said.values - said.low == pytest.approx(1 / (1 + future))


def test_between_steps_values_are_interpolated() -> None:
    readout = MuscleReadout(HipModel(), (320, 240), 2)
    for index in range(20):
        readout.push(step(index))
    for timestamp_s in (1.2, 1.25, 1.73, 1.9):
        activation = readout.at(timestamp_s)
        assert activation is not None
        assert activation.values[3] == pytest.approx(timestamp_s / 100, abs=1e-6)
    held = readout.at(2.4)
    assert held is not None
    assert held.values[0] == pytest.approx(0.019)
    assert readout.at(-0.1) is None


def test_after_a_jump_of_the_grid_the_window_begins_anew_and_values_are_held() -> None:
    readout = MuscleReadout(HipModel(), (320, 240), 0)
    for index in range(40):
        readout.push(step(index))
    after = readout.push(step(1000))
    assert after[0].warming_up
    assert readout.missing_steps == 29
    between = readout.at(50.0)
    assert between is not None
    assert between.values[0] == pytest.approx(0.039), "held, not drawn out into the void"


def test_waiting_steps_are_told_without_being_used_up() -> None:
    readout = MuscleReadout(HipModel(), (320, 240), 2)
    for index in range(10):
        readout.push(step(index))
    assert [round(10 * a.timestamp_s) for a in readout.waiting()] == [8, 9]
    assert [round(10 * a.timestamp_s) for a in readout.push(step(10))] == [8]


def test_lowering_the_look_ahead_gives_out_what_waited() -> None:
    readout = MuscleReadout(HipModel(), (320, 240), 4)
    for index in range(10):
        readout.push(step(index))
    readout.lookahead = 0
    assert [round(10 * a.timestamp_s) for a in readout.push(step(10))] == [6, 7, 8, 9, 10]


def test_with_somebody_else_the_window_begins_anew() -> None:
    readout = MuscleReadout(HipModel(), (320, 240), 0)
    for index in range(40):
        readout.push(step(index))
    after = readout.push(replace(step(40), anew=True))
    assert after[0].warming_up
    assert readout.missing_steps == 29
