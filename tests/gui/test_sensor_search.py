from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from app.sensor_page.sensor_search import SEARCH_S, UNEXPECTED, SensorSearch
from mia_core.sensors.bluetooth_errors import BluetoothReason, BluetoothUnavailableError
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import wait_until
from tests.gui.sensor_doors import SlowScan, found_m40

WAIT_S = 10.0


@pytest.fixture
def scan() -> Iterator[SlowScan]:
    """A search that ends when the test says so, at last when it ends itself."""
    scan = SlowScan(found=(found_m40(0), found_m40(1)))
    scan.heard = (found_m40(0, with_details=False),)
    yield scan
    scan.may_end.set()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def search(scan: SlowScan, clock: FakeClock) -> SensorSearch:
    return SensorSearch(scan, clock)


def test_what_is_heard_shows_at_once_and_again_with_its_details(
    search: SensorSearch, scan: SlowScan, clock: FakeClock
) -> None:
    assert (search.view.is_running, search.view.has_searched) == (False, False)
    search.start()
    assert scan.begun.wait(WAIT_S)
    assert search.view.is_running
    assert search.view.found == scan.heard
    clock.advance(0.25 * SEARCH_S)
    assert search.view.progress == pytest.approx(0.25)
    clock.advance(SEARCH_S)
    assert search.view.progress == 1.0, "it is reading serial numbers"
    scan.may_end.set()
    assert search.wait_ended(WAIT_S)
    assert search.view.found == (found_m40(0), found_m40(1))
    assert (search.view.is_running, search.view.has_searched, search.view.error) == (False, True, None)


def test_a_second_start_changes_nothing_while_it_runs(search: SensorSearch, scan: SlowScan) -> None:
    search.start()
    assert scan.begun.wait(WAIT_S)
    search.start()
    scan.may_end.set()
    assert search.wait_ended(WAIT_S)
    assert scan.seconds == [SEARCH_S]


def test_a_cancelled_search_keeps_what_it_has_and_ends_unseen(search: SensorSearch, scan: SlowScan) -> None:
    scan.error = BluetoothUnavailableError(BluetoothReason.OFF)
    search.start()
    assert scan.begun.wait(WAIT_S)
    search.cancel()
    assert not search.view.is_running
    assert search.view.found == scan.heard
    scan.may_end.set()
    assert search.wait_ended(WAIT_S)
    assert search.view.found == scan.heard
    assert search.view.error is None


def test_the_next_search_waits_for_the_end_of_a_cancelled_one(search: SensorSearch, scan: SlowScan) -> None:
    search.start()
    assert scan.begun.wait(WAIT_S)
    search.cancel()
    search.start()
    assert search.view.is_running
    assert search.view.found == ()
    assert scan.seconds == [SEARCH_S], "one scan at a time"
    scan.may_end.set()
    assert search.wait_ended(WAIT_S)
    assert scan.seconds == [SEARCH_S, SEARCH_S]
    assert search.view.found == scan.found


@pytest.mark.parametrize("reason", list(BluetoothReason))
def test_why_bluetooth_can_not_be_used_is_kept_until_the_next_search(
    search: SensorSearch, scan: SlowScan, reason: BluetoothReason
) -> None:
    scan.error = BluetoothUnavailableError(reason)
    scan.may_end.set()
    search.start()
    assert search.wait_ended(WAIT_S)
    assert search.view.error is scan.error
    scan.error = None
    search.start()
    wait_until(lambda: search.view.found == scan.found)
    assert search.wait_ended(WAIT_S)
    assert search.view.error is None


def test_a_search_that_ends_with_the_program_ends_quietly(clock: FakeClock) -> None:
    def cancelled(_seconds: float, _on_found: object) -> tuple[()]:
        raise CancelledError

    search = SensorSearch(cancelled, clock)
    search.start()
    assert search.wait_ended(WAIT_S)
    assert not search.view.is_running


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_search_that_breaks_never_looks_like_an_empty_room(clock: FakeClock) -> None:
    def broken(_seconds: float, _on_found: object) -> tuple[()]:
        raise ZeroDivisionError

    search = SensorSearch(broken, clock)
    search.start()
    assert search.wait_ended(WAIT_S)
    assert search.view.error is UNEXPECTED
    assert not search.view.is_running
