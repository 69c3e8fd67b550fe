from __future__ import annotations

import json
import shutil

import pytest

from mia_core.simulation.data_set_journal import JOURNAL, DataSetJournal
from mia_core.simulation.data_set_plan import SimulationError, SimulationSettings
from mia_core.simulation.shard import simulate_shard

SETTINGS = SimulationSettings(hours=4 / 3600, subjects=2, seed=11, clip_s=1.0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with all clips and a journal."""
    out = tmp_path_factory.mktemp("whole")
    journal = DataSetJournal(SETTINGS, out)
    journal.add(simulate_shard(SETTINGS, range(4), out))
    journal.write_manifest()
    return out


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


def manifest(journal):
    return json.loads(journal.write_manifest().read_text())


def test_the_manifest_says_what_is_there(whole):
    told = json.loads((whole / "manifest.json").read_text())
    assert told["complete"]
    assert told["provenance"] == "simulated"
    assert told["settings"]["mix"] == str(SETTINGS.mix)
    assert sum(row["clips"] for row in told["report"]) == len(told["clips"]) == 4
    assert sum(row["frames"] for row in told["report"]) == 4 * 30
    assert all(0 <= row["valid_share"] <= 1 for row in told["report"])
    assert {clip["subject"] for clip in told["clips"]} == {"sim-11-0", "sim-11-1"}
    assert len({clip["body"]["shape"]["thigh"] for clip in told["clips"]}) == 2


def test_a_damaged_or_lost_clip_is_to_be_made_again(copy):
    first, second = sorted(copy.glob("*.npz"))[:2]
    first.write_bytes(b"not a clip")
    second.unlink()
    journal = DataSetJournal(SETTINGS, copy)
    assert first.stem not in journal.outcomes
    assert second.stem not in journal.outcomes
    assert len(journal.outcomes) == 2
    assert not manifest(journal)["complete"]


@pytest.mark.parametrize(("cut", "left"), [(1, 3), (20, 3), (10_000, 0)])
def test_a_line_that_a_kill_cut_off_costs_one_clip_and_not_the_data_set(copy, cut, left):
    path = copy / JOURNAL
    path.write_text(path.read_text()[:-cut])
    journal = DataSetJournal(SETTINGS, copy)
    assert len(journal.outcomes) == left
    journal.add(simulate_shard(SETTINGS, range(left, 4), copy))
    assert manifest(DataSetJournal(SETTINGS, copy))["complete"]


@pytest.mark.parametrize("other", [{"seed": 12}, {"subjects": 3}, {"clip_s": 2.0}, {"exercises": ("squat",)}])
def test_another_data_set_is_not_mixed_in(copy, other, tmp_path):
    settings = SimulationSettings(**{"hours": 0.1, "subjects": 2, "seed": 11, "clip_s": 1.0} | other)
    with pytest.raises(SimulationError, match="another"):
        DataSetJournal(settings, copy)
    with pytest.raises(SimulationError, match="another"):
        DataSetJournal(settings, tmp_path / "new").merge(copy)


def test_a_longer_one_goes_on_with_a_shorter_one(copy):
    longer = SimulationSettings(hours=6 / 3600, subjects=2, seed=11, clip_s=1.0)
    journal = DataSetJournal(longer, copy)
    assert len(journal.outcomes) == 4
    assert not manifest(journal)["complete"]


def test_what_differs_is_told_and_the_other_one_is_not_touched(copy):
    before = (copy / JOURNAL).stat().st_mtime_ns
    with pytest.raises(SimulationError, match="data set: seed was 11, not 12, subjects was 2, not 3"):
        DataSetJournal(SimulationSettings(hours=0.1, subjects=3, seed=12, clip_s=1.0), copy)
    assert (copy / JOURNAL).stat().st_mtime_ns == before


@pytest.mark.parametrize("text", ["{\n", "[]\n", '{"schema_version": 1}\n[]\n'])
def test_a_damaged_journal_is_told(tmp_path, text):
    (tmp_path / JOURNAL).write_text(text)
    with pytest.raises(SimulationError, match=r"damaged|another"):
        DataSetJournal(SETTINGS, tmp_path)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(SimulationError, match="can't be written to") as told:
        DataSetJournal(SETTINGS, tmp_path / "data")
    assert "another folder" in told.value.advice


def test_a_line_that_is_no_outcome_is_told(copy):
    with (copy / JOURNAL).open("a") as file:
        file.write('{"name": "clip", "clips": [{"file": "clip.npz"}], "skipped": ""}\n')
    with pytest.raises(SimulationError, match="damaged"):
        DataSetJournal(SETTINGS, copy)


def test_folders_that_were_made_apart_are_merged_into_the_same_data_set(whole, tmp_path):
    for name, indices in (("one", (0, 3)), ("two", (2, 1))):
        (tmp_path / name).mkdir()
        DataSetJournal(SETTINGS, tmp_path / name).add(simulate_shard(SETTINGS, indices, tmp_path / name))
    merged = DataSetJournal(SETTINGS, tmp_path / "merged")
    merged.merge(tmp_path / "one")
    assert not manifest(merged)["complete"]
    merged.merge(tmp_path / "two")
    merged.write_manifest()
    for path in (*whole.glob("*.npz"), whole / "manifest.json"):
        assert (tmp_path / "merged" / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(SimulationError, match="no simulated data set"):
        merged.merge(tmp_path / "three")
