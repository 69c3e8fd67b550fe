"""Recorded clips on disk, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mia_core.step_clip import StepClip, StepClipError
from tests.fakes.step_clips import make_step_clip


def changed(path: Path, **changes: object) -> Path:
    """Write a clip whose description is another."""
    with np.load(path, allow_pickle=False) as data:
        arrays = dict(data)
    meta = json.loads(str(arrays.pop("meta"))) | changes
    other = path.with_name("other.npz")
    np.savez_compressed(other, **arrays, meta=np.array(json.dumps(meta)))
    return other


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    make_step_clip(40, start_s=3.0, repeats_after_s=60.0).save(tmp_path / "clip.npz")
    return tmp_path / "clip.npz"


def test_what_is_written_is_read(saved: Path) -> None:
    wanted, found = make_step_clip(40, start_s=3.0, repeats_after_s=60.0), StepClip.load(saved)
    np.testing.assert_array_equal(found.activation, wanted.activation)
    np.testing.assert_array_equal(found.keypoints_px, wanted.keypoints_px)
    assert (found.start_s, found.repeats_after_s, found.exercise) == (3.0, 60.0, "squat")


def test_what_models_can_not_see_is_named(saved: Path) -> None:
    channels = json.loads(str(np.load(saved)["meta"]))["channels"]
    for changes, sentence in (
        ({"channels": ["left_calf", *channels[1:]]}, "The muscles of .*: left_calf, not left_biceps"),
        ({"channels": channels[:6]}, "The muscles of .*: 6 in number, not 8"),
        ({"keypoints": ["nose"] * 25}, "The keypoints of .*: nose, not neck"),
        ({"step_s": 0.05}, "The seconds of a step of .*: 0.05, not 0.1"),
    ):
        with pytest.raises(StepClipError, match=sentence) as caught:
            StepClip.load(changed(saved, **changes))
        assert caught.value.advice


@pytest.mark.parametrize(
    "changes",
    [{"start_s": float("nan")}, {"start_s": 1e300}, {"repeats_after_s": -1}, {"repeats_after_s": float("nan")}],
)
def test_times_that_can_not_be_are_refused(saved: Path, changes: dict[str, float]) -> None:
    with pytest.raises(StepClipError, match="can't be"):
        StepClip.load(changed(saved, **changes))


def test_a_piece_knows_its_place() -> None:
    piece = make_step_clip(40, start_s=3.0).cut(slice(5, 12))
    assert len(piece) == 7
    assert piece.start_s == pytest.approx(3.5)
    assert piece.keypoints_px[:, 0, 0].tolist() == [35, 36, 37, 38, 39, 40, 41]
    assert make_step_clip(40).cut(slice(-3, None)).start_s == pytest.approx(3.7)
