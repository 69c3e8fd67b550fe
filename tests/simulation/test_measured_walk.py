"""The simulator against a walk whose floor forces and sEMG were measured; needs the data beside the checkout."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.muscles import MONTAGE
from mia_core.simulation.measured_walk import (
    MAX_LEAD_S,
    MEASURED_CHANNELS,
    MEASURED_MUSCLES,
    check_measured_walk,
    walk_configurations,
)
from mia_core.simulation.opensim_table import OpenSimTableError, read_opensim_table
from mia_core.skeleton import INDEX

FOLDER = Path(__file__).parents[2] / "../shared/data/emg_walking"


@pytest.fixture(scope="module")
def folder():
    if not FOLDER.is_dir():
        pytest.skip("the measured walk is not beside this checkout")
    return FOLDER


@pytest.fixture(scope="module")
def walk(folder, body):
    return check_measured_walk(folder, body)


@pytest.mark.parametrize("muscle", ["vastus_lateralis", "medial_hamstrings"])
def test_the_main_thigh_muscles_go_with_their_measured_envelopes(walk, muscle, record_property):
    found = walk.agreement[muscle]
    record_property(muscle, f"r {found.r0:.2f}, {found.best_r:.2f} with sEMG {found.lead_s * 1e3:.0f} ms ahead")
    assert found.best_r >= 0.7
    assert 0.0 <= found.lead_s <= MAX_LEAD_S


def test_the_other_vastus_and_the_calf_do_too(walk):
    for muscle in ("vastus_medius", "soleus", "gastrocnemius"):
        assert walk.agreement[muscle].best_r >= 0.7, muscle


def test_every_measured_muscle_is_reported_and_a_chosen_lag_is_never_worse(walk):
    assert set(walk.agreement) == set(walk.own_agreement) == set(MEASURED_MUSCLES)
    for found in (*walk.agreement.values(), *walk.own_agreement.values()):
        assert -1.0 <= found.r0 <= found.best_r <= 1.0


def test_the_floor_forces_found_are_like_the_measured_ones(walk):
    assert walk.floor_force_r >= 0.9


def test_without_measured_forces_the_vastus_still_agrees(walk):
    assert walk.own_agreement["vastus_lateralis"].best_r >= 0.7


def test_the_clip_is_a_walk_at_30_hz_beside_its_measured_envelopes(walk):
    n = len(walk.times_s)
    assert n == 40
    np.testing.assert_allclose(np.diff(walk.times_s), 1 / 30)
    assert walk.joints_m.shape == (n, 25, 3)
    assert walk.activation.shape == (n, len(MONTAGE))
    assert walk.valid.mean() > 0.8
    travelled = walk.joints_m[-1, INDEX["mid_hip"]] - walk.joints_m[0, INDEX["mid_hip"]]
    assert travelled[1] < -1.2, "the person walks forwards, along -y"
    assert set(walk.measured) == set(MEASURED_CHANNELS) <= set(MONTAGE.names)
    for envelope in walk.measured.values():
        assert envelope.shape == (n,)
        assert 0.0 <= envelope.min() < 0.2 < envelope.max() <= 1.0


def test_coordinates_in_degrees_are_refused(folder, body):
    table = replace(read_opensim_table(folder / "coordinates.sto"), in_degrees=True)
    with pytest.raises(OpenSimTableError, match="degrees"):
        walk_configurations(body, table, table.times_s[:30])


def test_a_folder_without_the_files_is_an_error(tmp_path, body):
    with pytest.raises(OpenSimTableError, match=r"coordinates\.sto is not a readable"):
        check_measured_walk(tmp_path, body)
