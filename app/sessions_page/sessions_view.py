"""What the sessions page consists of, where it stands, and how a list of sessions is shown in it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.live_page.live_actions import LiveActions
from app.live_page.panel import caption
from app.live_page.toolbar import action_button
from app.sensor_page.notice import Notice
from app.sessions_page.library_shelf import Shelf
from app.sessions_page.listed_session import ListedSession
from app.sessions_page.presence_legend import PresenceLegend
from app.sessions_page.session_details import SessionDetails
from app.sessions_page.session_head import SessionHead
from app.sessions_page.session_table import SessionTable
from app.theme import Palette
from mia_core.recording.found_sessions import SessionState

_NEEDS_SELECTION: Final = ("export_sessions", "discard_session", "open_session_folder")
_NEEDS_ONE: Final = ("open_session", "move_session", "delete_subject")


class SessionsView(QWidget):
    """The widgets of the sessions page; it decides nothing.

    Args:
        actions: The window's actions.
        colours: The theme's colours.
    """

    def __init__(self, actions: LiveActions, colours: Palette) -> None:
        super().__init__()
        self._actions = actions
        self.table = SessionTable(colours)
        self.details = SessionDetails(colours)
        self.notice = Notice(colours)
        self._legend = PresenceLegend(colours)
        self._title, self._count, self._said = QLabel(), caption(), caption()
        self._empty_title, self._empty_text = QLabel(), QLabel()
        self._arrange()

    def show_list(self, shelf: Shelf | None, place: str, n: int, n_shown: int, *, is_bin: bool) -> None:
        """Say which list is shown, and where it is empty, why.

        Args:
            shelf: What the folder holds, None while it is being read.
            place: The folder.
            n: How many sessions the list has.
            n_shown: How many of them are shown.
            is_bin: Whether it is the recycle bin's.
        """
        self._count.setText(counted(n) if n == n_shown else f"{n_shown} of {counted(n)}")
        n_discarded = 0 if shelf is None else len(shelf.discarded)
        self._actions["empty_bin"].setEnabled(bool(n_discarded))
        self._actions["recycle_bin"].setToolTip(f"Recycle bin: {counted(n_discarded)}")
        if shelf is None:
            title, text = "Reading …", ""
        elif n:
            title, text = "Nothing found", "Search for something else, or clear the search."
        elif is_bin:
            title, text = "The recycle bin is empty", "Sessions that you throw away wait here until you empty it."
        else:
            title = "No sessions yet"
            text = f"Record a subject; the session appears here at once.\nFolder: {place}"
        self._empty_title.setText(title)
        self._empty_text.setText(text)
        self._title.setText("Recycle bin" if is_bin else "Sessions")
        self._empty_bin.setVisible(is_bin)
        self._first.setVisible(shelf is not None and not n and not is_bin)
        self._actions["discard_session"].setText("Bring it back" if is_bin else "Throw into the recycle bin")
        self._actions["discard_session"].setIconText("Restore" if is_bin else "Throw away")
        self._layers.setCurrentIndex(0 if n_shown else 1)
        for part in (self.details, self._legend):
            part.setVisible(bool(n))

    def show_chosen(self, chosen: tuple[ListedSession, ...], *, is_bin: bool) -> None:
        """Show what is chosen, and what can be done with it."""
        session = chosen[0] if len(chosen) == 1 else None
        self.details.show_session(session, len(chosen))
        readable = [one for one in chosen if one.state.can_be_read]
        for name in _NEEDS_SELECTION:
            self._actions[name].setEnabled(bool(chosen))
        for name in _NEEDS_ONE:
            self._actions[name].setEnabled(session is not None)
        self._actions["export_sessions"].setEnabled(bool(readable) and not is_bin)
        is_one_subject = len({one.subject for one in readable}) == 1
        self._actions["adapt_model"].setEnabled(is_one_subject and not is_bin)
        can_open = session is not None and session.state.can_be_read and not is_bin
        self._actions["open_session"].setEnabled(can_open)
        self._actions["move_session"].setEnabled(can_open)
        records = any(one.state is SessionState.RECORDING for one in chosen)
        self._actions["discard_session"].setEnabled(bool(chosen) and not records)
        self._actions["delete_subject"].setEnabled(session is not None and not records)

    def say(self, text: str) -> None:
        """Say what was done last."""
        self._said.setText(text)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        for part in (self.table, self.details, self.notice, self._legend):
            part.set_look(colours)

    def _arrange(self) -> None:
        self._empty_bin = action_button(self._actions["empty_bin"], "small", text=True)
        of_sessions = ("adapt_model", "move_session", "open_session_folder")
        buttons = tuple(
            action_button(self._actions[name], "small", text=True)
            for name in (*of_sessions, "delete_subject", "discard_session")
        )
        for name in ("open_session", "export_sessions", *of_sessions, "discard_session"):
            self.table.addAction(self._actions[name])
        self._first = action_button(self._actions["show_record"], "", text=True)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(2)
        self._empty_title.setObjectName("welcomeTitle")
        self._empty_text.setObjectName("bannerText")
        for label in (self._empty_title, self._empty_text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        column.addSpacing(10)
        column.addWidget(self._first, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        body = QWidget()
        self._layers = QStackedLayout(body)
        self._layers.addWidget(self.table)
        self._layers.addWidget(empty)
        self._title.setObjectName("panelTitle")
        head = SessionHead(self._title, self._count, (*buttons, self._empty_bin))
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 12, 0)
        foot.addWidget(self._legend, 1)
        foot.addWidget(self._said)
        panel = QFrame()
        panel.setObjectName("panel")
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(4, 7, 4, 5)
        inner.setSpacing(5)
        inner.addWidget(head)
        inner.addWidget(body, 1)
        inner.addLayout(foot)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.notice)
        left.addWidget(panel, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addLayout(left, 1)
        row.addWidget(self.details)


def counted(n: int) -> str:
    """Return a number of sessions in words."""
    return f"{n} session{'s' * (n != 1)}"
