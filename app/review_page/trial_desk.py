"""Puts the chosen trial right: its name, its begin, its end; and takes that back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QWidget

from app.live_page.messages import Tone
from app.review_page.reviewed_session import ReviewedSession
from app.review_page.trial_edits import TrialEdits
from app.review_page.trial_numbers import exercise_label
from app.sensor_page.notice import Notice
from mia_core.errors import MiaError
from mia_core.exercises import EXERCISES
from mia_core.export.trials import TrialSpan
from mia_core.recording.session_review import SessionReview


class TrialDesk:
    """Makes changes and says when they can't be made.

    Args:
        parent: Of its questions.
        notice: Says what went wrong.
        chosen: Returns the chosen trial.
        on_changed: Gets all edits after each change.
    """

    def __init__(
        self,
        parent: QWidget,
        notice: Notice,
        chosen: Callable[[], TrialSpan | None],
        on_changed: Callable[[SessionReview], None],
    ) -> None:
        self._parent = parent
        self._notice = notice
        self._chosen = chosen
        self._on_changed = on_changed
        self._edits: TrialEdits | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return self._edits is not None and self._edits.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether something that was taken back can be made again."""
        return self._edits is not None and self._edits.can_redo

    def open(self, session: ReviewedSession | None) -> None:
        """Change another session from now on; None for none."""
        self._edits = None
        if session is not None:
            self._edits = TrialEdits(session.recorded.folder, session.review, session.recorded.monotonic_s)

    def trim(self, begin_s: float | None, end_s: float | None) -> None:
        """Give the chosen trial another begin and end; None leaves it as it is."""

        def change(edits: TrialEdits, trial: TrialSpan) -> None:
            edits.trim(trial, trial.start_s if begin_s is None else begin_s, trial.end_s if end_s is None else end_s)

        self._change_trial(change)

    def ask_label(self) -> None:
        """Ask what was done in the chosen trial."""
        trial = self._chosen()
        if trial is None:
            return
        labels = [exercise.label for exercise in EXERCISES]
        present = exercise_label(trial.exercise)
        dialog = QInputDialog(self._parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Relabel the trial")
        dialog.setLabelText("What was done:")
        dialog.setComboBoxItems([present, *(label for label in labels if label != present)])
        dialog.setComboBoxEditable(True)
        dialog.textValueSelected.connect(self.relabel)
        dialog.open()

    def relabel(self, exercise: str) -> None:
        """Say that something else was done in the chosen trial."""
        self._change_trial(lambda edits, trial: edits.relabel(trial, exercise))

    def undo(self) -> None:
        """Take back the last change."""
        self._change(TrialEdits.undo)

    def redo(self) -> None:
        """Make again what was taken back."""
        self._change(TrialEdits.redo)

    def _change_trial(self, change: Callable[[TrialEdits, TrialSpan], None]) -> None:
        trial = self._chosen()
        if trial is not None:
            self._change(lambda edits: change(edits, trial))

    def _change(self, change: Callable[[TrialEdits], None]) -> None:
        edits = self._edits
        if edits is None:
            return
        try:
            change(edits)
        except MiaError as error:
            self._notice.say_error(error)
            return
        self._notice.say(Tone.INFO, "", "")
        self._on_changed(edits.review)
