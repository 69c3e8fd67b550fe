from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData

from app.sensor_page.listed_sensor import (
    MIME,
    ListedSensor,
    from_mime,
    listed_from_found,
    short_name,
    to_mime,
    with_missing,
    with_running,
)
from mia_core.muscles import MONTAGE
from mia_core.sensors.ble_discovery import FoundSensor
from mia_core.sensors.profiles import M40, NPG_LITE, UMYO
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.scripted_sensors import ScriptedSensors
from tests.gui.sensor_doors import found_m40

_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@pytest.mark.parametrize(
    ("sensor", "name"),
    [
        (SensorId("m40", "A1048"), "A1048"),
        (SensorId("npg_lite", "N7", 2), "N7 / 3"),
        (SensorId("umyo", "address:0A:1B"), "0A:1B"),
    ],
)
def test_a_sensor_is_called_by_what_tells_it_from_its_twins(sensor: SensorId, name: str) -> None:
    assert short_name(sensor) == name


def test_a_sensor_can_be_assigned_once_its_serial_number_is_known_or_known_to_be_missing() -> None:
    heard = (found_m40(1, with_details=False), found_m40(0), FoundSensor(UMYO, "uMyo", "0A:1B"))
    early = {one.sensor: one for one in listed_from_found(heard, searching=True)}
    unread, read, mute = (early[found.ids[0]] for found in heard)
    assert (unread.is_ready, read.is_ready, mute.is_ready) == (False, True, True)
    assert unread.details == "reading its serial number …"
    assert read.details == "M40 Muscle Sense, battery 90 %"
    late = {one.sensor: one for one in listed_from_found(heard, searching=False)}
    assert late[unread.sensor].is_ready, "it could not be connected: its address must do"
    assert late[unread.sensor].details == "M40 Muscle Sense, battery unknown"


def test_sensors_are_listed_by_serial_number_one_for_each_electrode_pair() -> None:
    board = FoundSensor(NPG_LITE, "NPG", "N:1", "N7")
    listed = listed_from_found((board, found_m40(1), found_m40(0)), searching=False)
    assert [short_name(one.sensor) for one in listed] == ["A1048", "A1051", "N7", "N7 / 2", "N7 / 3"]
    assert listed[0].colours == tuple(M40.led.colours)
    assert listed[2].colours == ()


def test_running_sensors_tell_the_newest_of_themselves() -> None:
    montage = SensorMontage(
        "", ((MONTAGE.placements[0], SensorId("m40", "A1048")), (MONTAGE.placements[1], SensorId("m40", "B1")))
    )
    source = ScriptedSensors(M40, montage=montage)
    source.set_state(0, replace(source.state_of(0), battery_percent=41, rssi_dbm=-80, firmware="1.7"))
    source.set_state(1, replace(source.state_of(1), phase=SensorPhase.SEARCHING))
    listed = with_running(listed_from_found((found_m40(0), found_m40(2)), searching=False), source, source.states())
    assert [short_name(one.sensor) for one in listed] == ["A1048", "A1052", "B1"]
    assert (listed[0].battery_percent, listed[0].rssi_dbm, listed[0].firmware) == (41, -80, "1.7")
    assert listed[0].found is not None, "its light can still be set"
    assert listed[2] == ListedSensor(SensorId("m40", "B1"), M40.name, is_heard=False, colours=tuple(M40.led.colours))
    source.set_state(1, replace(source.state_of(1), phase=SensorPhase.LOST))
    assert with_running([], source, source.states())[1].is_heard, "it was there"


def test_what_the_montage_knows_and_nobody_heard_is_listed_as_such() -> None:
    montage = SensorMontage(
        "", ((MONTAGE.placements[3], SensorId("m40", "A1048")), (MONTAGE.placements[4], SensorId("m40", "Z9")))
    )
    listed = with_missing(listed_from_found((found_m40(0),), searching=False), montage)
    assert [(short_name(one.sensor), one.is_heard) for one in listed] == [("A1048", True), ("Z9", False)]
    assert listed[1].details == "not heard yet"


@given(profile=_TEXTS, serial=_TEXTS, channel=st.integers(0, 99))
def test_a_dragged_sensor_arrives_as_it_left(profile: str, serial: str, channel: int) -> None:
    sensor = SensorId(profile, serial, channel)
    assert from_mime(to_mime(sensor)) == sensor


@given(payload=st.binary(max_size=60) | st.sampled_from([b"[1,2,3]", b'["m40","A1"]', b"{}", b"[" * 100_000]))
def test_any_other_drag_is_no_sensor(payload: bytes) -> None:
    data = QMimeData()
    data.setData(MIME, payload)
    assert from_mime(data) is None
    assert from_mime(QMimeData()) is None
