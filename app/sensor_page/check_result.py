"""What the guided check came to: one row for each muscle, and the exchange of sensors that it suggests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.live_page.icons import icon_pixmap
from app.live_page.panel import clear_layout
from app.sensor_page.check_run import TONES, CheckRun, Move
from app.sensor_page.key_button import KeyButton
from app.sensor_page.listed_sensor import short_name
from app.sensor_page.prompt_view import tone_colour
from app.sensor_page.result_view import ResultView
from app.theme import Palette
from mia_core.muscles import Placement
from mia_core.sensors.muscle_check import CheckKind, Finding


class CheckResult(ResultView):
    """Shows the findings of a run, and asks what to do with exchanged sensors.

    Args:
        colours: The theme's colours.
        on_exchange: Called when the user accepts the suggested exchange.
        on_leave: Called when the user wants the montage left as it is.
        on_again: Called with a muscle that is to be checked again.
    """

    def __init__(
        self,
        colours: Palette,
        on_exchange: Callable[[], None],
        on_leave: Callable[[], None],
        on_again: Callable[[Placement], None],
    ) -> None:
        self.suggestion = QFrame()
        super().__init__(colours, self.suggestion)
        self._colours = colours
        self._on_again = on_again
        self.exchange = KeyButton("Exchange them", "E", colours, primary=True)
        self.exchange.clicked.connect(on_exchange)
        self.leave = KeyButton("Leave as it is", "L", colours)
        self.leave.clicked.connect(on_leave)
        self.suggestion.setObjectName("suggestion")
        self._moves = QVBoxLayout()
        self._lines: tuple[str, ...] = ()
        self._build_suggestion()
        self.again: dict[Placement, QPushButton] = {}

    @property
    def lines(self) -> tuple[str, ...]:
        """The moves that are shown."""
        return self._lines

    def show_run(
        self, run: CheckRun, moves: Sequence[Move], put_right: Collection[Placement], *, decided: bool
    ) -> None:
        """Show findings.

        Args:
            run: The run that made them.
            moves: What the suggested exchange changes.
            put_right: The muscles that got the right sensors by the exchange, empty before it is accepted.
            decided: Whether the user has said what to do about it.
        """
        findings = run.findings
        n_good = sum(finding.kind is CheckKind.OK for finding in findings.values())
        n = len(run.sensors.placements)
        n_good += len(put_right)
        self.headline.setText(_headline(n_good, n))
        self.summary.setText(_summary(n_good, n, asks=bool(moves) and not decided))
        self._show_moves(moves)
        self.suggestion.setVisible(bool(moves) and not decided)
        self._show_rows(run, findings, put_right, may_repeat=not put_right)
        tints = {at: tone_colour(TONES[finding.kind], self._colours) for at, finding in findings.items()}
        self.figure.light(tints | dict.fromkeys(put_right, self._colours.good), strong=False)

    def _build_suggestion(self) -> None:
        title = QLabel("Exchange these sensors?")
        title.setObjectName("noteTitle")
        text = QLabel("Each of them heard another muscle than its own. No sensor has to be moved: the list is changed.")
        text.setObjectName("noteText")
        text.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.exchange)
        buttons.addWidget(self.leave)
        buttons.addStretch(1)
        note = QLabel("The exchange can be undone on the sensors page.")
        note.setObjectName("caption")
        column = QVBoxLayout(self.suggestion)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(text)
        column.addSpacing(4)
        column.addLayout(self._moves)
        column.addSpacing(8)
        column.addLayout(buttons)
        column.addWidget(note)

    def _show_moves(self, moves: Sequence[Move]) -> None:
        clear_layout(self._moves)
        self._lines = tuple(f"{short_name(move.sensor)}: {move.was_at.label} to {move.to.label}" for move in moves)
        for move in moves:
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 2, 0, 2)
            line.setSpacing(10)
            name = QLabel(short_name(move.sensor))
            name.setObjectName("shortcutKey")
            before = QLabel(move.was_at.label)
            before.setObjectName("noteText")
            after = QLabel(f"\N{RIGHTWARDS ARROW}  {move.to.label}")
            after.setObjectName("panelTitle")
            for widget in (name, before, after):
                line.addWidget(widget)
            line.addStretch(1)
            self._moves.addWidget(row)

    def _show_rows(
        self, run: CheckRun, findings: dict[Placement, Finding], put_right: Collection[Placement], *, may_repeat: bool
    ) -> None:
        self.again = {}
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(12, 4, 10, 8)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(3, 1)
        for row, (placement, sensor) in enumerate(run.sensors.montage.assignments):
            sign, colour, sentence = self._words(findings.get(placement), placement in put_right)
            icon = QLabel()
            icon.setPixmap(icon_pixmap(sign, colour, 20, self.devicePixelRatioF()))
            name = QLabel(placement.label)
            name.setObjectName("panelTitle")
            which = QLabel(short_name(sensor))
            which.setObjectName("caption")
            words = QLabel(sentence)
            words.setTextFormat(Qt.TextFormat.PlainText)
            words.setWordWrap(True)
            for column, widget in enumerate((icon, name, which, words)):
                grid.addWidget(widget, row, column)
            grid.setRowMinimumHeight(row, 40)
            finding = findings.get(placement)
            if may_repeat and (finding is None or finding.kind is not CheckKind.OK):
                grid.addWidget(self._again_button(placement), row, 4)
        self.show_table("What each sensor heard", body)

    def _again_button(self, placement: Placement) -> QPushButton:
        button = QPushButton("Repeat")
        button.setAutoDefault(False)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"Repeat: {placement.label}")
        button.clicked.connect(lambda: self._on_again(placement))
        self.again[placement] = button
        return button

    def _words(self, finding: Finding | None, is_put_right: bool) -> tuple[str, str, str]:
        """Return the sign of a row, its colour and its sentence."""
        if is_put_right:
            return "done", self._colours.good, "Put right: the sensors were exchanged in the list."
        if finding is None:
            return "step", self._colours.muted, "Left out."
        tone = TONES[finding.kind]
        return str(tone), tone_colour(tone, self._colours), finding.sentence


def _headline(n_good: int, n: int) -> str:
    if n_good == n:
        return "All sensors hear their muscles" if n > 1 else "The sensor hears its muscle"
    return f"{n_good} of {n} sensors hear their muscles"


def _summary(n_good: int, n: int, *, asks: bool) -> str:
    if asks:
        return "Some sensors were exchanged. Decide what to do about it before you go on."
    if n_good == n:
        return "Calibrate now to see each muscle in percent of its maximum, or close."
    return "Put right what is listed and repeat it, or go on with the rest."
