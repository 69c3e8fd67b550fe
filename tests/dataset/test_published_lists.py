"""Splits from somebody else's lists: by the windows they name, never by the names of the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.dataset.published_iccv2023 import ICCV2023Source
from mia_core.dataset.published_lists import split_from_lists, window_name
from mia_core.dataset.splits import SplitError
from mia_core.dataset.window_import import import_windows
from mia_core.dataset.window_set import VAL, open_window_set, window_names
from tests.fakes.published_sets import write_iccv2023


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    import_windows(ICCV2023Source(write_iccv2023(folder)), folder / "x.windows")
    return folder / "x.windows"


def write_list(path: Path, names: list[str]) -> Path:
    shuffled = np.random.default_rng(0).permutation(names)  # as the published lists are
    path.write_text("".join(f"MIADatasetOfficial/{name}\n" for name in shuffled))
    return path


def test_the_published_lists_are_taken_as_they_are(stored: Path, tmp_path: Path) -> None:
    names = window_names(stored)
    train = write_list(tmp_path / "train.txt", [name for name in names if name.startswith("train/")])
    # As published: val.txt leaves out Subject0, and a file for one subject counts from 1.
    val = write_list(tmp_path / "val.txt", [name for name in names if name.startswith("val/Subject1/")])
    split = split_from_lists(stored, train, val)
    windows = open_window_set(stored)
    assert (len(split.train), len(split.test)) == (32, 4)
    assert set(windows.part[split.test]) == {VAL}
    assert {windows.about.subjects[number] for number in windows.subject[split.test]} == {"Subject1"}
    assert "val.txt holds nothing of Subject0" in split.note
    one = write_list(tmp_path / "trainSubject1.txt", [name for name in names if name.startswith("train/Subject0/")])
    assert "trainSubject1.txt holds nothing of Subject1" in split_from_lists(stored, one, val).note
    assert split.of(windows)[1].n_windows == 4


def test_a_few_windows_that_were_left_out_of_the_set_are_told_and_many_refused(stored: Path, tmp_path: Path) -> None:
    names = list(window_names(stored))
    train = [name for name in names if name.startswith("train/")]
    val = write_list(tmp_path / "val.txt", [name for name in names if name.startswith("val/")])
    split = split_from_lists(stored, write_list(tmp_path / "a.txt", [*train, "train/Subject1/Squat/999"]), val)
    assert "1 of their windows are not in the set" in split.note
    many = write_list(tmp_path / "b.txt", [*train, *(f"train/Subject9/Squat/{i}" for i in range(9))])
    with pytest.raises(SplitError, match=r"b\.txt: expected windows of this set, got 9 of 41 .*Subject9"):
        split_from_lists(stored, many, val)


@pytest.mark.parametrize(
    "line",
    [
        "../../etc/passwd/x/y",
        "/data/val/Subject5/Squat/81",
        "Subject5/Squat/81",
        "a/b/../../val/S/E/1",
        "a\\..\\b\\c\\d",
    ],
)
def test_a_path_out_of_the_data_folder_is_an_error_that_names_the_line(stored: Path, tmp_path: Path, line: str) -> None:
    train = write_list(tmp_path / "train.txt", ["train/Subject1/Squat/8"])
    bad = tmp_path / "val.txt"
    bad.write_text(f"MIADatasetOfficial/val/Subject1/Squat/2\n{line}\n")
    with pytest.raises(SplitError, match=r"val\.txt:2: expected a window inside the data folder"):
        split_from_lists(stored, train, bad)


def test_no_list_is_an_error(stored: Path, tmp_path: Path) -> None:
    train = write_list(tmp_path / "train.txt", ["train/Subject1/Squat/8"])
    with pytest.raises(SplitError, match="can't be read"):
        split_from_lists(stored, train, tmp_path / "none.txt")
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(SplitError, match="no windows to judge by"):
        split_from_lists(stored, train, tmp_path / "empty.txt")


@given(st.text(max_size=60))
def test_a_line_is_a_name_of_four_parts_or_an_error(line: str) -> None:
    try:
        name = window_name(line, "list")
    except SplitError:
        return
    assert len(name.split("/")) == 4
    assert ".." not in name.split("/")
