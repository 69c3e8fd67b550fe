"""`mia sensors`: with simulated sensors, and with genuine bleak on a Bluetooth daemon without a radio."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app import sensor_commands, sensor_sources
from app.cli import cli
from app.sensor_choice import SensorChoice
from mia_core.errors import MiaError, RecordingError
from mia_core.muscles import MONTAGE
from mia_core.sensors.bluetooth_adapters import shared_adapters
from mia_core.sensors.bluetooth_errors import BluetoothReason, BluetoothUnavailableError, SensorNotFoundError
from mia_core.sensors.decode_benchmark import measure_decoding
from mia_core.sensors.emg_csv import read_emg_csv
from mia_core.sensors.generic_profile import EXAMPLE_PROFILE, ProfileFileError
from mia_core.sensors.montage_store import MontageStore
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.fake_bluez import FakeBluez
from tests.fakes.waiting import wait_until
from tests.sensors.conftest import StartBluez, bluez, start_bluez  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own montages and profiles."""
    monkeypatch.setattr(sensor_sources, "montages_folder", lambda: tmp_path / "montages")
    monkeypatch.setattr(sensor_sources, "profiles_folder", lambda: tmp_path / "profiles")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def mia(*arguments: str | Path | float) -> Result:
    return CliRunner().invoke(cli, ["sensors", *map(str, arguments)], catch_exceptions=False)


def test_simulated_sensors_are_listed_as_such() -> None:
    found = json.loads(mia("scan", "--simulated", "--json").stdout)
    assert [sensor["serial"] for sensor in found] == [f"SIM-{n}" for n in range(1, 9)]
    assert {sensor["firmware"] for sensor in found} == {"simulated"}
    table = mia("scan", "--simulated").stdout
    assert "SIM-8" in table
    assert "simulated" in table


def test_simulated_sensors_are_written_to_a_file_that_says_so(tmp_path: Path) -> None:
    out = tmp_path / "emg.csv"
    outcome = mia("stream", "--simulated", "--seconds", 1.5, "--out", out)
    assert outcome.exit_code == 0
    recording = read_emg_csv(out)
    assert not recording.header.is_measured
    assert not recording.is_torn
    assert f"{len(recording)} samples of simulated sEMG" in outcome.stdout
    assert set(recording.channels.tolist()) == set(range(8))


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "emg.csv"
    out.write_text("dear")
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        mia("stream", "--simulated", "--seconds", 1, "--out", out)
    assert out.read_text() == "dear"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_a_recording_in_order(tmp_path: Path) -> None:
    out = tmp_path / "emg.csv"
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "sensors", "stream", "--simulated", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or (out.exists() and out.read_text().count("\n") >= 20), 60.0)
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, complaint
    recording = read_emg_csv(out)
    assert not recording.is_torn
    assert recording.n_bad_lines == 0
    assert f"{len(recording)} samples of simulated sEMG" in said


def test_preflight_of_simulated_sensors_passes() -> None:
    outcome = mia("preflight", "--simulated", "--seconds", 3, "--json")
    runs = json.loads(outcome.stdout)
    assert outcome.exit_code == 0, runs
    assert [run["placement"] for run in runs] == list(MONTAGE.names)
    assert all(0 < run["connected_after_s"] < 2 for run in runs)
    assert all(run["quality"]["hum"] is None for run in runs), "unknown numbers are null"


@pytest.mark.parametrize("command", [("scan",), ("preflight",), ("inspect", "AA:BB:CC:DD:EE:FF")])
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reaches Bluetooth over D-Bus")
def test_without_bluetooth_every_command_says_why(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mia_core.sensors.bluetooth_thread import close_bluetooth_thread

    close_bluetooth_thread()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'no_bus'}")
    with pytest.raises(BluetoothUnavailableError) as caught:
        mia(*command)
    assert caught.value.reason is BluetoothReason.NO_BUS
    assert close_bluetooth_thread()


def test_recording_needs_a_montage(tmp_path: Path) -> None:
    with pytest.raises(sensor_sources.NoMontageError, match="No sensors were assigned"):
        mia("stream", "--out", tmp_path / "emg.csv")
    with pytest.raises(MiaError, match="There is no montage Lab"):
        mia("stream", "--montage", "Lab", "--out", tmp_path / "emg.csv")
    assert not (tmp_path / "emg.csv").exists()


