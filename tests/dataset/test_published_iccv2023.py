"""The layout published with the ICCV 2023 paper, on small copies of it: read by name, in time, whole or not at all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.dataset.npy_file import BrokenWindowError, read_array
from mia_core.dataset.published_iccv2023 import ICCV2023Source, snake_case
from mia_core.dataset.split_check import check_split
from mia_core.dataset.splits import in_distribution
from mia_core.dataset.window_import import ImportProgress, import_windows
from mia_core.dataset.window_overlap import steps_apart
from mia_core.dataset.window_set import TRAIN, VAL, WindowSetError, open_window_set, window_names
from mia_core.dataset.window_set_writer import WindowSetWriteError
from tests.fakes.published_sets import HEIGHT, WIDTH, emg_of, motion_of, write_iccv2023


def test_every_number_is_where_it_belongs(tmp_path: Path) -> None:
    report = import_windows(ICCV2023Source(write_iccv2023(tmp_path)), tmp_path / "x.windows")
    windows = open_window_set(tmp_path / "x.windows")
    assert report is not None
    assert report.windows == len(windows) == 40
    assert windows.about.subjects == ("Subject0", "Subject1")
    assert windows.about.exercises == ("elbow_punch", "squat")
    assert windows.about.channels == tuple(
        f"{side}_{muscle}"
        for side in ("left", "right")
        for muscle in ("quadriceps", "hamstrings", "latissimus", "biceps")
    )
    assert (windows.about.unit, windows.about.provenance) == ("counts", "published")
    numbers = zip(windows.subject, windows.exercise, windows.part, windows.start_step, strict=True)
    for row, (subject, exercise, part, start) in enumerate(numbers):
        cut = slice(start, start + 30)
        assert np.array_equal(windows.emg[row], recorded_emg(subject, exercise, part)[cut])
        pixels = recorded_motion(subject, exercise, part)[cut, :25]
        assert np.allclose(windows.keypoints[row] * (WIDTH, HEIGHT), pixels, atol=1e-3)
        assert windows.joints is not None
        assert np.allclose(windows.joints[row, ..., 0], (pixels[..., 0] - 540) / 1000, atol=1e-6)
    assert window_names(tmp_path / "x.windows")[0] == "train/Subject0/ElbowPunch/0"
    # Subject0 was cut every 5 steps and counts by its time, not by its windows.
    assert report.strides == {"Subject0": 5, "Subject1": 30}
    assert report.minutes == pytest.approx(2 * ((65 + 35) + (240 + 60)) / 600, abs=1e-3)
    assert json.loads((tmp_path / "x.windows" / "import.json").read_text())["counts"] == report.counts
    assert report.counts["Subject1"] == {"elbow_punch": 10, "squat": 10}
    split = in_distribution(windows)
    assert set(windows.part[split.train]) == {TRAIN}
    assert set(windows.part[split.test]) == {VAL}


def steps_of(subject: int, part: int) -> int:
    n = (8, 2)[part]
    return (n - 1) * (5 if subject == 0 else 30) + 30


def recorded_emg(subject: int, exercise: int, part: int) -> np.ndarray:
    return emg_of(subject, exercise, part, steps_of(subject, part)).astype(np.float32)


def recorded_motion(subject: int, exercise: int, part: int) -> np.ndarray:
    return motion_of(subject, exercise, part, steps_of(subject, part))


def test_the_numbers_of_windows_order_them_in_time_not_their_names(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path, subjects=(10, 2), windows={"train": 12, "val": 1}, dense_subject=None)
    import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    windows = open_window_set(tmp_path / "x.windows")
    assert windows.about.subjects == ("Subject2", "Subject10")
    assert windows.start_step[:12].tolist() == list(range(0, 360, 30))


def test_windows_that_reach_over_the_border_of_the_parts_are_not_learned_from(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path, subjects=(0,), exercises=("Squat",), windows={"train": 16, "val": 4})
    for take in range(2):  # each was cut five steps apart; eight windows are in train, then two in val
        emg, motion = emg_of(5, take, 0, 75), motion_of(5, take, 0, 75)
        for number in range(10):
            part, name = ("train", number + 8 * take) if number < 8 else ("val", number - 8 + 2 * take)
            folder, cut = root / part / "Subject0" / "Squat" / str(name), slice(5 * number, 5 * number + 30)
            np.save(folder / "emgvalues.npy", emg[cut])
            np.save(folder / "joints2d.npy", motion[cut])
    import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    windows = open_window_set(tmp_path / "x.windows")
    assert windows.recording.tolist() == [0] * 10 + [1] * 10
    assert windows.part.tolist() == 2 * ([TRAIN] * 8 + [VAL] * 2)
    assert np.diff(windows.start_step[:10]).tolist() == np.diff(windows.start_step[10:]).tolist() == [5] * 9
    assert window_names(tmp_path / "x.windows")[8:11] == tuple(
        f"{name[0]}/Subject0/Squat/{name[1]}" for name in (("val", 0), ("val", 1), ("train", 8))
    )
    split = in_distribution(windows)
    assert split.train.tolist() == [0, 1, 2, 10, 11, 12]  # the next would hold the first held-out step
    assert check_split(windows, split) == ()


def test_meshes_are_never_opened_and_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_iccv2023(tmp_path, subjects=(1,))
    opened: list[str] = []
    original = np.lib.format.open_memmap

    def spy(path, *args, **kwargs):
        opened.append(Path(path).name)
        return original(path, *args, **kwargs)

    monkeypatch.setattr(np.lib.format, "open_memmap", spy)
    import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    assert set(opened) - {"x"} >= {"emgvalues.npy", "joints2d.npy", "joints3d.npy"}
    assert not {name for name in opened if name in ("verts.npy", "pose.npy", "betas.npy")}


def save(value: np.ndarray):
    return lambda path: np.save(path, value, allow_pickle=True)


@pytest.mark.parametrize(
    ("array", "harm", "why"),
    [
        ("emgvalues", lambda path: path.unlink(), "expected emgvalues.npy, got no such file"),
        ("emgvalues", lambda path: path.write_bytes(b""), "to be an array of numbers"),
        ("joints2d", lambda path: path.write_bytes(path.read_bytes()[:-100]), "joints2d.npy to be an array of numbers"),
        (
            "joints3d",
            save(np.zeros((30, 25, 3))),
            r"expected joints3d.npy of \(30, 49, 3\), got float64 of \(30, 25, 3\)",
        ),
        ("emgvalues", save(np.zeros((8, 30))), r"expected emgvalues.npy of \(30, 8\), got float64 of \(8, 30\)"),
        ("emgvalues", save(np.full((30, 8), None)), "emgvalues.npy to be an array of numbers, got .*objects"),
        ("emgvalues", save(np.full((30, 8), "x")), "got str"),
        ("joints2d", save(np.full((30, 49, 2), np.inf)), "finite numbers in joints2d.npy"),
        ("emgvalues", save(np.full((30, 8), 1e300)), "finite numbers in emgvalues.npy"),
    ],
)
def test_one_broken_window_is_left_out_and_told(tmp_path: Path, array: str, harm, why: str) -> None:
    root = write_iccv2023(tmp_path)
    harm(root / "train" / "Subject1" / "Squat" / "10" / f"{array}.npy")
    report = import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    assert report is not None
    assert [skipped.what for skipped in report.skipped] == ["train/Subject1/Squat/10"]
    assert report.windows == 39
    assert re.search(why, report.skipped[0].why)
    windows = open_window_set(tmp_path / "x.windows")
    rows = (windows.subject == 1) & (windows.exercise == 1) & (windows.part == TRAIN)
    assert windows.start_step[rows].tolist() == [0, 30, 90, 120, 150, 180, 210]  # the gap stays one


def test_a_copy_that_was_interrupted_is_refused_and_leaves_nothing_whole(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path)
    for number in range(4):
        (root / "val" / "Subject1" / ("ElbowPunch", "Squat")[number // 2] / str(number) / "joints2d.npy").unlink()
    with pytest.raises(WindowSetError, match=r"at most 2 broken windows of 40.*joints2d\.npy, got no such file"):
        import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    assert [path.name for path in tmp_path.iterdir()] == ["MIADatasetOfficial"]


def test_an_import_begins_anew_when_a_broken_copy_was_put_right(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path)
    broken = [root / "train" / "Subject0" / "ElbowPunch" / str(number) / "emgvalues.npy" for number in range(3)]
    contents = [path.read_bytes() for path in broken]
    for path in broken:
        path.write_bytes(b"")
    with pytest.raises(WindowSetError, match="at most 2 broken windows of 40"):
        import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    for path, content in zip(broken, contents, strict=True):
        path.write_bytes(content)
    report = import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    assert report is not None
    assert (report.windows, report.skipped) == (40, ())


@pytest.mark.parametrize("name", ["00", "007", "99999999999999999999", "\N{SUPERSCRIPT TWO}"])
def test_a_folder_that_is_no_plain_number_is_told_and_not_read(tmp_path: Path, name: str) -> None:
    root = write_iccv2023(tmp_path)
    exercise = root / "train" / "Subject0" / "ElbowPunch"
    (exercise / "0").rename(exercise / name)
    source = ICCV2023Source(root)
    assert source.n_windows == 39
    assert any(repr(name) in note for note in source.notes)


def test_a_part_may_lie_elsewhere_and_one_that_is_missing_is_told(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path / "data")
    (root / "train").rename(tmp_path / "other disk")
    (root / "train").symlink_to(tmp_path / "other disk")
    assert ICCV2023Source(root).n_windows == 40
    (root / "train").unlink()
    assert any("Nothing is in train" in note for note in ICCV2023Source(root).notes)


def test_windows_that_are_not_there_at_all_are_told(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path)
    window = root / "train" / "Subject1" / "ElbowPunch" / "3"
    window.rename(tmp_path / "elsewhere")
    (root / "train" / "Subject1" / "Squat" / "notes").mkdir()
    notes = ICCV2023Source(root).notes
    assert any("train/Subject1: 1 running numbers are missing" in note for note in notes)
    assert any("'notes'" in note for note in notes)
    assert any("val holds Subject0" in note for note in notes)


def test_a_link_to_outside_of_the_data_is_not_followed(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path / "data")
    other = write_iccv2023(tmp_path / "other", subjects=(7,))
    (root / "train" / "Subject1" / "HighKick").symlink_to(other / "train" / "Subject7" / "Squat")
    source = ICCV2023Source(root)
    assert source.n_windows == 40
    assert any("a link to outside" in note for note in source.notes)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ([], "expected the folders train and val, got neither"),
        (["train/Subject1/Squat"], "expected folders SubjectN/Exercise/ID"),
        (["a/train", "b/train"], "neither"),
    ],
)
def test_another_layout_is_refused(tmp_path: Path, made: list[str], says: str) -> None:
    for folder in made:
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(WindowSetError, match=says):
        ICCV2023Source(tmp_path)


def test_a_killed_import_goes_on_and_gives_the_same_set(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path)
    import_windows(ICCV2023Source(root), tmp_path / "whole.windows")

    class KilledError(Exception):
        pass

    def kill_after(recordings: int):
        seen: list[ImportProgress] = []

        def progress(state: ImportProgress) -> None:
            seen.append(state)
            if len(seen) == recordings + 1:
                raise KilledError

        return progress, seen

    for recordings in (1, 1, 1):
        progress, seen = kill_after(recordings)
        with pytest.raises(KilledError):
            import_windows(ICCV2023Source(root), tmp_path / "x.windows", progress)
        assert not (tmp_path / "x.windows").exists()
    assert seen[0].done == 20  # two exercises were read, and are not read again
    stopped = import_windows(ICCV2023Source(root), tmp_path / "x.windows", should_stop=lambda: True)
    assert stopped is None
    import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    assert open_window_set(tmp_path / "x.windows").about == open_window_set(tmp_path / "whole.windows").about


def test_a_source_that_changed_meanwhile_is_read_anew(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path)
    assert import_windows(ICCV2023Source(root), tmp_path / "x.windows", should_stop=lambda: True) is None
    (root / "val" / "Subject1" / "Squat" / "3").rename(root / "val" / "Subject1" / "Squat" / "4")
    seen: list[ImportProgress] = []
    import_windows(ICCV2023Source(root), tmp_path / "x.windows", seen.append)
    assert seen[0].done == 0


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    root = write_iccv2023(tmp_path, subjects=(1,), exercises=("Squat",), windows={"train": 1})
    (root / "train" / "Subject1" / "Squat" / "0" / "emgvalues.npy").unlink()
    with pytest.raises(WindowSetWriteError, match=r"no usable window.*emgvalues\.npy"):
        import_windows(ICCV2023Source(root), tmp_path / "x.windows")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["MIADatasetOfficial"]


@given(st.integers(1, 27), st.integers(2, 12), st.integers(0, 99))
def test_the_stride_is_found_in_windows_that_overlap(stride: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    emg = rng.integers(0, 1000, ((n - 1) * stride + 30, 8))
    cut = np.stack([emg[i * stride : i * stride + 30] for i in range(n)])
    found, breaks = steps_apart(cut)
    assert found == stride
    assert not breaks.any()


def test_windows_without_overlap_or_without_change_are_taken_one_after_the_other() -> None:
    rng = np.random.default_rng(0)
    assert steps_apart(rng.integers(0, 1000, (5, 30, 8)))[0] == 30
    assert steps_apart(np.zeros((5, 30, 8)))[0] == 30
    assert steps_apart(np.zeros((0, 30, 8)))[0] == 30
    assert len(steps_apart(np.zeros((1, 30, 8)))[1]) == 1


def test_an_interruption_among_overlapping_windows_is_found() -> None:
    emg = np.random.default_rng(0).integers(0, 1000, (200, 8))
    starts = [0, 5, 10, 15, 100, 105, 110]
    stride, breaks = steps_apart(np.stack([emg[start : start + 30] for start in starts]))
    assert stride == 5
    assert np.flatnonzero(breaks).tolist() == [4]


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_break_a_window(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.npy"
    for head in (
        b"",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (",
        b"\x93NUMPY\x01\x00\x40\x00" + b"(" * 60 + b"\n\n\n\n",  # what numpy parses as an expression without an end
    ):
        path.write_bytes(head + content)
        with pytest.raises(BrokenWindowError, match=r"fuzzed\.npy"):
            read_array(path, ((30, 8), 0))


@pytest.mark.parametrize(
    ("published", "own"), [("HookPunch", "hook_punch"), ("RonddeJambe", "rondde_jambe"), ("Squat", "squat")]
)
def test_published_names_are_written_as_ours(published: str, own: str) -> None:
    assert snake_case(published) == own
