from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.filmed_set import FilmedSet
from mia_core.evaluation.demo_film import demo_recipe, film_demo
from mia_core.evaluation.filming import film, moved_back
from mia_core.evaluation.heldout_recipes import (
    EXACT_CAMERAS,
    HELDOUT_STREAM,
    HeldOutSettings,
    exercises_recipe,
    simulated_recipe,
)
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.evaluation.heldout_sets import HeldOutOutcome, make_heldout
from mia_core.evaluation.walk_film import CAMERAS, walk_recipe
from mia_core.exercises import HELD_OUT_EXERCISES
from mia_core.muscles import MONTAGE
from mia_core.simulation import data_set_plan
from mia_core.simulation.detector_noise import DetectorNoise
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import INDEX
from tests.evaluation.heldout_fakes import clip, waves
from tests.fakes.captures import write_capture
from tests.fakes.motion_clips import make_clip

WALK = Path(__file__).parents[2] / "../shared/data/emg_walking"
NAMES = ("simulated", "exercises", "real_motion", "demo")


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One motion of a person kept for judging, one of a person trained on, and one that is too short."""
    folder = tmp_path_factory.mktemp("captures")
    write_capture(folder / "02" / "02_01.bvh", seconds=1.5)
    write_capture(folder / "02" / "02_02.bvh", seconds=0.5)
    write_capture(folder / "01" / "01_01.bvh", seconds=1.5)
    return folder


def small(captures: Path | None, seed: int = 2026) -> HeldOutSettings:
    seconds = 1 / 60
    return HeldOutSettings(
        seed=seed,
        motions=captures,
        simulated_minutes=3 * seconds,
        exercise_minutes=1.5 * seconds,
        subjects=1,
        clip_s=1.5,
        cameras=2,
    )


def make(
    out: Path, settings: HeldOutSettings, should_stop: Callable[[], bool] = lambda: False
) -> tuple[HeldOutOutcome, list[tuple[float, str]]]:
    """Make the sets; the demo is not filmed anew, which takes the real detector half a minute."""
    out.mkdir(exist_ok=True)
    recipe = demo_recipe()
    FilmedSet("demo", recipe.keypoints, (clip(waves(4.0), "demo@0"),), recipe.settings).save(out / "demo.npz")
    said: list[tuple[float, str]] = []
    return make_heldout(settings, out, lambda share, what: said.append((share, what)), should_stop), said


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, captures: Path) -> tuple[Path, HeldOutOutcome]:
    out = tmp_path_factory.mktemp("heldout")
    outcome, said = make(out, small(captures))
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1] == (1.0, "done")
    return out, outcome


def test_every_set_is_there_and_says_what_it_is(whole: tuple[Path, HeldOutOutcome]) -> None:
    out, outcome = whole
    assert outcome.complete
    assert set(outcome.sets) == set(NAMES)
    assert list(outcome.absent) == ["measured_walk"]
    assert outcome.left_out == ("real motion 02_02",), "too short to be used"
    for name in NAMES:
        assert FilmedSet.load(out / f"{name}.npz").sha256 == outcome.sets[name].sha256
    real = outcome.sets["real_motion"]
    assert [one.name for one in real.clips] == ["02_01@0", "02_01@1"]
    assert real.subjects == ("cmu-02",)
    assert real.settings["people"] == "cmu-02"
    simulated, exercises = outcome.sets["simulated"], outcome.sets["exercises"]
    assert len(simulated.clips) == 4
    assert not set(simulated.subjects) & set(exercises.subjects)
    assert all(one.motion.partition("_")[2] in HELD_OUT_EXERCISES for one in exercises.clips)
    for filmed in (simulated, exercises, real):
        assert filmed.settings["seed"] == 2026
        for one in filmed.clips:
            assert (one.keypoints_px[0] != one.keypoints_px[-1]).any()


def test_the_same_seed_gives_the_same_sets_and_a_stopped_run_goes_on(
    whole: tuple[Path, HeldOutOutcome], captures: Path, tmp_path: Path
) -> None:
    _, expected = whole
    asked = 0

    def stop_after_three() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    half, _ = make(tmp_path, small(captures), stop_after_three)
    assert not half.complete
    assert (tmp_path / "simulated.npz").exists()
    assert not (tmp_path / "real_motion.npz").exists()
    written = (tmp_path / "simulated.npz").stat().st_mtime_ns
    full, said = make(tmp_path, small(captures))
    assert (tmp_path / "simulated.npz").stat().st_mtime_ns == written
    assert not any(what.startswith("simulated") for _, what in said)
    assert {name: one.sha256 for name, one in full.sets.items()} == {
        name: one.sha256 for name, one in expected.sets.items()
    }


def test_another_seed_gives_others_and_never_overwrites(whole: tuple[Path, HeldOutOutcome], captures: Path) -> None:
    out, outcome = whole
    with pytest.raises(HeldOutError, match="other settings"):
        make(out, small(captures, seed=1))
    tasks = simulated_recipe(small(captures, seed=1)).tasks
    other = tasks[0].make()[0]
    assert not np.array_equal(other.activation, outcome.sets["simulated"].clips[0].activation)


def test_without_captures_real_motion_is_absent(tmp_path: Path) -> None:
    outcome, _ = make(tmp_path, small(None), lambda: True)
    assert set(outcome.absent) == {"real_motion", "measured_walk"}


def test_captures_of_other_people_are_refused(tmp_path: Path) -> None:
    write_capture(tmp_path / "01_01.bvh")
    with pytest.raises(HeldOutError, match="cmu-02 or cmu-06"):
        make(tmp_path / "out", small(tmp_path))


def test_no_training_set_draws_from_the_same_stream() -> None:
    streams = {name: value for name, value in vars(data_set_plan).items() if name.endswith("_STREAM")}
    assert len(streams) >= 5
    assert HELDOUT_STREAM not in streams.values()


def test_the_exercises_left_out_are_those_of_the_program() -> None:
    recipe = exercises_recipe(HeldOutSettings())
    done = {task.doing.removeprefix("exercises ").replace(" ", "_") for task in recipe.tasks}
    assert done == set(HELD_OUT_EXERCISES)


def test_cameras_step_back_until_the_person_stays_in_the_picture() -> None:
    walker = make_clip(1, seconds=1.0).joints_m.copy()
    walker[:, :, 0] += np.linspace(-2.0, 2.0, len(walker))[:, None]
    rng = np.random.default_rng(1)
    cameras = VirtualCameras.draw(np.array([[0.0, 0.0, 1.0]] * 8), rng)
    joints = np.repeat(walker[None], 8, axis=0)
    size = cameras.size_px[:, None, None]
    before, after = cameras.project(joints), moved_back(cameras, joints).project(joints)
    assert (before > size).any() or (before < 0).any()
    assert ((after >= 0) & (after <= size)).all()


def test_film_of_a_perfect_detector_is_the_projection() -> None:
    motion = make_clip(1, seconds=1.0)
    films = film(motion, "still", 2, DetectorNoise.none(), np.random.default_rng(2))
    assert [one.name for one in films] == ["still@0", "still@1"]
    for one in films:
        assert ((one.keypoints_px >= 0) & (one.keypoints_px <= np.array(one.image_size_px))).all()
        assert np.array_equal(one.activation, motion.activation)


@pytest.mark.skipif(not WALK.is_dir(), reason="the measured walk does not ship with the program")
def test_the_measured_walk_is_seen_from_all_around() -> None:
    recipe = walk_recipe(HeldOutSettings(), WALK)
    assert recipe.settings["cameras"] == len(CAMERAS) >= 4
    films = [one for task in recipe.tasks for one in task.make()]
    assert [one.name for one in films] == [f"walk@{name}" for name in CAMERAS]
    for one in films:
        assert one.measured is not None
        known = ~np.isnan(one.measured).all(axis=0)
        assert [name for name, is_known in zip(MONTAGE.names, known, strict=True) if is_known] == [
            "right_quadriceps",
            "right_hamstrings",
        ]
        assert one.valid.mean() > 0.8
    front, left = films[0].keypoints_px[:, INDEX["mid_hip"], 0], films[1].keypoints_px[:, INDEX["mid_hip"], 0]
    assert np.ptp(front) < np.ptp(left), "the walker comes towards the camera in front"


def test_a_folder_without_the_walk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HeldOutError, match=r"coordinates\.sto"):
        walk_recipe(HeldOutSettings(), tmp_path)


@pytest.mark.heavy
def test_the_demo_is_seen_by_the_real_detector() -> None:
    (film_of_demo,) = film_demo()
    assert len(film_of_demo.valid) == 1800
    assert (film_of_demo.confidence[:, 0] > 0.5).mean() > 0.95


def test_exact_keypoints_are_those_of_the_same_cameras_without_errors(tmp_path: Path) -> None:
    (seen,) = (task.make()[0] for task in simulated_recipe(replace(small(None), simulated_minutes=0.025)).tasks)
    exact = replace(small(None), simulated_minutes=0.025, exact_keypoints=True)
    recipe = simulated_recipe(exact)
    (known,) = (task.make()[0] for task in recipe.tasks)
    assert recipe.keypoints == EXACT_CAMERAS
    np.testing.assert_array_equal(known.activation, seen.activation)
    found = seen.confidence > 0.5
    error_px = np.linalg.norm(known.keypoints_px - seen.keypoints_px, axis=2)
    assert np.all(known.confidence[:, INDEX["right_wrist"]] == 1.0)
    assert 0.0 < np.median(error_px[found]) < 30.0
    outcome = make_heldout(replace(exact, exercise_minutes=0.025), tmp_path, lambda *_: None, lambda: False)
    assert list(outcome.sets) == ["simulated", "exercises"]
    assert "demo" in outcome.absent
