"""What `mia doctor` says of Bluetooth: every cause in its own words, and never a wait."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import doctor
from mia_core.sensors import ble_discovery
from mia_core.sensors.bluetooth_errors import BluetoothReason
from tests.fakes.fake_bluez import FakeBluez
from tests.sensors.conftest import StartBluez, bluez, start_bluez  # noqa: F401 - fixtures

BLUETOOTH_ALONE = """
import time
from app.doctor import _bluetooth
_bluetooth()  # imports what it needs
began = time.perf_counter()
finding = _bluetooth()
print(finding.ok, finding.needed, finding.value, finding.advice, sep="|")
print(time.perf_counter() - began)
"""


WORDS = {
    BluetoothReason.OFF: "Bluetooth is switched off.",
    BluetoothReason.MISSING: "no Bluetooth LE adapter",
    BluetoothReason.DENIED: "not allowed to use Bluetooth",
    BluetoothReason.NO_DAEMON: "Bluetooth service does not answer",
}
FAULTS: dict[BluetoothReason, Callable[[FakeBluez], None]] = {
    BluetoothReason.OFF: lambda rig: rig.power(False),
    BluetoothReason.MISSING: lambda rig: rig.unplug(),
    BluetoothReason.DENIED: lambda rig: rig.deny(),
    BluetoothReason.NO_DAEMON: lambda rig: rig.kill_daemon(),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_on_real_bleak_each_fault_has_its_own_sentence(bluez: FakeBluez, reason: BluetoothReason) -> None:  # noqa: F811
    FAULTS[reason](bluez)
    finding = doctor._bluetooth()
    assert not finding.ok
    assert not finding.needed  # the application works without sensors
    assert [other for other, words in WORDS.items() if words in finding.value] == [reason]


def test_on_real_bleak_the_adapters_are_named(start_bluez: StartBluez) -> None:  # noqa: F811
    rig = start_bluez(adapters=("hci0", "hci1"))
    rig.power(False, "hci1")
    assert doctor._bluetooth() == doctor.Finding("bluetooth", "adapter", "hci0, hci1 (switched off)")


def test_every_cause_has_its_own_sentence_and_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = {}
    for reason in BluetoothReason:
        monkeypatch.setattr(ble_discovery, "bluetooth_state", lambda reason=reason: reason)
        findings[reason] = doctor._bluetooth()
    assert len({finding.value for finding in findings.values()}) == len(BluetoothReason)
    assert len({finding.advice for finding in findings.values()}) == len(BluetoothReason)
    for finding in findings.values():
        assert finding.value.endswith(".")
        assert finding.advice.endswith(".")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reaches Bluetooth over D-Bus")
def test_a_machine_without_a_bus_is_told_so_at_once(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", BLUETOOTH_ALONE],
        env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path / 'no_bus'}", "PATH": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    said, took_s = outcome.stdout.splitlines()
    assert said.startswith("False|False|The system's message bus (D-Bus)")
    assert float(took_s) <= 3.0
