"""The sensors page's part of the bar: which montage, undo, the connection and the check."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QMenu, QMessageBox, QPushButton, QToolButton, QWidget

from app.live_page.live_actions import LiveActions
from app.live_page.toolbar import action_button

_NAME_PX = 264
_MONTAGE = "Montage  "


class SensorControls(QWidget):
    """Holds the picker of montages and the buttons.

    Args:
        actions: The window's actions.
        names: Returns the names of the saved montages.

    Signals:
        opened: A montage was chosen, or a new one named: its name.
        saved_as: The present montage is to go on under a name.
        deleted: A montage is to be deleted, and the question whether really was answered: its name.
        check_wanted: The guided check is to begin.
    """

    opened = Signal(str)
    saved_as = Signal(str)
    deleted = Signal(str)
    check_wanted = Signal()

    def __init__(self, actions: LiveActions, names: Callable[[], tuple[str, ...]]) -> None:
        super().__init__()
        self._names = names
        self._name = ""
        self.montage = QToolButton()
        self.montage.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.montage.setFixedWidth(_NAME_PX)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self._deletion = QMenu("Delete", self)
        self.montage.setMenu(self._menu)
        self.status = QLabel()
        self.status.setObjectName("bannerText")
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.check = QPushButton("Check and calibrate …")
        self.check.clicked.connect(self.check_wanted)
        self.connect_button = action_button(actions["connect_sensors"], "primary", text=True)
        self.connect_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.montage)
        row.addWidget(action_button(actions["undo"], "quiet"))
        row.addWidget(action_button(actions["redo"], "quiet"))
        row.addStretch(1)
        row.addWidget(self.status)
        row.addSpacing(8)
        row.addWidget(self.check)
        row.addWidget(self.connect_button)
        row.addSpacing(8)

    def show_montage(self, name: str, why_not: str) -> None:
        """Show the name of the montage, and why no other can be chosen; empty when one can."""
        self._name = name
        metrics = QFontMetrics(self.montage.font())
        elided = metrics.elidedText(
            name, Qt.TextElideMode.ElideMiddle, _NAME_PX - metrics.horizontalAdvance(_MONTAGE) - 56
        )
        self.montage.setText(f"{_MONTAGE}{elided}  \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        self.montage.setToolTip(why_not or f"{name}: which sensor sits on which muscle, saved with every change")
        self.montage.setAccessibleName(f"Montage: {name}")
        self.montage.setEnabled(not why_not)

    def show_check(self, why_not: str) -> None:
        """Show whether the guided check can begin, or why not."""
        self.check.setEnabled(not why_not)
        self.check.setToolTip(why_not or "Contract each muscle once, then measure rest and maximum")

    def ask_name(self, title: str, on_named: Callable[[str], None]) -> None:
        """Ask for a name; the page goes on behind the dialog."""
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText("Name, such as that of the lab or of the set of sensors:")
        dialog.textValueSelected.connect(lambda text: on_named(text.strip()) if text.strip() else None)
        dialog.open()

    def ask_to_delete(self, name: str) -> None:
        """Ask whether a montage is really to be deleted; the page goes on behind the question."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Delete a montage", f"Delete the montage {name}?", parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(
            "Which sensor sits on which muscle, and the calibration, are forgotten. Recordings keep what they have."
        )
        delete = box.addButton("Delete it", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        delete.clicked.connect(lambda: self.deleted.emit(name))
        box.finished.connect(box.deleteLater)
        box.open()

    def _fill(self) -> None:
        self._menu.clear()
        for name in self._names():
            action = self._menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(name == self._name)
            action.triggered.connect(lambda _checked=False, chosen=name: self.opened.emit(chosen))
        self._menu.addSeparator()
        self._menu.addAction("New montage …").triggered.connect(lambda: self.ask_name("New montage", self.opened.emit))
        self._menu.addAction("Save as …").triggered.connect(
            lambda: self.ask_name("Save the montage as", self.saved_as.emit)
        )
        self._menu.addMenu(self._deletion)
        self._deletion.clear()
        for name in self._names():
            action = self._deletion.addAction(f"{name.replace('&', '&&')} …")
            action.triggered.connect(lambda _checked=False, chosen=name: self.ask_to_delete(chosen))
