from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt
from PySide6.QtGui import QAction, QColor, QDragEnterEvent, QDropEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QInputDialog,
    QMenu,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.app_settings import AppSettings, SettingsStore
from app.live_page.body_figure import BodyFigure
from app.live_page.live_actions import LiveActions
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.played_muscles import PlayedMuscles
from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_page.bench import RECORDED
from app.sensor_page.listed_sensor import ListedSensor, to_mime
from app.sensor_page.sensor_list import SensorList
from app.sensor_page.sensor_session import Phase, SensorSession, SensorView
from app.sensor_page.sensors_page import SensorsPage
from app.sensor_page.signal_table import COLUMNS, STATE, TRACE, UNKNOWN
from app.sensor_page.state_marks import paint_state, state_word
from app.theme import DARK, dress
from app.window import sensor_access as real_sensor_access
from mia_core.bundled import BODY_MAP
from mia_core.clock import SystemClock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import MONTAGE, Placement
from mia_core.sensors.bluetooth_errors import BluetoothReason, BluetoothUnavailableError
from mia_core.sensors.emg_calibration import EmgCalibration, MuscleReference
from mia_core.sensors.emg_csv import EmgFileError
from mia_core.sensors.montage_store import MontageError, MontageStore
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState, SignalQuality
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE
from tests.fakes.recordings import record_simulated
from tests.fakes.scripted_sensors import chunk
from tests.gui.conftest import CAMERA
from tests.gui.fake_pipeline import FakePipeline
from tests.gui.sensor_doors import SERIALS, Doors, found_m40
from tests.gui.sensor_readings import GREEN, GREY, RED, YELLOW, state
from tests.sensors.conftest import StartBluez

LEFT_BICEPS, LEFT_TRICEPS, LEFT_QUADRICEPS = MONTAGE.placements[:3]
RIGHT_BICEPS = MONTAGE.placements[4]
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus and dialogs off the screen

A, B, C = (SensorId("m40", serial) for serial in SERIALS)
OFF = BluetoothUnavailableError(BluetoothReason.OFF)


@pytest.fixture
def window(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> MainWindow:
    """The window on its sensors page."""
    window = open_window(lambda _choice, _setup: FakePipeline())
    window.actions_by_name["show_sensors"].trigger()
    qtbot.waitUntil(window.sensors_page.isVisible)
    return window


@dataclass
class Bench:
    """The page without the rest of the window.

    Attributes:
        page: The page.
        actions: What the window's keys do.
        feeds: What it told the live page.
    """

    page: SensorsPage
    actions: LiveActions
    feeds: list[SensorFeed | None]


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, doors: Doors) -> Iterator[Bench]:
    dress(qapp, DARK)
    host = QWidget()
    qtbot.addWidget(host)
    actions = LiveActions(host)
    feeds: list[SensorFeed | None] = []
    page = SensorsPage(doors.access, BodyFigure.load(BODY_MAP), DARK, actions, feeds.append, SystemClock())
    actions.connect(page.handlers)
    actions.show_page("sensors")
    column = QVBoxLayout(host)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(page.controls)
    column.addWidget(page)
    host.setMinimumSize(800, 500)  # as the window says, not the layout
    host.resize(1204, 670)
    with qtbot.waitExposed(host):
        host.show()
    yield Bench(page, actions, feeds)
    doors.scan.may_end.set()
    assert page.close_all(5)


@pytest.fixture
def page(bench: Bench) -> SensorsPage:
    return bench.page


@pytest.fixture
def stocked(qtbot: QtBot, page: SensorsPage, doors: Doors) -> SensorsPage:
    """The page after a search that found three sensors, two of which were put on muscles."""
    return _stock(qtbot, page, doors)


@pytest.fixture
def connected(qtbot: QtBot, stocked: SensorsPage) -> SensorsPage:
    """The same with the two sensors running."""
    return _connect(qtbot, stocked)


def _stock(qtbot: QtBot, page: SensorsPage, doors: Doors) -> SensorsPage:
    doors.scan.found = tuple(found_m40(number) for number in range(3))
    doors.scan.may_end.set()
    page.search_or_cancel()
    qtbot.waitUntil(lambda: page.source.sensors.count() == 3 and page.source.search.text() == "Search again")
    _drop(page, A, LEFT_BICEPS)
    _drop(page, B, LEFT_TRICEPS)
    return page


def _connect(qtbot: QtBot, page: SensorsPage) -> SensorsPage:
    page.connect_or_disconnect()
    qtbot.waitUntil(lambda: page.bench.session.view.phase is Phase.ON)
    qtbot.waitUntil(page.table.isVisible)
    QApplication.processEvents()  # all takes its place beside the table
    return page


def _drop(page: SensorsPage, sensor: SensorId, at: Placement) -> bool:
    """Drop a sensor on a muscle, and return whether it was taken."""
    place = QPointF(page.body.muscle_centre(at))
    return _send_drop(page.body, to_mime(sensor), place)


def _send_drop(target: object, mime: QMimeData, place: QPointF) -> bool:
    keys, buttons, action = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place.toPoint(), action, mime, buttons, keys)
    enter.ignore()
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        drop = QDropEvent(place, action, mime, buttons, keys)
        QApplication.sendEvent(target, drop)
    return enter.isAccepted()


def _menu(qtbot: QtBot, page: SensorsPage) -> dict[str, QAction]:
    """Return what the open menu offers, by its texts."""
    qtbot.waitUntil(lambda: any(menu.isVisible() for menu in page.findChildren(QMenu)))
    menu = next(menu for menu in page.findChildren(QMenu) if menu.isVisible())
    return {action.text(): action for action in menu.actions() if not action.isSeparator()}


def _choose(page: SensorsPage, action: QAction) -> None:
    """Choose from the open menu."""
    menu = next(menu for menu in page.findChildren(QMenu) if menu.isVisible())
    action.trigger()
    menu.close()


