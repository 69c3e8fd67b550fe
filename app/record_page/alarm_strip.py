"""What is wrong with a take, in a coloured strip that is seen from across the room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.live_page.icons import icon_pixmap
from app.live_page.messages import Tone
from app.record_page.alarms import Alarm
from app.theme import Palette

_ICON_PX = 24


class AlarmStrip(QFrame):
    """Shows the worst alarm, and how many more there are; hides when all is well.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("alarmStrip")
        self._colours = colours
        self._alarms: tuple[Alarm, ...] = ()
        self._icon = QLabel()
        self._title = QLabel()
        self._text = QLabel()
        words = QVBoxLayout()
        words.setSpacing(1)
        for label, name in ((self._title, "alarmTitle"), (self._text, "alarmText")):
            label.setObjectName(name)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            words.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 9)
        row.setSpacing(12)
        row.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        self.hide()

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """What is wrong."""
        return self._alarms

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self._dress()

    def show_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Show what is wrong, the worst first."""
        if tuple(alarms) == self._alarms:
            return
        self._alarms = tuple(alarms)
        self.setVisible(bool(alarms))
        if alarms:
            first, *others = alarms
            self._title.setText(first.title)
            self._text.setText(" ".join([first.text, *(f"Also: {alarm.title}." for alarm in others)]))
            self.setAccessibleName(f"{first.title} {first.text}")
            self._dress()

    def _dress(self) -> None:
        if self._alarms:
            colours = self._colours
            is_error = self._alarms[0].tone is Tone.ERROR
            ground = colours.error if is_error else colours.warning
            icon = "missing" if is_error else "warning"
            self._icon.setPixmap(icon_pixmap(icon, colours.on_accent, _ICON_PX, self.devicePixelRatioF()))
            self.setStyleSheet(f"#alarmStrip {{ background: {ground}; border-radius: 8px; }}")
