"""A set of windows is read back as it was written, appears whole or not at all, and goes on after an interruption."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mia_core.dataset.data_set_check import check_content
from mia_core.dataset.window_block import Skipped, WindowBlock
from mia_core.dataset.window_set import (
    TRAIN,
    VAL,
    WindowSet,
    WindowSetAbout,
    WindowSetError,
    open_window_set,
    window_names,
)
from mia_core.dataset.window_set_writer import WindowSetWriteError, WindowSetWriter
from tests.fakes.window_sets import window_set

ABOUT = WindowSetAbout((), (), ("left_biceps", "right_biceps"), "counts", "published", "iccv2023")


def block(name: str, n: int = 4, *, n_steps: int = 30, joints: bool = False, **changes) -> WindowBlock:
    rng = np.random.default_rng(sum(name.encode()))
    made = WindowBlock(
        name,
        subject=name.split("/")[0],
        exercise=name.split("/")[1],
        keypoints=rng.uniform(-0.5, 1.5, (n, n_steps, 25, 2)).astype(np.float32),
        emg=rng.integers(0, 500, (n, n_steps, 2)).astype(np.float64),
        joints=rng.normal(size=(n, n_steps, 25, 3)).astype(np.float32) if joints else None,
        start_step=np.arange(n, dtype=np.int32) * n_steps,
        part=TRAIN,
        sha256="0" * 64,
    )
    return replace(made, **changes)


def write(path: Path, *blocks: WindowBlock, **settings: object) -> WindowSet:
    with WindowSetWriter(path, ABOUT, **settings) as writer:
        for each in blocks:
            writer.append(each)
        return writer.finish()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(any),
    n_steps=st.integers(1, 31),
    joints=st.booleans(),
    part=st.sampled_from([TRAIN, VAL, -1]),
)
def test_what_was_written_is_read_back(tmp_path_factory, counts, n_steps, joints, part) -> None:
    folder = tmp_path_factory.mktemp("set")
    blocks = [
        block(f"s{i % 2}/e{i}", n, n_steps=n_steps, joints=joints, part=part, breaks=np.arange(n) == 2)
        for i, n in enumerate(counts)
    ]
    found = write(folder / "x.windows", *blocks, has_joints=joints, n_steps=n_steps)
    assert np.array_equal(found.keypoints, np.concatenate([each.keypoints for each in blocks]))
    assert np.array_equal(found.emg, np.concatenate([each.emg for each in blocks]))
    if joints:
        assert np.array_equal(found.joints, np.concatenate([each.joints for each in blocks]))
    else:
        assert found.joints is None
    names = [(each.subject, each.exercise) for each in blocks for _ in range(len(each))]
    about = found.about
    assert [
        (about.subjects[subject], about.exercises[exercise])
        for subject, exercise in zip(found.subject, found.exercise, strict=True)
    ] == names
    assert set(found.part) == {part}
    recordings = sum(1 + (n > 2) for n in counts if n)
    assert sorted(set(found.recording.tolist())) == list(range(recordings))
    assert not found.emg.flags.writeable


def test_the_set_is_its_content_whatever_interrupted_it(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.windows", block("a/x"), block("a/y"), block("b/x"))
    with WindowSetWriter(tmp_path / "b.windows", ABOUT) as writer:
        writer.append(block("a/x", skipped=(Skipped("a/x/3", "it is broken"),)))
        writer.append(block("a/y"))
    # Killed in the middle of a block: some files have more than the journal says.
    partial = tmp_path / "b.windows.partial"
    for name in ("emg.npy", "keypoints.npy", "windows.txt", "journal.jsonl"):
        with (partial / name).open("ab") as file:
            file.write(b"half a window")
    with pytest.raises(WindowSetError, match="an import that was interrupted"):
        open_window_set(tmp_path / "b.windows")
    with WindowSetWriter(tmp_path / "b.windows", ABOUT) as writer:
        assert writer.written == {"a/x", "a/y"}
        assert writer.skipped == (Skipped("a/x/3", "it is broken"),)
        writer.append(block("b/x"))
        again = writer.finish(lambda found: {"windows": len(found)})
    assert again.about == whole.about
    assert len(whole.about.sha256) == 64
    assert window_names(tmp_path / "b.windows") == window_names(tmp_path / "a.windows")
    assert window_names(tmp_path / "a.windows")[5] == "a/y/1"
    assert json.loads((tmp_path / "b.windows" / "import.json").read_text()) == {"windows": 12}
    assert not partial.exists()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_killed_at_any_byte_of_the_journal_the_whole_recordings_before_it_count(tmp_path_factory, share: float) -> None:
    folder = tmp_path_factory.mktemp("set")
    blocks = [block(f"s{i}/x", 2) for i in range(3)]
    with WindowSetWriter(folder / "a.windows", ABOUT) as writer:
        for each in blocks:
            writer.append(each)
    journal = folder / "a.windows.partial" / "journal.jsonl"
    left = journal.read_bytes()[: round(share * journal.stat().st_size)]
    journal.write_bytes(left)
    with WindowSetWriter(folder / "a.windows", ABOUT) as writer:
        assert writer.written == {each.name for each in blocks[: max(left.count(b"\n") - 1, 0)]}
        for each in blocks:
            if each.name not in writer.written:
                writer.append(each)
        assert np.array_equal(writer.finish().emg, np.concatenate([each.emg for each in blocks]))


@pytest.mark.parametrize("changed", [{"fingerprint": "other"}, {"n_steps": 10}, {"has_joints": True}])
def test_another_source_begins_anew(tmp_path: Path, changed: dict[str, object]) -> None:
    with WindowSetWriter(tmp_path / "a.windows", ABOUT, fingerprint="this") as writer:
        writer.append(block("a/x"))
    with WindowSetWriter(tmp_path / "a.windows", ABOUT, **({"fingerprint": "this"} | changed)) as writer:
        assert not writer.written


def test_a_file_that_lost_its_end_begins_anew(tmp_path: Path) -> None:
    with WindowSetWriter(tmp_path / "a.windows", ABOUT) as writer:
        writer.append(block("a/x"))
    with (tmp_path / "a.windows.partial" / "emg.npy").open("r+b") as file:
        file.truncate(200)
    with WindowSetWriter(tmp_path / "a.windows", ABOUT) as writer:
        assert not writer.written


def test_nothing_is_overwritten_and_nothing_empty_is_written(tmp_path: Path) -> None:
    write(tmp_path / "a.windows", block("a/x"))
    with pytest.raises(WindowSetWriteError, match="exists already"):
        WindowSetWriter(tmp_path / "a.windows", ABOUT)
    with WindowSetWriter(tmp_path / "b.windows", ABOUT) as writer:
        writer.append(block("a/x", 0, skipped=(Skipped("a/x/0", "It is broken."),)))
        with pytest.raises(WindowSetWriteError, match=r"no usable window for b\.windows\. It is broken"):
            writer.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.windows"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"emg": np.zeros((4, 30, 3))}, r"emg of a/x: expected numbers of \(4, 30, 2\), got float64 of \(4, 30, 3\)"),
        ({"emg": np.full((4, 30, 2), np.nan)}, "expected finite numbers"),
        ({"emg": np.full((4, 30, 2), 1e300)}, "expected finite numbers"),
        ({"emg": np.zeros((4, 30, 2), object)}, "got object"),
        ({"keypoints": np.zeros((4, 30, 24, 2))}, "keypoints of a/x"),
        ({"names": ("one", "two")}, "4 names"),
    ],
)
def test_a_block_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path: Path, changes, says: str) -> None:
    with WindowSetWriter(tmp_path / "a.windows", ABOUT) as writer:
        with pytest.raises(WindowSetError, match=says):
            writer.append(block("a/x", **changes))
        writer.append(block("a/y"))
        assert len(writer.finish()) == 4


def remove_rows(folder: Path) -> None:
    np.save(folder / "emg.npy", np.load(folder / "emg.npy")[:2])


def cut(folder: Path) -> None:
    (folder / "keypoints.npy").write_bytes((folder / "keypoints.npy").read_bytes()[:-8])


def pickle_it(folder: Path) -> None:
    np.save(folder / "part.npy", np.array([None] * 4, object), allow_pickle=True)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: (folder / "about.json").unlink(), "expected a set of windows"),
        (lambda folder: (folder / "about.json").write_text("{"), "about.json"),
        (lambda folder: (folder / "about.json").write_text("[]"), "about.json"),
        (lambda folder: (folder / "about.json").write_text('{"schema_version": 9}'), "version 1"),
        (lambda folder: (folder / "emg.npy").unlink(), "emg.npy"),
        (lambda folder: (folder / "emg.npy").write_bytes(b"\x93NUMPY\x01\x00\x40\x00" + b"(" * 64), "emg.npy"),
        (remove_rows, "keypoints"),
        (cut, "keypoints.npy"),
        (pickle_it, "part.npy"),
        (lambda folder: np.save(folder / "subject.npy", np.full(4, 7, np.int16)), "subject"),
        (lambda folder: np.save(folder / "start_step.npy", np.full(4, -1, np.int32)), "start_step"),
        (lambda folder: np.save(folder / "emg.npy", np.zeros((4, 30, 2))), "float32"),
    ],
)
def test_a_damaged_set_is_refused_by_name(tmp_path: Path, damage, says: str) -> None:
    write(tmp_path / "a.windows", block("a/x"))
    damage(tmp_path / "a.windows")
    with pytest.raises(WindowSetError, match=says):
        open_window_set(tmp_path / "a.windows")


def blank(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:-2] + bytes(2))  # as long as it was, like a copy that was interrupted


def rename_a_muscle(file: Path) -> None:
    file.write_text(file.read_text().replace("biceps", "triceps"))


@pytest.mark.parametrize(("name", "harm"), [("emg.npy", blank), ("part.npy", blank), ("about.json", rename_a_muscle)])
def test_content_that_changed_is_noticed(tmp_path: Path, name: str, harm) -> None:
    write(tmp_path / "a.windows", block("a/x", part=VAL))
    assert check_content(tmp_path / "a.windows") == ()
    harm(tmp_path / "a.windows" / name)
    assert [finding.is_problem for finding in check_content(tmp_path / "a.windows")] == [True]


def test_windows_are_taken_by_number_mask_or_slice() -> None:
    windows = window_set()
    for rows in (np.array([3, 1]), windows.subject == 1, slice(2, 5)):
        taken = windows.take(rows)
        assert np.array_equal(taken.emg, windows.emg[rows])
        assert np.array_equal(taken.recording, windows.recording[rows])
        assert taken.about.sha256 == ""
    assert windows.channel("left_triceps") == 1
    with pytest.raises(WindowSetError, match="left_biceps, left_triceps"):
        windows.channel("left_lateral")
