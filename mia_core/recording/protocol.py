"""What a subject is to do in one sitting: exercises in order, how long, how often, with what pauses."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mia_core.errors import MiaError
from mia_core.exercises import EXERCISES, Exercise

MAX_FILE_BYTES: Final = 1_000_000
MAX_TAKES: Final = 100
MAX_SECONDS: Final = 3600.0
_TOP: Final = frozenset({"name", "countdown_s", "work_s", "rest_s", "takes", "exercises"})
_EACH: Final = frozenset({"name", "label", "prompt", "picture", "work_s", "rest_s", "takes"})
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif")


class ProtocolError(MiaError):
    """A protocol can't be read."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One take of one exercise.

    Attributes:
        exercise: What is done.
        take: Which take of it, from 1.
        takes: How many takes of it there are.
        work_s: How long it is done.
        rest_s: Pause after it.
        picture: The list's own picture of the exercise, which may move; None for the one that ships, if any does.
    """

    exercise: Exercise
    take: int
    takes: int
    work_s: float
    rest_s: float
    picture: Path | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """A plan.

    Attributes:
        name: For people.
        trials: In order, at least one.
        countdown_s: From "go on" to the begin of each trial.
    """

    name: str
    trials: tuple[Trial, ...]
    countdown_s: float = 3.0

    @property
    def duration_s(self) -> float:
        """How long it takes when nobody waits; the pause after the last trial is none."""
        each_s = sum(self.countdown_s + trial.work_s + trial.rest_s for trial in self.trials)
        return each_s - self.trials[-1].rest_s

    def to_json(self) -> dict[str, Any]:
        """Return name and planned trials as plain data, as a session keeps them."""
        trials = [
            {
                "exercise": trial.exercise.name,
                "take": trial.take,
                "label": trial.exercise.label,
                "prompt": trial.exercise.prompt,
                "work_s": trial.work_s,
                "rest_s": trial.rest_s,
            }
            for trial in self.trials
        ]
        return {"name": self.name, "countdown_s": self.countdown_s, "trials": trials}

    @classmethod
    def of_exercises(
        cls,
        name: str,
        exercises: tuple[Exercise, ...],
        *,
        work_s: float = 30.0,
        rest_s: float = 15.0,
        takes: int = 1,
    ) -> Protocol:
        """Return a plan that does all exercises alike."""
        trials = (
            Trial(exercise, take, takes, work_s, rest_s) for exercise in exercises for take in range(1, takes + 1)
        )
        return cls(name, tuple(trials))

    @classmethod
    def load(cls, path: Path) -> Protocol:
        """Read a plan from a TOML file.

        The file has `name`, optionally `countdown_s`, `work_s`, `rest_s` and `takes` for all exercises, and a table
        `[[exercises]]` for each: `name` of one of the paper's twenty, or of an own one with `label` and `prompt`; and
        `work_s`, `rest_s`, `takes` where they differ, and `picture`, an image file beside or below the plan.

        Raises:
            ProtocolError: It is missing, too large, no TOML, or says something else than that.
        """
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise ValueError("it is far too large")
            return _protocol(tomllib.loads(path.read_text(encoding="utf-8")), path.parent)
        except OSError as error:
            raise ProtocolError(f"The protocol {path} can't be read ({error.strerror}).", "Check the path.") from error
        except (ValueError, RecursionError) as error:
            raise ProtocolError(
                f"The protocol {path} can't be used: {error}.", "Correct it; the README shows a whole one."
            ) from error


PAPER_PROTOCOL: Final = Protocol.of_exercises("The paper's twenty exercises", EXERCISES)


def _protocol(content: Mapping[str, Any], folder: Path) -> Protocol:
    _check_keys(content, _TOP, "the file")
    entries = content.get("exercises")
    if not isinstance(entries, list) or not entries:
        raise ValueError("it has no [[exercises]]")
    trials: list[Trial] = []
    for place, entry in enumerate(entries, start=1):
        where = f"exercise {place}"
        if not isinstance(entry, dict):
            raise ValueError(f"{where} is no table")
        _check_keys(entry, _EACH, where)
        exercise = _exercise(entry, where)
        work_s = _seconds({**content, **entry}, "work_s", 30.0, where, at_least=1.0)
        rest_s = _seconds({**content, **entry}, "rest_s", 15.0, where, at_least=0.0)
        takes = entry.get("takes", content.get("takes", 1))
        if not isinstance(takes, int) or isinstance(takes, bool) or not 1 <= takes <= MAX_TAKES:
            raise ValueError(f"takes of {where} must be a whole number from 1 to {MAX_TAKES}")
        picture = _picture(entry, folder, where)
        trials += [Trial(exercise, take, takes, work_s, rest_s, picture) for take in range(1, takes + 1)]
    countdown_s = _seconds(content, "countdown_s", 3.0, "the file", at_least=0.0)
    return Protocol(_text(content, "name", "the file"), tuple(trials), countdown_s)


def _exercise(entry: Mapping[str, Any], where: str) -> Exercise:
    name = _text(entry, "name", where)
    known = next((exercise for exercise in EXERCISES if exercise.name == name), None)
    if known is not None:
        return known
    if not name.replace("_", "").isalnum() or not name.isascii() or name != name.lower():
        raise ValueError(f"the name of {where} must be small letters, digits and _, not {name!r}")
    return Exercise(name, _text(entry, "label", where), _text(entry, "prompt", where))


def _picture(entry: Mapping[str, Any], folder: Path, where: str) -> Path | None:
    if "picture" not in entry:
        return None
    name = _text(entry, "picture", where)
    if Path(name).suffix.lower() not in _PICTURES:
        raise ValueError(f"the picture of {where} must be one of {', '.join(_PICTURES)}, not {name!r}")
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the picture of {where} must lie beside or below this file, not at {name!r}")
    if not path.is_file():
        raise ValueError(f"the picture of {where} is missing: {name!r}")
    return path


def _check_keys(content: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(content) - known)
    if unknown:
        raise ValueError(f"{where} has {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _text(content: Mapping[str, Any], key: str, where: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise ValueError(f"{where} needs a text {key!r}")
    return value.strip()


def _seconds(content: Mapping[str, Any], key: str, default: float, where: str, *, at_least: float) -> float:
    value = content.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not at_least <= value <= MAX_SECONDS:
        raise ValueError(f"{key} of {where} must be {at_least:g} to {MAX_SECONDS:g} seconds")
    return float(value)
