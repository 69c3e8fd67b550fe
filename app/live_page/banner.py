"""The box over the picture that tells the user one thing."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.live_page.icons import icon_pixmap
from app.live_page.messages import Message, Tone
from app.theme import Palette

_NARROWEST_PX = 280  # the button's words


class Banner(QFrame):
    """The box over the picture. It shows a message, or hides."""

    def __init__(self, parent: QWidget, colours: Palette) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._colours = colours
        self._message: Message | None = None
        self._icon = QLabel()
        self._title = _wrapping_label("bannerTitle")
        self._text = _wrapping_label("bannerText")
        self.choose_source = QPushButton("Choose another source  \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        self.choose_source.setObjectName("primary")
        self.open_folder = QPushButton("Open folder")
        self.open_folder.clicked.connect(self._open_folder)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(self._title)
        words.addWidget(self._text)
        words.addSpacing(4)
        for button in (self.choose_source, self.open_folder):
            words.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(14, 11, 18, 11)
        row.setSpacing(12)
        row.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.hide()

    @property
    def message(self) -> Message | None:
        """What is shown."""
        return self._message

    def set_palette_colours(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self._paint_icon()

    def show_message(self, message: Message | None) -> None:
        """Show a message, or hide with None."""
        if message == self._message:
            return
        self._message = message
        self.setVisible(message is not None)
        if message is not None:
            self._title.setText(message.title)
            self._text.setText(message.text)
            self.choose_source.setVisible(message.offers_sources)
            self.open_folder.setVisible(message.folder is not None)
            self.setAccessibleName(f"{message.title} {message.text}")
            self._paint_icon()
            self.place()

    def place(self) -> None:
        """Stand at the picture's lower edge, where no face is; failures and waiting in its centre."""
        parent = self.parentWidget()
        if parent is None or self._message is None:
            return
        margin = 12
        widest = min(parent.width() - 2 * margin, 520)
        self.setFixedWidth(min(widest, max(self._natural_width(), _NARROWEST_PX)))
        height = self.heightForWidth(self.width())  # with the frame, which the layout leaves out
        self.setFixedHeight(height if height > 0 else self.sizeHint().height())
        central = self._message.offers_sources or self._message.title.startswith("Starting")
        y = (parent.height() - self.height()) // 2 if central else parent.height() - self.height() - margin
        self.move((parent.width() - self.width()) // 2, max(y, margin))
        self.raise_()

    def _open_folder(self) -> None:
        if self._message is not None and self._message.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._message.folder)))

    def _natural_width(self) -> int:
        widths = [label.fontMetrics().horizontalAdvance(label.text()) for label in (self._title, self._text)]
        return max(widths) + 90

    def _paint_icon(self) -> None:
        if self._message is not None:
            name, colour = {
                Tone.BUSY: ("busy", self._colours.accent),
                Tone.DONE: ("done", self._colours.good),
                Tone.INFO: ("error", self._colours.accent),
                Tone.WARNING: ("warning", self._colours.warning),
                Tone.ERROR: ("error", self._colours.error),
            }[self._message.tone]
            self._icon.setPixmap(icon_pixmap(name, colour, 22, self.devicePixelRatioF()))


def _wrapping_label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
