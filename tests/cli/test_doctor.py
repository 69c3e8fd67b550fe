"""What `mia doctor` says of Bluetooth: every cause in its own words, and never a wait."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import doctor
from mia_core.sensors import ble_discovery
from mia_core.sensors.bluetooth_errors import BluetoothReason

BLUETOOTH_ALONE = """
import time
from app.doctor import _bluetooth
began = time.perf_counter()
finding = _bluetooth()
print(finding.ok, finding.needed, finding.value, finding.advice, sep="|")
print(time.perf_counter() - began)
"""


def finding_for(reason: BluetoothReason | None, monkeypatch: pytest.MonkeyPatch) -> doctor.Finding:
    monkeypatch.setattr(ble_discovery, "bluetooth_state", lambda: reason)
    return doctor._bluetooth()


def test_every_cause_has_its_own_sentence_and_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = {reason: finding_for(reason, monkeypatch) for reason in BluetoothReason}
    assert len({finding.value for finding in findings.values()}) == len(BluetoothReason)
    assert len({finding.advice for finding in findings.values()}) == len(BluetoothReason)
    for finding in findings.values():
        assert not finding.ok
        assert not finding.needed  # the application works without sensors
        assert finding.value.endswith(".")
        assert finding.advice.endswith(".")
    words = {
        BluetoothReason.OFF: "switched off",
        BluetoothReason.MISSING: "no Bluetooth LE adapter",
        BluetoothReason.DENIED: "not allowed",
        BluetoothReason.NO_DAEMON: "service does not answer",
    }
    for reason, word in words.items():
        assert word in findings[reason].value


def test_bluetooth_that_works_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = finding_for(None, monkeypatch)
    assert finding.ok
    assert finding.value == "works" or finding.value.startswith("hci")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reaches Bluetooth over D-Bus")
def test_a_machine_without_a_bus_is_told_so_at_once(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", BLUETOOTH_ALONE],
        env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path / 'no_bus'}", "PATH": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said, took_s = outcome.stdout.splitlines()
    assert said.startswith("False|False|The system's message bus (D-Bus)")
    assert float(took_s) <= 3.0
