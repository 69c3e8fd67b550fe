"""Real bluetoothd hears emulated sensors: minutes long, and only as quick as the machine is idle."""

from __future__ import annotations

import sys

import pytest

pytest.importorskip("bumble")

from tests.vm.run_vm import measure, what_is_missing


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="bluetoothd is Linux's")
def test_real_bluetoothd_loses_no_sample_and_its_crash_is_survived() -> None:
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    result = measure(30.0)
    print(result)
    assert result["bluetooth"] == "works"
    assert result["found"] == 8
    assert result["notifications"] >= 2300
    assert result["lost"] == 0
    assert result["reconnected_s"] <= 2.5
