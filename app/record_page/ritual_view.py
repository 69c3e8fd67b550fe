"""The guided step that tells by how much the video is later or earlier than the sensors."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.live_page.icons import icon_pixmap
from app.live_page.live_actions import LiveActions
from app.live_page.panel import caption
from app.live_page.status_strip import Stat
from app.live_page.toolbar import action_button
from app.record_page.chooser import Chooser
from app.record_page.contraction_ritual import MOTIONS, PAUSES_S, ContractionRitual
from app.record_page.dial import Dial, DialFace
from app.record_page.light_ritual import LightRitual
from app.record_page.ritual import Ritual, RitualOutcome, RitualStage
from app.record_page.ritual_plot import RitualPlot
from app.theme import Palette
from mia_core.processing.light_sync import SWITCHES
from mia_core.processing.sync_ritual import SyncEstimate, SyncSettings

_HOW = (
    f"{SyncSettings().min_events} to {len(PAUSES_S)} contractions, hard and brief, each when the disc lights up, until "
    f"the offset is known to {1e3 * SyncSettings().exact_s:.0f} ms. The pauses differ on purpose. "
    "The whole limb must be in the picture."
)
_HOW_LIGHT = (
    "Stand still, the sensor's light towards the camera, in a room that is not too bright. Click on the light in the "
    "picture; without that it is looked for in the middle of the limb. It tells how late the camera is, and nothing of "
    "the samples."
)

_ROOMY_PX = 470


class RitualView(QFrame):
    """Shows a ritual.

    Args:
        actions: The window's actions.
        colours: The theme's colours.

    Attributes:
        muscles: The choice of the muscle.
        ways: The choice between contractions and a sensor's light, where a sensor has one.
        close_button: Leaves the ritual.

    Signals:
        chosen: Another `Placement` was chosen.
        way_chosen: Contractions (False) or the light (True) were chosen.
    """

    chosen = Signal(object)
    way_chosen = Signal(bool)

    def __init__(self, actions: LiveActions, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._actions = actions
        self._colours = colours
        self._ritual: Ritual | None = None
        self._shown: RitualOutcome | None = None
        self.muscles = Chooser(colours)
        self.muscles.setAccessibleName("Muscle")
        self.muscles.setSizeAdjustPolicy(Chooser.SizeAdjustPolicy.AdjustToContents)  # it is shown before it is filled
        self.muscles.activated.connect(lambda row: self.chosen.emit(self.muscles.itemData(row)))
        self.ways = Chooser(colours)
        self.ways.setAccessibleName("Way of sync")
        self.ways.addItems(["By contractions", "By the sensor's light"])
        self.ways.activated.connect(lambda row: self.way_chosen.emit(row == 1))
        self.headline = QLabel()
        self.headline.setObjectName("exercise")
        self.how = QLabel()
        self.how.setObjectName("exercisePrompt")
        self._more = caption()
        for label in (self.headline, self.how, self._more):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.dial = Dial(colours)
        self.plot = RitualPlot(colours)
        self._verdict_icon = QLabel()
        self.verdict = QLabel()
        self.verdict.setObjectName("bannerTitle")
        self.advice = QLabel()
        self.advice.setObjectName("bannerText")
        for label in (self.verdict, self.advice):
            label.setWordWrap(True)
        self.offset = Stat(
            "OFFSET", "By how much the video's times are late, without the muscle's own delay.", "+100 ms"
        )
        self.spread = Stat("SPREAD", "How far the single ones disagree; refused above 40 ms.", "100 ms")
        self.error = Stat("STD. ERROR", "How exact the offset itself is.", "±100 ms")
        self.events = Stat("EVENTS", "How many contractions, or changes of the light, could be told apart.", "10")
        self.r = Stat("R", "Correlation of motion and muscle at the best offset.", "0.00")
        self.close_button = QPushButton("Back to the take")
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.result = self._make_result()
        self._arrange()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.dial.set_look(colours)
        self.plot.set_look(colours)
        self.muscles.set_look(colours)
        self.ways.set_look(colours)
        self._shown = None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Put the two choices below each other where there is little room, as beside the picture of a light."""
        super().resizeEvent(event)
        fits = event.size().width() >= _ROOMY_PX
        self._head.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)

    def show_ritual(self, ritual: Ritual, *, has_light: bool = False) -> None:
        """Show where a ritual stands; `has_light` offers the way by a sensor's light."""
        is_light = isinstance(ritual, LightRitual)
        self.ways.setVisible(has_light)
        self.ways.setCurrentIndex(int(is_light))
        self.ways.setEnabled(ritual.stage is not RitualStage.CUED)
        if ritual is not self._ritual:
            self._ritual = ritual
            self.muscles.clear()
            for placement in ritual.choices:
                self.muscles.addItem(placement.label, placement)
        self.muscles.setCurrentIndex(ritual.choices.index(ritual.placement))
        self.muscles.setEnabled(ritual.stage is not RitualStage.CUED)
        outcome = ritual.outcome
        self.dial.setVisible(outcome is None)
        self.result.setVisible(outcome is not None)
        muscle = ritual.placement.label.lower()
        if is_light:
            self.headline.setText(f"Show the sensor on the {muscle}")
            self.how.setText(f"Its light changes its colour {SWITCHES} times, and goes back.")
        else:
            self.headline.setText(f"Contract the {muscle}")
            self.how.setText(MOTIONS[ritual.placement.muscle])
        for label in (self.headline, self.how):
            label.setVisible(outcome is None)
        self._more.setText(_HOW_LIGHT if is_light else _HOW)
        self._more.setVisible(ritual.stage is RitualStage.WAITING)
        go_on = self._actions["go_on"]
        go_on.setEnabled(ritual.stage is not RitualStage.CUED)
        go_on.setIconText("Begin" if ritual.stage is not RitualStage.JUDGED else "Do it again")
        self.close_button.setText("Break off" if ritual.stage is RitualStage.CUED else "Back to the take")
        if outcome is None:
            self.dial.show_face(self._face(ritual))
            self._shown = None
        elif outcome is not self._shown:
            self._shown = outcome
            self._show_outcome(outcome)

    def _face(self, ritual: Ritual) -> DialFace:
        colours, n, left = self._colours, ritual.n_given, 1 - ritual.share
        if ritual.stage is RitualStage.WAITING:
            return DialFace("", "Space begins", "play", 0.0, colours.accent)
        if not isinstance(ritual, ContractionRitual):
            return DialFace(f"{n}", f"of {SWITCHES} changes", "", left, colours.accent)
        if ritual.is_lit:
            return DialFace("Now!", f"{n} of {len(PAUSES_S)} at most", "", left, colours.good, is_filled=True)
        wait, so_far = "Wait for it" if n < len(PAUSES_S) else "Hold still", ritual.so_far
        if so_far is not None:
            wait = f"\N{PLUS-MINUS SIGN}{1e3 * so_far.margin_s:.0f} ms so far"
        return DialFace(f"{n}", wait, "", left, colours.accent)

    def _show_outcome(self, outcome: RitualOutcome) -> None:
        colours, estimate = self._colours, outcome.estimate
        sign, colour = ("done", colours.good) if outcome.is_accepted else ("missing", colours.error)
        self._verdict_icon.setPixmap(icon_pixmap(sign, colour, 26, self.devicePixelRatioF()))
        self.verdict.setText(outcome.verdict)
        self.advice.setText(outcome.advice)
        self.plot.setVisible(outcome.courses is not None)
        if outcome.courses is not None:
            self.plot.show_courses(outcome.courses)
        stats = (self.offset, self.spread, self.error, self.events, self.r)
        for stat in stats:
            stat.setVisible(estimate is not None)
        self.r.setVisible(isinstance(estimate, SyncEstimate))
        if estimate is not None:
            self.offset.set_text(f"{1e3 * estimate.offset_s:+.0f} ms".replace("-", "\N{MINUS SIGN}"))
            self.spread.set_text(f"{1e3 * estimate.spread_s:.0f} ms", "" if estimate.accepted else colours.error)
            self.error.set_text(f"\N{PLUS-MINUS SIGN}{1e3 * estimate.standard_error_s:.0f} ms")
            if isinstance(estimate, SyncEstimate):
                self.events.set_text(str(estimate.n_events))
                self.r.set_text(f"{estimate.r:.2f}")
            else:
                self.events.set_text(f"{estimate.n_changes} of {estimate.n_switches}")

    def _make_result(self) -> QWidget:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.verdict)
        words.addWidget(self.advice)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._verdict_icon, alignment=Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        stats = QHBoxLayout()
        stats.setSpacing(26)
        for stat in (self.offset, self.spread, self.error, self.events, self.r):
            stats.addWidget(stat)
        stats.addStretch(1)
        result = QWidget()
        column = QVBoxLayout(result)
        column.setContentsMargins(4, 6, 4, 6)
        column.setSpacing(14)
        column.addLayout(head)
        column.addLayout(stats)
        column.addWidget(self.plot, 100)
        column.addStretch(1)  # a light has no plot
        return result

    def _arrange(self) -> None:
        title = QLabel("Sync ritual")
        title.setObjectName("rowName")
        muscle, way = QHBoxLayout(), QHBoxLayout()
        muscle.addWidget(title)
        muscle.addSpacing(10)
        muscle.addWidget(self.muscles)
        muscle.addStretch(1)
        way.addWidget(self.ways)
        way.addStretch(1)
        self._head.addLayout(muscle)
        self._head.addLayout(way, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(action_button(self._actions["go_on"], "primary", text=True))
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(self._head)
        column.addWidget(self.headline)
        column.addWidget(self.how)
        column.addWidget(self.dial, 1)
        column.addWidget(self.result, 1)
        column.addWidget(self._more)
        column.addLayout(buttons)
