"""Choose formats and a folder, watch the export, stop it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.background_task import BackgroundTask
from app.export_commands import ExportFormat
from app.live_page.messages import Tone
from app.live_page.panel import caption
from app.record_page.tick_box import TickBox
from app.sensor_page.notice import Notice
from app.sessions_page.export_work import FORMAT_WORDS, Exported, export_sessions
from app.theme import Palette

POLL_MS: Final = 50
_WIDTH_PX: Final = 560


class ExportDialog(QDialog):
    """Exports sessions; the window goes on behind it.

    Args:
        parent: The window.
        folders: Of the sessions.
        out: The folder that is offered.
        colours: The theme's colours.
        open_folder: Shows a folder in the system's file manager.
    """

    def __init__(
        self,
        parent: QWidget,
        folders: tuple[Path, ...],
        out: Path,
        colours: Palette,
        open_folder: Callable[[Path], object],
    ) -> None:
        super().__init__(parent)
        self._folders = folders
        self._open_folder = open_folder
        self._task: BackgroundTask[Exported] | None = None
        n = len(folders)
        self.setWindowTitle(f"Export {n} session{'s' * (n != 1)}")
        self.setModal(False)
        self.formats = {kind: TickBox(words[0], colours) for kind, words in FORMAT_WORDS.items()}
        self.formats[ExportFormat.MIA].setChecked(True)
        for box in self.formats.values():
            box.toggled.connect(lambda _checked: self._show())
        self.out = QLineEdit(str(out))
        self.out.setAccessibleName("Folder")
        self.out.textChanged.connect(lambda _text: self._show())
        self.choose = QPushButton("Choose …")
        self.choose.clicked.connect(self._ask_folder)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.doing = caption()
        self.outcome = Notice(colours)
        self.open_out = QPushButton("Open folder")
        self.open_out.clicked.connect(lambda: self._open_folder(Path(self.out.text())))
        self.start = QPushButton("Export")
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self.begin)
        self.stop = QPushButton("Close")
        self.stop.clicked.connect(self.cancel_or_close)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.follow)
        self._arrange()
        self._show()

    @property
    def is_running(self) -> bool:
        """Whether an export goes on."""
        return self._task is not None

    def begin(self) -> None:
        """Begin the export."""
        formats = [kind for kind, box in self.formats.items() if box.isChecked()]
        folders, out = self._folders, Path(self.out.text())
        self.outcome.say(Tone.INFO, "", "")
        self._task = BackgroundTask("export", lambda work: export_sessions(work, folders, formats, out))
        self._poll.start()
        self._show()

    def cancel_or_close(self) -> None:
        """Stop what goes on; without that, close."""
        if self._task is not None:
            self._task.cancel()
            self._show()
        else:
            self.close()

    def reject(self) -> None:
        """Stop what goes on, with Escape too."""
        if self._task is not None:
            self._task.cancel()
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
            self._show_outcome(task)
        self._show(task)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self.outcome.set_look(colours)
        for box in self.formats.values():
            box.set_look(colours)

    def _show_outcome(self, task: BackgroundTask[Exported]) -> None:
        done = task.result
        if done is None:
            self.outcome.say_error(task.error)
            return
        names = [f"{FORMAT_WORDS[kind][0]} ({n})" for kind, n in done.written.items()]
        what = f"{', '.join(names)}." if names else "Nothing was written."
        if done.is_cancelled:
            self.outcome.say(Tone.WARNING, "Stopped", what)
        elif done.left_out:
            self.outcome.say(Tone.WARNING, "Exported, but not all", "\n".join((what, *done.left_out)))
        else:
            self.outcome.say(Tone.DONE, "Exported", what)

    def _show(self, task: BackgroundTask[Exported] | None = None) -> None:
        task = self._task or task
        runs = self._task is not None
        for widget in (*self.formats.values(), self.out, self.choose):
            widget.setEnabled(not runs)
        wanted = any(box.isChecked() for box in self.formats.values()) and bool(self.out.text().strip())
        self.start.setEnabled(wanted and not runs)
        self.start.setText("Exporting …" if runs else "Export")
        self.stop.setText("Stop" if runs else "Close")
        self.bar.setVisible(runs)
        self.doing.setVisible(runs)
        self.open_out.setVisible(
            not runs and task is not None and task.result is not None and bool(task.result.written)
        )
        if task is not None and runs:
            stops = task.is_cancelled()
            self.stop.setEnabled(not stops)
            self.bar.setValue(round(1000 * task.share))
            self.doing.setText("Stopping after this session …" if stops else task.doing or "Starting …")
        else:
            self.stop.setEnabled(True)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, "Export into a new folder in", str(Path(self.out.text()).parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        name = Path(self.out.text()).name
        dialog.fileSelected.connect(lambda path: self.out.setText(str(Path(path) / name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        for row, (kind, box) in enumerate(self.formats.items()):
            grid.addWidget(box, row, 0)
            grid.addWidget(caption(FORMAT_WORDS[kind][1]), row, 1)
        grid.setColumnStretch(1, 1)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.out, 1)
        place.addWidget(self.choose)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.open_out)
        buttons.addStretch(1)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.start)
        heading, into = QLabel("Formats"), QLabel("Folder")
        for label in (heading, into):
            label.setObjectName("panelTitle")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addLayout(grid)
        column.addSpacing(6)
        column.addWidget(into)
        column.addLayout(place)
        column.addWidget(caption("Each format gets a folder of its own in it. Nothing is overwritten."))
        column.addWidget(self.outcome)
        column.addWidget(self.doing)
        column.addWidget(self.bar)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.setFixedWidth(_WIDTH_PX)