def test_a_lab_s_own_profiles_are_known_from_their_folder(folders: Path) -> None:
    (folders / "profiles").mkdir()
    (folders / "profiles" / "board.toml").write_text(EXAMPLE_PROFILE.read_text())
    assert sensor_sources.known_profiles()[0].key == "my_board"
    with pytest.raises(ProfileFileError, match="which another file has"):
        sensor_sources.known_profiles((EXAMPLE_PROFILE,))


def test_nothing_near_is_no_montage() -> None:
    with pytest.raises(SensorNotFoundError, match="No sensor was heard"):
        sensor_sources.unplaced(())


def test_genuine_bleak_finds_and_inspects_m40s(bluez: FakeBluez) -> None:  # noqa: F811
    found = json.loads(mia("scan", "--seconds", 1, "--json").stdout)
    assert len(found) == 8
    assert {sensor["profile"] for sensor in found} == {"m40"}
    assert {sensor["serial"] for sensor in found} == {bluez.sensor(place).serial for place in range(8)}
    said = mia("inspect", found[0]["address"], "--notify-seconds", 0.5).stdout
    assert "00002a58-0000-1000-8000-00805f9b34fb" in said
    assert "bytes: 2" in said


def save_montage(folder: Path, *serials: str) -> None:
    """Save M40s with these serial numbers, on the first muscles, as the montage "Lab"."""
    sensors = tuple((at, SensorId("m40", serial)) for at, serial in zip(MONTAGE.placements, serials, strict=False))
    MontageStore(folder / "montages").save(SensorMontage("Lab", sensors))


def test_genuine_bleak_records_a_saved_montage(start_bluez: StartBluez, folders: Path) -> None:  # noqa: F811
    rig = start_bluez(sensors=("m40",) * 2)
    save_montage(folders, rig.sensor(1).serial, rig.sensor(0).serial)
    outcome = mia("stream", "--montage", "Lab", "--seconds", 2.5, "--out", folders / "emg.csv")
    assert outcome.exit_code == 0, outcome.stdout
    recording = read_emg_csv(folders / "emg.csv")
    assert recording.header.is_measured
    assert set(recording.channels.tolist()) == {0, 1}
    assert "measured sEMG" in outcome.stdout


def test_preflight_without_a_montage_takes_what_is_near(
    start_bluez: StartBluez,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = start_bluez(sensors=("m40",) * 3)
    monkeypatch.setattr(sensor_commands, "SEARCH_S", 0.5)
    outcome = mia("preflight", "--seconds", 3, "--json")
    runs = json.loads(outcome.stdout)
    assert outcome.exit_code == 0, runs
    assert {run["placement"] for run in runs} == {None}, "their muscles mean nothing"
    assert {run["sensor"]["serial"] for run in runs} == {rig.sensor(place).serial for place in range(3)}


def test_preflight_fails_for_a_sensor_that_is_not_there(start_bluez: StartBluez, folders: Path) -> None:  # noqa: F811
    save_montage(folders, start_bluez(sensors=("m40",)).sensor(0).serial, "at home")
    outcome = mia("preflight", "--seconds", 4)
    assert outcome.exit_code == 1
    assert "1 of 2 sensors are not fit for use." in outcome.stderr
    present, absent = (line for line in outcome.stdout.splitlines() if line.startswith("left"))
    assert "green" in present
    assert "red" in absent


def test_decoding_is_two_hundred_times_as_fast_as_eight_raw_sensors_need() -> None:
    for speed in measure_decoding(rounds=3):
        assert speed.decoded_ratio >= 200, speed


def test_without_names_all_adapters_that_are_on_share_the_sensors(start_bluez: StartBluez) -> None:  # noqa: F811
    rig = start_bluez(sensors=("m40",) * 4, adapters=("hci0", "hci1", "hci2"))
    rig.power(False, "hci2")
    assert shared_adapters() == ("hci0", "hci1")
    montage = SensorMontage(
        "arms", tuple((at, SensorId("m40", rig.sensor(n).serial)) for n, at in enumerate(MONTAGE.placements[:4]))
    )
    array = sensor_sources.make_sensors(SensorChoice.parse("bluetooth"), lambda _: np.zeros(8, np.float32), montage)
    array.open()
    try:
        wait_until(lambda: all(state.phase is SensorPhase.STREAMING for state in array.states()))
        assert sorted(rig.sensor(n).adapter for n in range(4)) == ["hci0", "hci0", "hci1", "hci1"]
    finally:
        array.close()
    rig.power(False, "hci1")
    assert shared_adapters() == (), "the only one is the default"
