"""Long names in little room: they are cut with a sign where they must be, and push nothing out of the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.live_page.live_actions import LiveActions
from app.live_page.shortcuts_dialog import ShortcutsDialog
from app.live_page.welcome import Welcome
from app.record_page.contraction_ritual import ContractionRitual
from app.record_page.pose_tape import PoseTape
from app.record_page.ritual_view import RitualView
from app.record_page.session_choices import SessionChoices
from app.record_page.setup_panel import SetupPanel
from app.sensor_page.listed_sensor import ListedSensor
from app.sensor_page.sensor_row import SensorRow
from app.sessions_page.listed_session import ListedSession
from app.sessions_page.session_table import COLUMNS, SessionTable
from app.theme import DARK, dress
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import MONTAGE
from mia_core.recording.found_sessions import FoundSession, SessionState
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.sensors.sensor_montage import SensorId
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import ScriptedSensors

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
SERIAL = "A1048-9999-0000-1111-2222-3333-4444-5555"
SUBJECT = "Pilot-2026-left-handed-runner-number-042"
PROTOCOL = """
name = "Two exercises of the morning, in this order"
work_s = 5
[[exercises]]
name = "squat"
"""


@pytest.fixture
def host(qtbot: QtBot, qapp: QApplication) -> QWidget:
    """A window as small as ours may be."""
    dress(qapp, DARK)
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(960, 600)
    return host


def test_the_boxes_of_the_ritual_show_their_words_beside_a_picture(qtbot: QtBot, host: QWidget) -> None:
    view = RitualView(LiveActions(host), DARK)
    qtbot.addWidget(view)
    view.show()
    feed = SensorFeed(ScriptedSensors(), clock=FakeClock())
    longest = MONTAGE.placements[-2]
    ritual = ContractionRitual(longest, feed, PoseTape(), lambda *_: None, FakeClock())
    view.show_ritual(ritual, has_light=True)
    for width in (330, 540):
        view.resize(width, 540)
        QApplication.processEvents()
        for box in (view.muscles, view.ways):
            assert box._fitting(box.currentText()) == box.currentText(), width
            assert box.geometry().right() <= view.width()
    assert view.ways.y() == view.muscles.y(), "side by side where there is room"


def test_the_form_of_a_session_keeps_its_width(qtbot: QtBot, host: QWidget, tmp_path: Path) -> None:
    panel = SetupPanel(DARK, SessionChoices())
    qtbot.addWidget(panel)
    panel.show()
    usual_px = panel.minimumSizeHint().width()
    protocol = tmp_path / "protocol.toml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    panel.offer_subjects([SUBJECT])
    panel.subject.setEditText(SUBJECT)
    panel.choose_protocol(str(protocol))
    QApplication.processEvents()
    assert panel.minimumSizeHint().width() == usual_px


def test_twins_are_told_apart_by_the_end_of_their_serial(qtbot: QtBot, host: QWidget) -> None:
    row = SensorRow(DARK)
    qtbot.addWidget(row)
    sensor = ListedSensor(SensorId("m40", SERIAL), "M40 Muscle Sense", -60, 80, "1.6", is_heard=True)
    row.show_sensor(sensor, MONTAGE.placements[2], DARK, can_identify=True)
    row.resize(300, 54)
    row.show()
    QApplication.processEvents()
    said = row._name.text()
    assert "\N{HORIZONTAL ELLIPSIS}" in said
    assert said[-4:] == SERIAL[-4:]
    assert row.accessibleName().startswith(SERIAL)


def test_the_three_ways_to_begin_are_read_whole_in_the_smallest_window(qtbot: QtBot, host: QWidget) -> None:
    welcome = Welcome(LiveActions(host), QMenu(host))
    qtbot.addWidget(welcome)
    welcome.resize(476, 300)
    welcome.show()
    QApplication.processEvents()
    shown = [button for button in welcome.findChildren(QToolButton) if button.isVisible()]
    assert len(shown) == 3
    assert all(button.width() >= button.sizeHint().width() for button in shown)
    assert all(button.geometry().right() < welcome.width() for button in shown)


def test_the_shortcuts_fit_into_the_smallest_window(qtbot: QtBot, host: QWidget) -> None:
    dialog = ShortcutsDialog(host)
    assert dialog.width() <= host.width()
    assert dialog.height() <= host.height()
    scroll = dialog.findChild(QScrollArea)
    assert isinstance(scroll, QScrollArea)
    assert scroll.widget().minimumSizeHint().width() <= dialog.width(), "nothing is to the right of what is seen"


@pytest.mark.parametrize("width", [568, 888])
def test_whose_a_session_is_and_when_it_was_is_read_whole(qtbot: QtBot, host: QWidget, width: int) -> None:
    manifest = RecordingManifest("mia-live", "2026-11-28T14:15:00+00:00", "ses-1", Subject("unknown"), complete=True)
    table = SessionTable(DARK)
    qtbot.addWidget(table)
    found = (FoundSession(Path("ses-1"), state, manifest) for state in SessionState)
    table.show_sessions(tuple(ListedSession(one, 63.0) for one in found))
    table.resize(width, 170)
    table.show()
    QApplication.processEvents()
    model, metrics = table.model(), table.fontMetrics()
    shown = [place for place in range(len(COLUMNS)) if not table.isColumnHidden(place)]
    assert sum(table.columnWidth(place) for place in shown) <= width
    for place in shown:
        words = [str(model.index(row, place).data()) for row in range(len(SessionState))]
        assert max(map(metrics.horizontalAdvance, words)) + 20 <= table.columnWidth(place), COLUMNS[place].title
