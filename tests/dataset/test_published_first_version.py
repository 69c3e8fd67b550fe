"""The first version's layout: the exact re-projection, windows by line, and a path that leads out of the folder."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.dataset.published_first_version import FirstVersionSource, is_window_text
from mia_core.dataset.splits import in_distribution
from mia_core.dataset.vibe_output import VibeOutput
from mia_core.dataset.window_import import import_windows
from mia_core.dataset.window_set import TRAIN, VAL, WindowSetError, open_window_set
from tests.fakes.published_sets import emg_of, first_version_line, vibe_output, write_first_version


def reprojected(joint: np.ndarray, cam: np.ndarray, box: np.ndarray) -> tuple[float, float]:
    """The formula, one number after the other."""
    s, tx, ty = (float(value) for value in cam)
    bx, by, h = (float(value) for value in box[:3])
    x, y, z = (float(value) for value in joint)
    tz = 2 * 5000 / (h * s)
    cx = 2 * (bx - 540) / (s * h)
    cy = 2 * (by - 960) / (s * h)
    u = 5000 * (x + tx + cx) / (z + tz) + 540
    v = 5000 * (y + ty + cy) / (z + tz) + 960
    return u / 1080, v / 1920


def test_keypoints_are_reprojected_exactly(tmp_path: Path) -> None:
    arrays = vibe_output(3, 20)
    np.savez(tmp_path / "vibe_output.npz", **arrays)
    output = VibeOutput.load(tmp_path / "vibe_output.npz")
    keypoints = output.keypoints(np.array([[4, 17]]))
    assert keypoints.shape == (1, 2, 25, 2)
    for place, frame in enumerate((4, 17)):
        for joint in (0, 8, 24):
            expected = reprojected(arrays["joints3d"][frame, joint], arrays["pred_cam"][frame], arrays["bboxes"][frame])
            assert keypoints[0, place, joint] == pytest.approx(expected, rel=1e-12)


@given(
    st.tuples(st.floats(0.2, 2), st.floats(-1, 1), st.floats(-1, 1)),
    st.tuples(st.floats(0, 1080), st.floats(0, 1920), st.floats(100, 2000)),
)
def test_a_joint_at_the_origin_is_seen_where_box_and_camera_say(cam, box) -> None:
    output = VibeOutput(np.zeros((1, 25, 3)), np.array([cam]), np.array([[*box, box[2]]]))
    s, tx, ty = cam
    bx, by, side = box
    pixels = output.keypoints(np.array([0]))[0, 0] * (1080, 1920)
    assert pixels == pytest.approx((bx + s * side * tx / 2, by + s * side * ty / 2), abs=1e-6)


def test_windows_are_read_in_time_and_channels_by_name(tmp_path: Path) -> None:
    report = import_windows(FirstVersionSource([write_first_version(tmp_path)]), tmp_path / "x.windows")
    windows = open_window_set(tmp_path / "x.windows")
    assert report is not None
    assert report.counts == {
        "subject_a": {"jumping_jack": 5, "squat": 5},
        "subject_b": {"IMG_2403": 5},
    }
    assert windows.about.channels == (
        "right_quadriceps", "right_hamstrings", "right_biceps", "right_triceps",
        "left_quadriceps", "left_hamstrings", "left_biceps", "left_triceps",
    )  # fmt: skip
    in_file = (
        "right_quadriceps", "left_quadriceps", "right_hamstrings", "left_hamstrings",
        "right_biceps", "left_biceps", "right_triceps", "left_triceps",
    )  # fmt: skip
    for recording in range(3):
        rows = np.flatnonzero(windows.recording == recording)
        assert windows.start_step[rows].tolist() == [0, 30, 60, 90, 120]
        assert windows.part[rows].tolist() == [TRAIN, TRAIN, TRAIN, TRAIN, VAL]
        emg, vibe = emg_of(recording, 0, 0, 150), vibe_output(recording, 450)
        for row, start in zip(rows, windows.start_step[rows], strict=True):
            for channel, name in enumerate(windows.about.channels):
                assert np.array_equal(windows.emg[row, :, channel], emg[start : start + 30, in_file.index(name)])
            frame = 3 * (start + 7)
            expected = reprojected(vibe["joints3d"][frame, 11], vibe["pred_cam"][frame], vibe["bboxes"][frame])
            assert windows.keypoints[row, 7, 11] == pytest.approx(expected, rel=1e-5)
    assert len(report.notes) == 1
    assert len(in_distribution(windows).test) == 3


def test_who_and_what_can_be_told(tmp_path: Path) -> None:
    write_first_version(tmp_path)
    (tmp_path / "videos.json").write_text(json.dumps({"IMG_2403": {"subject": "b", "exercise": "squat"}}))
    source = FirstVersionSource([tmp_path / "val.txt", tmp_path / "train.txt"])
    assert source.notes == ()
    report = import_windows(source, tmp_path / "x.windows")
    assert report is not None
    assert report.counts["b"] == {"squat": 5}


@pytest.mark.parametrize(
    "told",
    [
        [1],
        {"IMG_2403": {"subject": "", "exercise": "squat"}},
        {"IMG_2403": {"subject": None, "exercise": "squat"}},
        {"IMG_2403": {"subject": "b", "exercise": "squat\nsquat"}},
        {"IMG_2403": {"subject": "subject_a", "exercise": "squat"}},  # only the paper's own may be called that
    ],
)
def test_names_that_are_none_are_refused_at_once(tmp_path: Path, told: object) -> None:
    write_first_version(tmp_path)
    (tmp_path / "videos.json").write_text(json.dumps(told))
    with pytest.raises(WindowSetError, match=r"videos\.json"):
        FirstVersionSource([tmp_path])


def test_an_interrupted_import_begins_anew_when_videos_are_named_otherwise(tmp_path: Path) -> None:
    write_first_version(tmp_path)
    assert import_windows(FirstVersionSource([tmp_path]), tmp_path / "x.windows", should_stop=lambda: True) is None
    (tmp_path / "videos.json").write_text(json.dumps({"IMG_2096": {"subject": "ann", "exercise": "hop"}}))
    report = import_windows(FirstVersionSource([tmp_path]), tmp_path / "x.windows")
    assert report is not None
    assert report.counts["ann"] == {"hop": 5}


def test_a_window_that_overlaps_a_held_out_one_is_not_learned_from(tmp_path: Path) -> None:
    import_windows(FirstVersionSource([write_first_version(tmp_path, stride=10)]), tmp_path / "x.windows")
    windows = open_window_set(tmp_path / "x.windows")
    split = in_distribution(windows)
    assert windows.start_step[split.train].max() + 30 <= windows.start_step[split.test].min()


@pytest.mark.parametrize(
    "path", ["../elsewhere/vibe_output.pkl", "/etc/vibe_output.pkl", "output/../../x.pkl", "out\0put/x.pkl"]
)
def test_a_path_out_of_the_folder_is_an_error_that_names_the_line(tmp_path: Path, path: str) -> None:
    write_first_version(tmp_path)
    line = first_version_line("IMG_2107_30.MOV", 0, emg_of(0, 0, 0, 30)).split(",")
    with (tmp_path / "val.txt").open("a") as file:
        file.write(",".join([line[0], path, *line[2:]]))
    with pytest.raises(WindowSetError, match=rf"val\.txt:4: expected a path inside .*{re.escape(repr(path))}"):
        FirstVersionSource([tmp_path])


def with_field(number: int, value: str) -> str:
    fields = first_version_line("IMG_2107_30.MOV", 30, emg_of(0, 0, 0, 150)).strip().split(",")
    fields[number] = value
    return ",".join(fields)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (with_field(8, "x"), "expected numbers"),
        (with_field(8, "nan"), "finite sEMG"),
        (with_field(5, "90000"), "expected ascending poses of 0 to 449"),
        (with_field(5, "-3"), "expected ascending poses"),
        (with_field(5, "98"), "expected ascending poses"),
        (with_field(5, "90") + ",7", "expected 510 fields, got 511"),
        (with_field(5, "90"), "listed before"),
        (with_field(17, "frames/IMG_2108_30.MOV"), "expected one video"),
    ],
)
def test_one_broken_line_is_left_out_and_told(tmp_path: Path, line: str, why: str) -> None:
    write_first_version(tmp_path)
    with (tmp_path / "train.txt").open("a") as file:
        file.write(line + "\n")
    report = import_windows(FirstVersionSource([tmp_path]), tmp_path / "x.windows")
    assert report is not None
    assert [skipped.what for skipped in report.skipped] == ["train.txt:13"]
    assert why in report.skipped[0].why
    assert report.windows == 15


def remove(path: Path) -> None:
    path.unlink()


def pickled(path: Path) -> None:
    path.rename(path.with_suffix(".pkl"))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (remove, "expected VIBE's arrays, got no such file"),
        (pickled, "expected VIBE's arrays, got a pickle file"),
        (lambda path: path.write_bytes(b"PK\x03\x04"), "none that can be read"),
        (lambda path: np.savez(path, joints3d=np.zeros((3, 49, 3))), "none that can be read"),
        (
            lambda path: np.savez(path, **(vibe_output(0, 9) | {"joints3d": np.zeros((9, 24, 3))})),
            r"expected joints3d of \(9, 49, 3\), got float64 of \(9, 24, 3\)",
        ),
        (lambda path: np.savez(path, **(vibe_output(0, 9) | {"bboxes": np.full((9, 4), None)})), "can be read"),
    ],
)
def test_another_output_of_the_pose_estimator_is_an_error(tmp_path: Path, harm, says: str) -> None:
    write_first_version(tmp_path)
    harm(tmp_path / "output" / "IMG_2107_30.MOV" / "vibe_output.npz")
    with pytest.raises(WindowSetError, match=says):
        import_windows(FirstVersionSource([tmp_path]), tmp_path / "x.windows")
    assert not (tmp_path / "x.windows").exists()


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WindowSetError, match="got 0 such files"):
        FirstVersionSource([tmp_path])
    (tmp_path / "train.txt").write_text("\n")
    with pytest.raises(WindowSetError, match="no line"):
        FirstVersionSource([tmp_path])
    (tmp_path / "train.txt").write_text("MIADatasetOfficial/val/Subject5/Squat/81\n")
    with pytest.raises(WindowSetError, match=r"train\.txt:1"):
        FirstVersionSource([tmp_path])
    assert not is_window_text(tmp_path / "train.txt")
    write_first_version(tmp_path / "first")
    assert is_window_text(tmp_path / "first" / "train.txt")