def _cell(page: SensorsPage, row: int, title: str) -> str:
    column = next(place for place, column in enumerate(COLUMNS) if column.title == title)
    return str(page.table.model().index(row, column).data())


# Pages


def test_pages_are_changed_by_keys_and_remembered(
    qtbot: QtBot, window: MainWindow, open_window: Callable[..., MainWindow]
) -> None:
    actions = window.actions_by_name
    keys = [actions[page.action].shortcut().toString() for page in window.pages]
    assert keys == [f"Ctrl+{number}" for number in range(1, len(window.pages) + 1)]
    assert actions["show_sensors"].isChecked()
    assert window.sensors_page.controls.isVisible()
    assert not window.live_controls.isVisible()
    window.close()
    again = open_window(lambda _choice, _setup: FakePipeline())
    assert again.sensors_page.isVisible()
    again.actions_by_name["show_live"].trigger()
    assert again.live_page.isVisible()
    assert again.live_controls.isVisible()
    assert not again.sensors_page.controls.isVisible()


def test_who_names_a_source_gets_to_see_it(store: SettingsStore, open_window: Callable[..., MainWindow]) -> None:
    store.save(replace(AppSettings(), page="sensors"))
    assert open_window(lambda _choice, _setup: FakePipeline(), CAMERA).live_page.isVisible()


def test_keys_of_one_page_do_nothing_on_the_other(window: MainWindow) -> None:
    actions = window.actions_by_name
    assert not actions["start_stop"].isEnabled()
    assert not actions["mirror"].isEnabled()
    assert actions["search_sensors"].isEnabled()
    assert actions["theme"].isEnabled()
    actions["show_live"].trigger()
    assert actions["start_stop"].isEnabled()
    assert not actions["search_sensors"].isEnabled()


@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (1920, 1080)])
def test_nothing_is_wider_or_higher_than_its_place(
    qtbot: QtBot, window: MainWindow, doors: Doors, size: tuple[int, int]
) -> None:
    connected = _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    window.resize(*size)
    qtbot.waitUntil(lambda: connected.guide.isVisible() == (size[0] > 1200) and connected.body.width() > 500)
    qtbot.waitUntil(lambda: connected.mapTo(window, connected.rect().bottomRight()) == window.rect().bottomRight())
    qtbot.waitUntil(lambda: connected.table.height() >= connected.table.sizeHint().height() - 4)
    assert (window.width(), window.height()) == size
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
    boxes = [connected.body.label_box(placement) for placement in MONTAGE.placements]
    for number, box in enumerate(boxes):
        assert QRectF(connected.body.rect()).contains(box)
        assert not any(box.intersects(other) for other in boxes[:number])


