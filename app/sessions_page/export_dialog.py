"""Choose formats and a folder, and export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.background_task import Work
from app.export_commands import ExportFormat
from app.live_page.messages import Tone
from app.live_page.panel import caption
from app.record_page.tick_box import TickBox
from app.sessions_page.export_work import FORMAT_WORDS, Exported, export_sessions
from app.sessions_page.job_dialog import JobDialog
from app.theme import Palette

_WIDTH_PX: Final = 560


class ExportDialog(JobDialog[Exported]):
    """Exports sessions.

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
        n = len(folders)
        title = f"Export {n} session{'s' * (n != 1)}"
        super().__init__(parent, title, "Export", "session", _WIDTH_PX, colours, open_folder)
        self._folders = folders
        self.formats = {kind: TickBox(words[0], colours) for kind, words in FORMAT_WORDS.items()}
        self.formats[ExportFormat.MIA].setChecked(True)
        for box in self.formats.values():
            box.toggled.connect(lambda _checked: self.show_state())
        self.out = QLineEdit(str(out))
        self.out.setAccessibleName("Folder")
        self.out.textChanged.connect(lambda _text: self.show_state())
        self.choose = QPushButton("Choose …")
        self.choose.clicked.connect(self._ask_folder)
        self._arrange_form()
        self.show_state()

    def job(self) -> Callable[[Work], Exported]:
        """Return the export in the chosen formats."""
        formats = [kind for kind, box in self.formats.items() if box.isChecked()]
        return partial(export_sessions, folders=self._folders, formats=formats, out=self.out_folder())

    def out_folder(self) -> Path:
        """Return the chosen folder."""
        return Path(self.out.text())

    def tell(self, made: Exported) -> None:
        """Say what was written and what was not."""
        names = [f"{FORMAT_WORDS[kind][0]} ({n})" for kind, n in made.written.items()]
        what = f"{', '.join(names)}." if names else "Nothing was written."
        if made.is_cancelled:
            self.outcome.say(Tone.WARNING, "Stopped", what)
        elif made.left_out:
            self.outcome.say(Tone.WARNING, "Exported, but not all", "\n".join((what, *made.left_out)))
        else:
            self.outcome.say(Tone.DONE, "Exported", what)

    def show_state(self) -> None:
        """Let formats and folder be chosen while nothing runs."""
        for widget in (*self.formats.values(), self.out, self.choose):
            widget.setEnabled(not self.is_running)
        self.open_out.setVisible(not self.is_running and self.made is not None and bool(self.made.written))
        super().show_state()
        is_chosen = any(box.isChecked() for box in self.formats.values()) and bool(self.out.text().strip())
        self.start.setEnabled(is_chosen and not self.is_running)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        super().set_look(colours)
        for box in self.formats.values():
            box.set_look(colours)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, "Export into a new folder in", str(self.out_folder().parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        name = self.out_folder().name
        dialog.fileSelected.connect(lambda path: self.out.setText(str(Path(path) / name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _arrange_form(self) -> None:
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
        heading, into = QLabel("Formats"), QLabel("Folder")
        for label in (heading, into):
            label.setObjectName("panelTitle")
        self.form.addWidget(heading)
        self.form.addLayout(grid)
        self.form.addSpacing(6)
        self.form.addWidget(into)
        self.form.addLayout(place)
        self.form.addWidget(caption("Each format gets a folder of its own in it. Nothing is overwritten."))
