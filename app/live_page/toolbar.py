"""The bar along the upper edge: the product, the controls of the present page, and the window's buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedWidget, QToolButton, QWidget

from app.app_settings import LOOKAHEAD_STEPS
from app.live_page.choice_button import ChoiceButton
from app.live_page.icons import ICON_PX, icon
from app.live_page.live_actions import LiveActions
from app.live_page.source_choice import SourceChoice, SourceKind
from app.theme import Palette
from mia_core.samples import STEP_S

_ICONS: Final = {SourceKind.CAMERA: "camera", SourceKind.FILE: "film", SourceKind.DEMO: "person"}
_SOURCE_PX: Final = 210
_RECORD_PX: Final = 108
_NAMED_FROM_PX: Final = 1050
"""In narrower windows the product's name gives its room to the controls; the title bar says it too."""
_LOOKAHEAD: Final = "How much of the future the model may see before it judges a moment; the picture waits as long. (L)"
_LOOKAHEAD_FIXED: Final = "While something is recorded, the look-ahead stays: a session has one from beginning to end."


class Toolbar(QWidget):
    """Holds what every page has, and between that the controls of the present one."""

    def __init__(self, actions: LiveActions, controls: Sequence[QWidget]) -> None:
        super().__init__()
        self.setObjectName("toolbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._product = QLabel("MIA Live")
        self._product.setObjectName("productName")
        self._controls = QStackedWidget()
        for one in controls:
            self._controls.addWidget(one)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(6)
        row.addWidget(self._product)
        row.addSpacing(12)
        row.addWidget(self._controls, 1)
        for name in ("theme", "full_screen", "settings", "help"):
            row.addWidget(action_button(actions[name], "quiet"))

    def show_controls(self, controls: QWidget) -> None:
        """Show the controls of another page."""
        self._controls.setCurrentWidget(controls)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep room for the controls."""
        super().resizeEvent(event)
        self._product.setVisible(event.size().width() >= _NAMED_FROM_PX)
        self._row.activate()


class LiveControls(QWidget):
    """The live page's part of the bar: the source picker, the player's buttons, the look-ahead.

    Attributes:
        offers_stop: Whether the start button says stop now.
    """

    def __init__(self, actions: LiveActions, source_menu: QMenu, on_lookahead: Callable[[int], None]) -> None:
        super().__init__()
        self._live_actions = actions
        self._shown: tuple[object, ...] | None = None
        self.offers_stop = False
        self._source = QToolButton()
        self._source.setMenu(source_menu)
        self._source.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._source.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._source.setIconSize(QSize(ICON_PX, ICON_PX))
        self._source.setFixedWidth(_SOURCE_PX)
        self._lookahead = ChoiceButton(
            "Look-ahead", [(steps, f"{1000 * STEP_S * steps:.0f} ms") for steps in LOOKAHEAD_STEPS], on_lookahead
        )
        self._lookahead.setToolTip(_LOOKAHEAD)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._source)
        row.addSpacing(4)
        row.addWidget(action_button(actions["start_stop"], "primary", text=True))
        row.addWidget(action_button(actions["pause"], ""))
        row.addWidget(action_button(actions["step"], ""))
        record = action_button(actions["record"], "record", text=True)
        record.setMinimumWidth(_RECORD_PX)  # the same with a time as with a word
        row.addWidget(record)
        row.addStretch(1)
        row.addWidget(self._lookahead)
        row.addSpacing(4)
        row.addWidget(action_button(actions["mirror"], "quiet"))

    def open_source_menu(self) -> None:
        """Open the picker of sources."""
        self._source.showMenu()

    def show_lookahead(self, steps: int) -> None:
        """Show the chosen look-ahead."""
        self._lookahead.show_choice(steps)

    def fix_lookahead(self, fixed: bool) -> None:
        """Let the look-ahead be chosen or not, and say why not."""
        self._live_actions["next_lookahead"].setEnabled(not fixed)
        self._lookahead.setEnabled(not fixed)
        self._lookahead.setToolTip(_LOOKAHEAD_FIXED if fixed else _LOOKAHEAD)

    def follow(
        self,
        colours: Palette,
        choice: SourceChoice | None,
        *,
        runs: bool,
        live: bool,
        paused: bool,
        recorded_s: float | None,
    ) -> None:
        """Show which source is watched, how long it has been recorded, and what can be done now."""
        recorded = "" if recorded_s is None else f"{recorded_s // 60:.0f}:{int(recorded_s % 60):02}"
        self._live_actions["record"].setChecked(bool(recorded))  # a click checks it, whether or not anything began
        shown = (colours, choice, runs, live, paused, recorded)
        if shown == self._shown:
            return
        self._shown, self.offers_stop = shown, runs
        self._live_actions.set_look(colours, running=runs, recorded=recorded)
        self._live_actions["pause"].setEnabled(live and runs)
        self._live_actions["step"].setEnabled(paused)
        self._live_actions["record"].setEnabled(live and runs)
        name = "Choose a source" if choice is None else choice.label
        kind = SourceKind.CAMERA if choice is None else choice.kind
        room = _SOURCE_PX - ICON_PX - 50
        elided = self._source.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room)
        self._source.setText(f" {elided}  \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        self._source.setIcon(icon(_ICONS[kind], colours.text, colours.muted))
        self._source.setToolTip(f"{name} (I)" if choice is None else f"{choice.target or name} (I)")
        self._source.setAccessibleName(f"Source: {name}")


def action_button(action: QAction, name: str, *, text: bool = False) -> QToolButton:
    """Return a button for an action, named for the style sheet; with its text or with its icon alone."""
    button = QToolButton()
    button.setObjectName(name)
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(style)
    button.setDefaultAction(action)
    button.setAccessibleName(action.text())
    return button
