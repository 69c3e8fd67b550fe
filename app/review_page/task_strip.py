"""What is being done at the moment: in words, as a bar, with a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton

_BAR_PX = 220


class TaskStrip(QFrame):
    """Shows one task, or hides.

    Signals:
        stopped: It is to be stopped.
    """

    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.doing = QLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(_BAR_PX, 6)
        self.stop = QPushButton("Stop")
        self.stop.clicked.connect(self.stopped)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self.doing, 1)
        row.addWidget(self.bar)
        row.addWidget(self.stop)
        self.hide()

    def show_progress(self, doing: str, share: float, *, stops: bool = False) -> None:
        """Show how far it has come."""
        self.doing.setText("Stopping …" if stops else doing)
        self.bar.setValue(round(1000 * share))
        self.stop.setEnabled(not stops)
        self.show()
