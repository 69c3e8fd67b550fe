"""A model is fitted to one person: what it learns, what it keeps, and which recordings it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.errors import CheckpointMismatchError
from mia_core.models.checkpoint import load_checkpoint
from mia_core.models.model_card import ModelCard
from mia_core.processing.normalization import Normalization, NormalizationKind
from mia_core.step_clip import StepClip
from mia_core.training.adaptation import (
    KEPT,
    AdaptationError,
    AdaptationSettings,
    adapt,
    adaptation_config,
    adaptation_parts,
    seconds_used,
)
from mia_core.training.adaptation_fit import require_fit
from mia_core.training.parent import Parent
from mia_core.training.trainer import train
from mia_core.training.training_config import ModelKind, ModelNameError, TrainingConfig
from tests.fakes.motion_clips import save_set
from tests.fakes.step_clips import make_step_clip
from tests.fakes.untrained_model import untrained_card

QUICK = AdaptationSettings("mine", steps=2)


def recordings(change: Callable[[int, StepClip], StepClip] = lambda _, clip: clip) -> RecordedSet:
    """Eight exercises of four seconds, each changed by its number."""
    clips = []
    for number in range(8):
        clip = make_step_clip(40, start_s=4.0 * number, exercise=f"own_{number}")
        noise = np.random.default_rng(number).normal(0, 20, clip.keypoints_px.shape).astype(np.float32)
        clips.append(change(number, replace(clip, keypoints_px=clip.keypoints_px + noise)))
    return RecordedSet(tuple(clips), "abc")


def make_parent(kind: ModelKind, folder: Path) -> Parent:
    """Return an own model of other numbers than the defaults."""
    config = replace(TrainingConfig.of(kind, "parent"), steps=1, batch_size=4, width=16, warm_up_steps=1)
    data = save_set(folder / "data", n_clips=2, n_subjects=1, seconds=1.5)
    return Parent.load(train(config, data, folder / "model"))


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Parent:
    return make_parent(ModelKind.MODERN, tmp_path_factory.mktemp("parent"))


@pytest.mark.parametrize("kind", ModelKind)
def test_only_the_last_parameters_are_learned(kind: ModelKind, tmp_path: Path) -> None:
    parent = make_parent(kind, tmp_path)
    config = adaptation_config(parent.card, QUICK)
    child = load_checkpoint(adapt(parent, recordings(), QUICK, tmp_path / "out"))
    assert child.card.training is not None
    assert child.card.architecture == parent.card.architecture
    # The parent looks in a mirror too; a person's sides may differ, so their own model does not.
    one_sided = {} if kind is ModelKind.PAPER else {"sees_mirror": False}
    assert parent.card.network.get("sees_mirror", True)
    assert child.card.network == {**parent.card.network, **one_sided}
    assert child.card.normalization == parent.card.normalization
    assert child.card.output == parent.card.output
    assert child.card.training.steps > 0, "two steps from a model that knows nothing make it better"
    changed = {name for name, weights in parent.weights.items() if not np.array_equal(weights, child.weights[name])}
    assert changed
    assert not any(name.startswith(KEPT[config.model]) for name in changed)


def test_the_card_names_parent_person_and_data(parent: Parent, tmp_path: Path) -> None:
    card = load_checkpoint(adapt(parent, recordings(), QUICK, tmp_path)).card
    assert card.training is not None
    settings = card.training.settings
    assert card.adapted_to == "P01"
    assert (settings["init"], settings["init_weights_sha256"]) == ("parent", parent.weights_sha256)
    assert settings["seconds_used"] == 24.0, "six of eight exercises"
    assert card.training.data_sha256 == "abc"
    assert parent.card.adapted_to == ""


def test_a_model_of_a_person_is_not_adapted_to_them_again(parent: Parent, tmp_path: Path) -> None:
    child = Parent.load(adapt(parent, recordings(), QUICK, tmp_path / "first"))
    with pytest.raises(CheckpointMismatchError, match="has learned from P01 already"):
        adapt(child, recordings(), QUICK, tmp_path / "second")


def test_fewer_seconds_are_the_first_ones_and_hold_out_the_same() -> None:
    clips = recordings().clips
    for seconds in (8.0, 15.0, None):
        parts = adaptation_parts(clips, seconds)
        assert [clip.exercise for clip in parts.held_out] == [clip.exercise for clip in parts_of(clips)[Part.HELD_OUT]]
    few = adaptation_parts(clips, 15.0)
    assert [clip.exercise for clip in few.learned_from] == ["own_0", "own_2", "own_4"]
    assert [len(clip) for clip in few.learned_from] == [40, 40, 20], "ten seconds"
    assert [len(clip) for chosen in few.chosen_on.values() for clip in chosen] == [40], "ten steps more hold no window"
    assert seconds_used(adaptation_parts(clips)) == pytest.approx(24.0)


def without_sensor(_: int, clip: StepClip) -> StepClip:
    emg, activation = clip.emg.copy(), clip.activation.copy()
    emg[:, [1, 5]], activation[:, [1, 5]] = np.nan, np.nan
    return replace(clip, emg=emg, activation=activation)


def without_calibration(number: int, clip: StepClip) -> StepClip:
    activation = clip.activation.copy()
    activation[:, 6] = np.nan
    return replace(clip, activation=activation, session="sub-P01_ses-2") if number > 3 else clip


def in_unknown_pictures(_: int, clip: StepClip) -> StepClip:
    return replace(clip, image_size_px=(0, 0))


def of_two_people(number: int, clip: StepClip) -> StepClip:
    return replace(clip, subject=f"P{number % 2}")


def of_two_kinds(number: int, clip: StepClip) -> StepClip:
    return replace(clip, provenance="measured" if number % 2 else "simulated")


BY_PICTURE = replace(untrained_card(), normalization=Normalization(NormalizationKind.IMAGE))


@pytest.mark.parametrize(
    ("card", "change", "what"),
    [
        (untrained_card(), without_sensor, "no sensor on left triceps, right triceps"),
        (
            untrained_card(),
            without_calibration,
            r"right quadriceps in counts, without the rest and maximum of a calibration \(in sub-P01_ses-2\)",
        ),
        (untrained_card(), of_two_people, "they are of 2 people: P0, P1"),
        (untrained_card(), of_two_kinds, "some of the sEMG is measured and some simulated"),
        (BY_PICTURE, in_unknown_pictures, "fractions of the picture, whose size the recordings do not tell"),
        (
            replace(untrained_card(), normalization=Normalization(min_torso_fraction=0.2)),
            lambda _, clip: clip,
            "a torso for no shorter than 0.2 of the person, and 0.1 holds here",
        ),
        (replace(untrained_card(), activation_unit="counts"), lambda _, clip: clip, "it tells counts"),
    ],
)
def test_recordings_that_do_not_fit_are_refused(
    card: ModelCard, change: Callable[[int, StepClip], StepClip], what: str
) -> None:
    assert require_fit(untrained_card(), recordings()) == "P01"
    with pytest.raises(CheckpointMismatchError, match=f"can't be adapted to these recordings: .*{what}"):
        require_fit(card, recordings(change))


def test_everything_that_differs_is_said_at_once() -> None:
    data = recordings(lambda number, clip: of_two_people(number, without_sensor(number, clip)))
    with pytest.raises(CheckpointMismatchError, match=r"no sensor on .*; they are of 2 people"):
        require_fit(untrained_card(), data)


def test_a_network_of_other_numbers_is_refused(parent: Parent, tmp_path: Path) -> None:
    numbers = {**parent.card.network, "kernel_steps": 7}
    other = replace(parent, card=replace(parent.card, network=numbers))
    with pytest.raises(CheckpointMismatchError, match="its kernel_steps is 7, not"):
        adapt(other, recordings(), QUICK, tmp_path)


def test_an_unknown_network_and_a_bad_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AdaptationError, match="a network `published`, which is not trained here"):
        adaptation_config(replace(untrained_card(), architecture="published"), QUICK)
    for settings in (AdaptationSettings, TrainingConfig):
        with pytest.raises(ModelNameError, match="can't be named"):
            settings("../elsewhere")