def test_every_button_has_an_accessible_name(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    buttons = [button for button in window.findChildren(QAbstractButton) if button.isVisible()]
    assert len(buttons) >= 12
    assert [button for button in buttons if not (button.accessibleName() or button.text())] == []


# Search


def test_a_search_shows_what_it_hears_and_can_be_cancelled(qtbot: QtBot, page: SensorsPage, doors: Doors) -> None:
    doors.scan.heard = (found_m40(0, with_details=False),)
    page.search_or_cancel()
    qtbot.waitUntil(lambda: page.source.sensors.count() == 1)
    assert page.source.search.text() == "Cancel the search"
    assert page.source.progress.isVisible()
    qtbot.waitUntil(lambda: page.source.caption.text() == "Searching, 1 sensor heard so far")
    row = page.source.sensors.row_of(doors.scan.heard[0].ids[0])
    assert "reading its serial number" in row.accessibleName()
    page.source.search.click()
    assert page.source.search.text() == "Search again"
    assert not page.source.progress.isVisible()
    assert page.source.sensors.count() == 1


def test_a_search_that_has_just_ended_is_not_begun_again_by_who_cancels_it(page: SensorsPage, doors: Doors) -> None:
    page.search_or_cancel()
    doors.scan.may_end.set()
    assert page.bench.search.wait_ended(10)
    assert page.source.search.text() == "Cancel the search"
    page.source.search.click()
    assert page.source.search.text() == "Search again"
    assert len(doors.scan.seconds) == 1


def test_found_sensors_show_what_tells_them_apart(stocked: SensorsPage) -> None:
    assert stocked.source.sensors.row_of(A).accessibleName() == (
        "A1048, on the left biceps, M40 Muscle Sense, battery 90 %, signal strong (-50 dBm)"
    )
    assert stocked.source.sensors.row_of(C).accessibleName() == (
        "A1052, on no muscle, M40 Muscle Sense, battery 88 %, signal good (-70 dBm)"
    )
    assert "firmware 1.6" in stocked.source.sensors.row_of(A).toolTip()


@pytest.mark.parametrize("reason", list(BluetoothReason))
def test_why_there_is_no_bluetooth_is_said_with_advice(
    qtbot: QtBot, page: SensorsPage, doors: Doors, reason: BluetoothReason
) -> None:
    doors.scan.error = error = BluetoothUnavailableError(reason)
    doors.scan.may_end.set()
    assert "Switch the sensors on" in page.source.notice.text
    page.search_or_cancel()
    qtbot.waitUntil(lambda: page.source.notice.text == f"{error} {error.advice}")
    assert page.source.notice.isVisible()


def test_an_empty_room_is_not_a_failure(qtbot: QtBot, page: SensorsPage, doors: Doors) -> None:
    doors.scan.may_end.set()
    page.search_or_cancel()
    qtbot.waitUntil(lambda: page.source.notice.text.startswith("No sensor was heard."))


# Montage


def test_a_dropped_sensor_is_put_on_its_muscle_and_saved(stocked: SensorsPage, doors: Doors) -> None:
    expected = ((LEFT_BICEPS, A), (LEFT_TRICEPS, B))
    assert stocked.bench.montage.assignments == expected
    assert MontageStore(doors.folder).last() == SensorMontage("My sensors", expected)
    assert stocked.body.selection == LEFT_TRICEPS
    assert stocked.source.sensors.selection == B
    assert "Left triceps: A1051, not connected" in stocked.body.accessibleDescription()
    assert "Left quadriceps: no sensor" in stocked.body.accessibleDescription()


def test_only_sensors_can_be_dropped_and_only_on_muscles(stocked: SensorsPage) -> None:
    before = stocked.bench.montage
    mime = QMimeData()
    mime.setText("A1048")
    assert not _send_drop(stocked.body, mime, QPointF(stocked.body.muscle_centre(LEFT_BICEPS)))
    _send_drop(stocked.body, to_mime(C), QPointF(2, stocked.body.height() / 2))
    assert stocked.bench.montage == before


def test_a_sensor_that_is_dragged_back_is_free(stocked: SensorsPage) -> None:
    assert _send_drop(stocked.source.sensors.viewport(), to_mime(A), QPointF(20, 20))
    assert stocked.bench.montage.assignments == ((LEFT_TRICEPS, B),)


def test_everything_works_by_keys(qtbot: QtBot, bench: Bench, stocked: SensorsPage) -> None:
    sensors = stocked.source.sensors
    sensors.setFocus()
    sensors.setCurrentRow(2)
    qtbot.keyClick(sensors, Qt.Key.Key_Return)
    offered = _menu(qtbot, stocked)
    assert list(offered)[:3] == ["Left biceps   (A1048)", "Left triceps   (A1051)", "Left quadriceps"]
    assert len(offered) == 8
    _choose(stocked, offered["Left quadriceps"])
    assert stocked.bench.montage.sensor_at(LEFT_QUADRICEPS) == C
    bench.actions["free_muscle"].trigger()
    assert stocked.bench.montage.sensor_at(LEFT_QUADRICEPS) is None
    bench.actions["undo"].trigger()
    assert stocked.bench.montage.sensor_at(LEFT_QUADRICEPS) == C
    assert bench.actions["redo"].toolTip().endswith("take the sensor off the left quadriceps")
    bench.actions["redo"].trigger()
    assert stocked.bench.montage.sensor_at(LEFT_QUADRICEPS) is None
    assert not bench.actions["redo"].isEnabled()


def test_tab_reaches_everything_in_the_order_it_stands_in(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    page = _stock(qtbot, window.sensors_page, doors)
    window.show_page("sensors")
    assert page.source.sensors.hasFocus()
    reached = _reached_by_tab(window, page.source.kinds[SensorKind.BLUETOOTH])
    assert reached[:2] == ["Bluetooth", "Search again"]
    assert reached[2:6] == ["Sensors", "Identify A1048", "Identify A1051", "Identify A1052"]
    assert reached[6:8] == ["Sensors on the body", "Placement of the sensor"]
    assert {"Montage: My sensors", "Connect or disconnect the sensors", "Watch muscles live"} <= set(reached)
    page.body.select(LEFT_TRICEPS)
    page.guide.show_placement(LEFT_TRICEPS)
    assert page.guide.accessibleDescription().startswith("Left triceps\nMuscle: Triceps brachii")


def _reached_by_tab(window: MainWindow, first: QWidget) -> list[str]:
    """Return the names of all widgets that Tab goes to, in their order."""
    first.setFocus()
    reached: list[QWidget] = []
    while (widget := QApplication.focusWidget()) is not None and widget not in reached:
        reached.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    return [widget.accessibleName() or getattr(widget, "text", str)() for widget in reached]


def test_rows_make_room_for_the_scroll_bar(qtbot: QtBot, qapp: QApplication) -> None:
    dress(qapp, DARK)
    sensors = SensorList(DARK)
    qtbot.addWidget(sensors)
    eight = [ListedSensor(sensor, "M40") for _, sensor in SIMULATED_MONTAGE.assignments]
    sensors.show_sensors(eight, SIMULATED_MONTAGE, can_identify=True)
    sensors.resize(300, 500)
    sensors.show()
    row = sensors.row_of(eight[0].sensor)
    qtbot.waitUntil(lambda: row.width() == sensors.viewport().width() == 300)
    sensors.resize(300, 200)
    qtbot.waitUntil(lambda: row.width() == sensors.viewport().width() < 300)


def test_a_muscle_offers_the_sensors(qtbot: QtBot, stocked: SensorsPage) -> None:
    stocked.body.setFocus()
    stocked.body.select(None)
    for _ in range(3):
        qtbot.keyClick(stocked.body, Qt.Key.Key_Right)
    assert stocked.body.selection == LEFT_QUADRICEPS
    qtbot.keyClick(stocked.body, Qt.Key.Key_Return)
    offered = _menu(qtbot, stocked)
    assert list(offered) == ["A1048   (left biceps)", "A1051   (left triceps)", "A1052"]
    _choose(stocked, offered["A1048   (left biceps)"])
    assert stocked.bench.montage.assignments == ((LEFT_TRICEPS, B), (LEFT_QUADRICEPS, A))
    qtbot.keyClick(stocked.body, Qt.Key.Key_Return)
    offered = _menu(qtbot, stocked)
    _choose(stocked, offered["Take it off"])
    assert stocked.bench.montage.assignments == ((LEFT_TRICEPS, B),)


def test_who_comes_by_keys_sees_where_they_are(qtbot: QtBot, stocked: SensorsPage) -> None:
    def edge() -> str:
        return QColor(stocked.body.grab().toImage().pixel(200, 0)).name()

    stocked.body.setFocus(Qt.FocusReason.MouseFocusReason)
    without = edge()
    stocked.source.sensors.setFocus()
    stocked.body.setFocus(Qt.FocusReason.TabFocusReason)
    assert edge() != without
    stocked.source.sensors.setFocus()
    assert edge() == without


def test_a_click_chooses_a_muscle_and_its_placement_is_shown(qtbot: QtBot, stocked: SensorsPage) -> None:
    shown: list[Placement | None] = []
    stocked.guide.show_placement = shown.append
    for at in (RIGHT_BICEPS, LEFT_BICEPS):
        qtbot.mouseClick(stocked.body, Qt.MouseButton.LeftButton, pos=stocked.body.muscle_centre(at))
    assert stocked.source.sensors.selection == A
    qtbot.mouseClick(stocked.body, Qt.MouseButton.LeftButton, pos=stocked.body.rect().topLeft())
    stocked.source.sensors.setCurrentRow(1)
    assert shown == [RIGHT_BICEPS, LEFT_BICEPS, None, LEFT_TRICEPS]


def test_a_narrow_window_shows_placement_or_list(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    page = _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    window.resize(960, 600)
    qtbot.waitUntil(page.guide_button.isVisible)
    page.guide_button.click()
    assert page.guide.isVisible()
    assert not page.source.isVisible()
    qtbot.waitUntil(lambda: page.guide.height() > 450)
    qtbot.mouseClick(page.body, Qt.MouseButton.LeftButton, pos=page.body.muscle_centre(LEFT_TRICEPS))
    assert page.body.selection == LEFT_TRICEPS
    qtbot.waitUntil(lambda: page.mapTo(window, page.rect().bottomRight()) == window.rect().bottomRight())
    qtbot.waitUntil(lambda: page.table.height() >= page.table.sizeHint().height() - 4)
    page.guide_button.click()
    assert page.source.isVisible()
    assert not page.guide.isVisible()
    page.guide_button.click()
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: not page.guide_button.isVisible())
    assert page.source.isVisible()
    assert page.guide.isVisible()


def test_the_last_montage_is_offered_at_the_next_start(
    stocked: SensorsPage, open_window: Callable[..., MainWindow]
) -> None:
    montage = stocked.bench.montage
    again = open_window(lambda _choice, _setup: FakePipeline()).sensors_page
    again.window().show_page("sensors")
    assert again.bench.montage == montage
    assert "not heard yet" in again.source.sensors.row_of(A).accessibleName()
    assert "on the left biceps" in again.source.sensors.row_of(A).accessibleName()


def test_montages_have_names_and_can_be_changed(qtbot: QtBot, stocked: SensorsPage) -> None:
    first = stocked.bench.montage
    _open_montage_menu(stocked)["Save as …"].trigger()
    _answer(stocked, " Lab 2 ")
    assert stocked.bench.montage == replace(first, name="Lab 2")
    _open_montage_menu(stocked)["New montage …"].trigger()
    _answer(stocked, "Lab 3")
    assert stocked.bench.montage == SensorMontage("Lab 3")
    assert "Lab 3" in stocked.controls.montage.text()
    offered = _open_montage_menu(stocked)
    assert list(offered)[:3] == ["Lab 2", "Lab 3", "My sensors"]
    assert [text for text, action in offered.items() if action.isChecked()] == ["Lab 3"]
    offered["My sensors"].trigger()
    assert stocked.bench.montage == first
    _open_montage_menu(stocked)["New montage …"].trigger()
    _answer(stocked, "Lab 2")
    assert stocked.bench.montage == replace(first, name="Lab 2"), "a name that is known is opened, not emptied"


def test_a_montage_is_deleted_after_a_question(qtbot: QtBot, stocked: SensorsPage, doors: Doors) -> None:
    first = stocked.bench.montage
    stocked.bench.save_as("Lab 2")
    stocked.follow()
    _offer_to_delete(stocked, "Lab 2", "Keep it")
    assert stocked.bench.names == ("Lab 2", "My sensors")
    _offer_to_delete(stocked, "Lab 2", "Delete it")
    assert stocked.bench.montage == first, "another one is opened instead of it"
    assert MontageStore(doors.folder).names() == ("My sensors",)
    _offer_to_delete(stocked, "My sensors", "Delete it")
    assert stocked.bench.montage == SensorMontage("My sensors")
    assert MontageStore(doors.folder).last() is None
    assert not stocked.bench.editor.history.canUndo()


def test_another_montage_is_deleted_while_one_is_open_and_none_while_sensors_run(
    qtbot: QtBot, stocked: SensorsPage
) -> None:
    stocked.bench.save_as("Lab 2")
    stocked.bench.delete("My sensors")
    assert stocked.bench.names == ("Lab 2",)
    assert stocked.bench.montage.sensor_at(LEFT_BICEPS) == A
    _connect(qtbot, stocked)
    stocked.bench.delete("Lab 2")
    assert stocked.bench.names == ("Lab 2",)
    assert not stocked.controls.montage.isEnabled()


def _offer_to_delete(page: SensorsPage, name: str, answer: str) -> None:
    _open_montage_menu(page)["Delete"].menu().actions()[list(page.bench.names).index(name)].trigger()
    box = next(box for box in page.window().findChildren(QMessageBox) if box.isVisible())
    assert name in box.text()
    next(button for button in box.buttons() if button.text() == answer).click()


def _open_montage_menu(page: SensorsPage) -> dict[str, QAction]:
    menu = page.controls.montage.menu()
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions() if not action.isSeparator()}


def _answer(page: SensorsPage, text: str) -> None:
    dialog = next(dialog for dialog in page.window().findChildren(QInputDialog) if dialog.isVisible())
    dialog.setTextValue(text)
    dialog.accept()


def test_a_montage_that_can_not_be_saved_is_said(
    qtbot: QtBot, stocked: SensorsPage, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_store: MontageStore, _montage: SensorMontage) -> None:
        raise MontageError("The disk is full.", "Make room.")

    monkeypatch.setattr(MontageStore, "save", full)
    _drop(stocked, C, LEFT_QUADRICEPS)
    assert stocked.trouble.text == "The disk is full. Make room."
    assert stocked.bench.montage.sensor_at(LEFT_QUADRICEPS) == C, "it can be used all the same"


def test_a_damaged_montage_is_said_and_another_can_be_made(
    doors: Doors, open_window: Callable[..., MainWindow]
) -> None:
    store = MontageStore(doors.folder)
    store.save(SensorMontage("lab", ((LEFT_BICEPS, A),)))
    next(doors.folder.glob("montage *.json")).write_text("{")
    window = open_window(lambda _choice, _setup: FakePipeline())
    window.show_page("sensors")
    assert "The montage lab can't be read" in window.sensors_page.trouble.text
    window.sensors_page.bench.put(B, LEFT_TRICEPS)
    window.sensors_page.follow()
    assert window.sensors_page.trouble.text == ""
    assert store.last() == SensorMontage("My sensors", ((LEFT_TRICEPS, B),))


# Connection


def test_running_sensors_get_to_the_live_page_and_leave_it(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    stocked = _stock(qtbot, window.sensors_page, doors)
    window.watch(SourceChoice.demo())
    qtbot.waitUntil(lambda: window.live_page.pipeline is not None)
    pipeline = window.live_page.pipeline
    connect = window.actions_by_name["connect_sensors"]
    connect.trigger()
    qtbot.waitUntil(lambda: pipeline.sensors is not None)
    assert pipeline.sensors.source is doors.sources[0]
    assert doors.montages == [stocked.bench.montage]
    assert stocked.controls.status.text() == "2 of 2 connected"
    assert connect.iconText() == "Disconnect"
    connect.trigger()
    qtbot.waitUntil(lambda: pipeline.sensors is None)
    qtbot.waitUntil(lambda: doors.sources[0].closed == 1)
    assert stocked.controls.status.text() == "not connected"
    assert not stocked.table.isVisible()


def test_a_montage_without_sensors_can_not_be_connected(bench: Bench) -> None:
    connect = bench.actions["connect_sensors"]
    assert not connect.isEnabled()
    assert connect.toolTip() == "Put a sensor on a muscle first"


def test_a_change_while_connected_connects_anew(qtbot: QtBot, connected: SensorsPage, doors: Doors) -> None:
    _drop(connected, C, LEFT_QUADRICEPS)
    qtbot.waitUntil(lambda: len(doors.sources) == 2 and connected.bench.session.view.phase is Phase.ON)
    assert doors.sources[0].closed == 1
    assert doors.montages[1].sensor_at(LEFT_QUADRICEPS) == C
    qtbot.waitUntil(lambda: connected.table.model().rowCount() == 3)
    for placement in (LEFT_BICEPS, LEFT_TRICEPS, LEFT_QUADRICEPS):
        connected.bench.free(placement)
    connected.follow()
    assert connected.bench.session.view.phase is Phase.OFF


def test_another_name_does_not_interrupt_anything(connected: SensorsPage, doors: Doors) -> None:
    connected.bench.save_as("Lab 2")
    connected.follow()
    assert len(doors.sources) == 1


def test_while_they_are_recorded_sensors_stay_where_they_are(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    page = _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    before = page.bench.montage
    window.watch(SourceChoice.demo())
    qtbot.waitUntil(lambda: window.live_page.pipeline is not None)
    window.record_or_end()
    page.follow()
    assert page.trouble.text == RECORDED
    actions = window.actions_by_name
    for name in ("undo", "connect_sensors"):
        assert not actions[name].isEnabled()
        assert actions[name].toolTip() == RECORDED
    assert not page.controls.check.isEnabled()
    assert not page.source.search.isEnabled()
    assert page.source.search.toolTip() == RECORDED
    assert not _drop(page, C, LEFT_QUADRICEPS)
    page.body.select(LEFT_BICEPS)
    actions["free_muscle"].trigger()
    _send_drop(page.source.sensors.viewport(), to_mime(A), QPointF(20, 20))
    page.bench.undo()
    page.connect_or_disconnect()
    page.search_or_cancel()
    page.start_check()
    assert page._wizard is None
    qtbot.keyClick(page.body, Qt.Key.Key_Return)
    offered = _menu(qtbot, page)
    assert list(offered) == [RECORDED]
    assert not offered[RECORDED].isEnabled()
    assert page.bench.montage == before
    assert (len(doors.sources), doors.sources[0].closed, len(doors.scan.seconds)) == (1, 0, 1)
    window.record_or_end()
    qtbot.waitUntil(lambda: not page.bench.locked)
    page.follow()
    assert page.trouble.text == ""
    actions["undo"].trigger()
    assert page.bench.montage != before


def test_sensors_are_told_of_a_recording_though_they_came_in_the_middle_of_it(
    qtbot: QtBot, window: MainWindow, doors: Doors
) -> None:
    window.watch(SourceChoice.demo())
    qtbot.waitUntil(lambda: window.live_page.pipeline is not None)
    window.record_or_end()
    _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    sensors = doors.sources[0]
    qtbot.waitUntil(lambda: sensors.recordings == [True])
    window.record_or_end()
    qtbot.waitUntil(lambda: sensors.recordings == [True, False])


def test_standing_by_for_a_recording_locks_nothing(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    page = _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    window.watch(SourceChoice.demo())
    qtbot.waitUntil(lambda: window.live_page.pipeline is not None)
    window.live_page.pipeline.show(recording=True)
    window.live_page.poll_slow()
    page.follow()
    assert not page.bench.locked
    assert doors.sources[0].recordings == [], "else no sensor could be searched for"
    assert _drop(page, C, LEFT_QUADRICEPS)


def test_sensors_that_can_not_be_used_say_why_and_can_be_tried_again(
    qtbot: QtBot, stocked: SensorsPage, doors: Doors
) -> None:
    doors.refuses = OFF
    stocked.connect_or_disconnect()
    qtbot.waitUntil(lambda: stocked.trouble.text == f"{OFF} {OFF.advice}")
    assert stocked.controls.status.text() == "failed"
    doors.refuses = None
    stocked.connect_or_disconnect()
    qtbot.waitUntil(lambda: stocked.controls.status.text() == "2 of 2 connected")
    assert stocked.trouble.text == ""


def test_what_is_offered_can_be_done_however_sensors_connect_between_two_looks(
    connected: SensorsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = connected.bench.session.view
    for n_before in range(1, 12):
        _become(monkeypatch, SensorView(Phase.STARTING, on.choice), n_before, on)
        connected.follow()
        while not connected.controls.check.isEnabled():
            assert connected.controls.status.text() == "connecting …"
            connected.follow()
        assert connected.controls.status.text() == "2 of 2 connected"
        connected.controls.check.click()
        assert connected._wizard is not None
        connected._wizard.stop()


def test_all_that_is_said_is_of_one_moment_however_sensors_fail_between_two_looks(
    bench: Bench, connected: SensorsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = connected.bench.session.view.choice
    connect = bench.actions["connect_sensors"]
    for n_before in range(1, 12):
        _become(monkeypatch, SensorView(Phase.STARTING, choice), n_before, SensorView(Phase.FAILED, choice, error=OFF))
        connected.follow()
        while connected.controls.status.text() == "connecting …":
            assert (connected.trouble.text, connect.iconText()) == ("", "Disconnect")
            connected.follow()
        assert connected.controls.status.text() == "failed"
        assert (connected.trouble.text, connect.iconText()) == (f"{OFF} {OFF.advice}", "Connect")


def _become(monkeypatch: pytest.MonkeyPatch, before: SensorView, n_before: int, after: SensorView) -> None:
    """Let sensors stand so for a number of looks, and then otherwise."""
    views = chain(repeat(before, n_before), repeat(after))
    monkeypatch.setattr(SensorSession, "view", property(lambda _session: next(views)))


def test_sensors_that_break_amid_a_run_say_why_on_the_live_page_too(
    qtbot: QtBot, bench: Bench, connected: SensorsPage, doors: Doors
) -> None:
    doors.sources[0].send(OFF)
    qtbot.waitUntil(lambda: connected.trouble.text == f"{OFF} {OFF.advice}")
    assert bench.feeds == [connected.bench.session.view.feed], "it keeps what was measured, and its banner says why"
    assert bench.feeds[0].error is OFF


# Signals


def test_each_sensor_says_how_it_is_doing_and_why(qtbot: QtBot, connected: SensorsPage, doors: Doors) -> None:
    source = doors.sources[0]
    lost = state(1, GREY, SensorPhase.LOST, "The connection ended; it is looked for.")
    quality = replace(YELLOW, loss_10s=0.042, jitter_ms=11.6)
    source.set_state(0, replace(source.state_of(0), quality=quality, rssi_dbm=-64, battery_percent=77))
    source.set_state(1, replace(lost, sensor=B, battery_percent=None))
    qtbot.waitUntil(lambda: _cell(connected, 1, "State") == "lost: The connection ended; it is looked for.")
    assert _cell(connected, 0, "Muscle and sensor") == "L biceps, A1048"
    assert _cell(connected, 0, "State") == "fair: 4 % lost in 10 s"
    numbers = ("Rate", "Lost", "Jitter", "Signal", "Battery")
    assert [_cell(connected, 0, title) for title in numbers] == ["9.6 Hz", "≈ 4.2 %", "12 ms", "-64 dBm", "77 %"]
    assert [_cell(connected, 1, title) for title in numbers] == [UNKNOWN] * 5, "what is unknown is no number"
    qtbot.waitUntil(lambda: connected.controls.status.text() == "1 of 2 connected")
    exact = replace(quality, loss_is_exact=True)
    source.set_state(0, replace(source.state_of(0), quality=exact))
    qtbot.waitUntil(lambda: _cell(connected, 0, "Lost") == "4.2 %")
    source.set_state(0, replace(source.state_of(0), quality=replace(exact, only_advertises=True)))
    qtbot.waitUntil(lambda: _cell(connected, 0, "Lost") == UNKNOWN)
    assert "Left triceps: A1051, lost" in connected.body.accessibleDescription()
    assert "Left biceps: A1048, fair" in connected.body.accessibleDescription()


STATES = {
    "nobody runs it": None,
    "closed": state(0, GREY, SensorPhase.CLOSED),
    "searching": state(0, GREY, SensorPhase.SEARCHING),
    "connecting": state(0, GREY, SensorPhase.CONNECTING),
    "silent": state(0, GREY, SensorPhase.STALE),
    "lost": state(0, GREY, SensorPhase.LOST),
    "green": state(0, GREEN),
    "yellow": state(0, YELLOW),
    "red": state(0, RED),
}


def _mark(one: SensorState | None) -> QImage:
    """A state's mark, with one colour for all."""
    grey = replace(DARK, good="#ffffff", warning="#ffffff", error="#ffffff", muted="#ffffff", accent="#ffffff")
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    paint_state(painter, QRectF(4, 4, 32, 32), one, grey)
    painter.end()
    return image


def test_no_two_states_differ_by_colour_alone() -> None:
    marks = {name: _mark(one) for name, one in STATES.items()}
    words = {name: state_word(one) for name, one in STATES.items()}
    same = {("nobody runs it", "closed")}
    for number, first in enumerate(STATES):
        for second in list(STATES)[number + 1 :]:
            is_same = (first, second) in same
            assert (marks[first] == marks[second]) == is_same, (first, second)
            assert (words[first] == words[second]) == is_same, (first, second)


def test_the_newest_samples_are_drawn(qtbot: QtBot, connected: SensorsPage, doors: Doors) -> None:
    row = connected.table.visualRect(connected.table.model().index(0, TRACE))
    flat = connected.table.viewport().grab(row).toImage()
    now_s = connected._clock.now()
    doors.sources[0].send(chunk(0, [now_s - 3, now_s - 2.9, now_s - 2.8, now_s - 2.7], [100, 900, 400, 1000]))
    qtbot.waitUntil(lambda: len(connected.table.signals_model.trace(0)[1]) > 0)
    assert connected.table.viewport().grab(row).toImage() != flat
    _, values, top = connected.table.signals_model.trace(0)
    assert values.tolist() == [100, 900, 400, 1000]
    assert top == 1000
    assert connected.table.signals_model.trace(1)[2] == pytest.approx(102.3), (
        "rest looks like rest: a tenth of the range"
    )


def test_a_row_chooses_its_muscle(connected: SensorsPage) -> None:
    connected.table.setCurrentIndex(connected.table.model().index(0, STATE))
    assert connected.body.selection == LEFT_BICEPS
    assert connected.source.sensors.selection == A


def test_narrow_tables_keep_the_words(qtbot: QtBot, connected: SensorsPage) -> None:
    window = connected.window()
    window.resize(884, 600)
    qtbot.waitUntil(lambda: connected.table.isColumnHidden(len(COLUMNS) - 1))
    qtbot.waitUntil(lambda: connected.table.columnWidth(STATE) > 120)
    window.resize(1204, 670)
    qtbot.waitUntil(lambda: not connected.table.isColumnHidden(len(COLUMNS) - 1))


# Identify


def test_the_light_of_a_found_sensor_can_be_set(qtbot: QtBot, stocked: SensorsPage, doors: Doors) -> None:
    stocked.source.sensors.row_of(C).identify.click()
    offered = _menu(qtbot, stocked)
    assert list(offered) == ["Green", "Green, green", "Green, red", "Red, red", "Orange", "Magenta, blue"]
    _choose(stocked, offered["Orange"])
    qtbot.waitUntil(lambda: doors.lit == [("A1052", "orange")])
    assert stocked.bench.identification.wait_ended(5)


def test_a_light_that_can_not_be_set_is_said(qtbot: QtBot, stocked: SensorsPage, doors: Doors) -> None:
    def fail() -> None:
        raise OFF

    stocked.bench.identification.run(fail)
    qtbot.waitUntil(lambda: stocked.source.notice.text == f"{OFF} {OFF.advice}")


def test_one_light_at_a_time_and_the_end_of_the_program_is_no_error(qtbot: QtBot, page: SensorsPage) -> None:
    errand, may_end, calls = page.bench.identification, threading.Event(), []

    def slow() -> None:
        calls.append("slow")
        assert may_end.wait(10)
        raise CancelledError

    errand.run(slow)
    errand.run(lambda: calls.append("second"))
    may_end.set()
    assert errand.wait_ended(5)
    assert (calls, errand.error) == (["slow"], None)


def test_a_connected_sensor_blinks(qtbot: QtBot, connected: SensorsPage, doors: Doors) -> None:
    connected.source.sensors.row_of(B).identify.click()
    _choose(connected, _menu(qtbot, connected)["Blink"])
    assert doors.sources[0].identified == [LEFT_TRICEPS]


# Calibration


def _reference(sensor: SensorId) -> MuscleReference:
    return MuscleReference(10.0, 400.0, sensor, "2026-11-28T12:00:00+00:00", "counts")


def test_a_calibration_is_kept_with_its_montage(qtbot: QtBot, connected: SensorsPage, doors: Doors) -> None:
    feed = connected.bench.session.view.feed
    assert not feed.calibrated.any()
    assert "not calibrated" in connected._calibrated.text()
    connected.start_check()
    connected._wizard.calibrated.emit(EmgCalibration({LEFT_BICEPS: _reference(A)}))
    assert feed.calibrated.tolist() == [True] + [False] * 7
    assert connected._calibrated.text().startswith("1 of 2 calibrated, 28 Nov 2026")
    connected._wizard.calibrated.emit(EmgCalibration({LEFT_TRICEPS: _reference(B)}))
    assert feed.calibrated.tolist() == [True, True] + [False] * 6, "the first one keeps what it had"
    connected._wizard.stop()
    connected.connect_or_disconnect()
    qtbot.waitUntil(lambda: not connected.table.isVisible())
    connected.connect_or_disconnect()
    qtbot.waitUntil(lambda: connected.bench.session.view.phase is Phase.ON)
    connected.follow()
    assert connected.bench.session.view.feed.calibrated.tolist() == [True, True] + [False] * 6
    _drop(connected, C, LEFT_BICEPS)
    qtbot.waitUntil(lambda: len(doors.sources) == 3 and connected.bench.session.view.phase is Phase.ON)
    connected.follow()
    calibrated = connected.bench.session.view.feed.calibrated.tolist()
    assert calibrated == [False, True] + [False] * 6, "it holds for no other sensor"


def test_the_check_goes_on_with_the_exchanged_sensors_and_ends_with_them(
    qtbot: QtBot, connected: SensorsPage, doors: Doors
) -> None:
    assert connected.controls.check.isEnabled()
    connected.controls.check.click()
    wizard = connected._wizard
    assert wizard.isVisible()
    feeds: list[object] = []
    wizard.set_feed = feeds.append
    connected.bench.editor.exchange(SensorMontage("", ((LEFT_BICEPS, B), (LEFT_TRICEPS, A))))
    wizard.exchanged.emit()
    qtbot.waitUntil(lambda: len(feeds) == 1)
    assert feeds[0].source.montage.sensor_at(LEFT_BICEPS) == B
    connected.bench.disconnect()
    connected.follow()
    assert connected._wizard is None
    assert not connected.controls.check.isEnabled()
    assert connected.controls.check.toolTip() == "Connect the sensors first"


# Simulated sensors and recordings


def test_simulated_sensors_are_a_peer_with_montages_of_their_own(
    qtbot: QtBot, stocked: SensorsPage, doors: Doors
) -> None:
    real = stocked.bench.montage
    stocked.source.kinds[SensorKind.SIMULATED].click()
    assert stocked.bench.montage == SIMULATED_MONTAGE
    assert stocked.source.sensors.count() == 8
    assert "simulated, not measured" in stocked.source.caption.text()
    stocked.free_muscle()
    stocked.bench.free(LEFT_BICEPS)
    stocked.connect_or_disconnect()
    qtbot.waitUntil(lambda: stocked.bench.session.view.phase is Phase.ON)
    assert doors.montages[0].sensor_at(LEFT_BICEPS) is None
    qtbot.waitUntil(lambda: stocked._provenance.text() == "simulated sEMG")
    qtbot.waitUntil(lambda: not stocked.source.kinds[SensorKind.BLUETOOTH].isEnabled())
    assert stocked.source.kinds[SensorKind.BLUETOOTH].toolTip() == "Disconnect first"
    stocked.connect_or_disconnect()
    stocked.source.kinds[SensorKind.BLUETOOTH].click()
    assert stocked.bench.montage == real
    assert MontageStore(doors.folder).last() == real, "never one of sensors that don't exist"


def test_a_recording_is_a_peer_that_brings_its_montage(qtbot: QtBot, page: SensorsPage, tmp_path: Path) -> None:
    record_simulated(tmp_path / "emg.csv", seconds=3.0)
    page.source.kinds[SensorKind.REPLAY].click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "emg.csv"))
    dialog.close()
    assert page.source.sensors.count() == 8
    assert page.source.caption.text() == "emg.csv: replayed simulated sEMG"
    assert not _drop(page, SensorId("m40", "SIM-1"), LEFT_TRICEPS)
    assert not page.controls.montage.isEnabled()
    page.connect_or_disconnect()
    qtbot.waitUntil(lambda: page._provenance.text() == "replayed simulated sEMG")
    assert page.controls.check.toolTip() == "A recording can't be asked to contract"


def test_a_file_that_is_no_recording_is_said(page: SensorsPage, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("hello")
    page.bench.open_recording(tmp_path / "notes.csv")
    page.follow()
    assert "notes.csv" in page.source.notice.text
    assert page.bench.montage.assignments == ()


# From the command line


def test_sensors_of_the_command_line_run_at_once(qtbot: QtBot, page: SensorsPage, doors: Doors) -> None:
    page.use(SensorChoice.parse("simulated"))
    qtbot.waitUntil(lambda: page.bench.session.view.phase is Phase.ON)
    assert page.bench.session.view.choice == SensorChoice(SensorKind.SIMULATED)
    assert doors.montages[-1] == SIMULATED_MONTAGE


def test_a_montage_of_the_command_line_is_opened(qtbot: QtBot, page: SensorsPage, doors: Doors) -> None:
    MontageStore(doors.folder).save(SensorMontage("lab", ((LEFT_BICEPS, A),)))
    page.use(SensorChoice.parse("bluetooth:lab"))
    qtbot.waitUntil(lambda: page.bench.session.view.phase is Phase.ON)
    assert doors.montages[-1].name == "lab"
    assert page.controls.montage.toolTip() == "Disconnect first"


def test_what_the_command_line_asks_for_in_vain_is_said_before_a_window_opens(
    page: SensorsPage, tmp_path: Path
) -> None:
    with pytest.raises(MontageError, match="There is no montage nowhere"):
        page.use(SensorChoice.parse("bluetooth:nowhere"))
    with pytest.raises(EmgFileError):
        page.use(SensorChoice.parse(f"replay:{tmp_path / 'gone.csv'}"))
    assert page.bench.session.view.phase is Phase.OFF


# The end


def test_closing_the_window_ends_everything(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    connected = _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    connected.start_check()
    window.close()
    assert doors.sources[0].closed == 1
    assert connected._wizard is None
    assert connected.bench.session.view.phase is Phase.OFF
    assert connected.bench.search.wait_ended(5)


def test_the_theme_changes_all_of_the_page(qtbot: QtBot, window: MainWindow, doors: Doors) -> None:
    connected = _connect(qtbot, _stock(qtbot, window.sensors_page, doors))
    dark = connected.grab().toImage()
    window.actions_by_name["theme"].trigger()
    light = connected.grab().toImage().convertToFormat(dark.format())
    for part in (connected.body, connected.table, connected.source.sensors, connected.guide):
        place = part.mapTo(connected, part.rect().bottomRight()) * dark.devicePixelRatio()
        assert QColor(dark.pixel(place)).lightness() < 80, part
        assert QColor(light.pixel(place)).lightness() > 180, part


def test_a_quality_of_each_light_has_a_word() -> None:
    words = [state_word(state(0, SignalQuality(light))) for light in Light]
    assert words == ["good", "fair", "bad", "listening"]


# Everything at once


def test_eight_m40s_are_found_over_bluetooth_put_on_muscles_and_connected(
    qtbot: QtBot,
    start_bluez: StartBluez,
    open_window: Callable[..., MainWindow],
    doors: Doors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.sensor_page.sensor_search.SEARCH_S", 1.5)
    real = real_sensor_access(PlayedMuscles())
    doors.scan = real.find
    doors.make_source = real.make_source
    bluez = start_bluez()
    page = open_window(lambda _choice, _setup: FakePipeline()).sensors_page
    page.window().show_page("sensors")
    page.search_or_cancel()
    qtbot.waitUntil(lambda: page.bench.search.view.has_searched)
    page.follow()
    sensors = [one.sensor for one in page.bench.listed(None, ())]
    assert [sensor.serial for sensor in sensors] == sorted(bluez.sensor(index).serial for index in range(8))
    for placement, sensor in zip(MONTAGE.placements, sensors, strict=True):
        assert _drop(page, sensor, placement)
    page.connect_or_disconnect()
    qtbot.waitUntil(lambda: page.controls.status.text() == "8 of 8 connected")
    bluez.drop(0)
    qtbot.waitUntil(lambda: page.controls.status.text() == "7 of 8 connected")
    assert page._provenance.text() == "measured sEMG"
    page.connect_or_disconnect()
    qtbot.waitUntil(lambda: not page.bench.runs and page.bench.session.view.feed is None)
