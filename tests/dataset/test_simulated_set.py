import json

import pytest

from mia_core.dataset.simulated_set import DataSetError, SimulatedSet
from tests.fakes.motion_clips import save_set


def test_loads_what_the_simulator_wrote(tmp_path):
    data = SimulatedSet.load(save_set(tmp_path))
    assert len(data.clips) == 6
    assert data.minutes == pytest.approx(0.6)
    assert data.subjects == ("s0-0", "s0-1", "s0-2")
    assert data.provenance == "simulated"


def test_the_hash_tells_sets_apart(tmp_path):
    first = SimulatedSet.load(save_set(tmp_path / "a")).data_sha256
    assert SimulatedSet.load(save_set(tmp_path / "b")).data_sha256 == first
    assert SimulatedSet.load(save_set(tmp_path / "c", seed=1)).data_sha256 != first
    assert SimulatedSet.load(save_set(tmp_path / "d", n_clips=5)).data_sha256 != first


WHOLE = {"schema_version": 1, "complete": True}


def rewrite(folder, **changes):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))


def damage(folder):
    (folder / "clip_001.npz").write_bytes(b"not a clip")


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: (folder / "manifest.json").write_text(json.dumps({**WHOLE, "clips": []})),
        lambda folder: (folder / "manifest.json").write_text(
            json.dumps({**WHOLE, "clips": [{"file": "../x", "sha256": ""}]})
        ),
        lambda folder: rewrite(folder, complete=False),
        lambda folder: rewrite(folder, schema_version=2),
        lambda folder: (folder / "clip_001.npz").unlink(),
        damage,
    ],
    ids=[
        "no manifest",
        "not json",
        "not a manifest",
        "empty",
        "outside",
        "stopped",
        "of another version",
        "clip missing",
        "clip damaged",
    ],
)
def test_a_folder_that_is_not_whole_is_an_error(tmp_path, harm):
    harm(save_set(tmp_path))
    with pytest.raises(DataSetError) as caught:
        SimulatedSet.load(tmp_path)
    assert caught.value.advice
