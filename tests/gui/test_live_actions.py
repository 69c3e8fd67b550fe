from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.app_settings import PAGES
from app.live_page.live_actions import ACTIONS, shown_key
from app.live_page.shortcuts_dialog import ShortcutsDialog
from tests.gui.conftest import Bench


@pytest.mark.parametrize("page", PAGES)
def test_every_action_has_a_shortcut_and_none_clash_on_a_page(bench: Bench, page: str) -> None:
    bench.window.actions_by_name.show_page(page)
    keys = Counter()
    for entry in ACTIONS:
        action = bench.window.actions_by_name[entry.name]
        shortcuts = action.shortcuts()
        assert shortcuts
        assert not any(shortcut.isEmpty() for shortcut in shortcuts)
        if action.isVisible():  # the keys of others do nothing
            keys.update(shortcut.toString() for shortcut in shortcuts)
    assert [key for key, times in keys.items() if times > 1] == []


def test_no_action_of_the_window_lives_outside_the_table(bench: Bench) -> None:
    with_keys = [action for action in bench.window.findChildren(QAction) if action.shortcuts()]
    assert {action.text() for action in with_keys} == {entry.text for entry in ACTIONS}


def test_every_action_does_something(bench: Bench) -> None:
    for entry in ACTIONS:
        action = bench.window.actions_by_name[entry.name]
        assert action.isSignalConnected(_triggered(action)), entry.name


def _triggered(action: QAction) -> object:
    meta = action.metaObject()
    return meta.method(meta.indexOfSignal("triggered(bool)"))


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_help_page_lists_every_action_with_its_keys(qtbot: QtBot, bench: Bench) -> None:
    bench.window.actions_by_name["help"].trigger()
    dialog = bench.window.findChild(ShortcutsDialog)
    assert dialog is not None
    assert dialog.isVisible()
    assert not dialog.isModal()
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    for entry in ACTIONS:
        assert entry.text in texts
        for key in entry.keys:
            assert shown_key(key) in texts
    dialog.close()


def test_shortcuts_are_keys_that_qt_knows() -> None:
    for entry in ACTIONS:
        for key in entry.keys:
            assert QKeySequence(key).toString() == key
