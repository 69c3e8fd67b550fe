"""The window as the command line opens it."""

from __future__ import annotations

import signal
import threading

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app import window as app_window
from app.pipelines import Models


class Locking(QWidget):
    """A window whose closing needs a lock, as the real one's does."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.was_free: list[bool] = []

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.was_free.append(self.lock.acquire(blocking=False))
        super().closeEvent(event)


def test_ctrl_c_never_closes_it_where_a_lock_is_held(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = Locking()
    qtbot.addWidget(window)
    monkeypatch.setattr(app_window, "has_display", lambda: True)
    monkeypatch.setattr(app_window, "own_settings", lambda: None)
    monkeypatch.setattr(app_window, "make_window", lambda *_: window)

    def press_ctrl_c() -> None:
        with window.lock:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    QTimer.singleShot(0, window, press_ctrl_c)
    try:
        assert app_window.open_window(None, Models()) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert window.was_free == [True]
