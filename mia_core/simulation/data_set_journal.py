"""What of a simulated data set is there already: a journal that survives a kill, and the manifest made from it.

Only one process writes the journal, a line for every finished item of the plan and only after its files are whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.data_set_plan import SimulationError, SimulationSettings, plan
from mia_core.whole_file import whole_file

SCHEMA_VERSION: Final = 1
GENERATOR_VERSION: Final = 4
"""To be raised when the same seed gives other clips, so that old and new ones are not mixed in one data set."""
MANIFEST: Final = "manifest.json"
JOURNAL: Final = "clips.jsonl"


@dataclass(frozen=True, slots=True)
class ClipEntry:
    """What the manifest says of a clip.

    Attributes:
        file: Name of its file.
        exercise: What is done in it; `mocap:` and a name for recorded motion.
        subject: Identifier of the subject.
        frames: Length at 30 Hz.
        valid_frames: How many of them the physics explain.
        sha256: Hash of the file.
        body: Strength and shape of the body.
    """

    file: str
    exercise: str
    subject: str
    frames: int
    valid_frames: int
    sha256: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item of the plan.

    Attributes:
        name: The item's name.
        clips: The clips that were made.
        skipped: Why there are none; empty when there are.
    """

    name: str
    clips: tuple[ClipEntry, ...]
    skipped: str = ""


