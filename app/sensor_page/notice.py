"""A box on the page that says what is the case and what to do about it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from app.live_page.icons import icon_pixmap
from app.live_page.messages import Tone
from app.theme import Palette
from mia_core.errors import MiaError

_ICON_PX = 20


class Notice(QFrame):
    """Shows one thing, or hides."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._colours = colours
        self._tone = Tone.INFO
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON_PX, _ICON_PX)
        self._title = QLabel()
        self._title.setObjectName("noticeTitle")
        self._text = QLabel()
        self._text.setObjectName("bannerText")
        words = QVBoxLayout()
        words.setSpacing(3)
        for label in (self._title, self._text):
            label.setWordWrap(True)
            words.addWidget(label)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 9, 10, 9)
        row.setSpacing(9)
        column = QVBoxLayout()
        column.addWidget(self._icon)
        column.addStretch(1)
        row.addLayout(column)
        row.addLayout(words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.hide()

    @property
    def text(self) -> str:
        """What is said, empty for nothing."""
        return f"{self._title.text()} {self._text.text()}".strip()

    def say(self, tone: Tone, title: str, text: str) -> None:
        """Show a sentence and an advice; hide when both are empty."""
        self._tone = tone
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(self.text)
        self.setVisible(bool(self.text))
        self._paint_icon()

    def say_error(self, error: MiaError | None) -> None:
        """Show an error, or hide."""
        if error is None:
            self.say(Tone.INFO, "", "")
        else:
            self.say(Tone.ERROR, str(error), error.advice)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self._paint_icon()

    def _paint_icon(self) -> None:
        name, colour = {
            Tone.BUSY: ("busy", self._colours.accent),
            Tone.DONE: ("done", self._colours.good),
            Tone.INFO: ("error", self._colours.accent),
            Tone.WARNING: ("warning", self._colours.warning),
            Tone.ERROR: ("error", self._colours.error),
        }[self._tone]
        self._icon.setPixmap(icon_pixmap(name, colour, _ICON_PX, self.devicePixelRatioF()))
