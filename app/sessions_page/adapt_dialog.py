"""Adapt the activation model to the subject of the chosen sessions: watch it, stop it, use what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.background_task import BackgroundTask
from app.live_page.messages import Tone
from app.live_page.panel import caption
from app.sensor_page.notice import Notice
from app.sessions_page.adapt_work import ModelChoices, adapt_to_sessions
from app.theme import Palette

if TYPE_CHECKING:
    from mia_core.evaluation.person_model import PersonModel

POLL_MS: Final = 50
_WIDTH_PX: Final = 520
_WHAT: Final = (
    "The model goes on learning from these sessions. Every fourth stretch of time is kept to judge whether it "
    "became better. The present model stays as it is."
)


class AdaptDialog(QDialog):
    """Adapts a model; the window goes on behind it.

    Args:
        parent: The window.
        folders: Of the sessions.
        subject: Whose they are.
        models: What the application uses.
        out: Where the model goes.
        colours: The theme's colours.
        open_folder: Shows a folder in the system's file manager.
        on_use: Called with the path of a model that is to be used from now on.
    """

    def __init__(
        self,
        parent: QWidget,
        folders: tuple[Path, ...],
        subject: str,
        models: ModelChoices,
        out: Path,
        colours: Palette,
        open_folder: Callable[[Path], object],
        on_use: Callable[[str], object],
    ) -> None:
        super().__init__(parent)
        self._folders, self._models, self._out = folders, models, out
        self._on_use = on_use
        self._task: BackgroundTask[PersonModel | None] | None = None
        self._made: PersonModel | None = None
        self.setWindowTitle(f"Adapt the model to subject {subject}")
        self.setModal(False)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.doing = caption()
        self.outcome = Notice(colours)
        self.open_out = QPushButton("Open folder")
        self.open_out.clicked.connect(lambda: open_folder(out))
        self.use = QPushButton("Use this model")
        self.use.setObjectName("primary")
        self.use.clicked.connect(self._use)
        self.start = QPushButton("Adapt")
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self.begin)
        self.stop = QPushButton("Close")
        self.stop.clicked.connect(self.reject)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.follow)
        self._arrange()
        self._show()

    @property
    def is_running(self) -> bool:
        """Whether an adaptation goes on."""
        return self._task is not None

    def begin(self) -> None:
        """Begin."""
        folders, models, out = self._folders, self._models, self._out
        self.outcome.say(Tone.INFO, "", "")
        self._made = None
        self._task = BackgroundTask("adaptation", lambda work: adapt_to_sessions(work, folders, models, out))
        self._poll.start()
        self._show()

    def reject(self) -> None:
        """Stop what goes on; without that, close."""
        if self._task is not None:
            self._task.cancel()
            self._show()
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
            self._made = task.result
            self._show_outcome(task)
        self._show()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self.outcome.set_look(colours)

    def _use(self) -> None:
        if self._made is not None:
            self._on_use(str(self._made.path))
            self.close()

    def _show_outcome(self, task: BackgroundTask[PersonModel | None]) -> None:
        made = task.result
        if task.error is not None:
            self.outcome.say_error(task.error)
        elif made is None:
            self.outcome.say(Tone.WARNING, "Stopped", "Nothing was written.")
        else:
            report, everything = made.report, made.report.rows[0]
            low, high = (100 * end for end in everything.change95)
            is_better = high < 0
            warnings = "".join(f"\n{warning}" for warning in report.warnings)
            self.outcome.say(
                Tone.DONE if is_better else Tone.WARNING,
                f"{report.after} is better for {report.subject}" if is_better else "No certain gain",
                f"Error on {report.held_out_s:.0f} s that it never saw: {100 * everything.before:.1f} % of maximal "
                f"activation before, {100 * everything.after:.1f} % after; change {low:+.1f} to {high:+.1f} "
                f"(95 % interval).{warnings}",
            )

    def _show(self) -> None:
        task, runs = self._task, self._task is not None
        self.start.setVisible(self._made is None)
        self.start.setEnabled(not runs)
        self.start.setText("Adapting …" if runs else "Adapt")
        self.stop.setText("Stop" if runs else "Close")
        self.stop.setEnabled(task is None or not task.is_cancelled())
        for part in (self.bar, self.doing):
            part.setVisible(runs)
        for button in (self.open_out, self.use):
            button.setVisible(self._made is not None)
        if task is not None:
            self.bar.setValue(round(1000 * task.share))
            self.doing.setText("Stopping after this step …" if task.is_cancelled() else task.doing or "Starting …")
        column = self.layout()
        if column is not None:
            self.setFixedHeight(column.totalHeightForWidth(_WIDTH_PX))  # as high as the words need

    def _arrange(self) -> None:
        what = QLabel(_WHAT)
        what.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.open_out)
        buttons.addStretch(1)
        for button in (self.stop, self.start, self.use):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        for widget in (what, self.outcome, self.doing, self.bar):
            column.addWidget(widget)
        column.addLayout(buttons)
        self.setFixedWidth(_WIDTH_PX)
