"""A dialog about one long job: what will be done, how far it has come, a way to stop it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.background_task import BackgroundTask, Work
from app.live_page.messages import Tone
from app.live_page.panel import caption
from app.sensor_page.notice import Notice
from app.theme import Palette

POLL_MS: Final = 50
T = TypeVar("T")


class JobDialog(QDialog, Generic[T]):
    """Does one job at a time; the window goes on behind it.

    Who derives from it puts what will be done into `form` and more buttons into `buttons`, calls `show_state` once that
    is complete, and says in `job`, `out_folder`, `tell` and `show_state` what makes the job.

    Args:
        parent: The window.
        title: Of the dialog.
        verb: What the job is called, such as `Export`.
        piece: What is finished before the job stops, such as `session`.
        width_px: Of the dialog; it is as high as its words need.
        colours: The theme's colours.
        open_folder: Shows a folder in the system's file manager.

    Attributes:
        made: What came of the last job; None before its end, and when it failed.
        start: Begins the job.
        stop: Stops the job; without one, closes.
        open_out: Opens the folder with what was made.
    """

    def __init__(
        self,
        parent: QWidget,
        title: str,
        verb: str,
        piece: str,
        width_px: int,
        colours: Palette,
        open_folder: Callable[[Path], object],
    ) -> None:
        super().__init__(parent)
        self._verb, self._piece, self._width_px = verb, piece, width_px
        self._task: BackgroundTask[T] | None = None
        self.made: T | None = None
        self.setWindowTitle(title)
        self.setModal(False)
        self.form, self.buttons = QVBoxLayout(), QHBoxLayout()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.doing = caption()
        self.doing.setWordWrap(True)
        self.outcome = Notice(colours)
        self.open_out = QPushButton("Open folder")
        self.open_out.clicked.connect(lambda: open_folder(self.out_folder()))
        self.start = QPushButton(verb)
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self.begin)
        self.stop = QPushButton("Close")
        self.stop.clicked.connect(self.reject)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.follow)
        self._arrange()

    @property
    def is_running(self) -> bool:
        """Whether the job goes on."""
        return self._task is not None

    def job(self) -> Callable[[Work], T]:
        """Return the job as it is chosen now."""
        raise NotImplementedError

    def out_folder(self) -> Path:
        """Return where the result goes."""
        raise NotImplementedError

    def tell(self, made: T) -> None:
        """Say in `outcome` what came of it."""
        raise NotImplementedError

    def begin(self) -> None:
        """Begin."""
        self.outcome.say(Tone.INFO, "", "")
        self.made = None
        self._task = BackgroundTask(self._verb.lower(), self.job())
        self._poll.start()
        self.show_state()

    def reject(self) -> None:
        """Stop what goes on; without that, close."""
        if self._task is not None:
            self._task.cancel()
            self.show_state()
        else:
            super().reject()

    def close_all(self, timeout_s: float) -> bool:
        """Stop what goes on and wait for its end; return whether it came."""
        self._poll.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self.close()
        return task is None or task.wait(timeout_s)

    def follow(self) -> None:
        """Show how far it has come."""
        task = self._task
        if task is not None and not task.is_running:
            self._task = None
            self._poll.stop()
            self.made = task.result
            if task.error is not None:
                self.outcome.say_error(task.error)
            elif task.result is not None:
                self.tell(task.result)
            else:
                self.outcome.say(Tone.WARNING, "Stopped", "Nothing was written.")
        self.show_state()

    def show_state(self) -> None:
        """Show what can be done now, and how far the job has come."""
        task = self._task
        stops = task is not None and task.is_cancelled()
        self.start.setEnabled(task is None)
        self.start.setText(self._verb if task is None else f"{self._verb}ing …")
        self.stop.setText("Close" if task is None else "Stop")
        self.stop.setEnabled(not stops)
        for part in (self.bar, self.doing):
            part.setVisible(task is not None)
        if task is not None:
            self.bar.setValue(round(1000 * task.share))
            self.doing.setText(f"Stopping after this {self._piece} …" if stops else task.doing or "Starting …")
        self._fit_height()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self.outcome.set_look(colours)

    def _fit_height(self) -> None:
        column = self.layout()
        if column is not None:
            hangs_on_width = column.hasHeightForWidth()
            height = column.totalHeightForWidth(self._width_px) if hangs_on_width else column.totalSizeHint().height()
            self.setFixedHeight(height)

    def _arrange(self) -> None:
        self.form.setSpacing(10)
        self.buttons.setSpacing(8)
        self.buttons.addWidget(self.open_out)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.stop)
        self.buttons.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addLayout(self.form)
        for widget in (self.outcome, self.doing, self.bar):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(self.buttons)
        self.setFixedWidth(self._width_px)
