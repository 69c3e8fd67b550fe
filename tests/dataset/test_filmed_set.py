from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.dataset.filmed_set import FilmedClip, FilmedSet, FilmedSetError


def clip(rng: np.random.Generator, frames: int, *, name: str = "squat@1", measured: bool = False) -> FilmedClip:
    return FilmedClip(
        name=name,
        subject="heldout-1",
        image_size_px=(640.0, 480.0),
        keypoints_px=rng.uniform(0, 640, (frames, 25, 2)).astype(np.float32),
        confidence=rng.uniform(0, 1, (frames, 25)).astype(np.float32),
        activation=rng.uniform(0, 1, (frames, 8)).astype(np.float32),
        valid=rng.random(frames) < 0.9,
        measured=rng.uniform(0, 1, (frames, 8)).astype(np.float32) if measured else None,
    )


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.text(max_size=8)), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.booleans(), max_size=3),
    st.integers(0, 99),
)
def test_what_is_saved_is_loaded(
    tmp_path_factory: pytest.TempPathFactory,
    clips: list[tuple[int, bool, str]],
    settings: dict[str, int | str | bool],
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    made = tuple(clip(rng, frames, name=name, measured=measured) for frames, measured, name in clips)
    path = tmp_path_factory.mktemp("sets") / "set.npz"
    saved = FilmedSet("demo", "made up", made, settings)
    saved.save(path)
    loaded = FilmedSet.load(path)
    assert loaded.settings == settings
    assert loaded.sha256 == saved.sha256
    assert [other.name for other in loaded.clips] == [one.name for one in made]
    for one, other in zip(made, loaded.clips, strict=True):
        for name in ("keypoints_px", "confidence", "activation", "valid"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
        assert (one.measured is None) == (other.measured is None)
        if one.measured is not None and other.measured is not None:
            assert np.array_equal(one.measured, other.measured)


def test_the_hash_tells_sets_apart(tmp_path: Path) -> None:
    one = FilmedSet("demo", "made up", (clip(np.random.default_rng(1), 30),), {"seed": 1})
    same = FilmedSet("demo", "made up", (clip(np.random.default_rng(1), 30),), {"seed": 1})
    other_data = FilmedSet("demo", "made up", (clip(np.random.default_rng(2), 30),), {"seed": 1})
    other_seed = FilmedSet("demo", "made up", one.clips, {"seed": 2})
    assert one.sha256 == same.sha256
    assert len({one.sha256, other_data.sha256, other_seed.sha256}) == 3
    one.save(tmp_path / "a.npz")
    same.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_counts_and_names() -> None:
    rng = np.random.default_rng(1)
    filmed = FilmedSet("demo", "made up", (clip(rng, 900, name="squat@1"), clip(rng, 900, name="squat@2")))
    assert filmed.minutes == 1.0
    assert filmed.subjects == ("heldout-1",)
    assert {one.motion for one in filmed.clips} == {"squat"}


def test_arrays_that_do_not_fit_are_refused() -> None:
    good = clip(np.random.default_rng(1), 30)
    with pytest.raises(FilmedSetError, match="confidence"):
        FilmedClip("x", "y", (640.0, 480.0), good.keypoints_px, good.confidence[1:], good.activation, good.valid)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"text"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "demo.npz"
    path.write_bytes(content)
    with pytest.raises(FilmedSetError) as caught:
        FilmedSet.load(path)
    assert "mia heldout" in caught.value.advice


def test_changed_content_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "demo.npz"
    FilmedSet("demo", "made up", (clip(np.random.default_rng(1), 30),)).save(path)
    with np.load(path) as data:
        arrays = {name: data[name] for name in data.files}
    arrays["activation"][3, 2] += 0.5
    np.savez_compressed(path, **arrays)
    with pytest.raises(FilmedSetError, match="damaged"):
        FilmedSet.load(path)


def test_a_missing_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FilmedSetError):
        FilmedSet.load(tmp_path / "none.npz")
