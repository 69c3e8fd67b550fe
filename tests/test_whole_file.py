"""Files appear whole or not at all, and nothing is written through a link that somebody left in a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.window_journal import WindowJournal
from mia_core.recording.overlay_painter import OverlayPainter
from mia_core.recording.overlay_video import OverlayVideo
from mia_core.recording.session_json import write_json
from mia_core.samples import Frame
from mia_core.simulation.data_set_journal import JOURNAL, DataSetJournal
from mia_core.simulation.data_set_plan import SimulationError, SimulationSettings
from mia_core.training.training_log import LOG_NAME, TrainingLog
from mia_core.whole_file import whole_file
from tests.fakes.untrained_model import save_untrained

PRECIOUS = b"precious\nlast line without an end"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "not mine"
    path.write_bytes(PRECIOUS)
    return path


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    path.write_bytes(b"before")

    def fail() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == b"before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["it.json"]
    with whole_file(path) as file:
        file.write(b"after")
    assert [entry.name for entry in tmp_path.iterdir()] == ["it.json"]
    assert path.read_bytes() == b"after"


def test_a_number_that_is_none_leaves_what_was_there(tmp_path: Path) -> None:
    write_json(tmp_path / "it.json", {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "it.json", {"a": float("inf")})
    assert [entry.name for entry in tmp_path.iterdir()] == ["it.json"]


def overlay(path: Path) -> None:
    video = OverlayVideo(path.with_suffix(".mp4"), OverlayPainter(), 30.0)
    for number in range(3):
        video.write(Frame(np.zeros((48, 64, 3), np.uint8), number / 30, 0.0, number), None, None)
    video.close()


WRITERS: dict[str, Callable[[Path], object]] = {
    "video": overlay,
    "model": lambda path: save_untrained(path.parent, path.stem),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_no_link_in_a_folder_is_written_through(tmp_path: Path, outside: Path, kind: str) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    for name in ("it.part", "it.part.mp4", "it.safetensors.part", "it.json.part"):
        (folder / name).symlink_to(outside)
    WRITERS[kind](folder / "it.safetensors")
    assert outside.read_bytes() == PRECIOUS
    made = [entry for entry in folder.iterdir() if entry.stem == "it" and entry.suffix != ".part"]
    assert made
    assert not any(entry.is_symlink() for entry in made)


def test_unfinished_files_are_made_in_one_place() -> None:
    others = {
        "mia_core/whole_file.py",
        "mia_core/recording/recovery.py",  # clears away what a crash left
        "mia_core/recording/overlay_video.py",  # its encoder wants a path, and clears it first
        "mia_core/laboratory/job_folder.py",  # names that nobody can foresee
    }
    root = Path(__file__).parents[1]
    found = {
        path.relative_to(root).as_posix()
        for package in ("app", "mia_core")
        for path in (root / package).rglob("*.py")
        if re.search(r"\.part[\"{]", path.read_text(encoding="utf-8"))
    }
    assert found <= others


def test_a_log_of_training_that_is_a_link_becomes_a_file(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / LOG_NAME).symlink_to(outside)
    TrainingLog(tmp_path / "run").go_back_to(0)
    assert not (tmp_path / "run" / LOG_NAME).is_symlink()
    assert outside.read_bytes() == PRECIOUS


@pytest.mark.parametrize("linked", ["journal.jsonl", "emg.npy", ""])
def test_an_interrupted_set_with_links_in_it_is_not_gone_on_with(tmp_path: Path, linked: str) -> None:
    folder = tmp_path / "a.windows.partial"
    folder.mkdir()
    WindowJournal.begin(folder / "journal.jsonl", {"a": 1}).close()
    (folder / "emg.npy").write_bytes(PRECIOUS)
    resumed = WindowJournal.resume(folder / "journal.jsonl", {"a": 1})
    assert resumed is not None
    resumed.close()
    place = folder / linked if linked else folder
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere", target_is_directory=not linked)
    assert WindowJournal.resume(folder / "journal.jsonl", {"a": 1}) is None


def test_no_journal_of_simulated_data_leads_out_of_its_folder(tmp_path: Path, outside: Path) -> None:
    settings = SimulationSettings(hours=4 / 3600, subjects=2, seed=11, clip_s=1.0)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / JOURNAL).symlink_to(outside)
    with pytest.raises(SimulationError, match="is a link"):
        DataSetJournal(settings, theirs)
    assert outside.read_bytes() == PRECIOUS
    (theirs / JOURNAL).unlink()
    DataSetJournal(settings, theirs)
    clip = {"file": "../not mine", "exercise": "squat", "subject": "S0", "frames": 1, "valid_frames": 1}
    line = {"name": "one", "clips": [{**clip, "sha256": "", "body": {}}], "skipped": ""}
    with (theirs / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    with pytest.raises(SimulationError, match="outside its folder"):
        DataSetJournal(settings, tmp_path / "mine").merge(theirs)