class DataSetJournal:
    """The journal of a data set's folder; it begins one in a new folder.

    Args:
        settings: The data set. `hours` and recorded motions may be others than before: what is missing is then made.
        folder: Where it lies; made if there is none.

    Attributes:
        outcomes: What is there, by name. Items whose files are missing or changed are not listed.

    Raises:
        SimulationError: The folder holds another data set, or a damaged journal, or can't be written to.
    """

    def __init__(self, settings: SimulationSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._path = folder / JOURNAL
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._path.is_symlink():
                raise SimulationError(f"{self._path} is a link, which leads elsewhere.", "Choose an empty folder.")
            lines = _whole_lines(self._path) if self._path.exists() else []
            if not lines:
                self._path.write_text("", encoding="utf-8")
        except OSError as error:
            raise SimulationError(
                f"{folder} can't be written to ({error.strerror}).", "Choose another folder."
            ) from error
        header = _header(settings)
        if not lines:
            self._append(header)
            lines = [header]
        if other := [name for name, value in header.items() if lines[0].get(name) != value]:
            differs = ", ".join(f"{name} was {lines[0].get(name)}, not {header[name]}" for name in other)
            raise SimulationError(
                f"{folder} holds another simulated data set: {differs.replace('_', ' ')}.", "Choose an empty folder."
            )
        outcomes = (_outcome(line, self._path) for line in lines[1:])
        self.outcomes: dict[str, Outcome] = {one.name: one for one in outcomes if _intact(one, folder)}

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Note what was made; its files must be in the folder."""
        for outcome in outcomes:
            self._append(asdict(outcome))
            self.outcomes[outcome.name] = outcome

    def merge(self, folder: Path) -> None:
        """Take over the clips of another folder of the same data set, such as another machine made.

        Raises:
            SimulationError: It holds another data set.
        """
        if not (folder / JOURNAL).is_file():
            raise SimulationError(f"{folder} holds no simulated data set.", f"Give a folder with a {JOURNAL} in it.")
        for outcome in DataSetJournal(self._settings, folder).outcomes.values():
            for clip in outcome.clips:
                with (folder / clip.file).open("rb") as one, whole_file(self._folder / clip.file) as file:
                    shutil.copyfileobj(one, file)
            self.add([outcome])

    def write_manifest(self) -> Path:
        """Write the manifest of what is there.

        Returns:
            Its path: JSON with `schema_version`, `generator_version`, `provenance`, `seed`, `settings`, `complete`,
            `clips` (each as `ClipEntry`), `skipped` (what could not be made, and why) and `report`
            (clips, frames, minutes and valid share by kind of motion).

        Raises:
            SimulationError: The plan can't be made.
        """
        plans = plan(self._settings)
        found = [self.outcomes[item.name] for item in plans if item.name in self.outcomes]
        clips = [clip for outcome in found for clip in outcome.clips]
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "generator_version": GENERATOR_VERSION,
            "provenance": "simulated",
            "seed": self._settings.seed,
            "settings": _told(self._settings),
            "motion_hz": MOTION_HZ,
            "complete": len(found) == len(plans),
            "report": _report(clips),
            "skipped": [{"name": one.name, "reason": one.skipped} for one in found if one.skipped],
            "clips": [asdict(clip) for clip in clips],
        }
        path = self._folder / MANIFEST
        with whole_file(path) as file:
            file.write(json.dumps(manifest, indent=1).encode())
        return path

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _told(settings: SimulationSettings) -> dict[str, int | float | str]:
    """Return the settings as they are written down: without the place where recorded motions lie."""
    return {
        "hours": settings.hours,
        "subjects": settings.subjects,
        "seed": settings.seed,
        "mix": str(settings.mix),
        "exercises": ",".join(settings.exercises),
        "motions": "" if settings.motions is None else settings.motions.name,
        "dataset": settings.dataset,
        "bodies": settings.bodies,
        "varied": settings.varied,
        "clip_s": settings.clip_s,
    }


def _header(settings: SimulationSettings) -> dict[str, Any]:
    """Return what must be equal for clips to belong to one data set."""
    told = _told(settings)
    same = {name: told[name] for name in ("seed", "subjects", "mix", "exercises", "clip_s")}
    return {"schema_version": SCHEMA_VERSION, "generator_version": GENERATOR_VERSION, **same}


def _outcome(line: Mapping[str, Any], path: Path) -> Outcome:
    try:
        clips = tuple(ClipEntry(**clip) for clip in line["clips"])
        if any(clip.file != Path(clip.file).name for clip in clips):
            raise ValueError("it names a file outside its folder")
        return Outcome(str(line["name"]), clips, str(line["skipped"]))
    except (KeyError, TypeError, ValueError) as error:
        raise SimulationError(f"{path} is damaged ({error}).", "Choose an empty folder.") from error


def _intact(outcome: Outcome, folder: Path) -> bool:
    """Return whether an item's files are as they were written; what was skipped is worth another try."""
    return not outcome.skipped and all(
        (folder / clip.file).is_file() and _sha256(folder / clip.file) == clip.sha256 for clip in outcome.clips
    )


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """Return a journal's lines; one that a kill cut off is taken out of the file.

    Raises:
        SimulationError: Something else is wrong with it.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines.pop()
        with whole_file(path) as file:
            file.write("".join(lines).encode())
    try:
        told = [json.loads(line) for line in lines]
    except ValueError as error:
        raise SimulationError(f"{path} is damaged ({error}).", "Choose an empty folder.") from error
    if not all(isinstance(line, dict) for line in told):
        raise SimulationError(f"{path} is damaged (not a journal).", "Choose an empty folder.")
    return told


def _report(clips: Sequence[ClipEntry]) -> list[dict[str, str | int | float]]:
    """Return clips, frames, minutes and valid share by kind of motion, recorded motions together."""
    by_kind: dict[str, list[ClipEntry]] = {}
    for clip in clips:
        by_kind.setdefault(clip.exercise.split(":")[0], []).append(clip)
    rows: list[dict[str, str | int | float]] = []
    for kind, of_kind in sorted(by_kind.items()):
        frames = sum(clip.frames for clip in of_kind)
        valid = sum(clip.valid_frames for clip in of_kind)
        rows.append(
            {
                "kind": kind,
                "clips": len(of_kind),
                "frames": frames,
                "minutes": round(frames / MOTION_HZ / 60, 2),
                "valid_share": round(valid / frames, 4),
            }
        )
    return rows


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
