"""Adapt the activation model to the subject of the chosen sessions, and use what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.background_task import Work
from app.live_page.messages import Tone
from app.sessions_page.adapt_work import ModelChoices, adapt_to_sessions
from app.sessions_page.job_dialog import JobDialog
from app.theme import Palette

if TYPE_CHECKING:
    from mia_core.evaluation.person_model import PersonModel

_WIDTH_PX: Final = 520
_WHAT: Final = (
    "The model goes on learning from these sessions. Every fourth stretch of time is kept to judge whether it "
    "became better. The present model stays as it is."
)


class AdaptDialog(JobDialog["PersonModel | None"]):
    """Adapts a model.

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
        title = f"Adapt the model to subject {subject}"
        super().__init__(parent, title, "Adapt", "step", _WIDTH_PX, colours, open_folder)
        self._folders, self._models, self._out = folders, models, out
        self._on_use = on_use
        what = QLabel(_WHAT)
        what.setWordWrap(True)
        self.form.addWidget(what)
        self.use = QPushButton("Use this model")
        self.use.setObjectName("primary")
        self.use.clicked.connect(self._use)
        self.buttons.addWidget(self.use)
        self.show_state()

    def job(self) -> Callable[[Work], PersonModel | None]:
        """Return the adaptation."""
        return partial(adapt_to_sessions, folders=self._folders, models=self._models, out=self._out)

    def out_folder(self) -> Path:
        """Return where models of subjects go."""
        return self._out

    def tell(self, made: PersonModel | None) -> None:
        """Say whether the model became better."""
        if made is None:
            return
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

    def show_state(self) -> None:
        """Offer the model once it is made."""
        self.start.setVisible(self.made is None)
        for button in (self.open_out, self.use):
            button.setVisible(self.made is not None)
        super().show_state()

    def _use(self) -> None:
        if self.made is not None:
            self._on_use(str(self.made.path))
            self.close()
