"""Before and after the calibration: which muscles, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.live_page.icons import ICON_PX, icon_pixmap
from app.live_page.panel import Panel, caption
from app.sensor_page.effort_run import PAUSE_S, EffortRun
from app.sensor_page.guided_run import GOES_ON_S, READY_S
from app.sensor_page.heard_sensors import HeardSensors
from app.sensor_page.listed_sensor import short_name
from app.sensor_page.muscle_figure import MuscleFigure
from app.sensor_page.result_view import ResultView
from app.theme import Palette
from mia_core.muscles import MONTAGE, Placement
from mia_core.sensors.emg_calibration import CalibrationSettings, MuscleReference

_SETTINGS: Final = CalibrationSettings()
_EXPLANATION: Final = (
    f"First a rest of {_SETTINGS.rest_s:.0f} s, then for each muscle {_SETTINGS.efforts} efforts of "
    f"{_SETTINGS.effort_s:.0f} s, each as hard as you can. The muscles take turns, so that each has at least "
    f"{PAUSE_S:.0f} s of pause between its efforts. The best {_SETTINGS.best_s:g} s count as 100 %."
)


def duration_s(n_muscles: int) -> float:
    """Return how long the calibration of some muscles takes, when nothing has to be repeated."""
    turn_s = READY_S + _SETTINGS.effort_s + GOES_ON_S
    round_s = max(n_muscles * turn_s, PAUSE_S + _SETTINGS.effort_s)
    return READY_S + _SETTINGS.rest_s + GOES_ON_S + (_SETTINGS.efforts - 1) * round_s + n_muscles * turn_s


class CalibrationChoice(QWidget):
    """Asks which muscles to calibrate.

    Args:
        colours: The theme's colours.
        on_changed: Called when another set of muscles is chosen.
    """

    def __init__(self, colours: Palette, on_changed: Callable[[], None]) -> None:
        super().__init__()
        self._colours = colours
        self._on_changed = on_changed
        self.boxes: dict[Placement, QPushButton] = {}
        headline = QLabel("Rest and maximum of each muscle")
        headline.setObjectName("checkHeadline")
        explanation = QLabel(_EXPLANATION)
        explanation.setObjectName("checkHow")
        explanation.setWordWrap(True)
        self.figure = MuscleFigure(colours)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(14, 6, 14, 10)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._duration = caption()
        all_of_them, none_of_them = QPushButton("All"), QPushButton("None")
        for button, chosen in ((all_of_them, True), (none_of_them, False)):
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, chosen=chosen: self._choose_all(chosen))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._grid)
        column.addWidget(self._duration)
        self._duration.setContentsMargins(14, 0, 0, 10)
        right = QVBoxLayout()
        right.addWidget(Panel("Muscles", (), (all_of_them, none_of_them), body))
        right.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(28)
        row.addWidget(self.figure, 1)
        row.addLayout(right, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(24, 14, 24, 8)
        page.setSpacing(4)
        page.addWidget(headline)
        page.addWidget(explanation)
        page.addSpacing(10)
        page.addLayout(row, 1)

    @property
    def chosen(self) -> tuple[Placement, ...]:
        """The muscles that are chosen, in order."""
        return tuple(placement for placement, box in self.boxes.items() if box.isChecked())

    def offer(self, sensors: HeardSensors, unfit: Collection[Placement]) -> None:
        """Offer the muscles that have sensors; those that the check found unfit are not chosen at first."""
        for box in self.boxes.values():
            box.hide()
            box.deleteLater()
        self.boxes = {}
        calibrated = dict(zip(MONTAGE.placements, sensors.feed.calibrated.tolist(), strict=True))
        for placement in sensors.placements:
            remark = "calibrated before" if calibrated[placement] else ""
            box = self._box(placement, "no usable signal" if placement in unfit else remark)
            box.setChecked(placement not in unfit)
            box.toggled.connect(self._follow)
            place = MONTAGE.placements.index(placement)
            self._grid.addWidget(box, place % 4, place // 4)
            self.boxes[placement] = box
        self._follow()

    def _box(self, placement: Placement, remark: str) -> QPushButton:
        """Return a box to tick, drawn as a button: those of the style are hard to see in the dark theme."""
        box = QPushButton(f"{placement.label}   ({remark})" if remark else placement.label)
        box.setObjectName("muscleBox")
        box.setCheckable(True)
        box.setAutoDefault(False)
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        ratio = self.devicePixelRatioF()
        ticks = QIcon()
        ticks.addPixmap(icon_pixmap("done", self._colours.accent, ratio=ratio), state=QIcon.State.On)
        ticks.addPixmap(icon_pixmap("empty", self._colours.muted, ratio=ratio), state=QIcon.State.Off)
        box.setIcon(ticks)
        box.setIconSize(QSize(ICON_PX, ICON_PX))
        return box

    def _choose_all(self, chosen: bool) -> None:
        for box in self.boxes.values():
            box.setChecked(chosen)

    def _follow(self) -> None:
        chosen = self.chosen
        self.figure.light(dict.fromkeys(chosen, self._colours.accent), strong=False)
        minutes = duration_s(len(chosen)) / 60
        n_efforts = _SETTINGS.efforts * len(chosen)
        self._duration.setText(
            f"{n_efforts} efforts, about {minutes:.1f} minutes" if chosen else "No muscle is chosen."
        )
        self._on_changed()


class CalibrationResult(ResultView):
    """Shows rest and maximum of each muscle.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__(colours)
        self._colours = colours
        self.rows: dict[Placement, tuple[str, ...]] = {}

    def show_run(self, run: EffortRun) -> None:
        """Show what a run came to."""
        references, earlier = run.references(), run.sensors.feed.calibration
        n = len(references)
        self.headline.setText(
            f"{n} {'muscle' if n == 1 else 'muscles'} calibrated" if n else "No muscle was calibrated"
        )
        self.summary.setText(
            "0 % will be rest, and 100 % the best half second of each. This holds for these sensors where they sit now."
            if n
            else "Nothing is changed."
        )
        self.rows = {}
        for placement in run.sensors.placements:
            kept = earlier.references.get(placement) if earlier is not None else None
            self.rows[placement] = self._row(run, placement, references.get(placement), kept)
        self._show_rows(run)
        self.figure.light(dict.fromkeys(references, self._colours.good), strong=False)

    def _row(
        self, run: EffortRun, placement: Placement, reference: MuscleReference | None, kept: MuscleReference | None
    ) -> tuple[str, ...]:
        """Return what is written in a row: sensor, rest, efforts or a remark, maximum, unit."""
        sensor = run.sensors.montage.sensor_at(placement)
        name = short_name(sensor) if sensor is not None else ""
        if reference is not None:
            efforts = "   ".join(f"{best:.0f}" for best in run.efforts(placement))
            return name, f"{reference.rest:.0f}", efforts, f"{reference.mvc:.0f}", reference.unit
        if kept is not None and kept.sensor == sensor:
            return name, f"{kept.rest:.0f}", "as before", f"{kept.mvc:.0f}", kept.unit
        return name, "\N{EN DASH}", "not calibrated", "\N{EN DASH}", ""

    def _show_rows(self, run: EffortRun) -> None:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(14, 6, 14, 10)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(7, 1)
        titles = ("", "Muscle", "Sensor", "Rest", "Efforts", "Maximum", "Unit")
        for column, title in enumerate(titles):
            grid.addWidget(caption(title), 0, column, alignment=_alignment(column))
        references = run.references()
        for row, (placement, texts) in enumerate(self.rows.items(), 1):
            is_new = placement in references
            icon = QLabel()
            colour = self._colours.good if is_new else self._colours.muted
            icon.setPixmap(icon_pixmap("done" if is_new else "step", colour, 20, self.devicePixelRatioF()))
            grid.addWidget(icon, row, 0)
            for column, text in enumerate((placement.label, *texts), 1):
                label = QLabel(text)
                label.setObjectName("panelTitle" if column in (1, 5) else "noteText")
                grid.addWidget(label, row, column, alignment=_alignment(column))
            grid.setRowMinimumHeight(row, 36)
        self.show_table("Rest and maximum", body)


def _alignment(column: int) -> Qt.AlignmentFlag:
    horizontal = Qt.AlignmentFlag.AlignRight if column in (3, 4, 5) else Qt.AlignmentFlag.AlignLeft
    return horizontal | Qt.AlignmentFlag.AlignVCenter
