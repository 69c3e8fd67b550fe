"""One loop on one thread: results, time-outs, an end that lets everything disconnect."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import CancelledError

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from mia_core.sensors.bluetooth_errors import BluetoothReason, BluetoothUnavailableError, bluetooth_reason
from mia_core.sensors.bluetooth_thread import (
    THREAD_NAME,
    BluetoothThread,
    bluetooth_thread,
    close_bluetooth_thread,
)


@pytest.fixture
def thread():
    thread = BluetoothThread()
    yield thread
    assert thread.close()


async def _name() -> str:
    return threading.current_thread().name


def test_coroutines_run_on_the_bluetooth_thread_and_give_their_results_back(thread):
    assert thread.run(_name(), 5.0) == THREAD_NAME
    assert threading.current_thread().name != THREAD_NAME


def test_an_error_comes_out_where_it_was_waited_for(thread):
    async def fail() -> None:
        raise BluetoothUnavailableError(BluetoothReason.OFF)

    with pytest.raises(BluetoothUnavailableError, match="switched off"):
        thread.run(fail(), 5.0)


def test_what_takes_too_long_is_cancelled(thread):
    cancelled = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError):
        thread.run(forever(), 0.05)
    assert cancelled.wait(5.0)


def test_the_thread_never_waits_for_itself(thread):
    async def ask_itself() -> None:
        thread.run(_name(), 5.0)

    with pytest.raises(RuntimeError, match="wait for itself"):
        thread.run(ask_itself(), 5.0)


def test_closing_lets_tasks_finish_what_they_do_at_their_end():
    thread = BluetoothThread()
    disconnected = threading.Event()
    began = threading.Event()

    async def hold_a_connection() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            disconnected.set()

    future = thread.start(hold_a_connection())
    assert began.wait(5.0)
    assert thread.close()
    assert disconnected.is_set()
    assert future.cancelled()
    assert thread.close()  # twice is harmless
    with pytest.raises(RuntimeError, match="was closed"):
        thread.run(_name())


def test_what_was_started_goes_on_though_nobody_keeps_its_future():
    thread = BluetoothThread()
    ended = threading.Event()

    async def hold_a_connection() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    thread.start(hold_a_connection())
    thread.run(_name(), 5.0)  # in turn: the first waits by now
    gc.collect()
    assert not ended.is_set()
    assert thread.close()
    assert ended.is_set()


def test_closing_ends_what_tasks_begin_at_their_end():
    thread = BluetoothThread()
    began, ended = threading.Event(), threading.Event()
    begun: list[asyncio.Task[None]] = []

    async def disconnect() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def hold_a_connection() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            begun.append(asyncio.create_task(disconnect()))
            await asyncio.sleep(0)

    thread.start(hold_a_connection())
    assert began.wait(5.0)
    assert thread.close()
    assert ended.is_set()
    assert begun[0].cancelled()


def test_who_waits_without_a_time_out_while_it_is_closed_is_told():
    """A coroutine is refused, cancelled or finished; none is forgotten."""

    async def briefly() -> None:
        await asyncio.sleep(0)

    def ask(thread: BluetoothThread, begun: threading.Event) -> None:
        while True:
            begun.set()
            try:
                thread.run(briefly())
            except (RuntimeError, CancelledError):
                return

    for _ in range(20):
        thread, begun = BluetoothThread(), [threading.Event() for _ in range(3)]
        askers = [threading.Thread(target=ask, args=(thread, event), daemon=True) for event in begun]
        for asker in askers:
            asker.start()
        assert all(event.wait(5.0) for event in begun)
        assert thread.close()
        for asker in askers:
            asker.join(5.0)
        assert not any(asker.is_alive() for asker in askers)


def test_nobody_waits_for_what_does_not_end(monkeypatch):
    monkeypatch.setattr("mia_core.sensors.bluetooth_thread.CANCEL_TIMEOUT_S", 0.1)
    thread, began, told = BluetoothThread(), threading.Event(), threading.Event()

    async def hang_at_the_end() -> None:
        try:
            began.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    def ask() -> None:
        with pytest.raises(CancelledError):
            thread.run(hang_at_the_end())
        told.set()

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    assert began.wait(5.0)
    assert thread.close()
    assert told.wait(5.0)
    asker.join()


def test_there_is_one_thread_for_all_until_it_is_closed():
    first = bluetooth_thread()
    assert bluetooth_thread() is first
    assert [thread.name for thread in threading.enumerate()].count(THREAD_NAME) == 1
    assert close_bluetooth_thread()
    assert THREAD_NAME not in {thread.name for thread in threading.enumerate()}
    second = bluetooth_thread()
    assert second is not first
    assert second.run(_name(), 5.0) == THREAD_NAME
    assert close_bluetooth_thread()


def _not_available(reason: BleakBluetoothNotAvailableReason) -> BleakError:
    return BleakBluetoothNotAvailableError("some text", reason)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (_not_available(BleakBluetoothNotAvailableReason.POWERED_OFF), BluetoothReason.OFF),
        (_not_available(BleakBluetoothNotAvailableReason.NO_BLUETOOTH), BluetoothReason.MISSING),
        (_not_available(BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE), BluetoothReason.MISSING),
        (_not_available(BleakBluetoothNotAvailableReason.DENIED_BY_USER), BluetoothReason.DENIED),
        (_not_available(BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM), BluetoothReason.DENIED),
        (_not_available(BleakBluetoothNotAvailableReason.UNKNOWN), BluetoothReason.NO_DAEMON),
        (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["not activatable"]), BluetoothReason.NO_DAEMON),
        (BleakDBusError("org.freedesktop.DBus.Error.Spawn.ChildExited", []), BluetoothReason.NO_DAEMON),
        (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["no"]), BluetoothReason.DENIED),
        (BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]), BluetoothReason.OFF),
        (BleakDBusError("org.bluez.Error.InProgress", ["busy"]), BluetoothReason.BUSY),
        (BleakError("adapter 'hci1' not found"), BluetoothReason.MISSING),
        (ConnectionRefusedError(111, "refused"), BluetoothReason.NO_BUS),
        (FileNotFoundError(2, "no socket"), BluetoothReason.NO_BUS),
        (PermissionError(13, "denied"), BluetoothReason.DENIED),
        (EOFError(), BluetoothReason.NO_BUS),
        (BleakDeviceNotFoundError("04:EE"), None),
        (BleakError("device 'dev_04' not found"), None),
        (TimeoutError(), None),
    ],
)
def test_every_failure_is_one_of_the_reasons_or_about_one_device(error, reason):
    assert bluetooth_reason(error) is reason


def test_all_of_bleaks_own_reasons_are_mapped():
    for reason in BleakBluetoothNotAvailableReason:
        assert bluetooth_reason(_not_available(reason)) is not None


def test_every_reason_has_a_sentence_and_an_advice_of_its_own():
    errors = [BluetoothUnavailableError(reason) for reason in BluetoothReason]
    assert len({str(error) for error in errors}) == len(BluetoothReason) == 6
    assert len({error.advice for error in errors}) == 6
    assert all(str(error).endswith(".") and error.advice.endswith(".") for error in errors)
