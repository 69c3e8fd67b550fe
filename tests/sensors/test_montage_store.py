from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mia_core.muscles import MONTAGE
from mia_core.sensors.montage_store import MontageError, MontageStore
from mia_core.sensors.sensor_montage import SensorId, SensorMontage

LAB = SensorMontage("Lab 2").assigned(MONTAGE.placements[3], SensorId("npg_lite", "ab:cd", 2))


@pytest.fixture
def store(tmp_path: Path) -> MontageStore:
    return MontageStore(tmp_path / "montages")


def test_an_empty_store_offers_nothing(store: MontageStore) -> None:
    assert store.names() == ()
    assert store.last() is None


def test_a_montage_comes_back_and_is_offered_next_time(store: MontageStore, tmp_path: Path) -> None:
    other = SensorMontage("A").assigned(MONTAGE.placements[0], SensorId("m40", "17"))
    store.save(LAB)
    store.save(other)
    again = MontageStore(tmp_path / "montages")
    assert again.names() == ("A", "Lab 2")
    assert again.load("Lab 2") == LAB
    assert again.last() == other


def test_saving_replaces_the_montage_of_the_same_name_and_leaves_no_parts(store: MontageStore, tmp_path: Path) -> None:
    store.save(LAB)
    store.save(LAB.freed(MONTAGE.placements[3]))
    assert store.load("Lab 2").assignments == ()
    assert sorted(path.suffix for path in (tmp_path / "montages").iterdir()) == [".json", ".json"]


def test_a_deleted_montage_is_gone_with_its_calibration_and_is_not_offered(store: MontageStore, tmp_path: Path) -> None:
    store.save(LAB)
    store.calibration_path("Lab 2").write_text("{}")
    store.delete("Lab 3")
    assert store.load("Lab 2") == LAB
    store.delete("Lab 2")
    assert store.names() == ()
    assert store.last() is None
    assert not store.calibration_path("Lab 2").exists()
    (tmp_path / "montages" / "montage d.json").write_text("{")
    store.delete("d")
    assert store.names() == (), "what can't be read can be deleted"


def test_a_montage_that_can_not_be_deleted_says_so(store: MontageStore) -> None:
    store.save(LAB)
    store.calibration_path("Lab 2").mkdir()
    with pytest.raises(MontageError, match="The montage Lab 2 can't be deleted"):
        store.delete("Lab 2")


@given(
    st.text(min_size=1, max_size=12).filter(lambda name: name.strip()),
    st.lists(st.tuples(st.sampled_from(MONTAGE.placements), st.text(max_size=20), st.integers(0, 3)), max_size=8),
)
@example("../../etc/passwd", [])
@example("con", [])
@example("a.part", [])
@example("last used", [])
@example('<>:"|?*', [])
def test_any_text_is_a_name(tmp_path_factory: pytest.TempPathFactory, name: str, sensors: list) -> None:
    folder = tmp_path_factory.mktemp("lab") / "montages"
    store = MontageStore(folder)
    montage = SensorMontage(name)
    for placement, serial, channel in sensors:
        montage = montage.assigned(placement, SensorId("m40", serial, channel))
    store.save(montage)
    assert store.load(name) == montage == store.last()
    assert store.names() == (name,)
    assert {path.parent for path in folder.parent.rglob("*.*")} == {folder}
    assert all(path.name.isascii() for path in folder.iterdir())


def test_names_that_differ_in_capitals_only_have_files_that_differ_in_more(store: MontageStore, tmp_path: Path) -> None:
    store.save(SensorMontage("lab"))
    store.save(SensorMontage("Lab"))
    assert len({path.name.lower() for path in (tmp_path / "montages").glob("montage *")}) == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 300, "ü" * 100])
def test_a_name_that_can_not_be_used_is_refused(store: MontageStore, name: str) -> None:
    with pytest.raises(MontageError) as caught:
        store.save(SensorMontage(name))
    assert caught.value.advice


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 2, "name": "Lab 2", "assignments": []}',
        '{"version": 1, "name": "Lab 2", "assignments": [{"placement": "left_ear"}]}',
        '{"version": 1, "name": "Lab 2", "assignments": [3]}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_file_says_so_and_what_to_do(store: MontageStore, tmp_path: Path, content: str | bytes) -> None:
    store.save(LAB)
    (path,) = (tmp_path / "montages").glob("montage *")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert store.names() == ("Lab 2",)
    for load in (lambda: store.load("Lab 2"), store.last):
        with pytest.raises(MontageError) as caught:
            load()
        assert str(path) in caught.value.advice


def test_a_sensor_on_two_muscles_is_damage(store: MontageStore, tmp_path: Path) -> None:
    store.save(LAB)
    (path,) = (tmp_path / "montages").glob("montage *")
    content = json.loads(path.read_text())
    content["assignments"].append({**content["assignments"][0], "placement": "left_biceps"})
    path.write_text(json.dumps(content))
    with pytest.raises(MontageError, match="twice"):
        store.load("Lab 2")


def test_a_deleted_or_damaged_reminder_is_no_error(store: MontageStore, tmp_path: Path) -> None:
    store.save(LAB)
    (path,) = (tmp_path / "montages").glob("montage *")
    path.unlink()
    assert store.last() is None
    (tmp_path / "montages" / "last used.json").write_text("{")
    assert store.last() is None


def test_an_unknown_montage_names_the_known_ones(store: MontageStore) -> None:
    store.save(LAB)
    with pytest.raises(MontageError) as caught:
        store.load("Lab 3")
    assert "Lab 2" in caught.value.advice


def test_a_folder_that_can_not_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MontageError, match="can't be written"):
        MontageStore(tmp_path / "file" / "montages").save(LAB)
