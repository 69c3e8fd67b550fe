"""The box over the picture shows all of its words, however little room there is."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.live_page.banner import Banner
from app.live_page.messages import Message, Tone
from app.theme import DARK, dress

WARMING_UP = Message(Tone.BUSY, "Warming up, 1.7 s left", "Values are rough until 3 s of motion have been seen.")


@pytest.mark.parametrize("width_px", [300, 380, 432, 433, 460, 900])
def test_no_line_is_cut_off(qtbot: QtBot, width_px: int) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    dress(application, DARK)
    stage = QWidget()
    qtbot.addWidget(stage)
    stage.resize(width_px, 380)
    banner = Banner(stage, DARK)
    with qtbot.waitExposed(stage):
        stage.show()
    banner.show_message(WARMING_UP)
    QApplication.processEvents()
    labels = [label for label in banner.findChildren(QLabel) if label.text()]
    assert len(labels) == 2
    assert all(label.height() >= label.heightForWidth(label.width()) for label in labels)
