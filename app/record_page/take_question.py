"""Asks before something would end a take, or take one's eyes off it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from app.record_page.take import Take


class TakeQuestion:
    """At most one question at a time; everything goes on behind it.

    Args:
        parent: The page.
        take: What is asked about.
        end_take: Ends it in order.

    Attributes:
        box: What is asked now, None for nothing.
    """

    def __init__(self, parent: QWidget, take: Take, end_take: Callable[[], object]) -> None:
        self._parent = parent
        self._take = take
        self._end_take = end_take
        self._after_end: Callable[[], object] | None = None
        self.box: QMessageBox | None = None

    def ask_before(self, what: str, then: Callable[[], object]) -> None:
        """Do something that would end the take: at once while nothing is recorded, else after asking.

        Args:
            what: What is to be done, such as `Quit`.
            then: Does it, when the take has ended.
        """
        if not self._take.is_under_way:
            then()
            return

        def end() -> None:
            self._after_end = then
            self._end_take()

        self._ask(
            f"{what} while recording?",
            "The take would end here. What was recorded so far is on the disk and stays.",
            f"End the take, then {what.lower()}",
            end,
        )

    def ask_before_leaving(self, leave: Callable[[], object]) -> None:
        """Show another page: at once while nothing is recorded, else after asking."""
        if not self._take.is_under_way:
            leave()
            return
        self._ask(
            "Leave the page while recording?",
            "The take goes on, and so does the protocol; what happens to it is shown here only.",
            "Leave, and go on recording",
            leave,
        )

    def follow(self) -> None:
        """Do what waits for the end of the take, once that has come."""
        if not self._take.is_under_way and self._after_end is not None:
            then, self._after_end = self._after_end, None
            QTimer.singleShot(0, self._parent, then)

    def _ask(self, title: str, text: str, accept: str, then: Callable[[], object]) -> None:
        if self.box is not None:
            return
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, title, parent=self._parent.window())
        box.setInformativeText(text)
        yes = box.addButton(accept, QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton("Stay and go on recording", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)

        def answered() -> None:
            self.box = None
            is_yes = box.clickedButton() is yes
            box.deleteLater()
            if is_yes:
                then()

        box.finished.connect(answered)
        self.box = box
        box.open()
