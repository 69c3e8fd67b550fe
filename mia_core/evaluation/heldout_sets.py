"""Make the held-out sets: one file each, the same for the same seed, and a stopped run goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mia_core.dataset.filmed_set import FilmedClip, FilmedSet
from mia_core.evaluation.demo_film import demo_recipe
from mia_core.evaluation.heldout_recipes import (
    HeldOutSettings,
    Recipe,
    exercises_recipe,
    real_motion_recipe,
    simulated_recipe,
)
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.evaluation.walk_film import walk_recipe
from mia_core.models.heldout_scores import DEMO, MEASURED_WALK, REAL_MOTION
from mia_core.simulation.muscle_model import require_simulator


@dataclass(frozen=True, slots=True)
class HeldOutOutcome:
    """What came of it.

    Attributes:
        sets: The sets that are there now, by name.
        absent: Sets that are not made, and why.
        left_out: Motions that could not be used.
        complete: Whether all sets that were asked for are there.
    """

    sets: dict[str, FilmedSet]
    absent: dict[str, str]
    left_out: tuple[str, ...]
    complete: bool


def make_heldout(
    settings: HeldOutSettings,
    out: Path,
    progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
) -> HeldOutOutcome:
    """Make the sets that are not there yet.

    Args:
        settings: What to make.
        out: Folder for the files, `NAME.npz`.
        progress: Called with the share done in [0, 1] and what comes next.
        should_stop: Asked before every clip; True ends the run, and the set in work is begun anew next time.

    Raises:
        HeldOutError: A set of that name is there and was made otherwise, or a folder lacks what is needed, or can't be
            written to.
        MissingExtraError: The optional simulation packages are not installed.
    """
    recipes, absent = _recipes(settings)
    sets = {recipe.name: found for recipe in recipes if (found := _present(recipe, out)) is not None}
    missing = [recipe for recipe in recipes if recipe.name not in sets]
    if missing:
        require_simulator()
    total, done = sum(len(recipe.tasks) for recipe in missing), 0
    left_out: list[str] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HeldOutError(f"{out} can't be written to ({error.strerror}).", "Choose another folder.") from error
    for recipe in missing:
        clips: list[FilmedClip] = []
        for task in recipe.tasks:
            if should_stop():
                return HeldOutOutcome(sets, absent, tuple(left_out), complete=False)
            progress(done / total, task.doing)
            made = task.make()
            left_out += [] if made else [task.doing]
            clips += made
            done += 1
        sets[recipe.name] = FilmedSet(recipe.name, recipe.keypoints, tuple(clips), recipe.settings)
        sets[recipe.name].save(_path(recipe, out))
    progress(1.0, "done")
    return HeldOutOutcome(sets, absent, tuple(left_out), complete=True)


def _recipes(settings: HeldOutSettings) -> tuple[list[Recipe], dict[str, str]]:
    """Return the sets to make, and those that can't be made, with the reason."""
    recipes = [simulated_recipe(settings), exercises_recipe(settings)]
    absent = {}
    if settings.motions is None:
        absent[REAL_MOTION] = "no folder of motion capture was given (--motions)"
    else:
        recipes.append(real_motion_recipe(settings, settings.motions))
    if settings.exact_keypoints:
        absent[DEMO] = "it is seen by the real detector, and exact keypoints were asked for"
    else:
        recipes.append(demo_recipe())
    if settings.walk is None:
        absent[MEASURED_WALK] = "no folder of the measured walk was given (--walk)"
    else:
        recipes.append(walk_recipe(settings, settings.walk))
    return recipes, absent


def _present(recipe: Recipe, out: Path) -> FilmedSet | None:
    """Return the set when it is there already.

    Raises:
        HeldOutError: It was made otherwise.
        FilmedSetError: It is damaged.
    """
    path = _path(recipe, out)
    if not path.exists():
        return None
    found = FilmedSet.load(path)
    if found.settings != recipe.settings:
        raise HeldOutError(f"{path} was made with other settings or another version.", "Choose an empty folder.")
    return found


def _path(recipe: Recipe, out: Path) -> Path:
    return out / f"{recipe.name}.npz"
