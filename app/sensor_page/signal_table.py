"""How the connected sensors are doing, one row each: state and reason in words, level, and the numbers behind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app.sensor_page.level_trace import TRACE_S, paint_trace
from app.sensor_page.listed_sensor import short_name
from app.sensor_page.state_marks import paint_state, state_reason, state_word
from app.theme import Palette
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.sensor_track import Trace
from mia_core.muscles import Placement
from mia_core.samples import Floats, Times
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import SensorPhase, SensorState

UNKNOWN: Final = "\N{EN DASH}"
ROW_PX: Final = 28
SHOWN_EVERY_S: Final = 0.2
"""Painting eight rows costs some milliseconds, and numbers that change faster can't be read."""
_MARK_PX: Final = 10
_FONT_PX: Final = 12
_PADDING_PX: Final = 7
_WIDE_PX: Final = 700
_SMALLEST_TOP: Final = 0.1
"""Of the range of a sensor: so much fills the height of its trace at least, so that rest looks like rest."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: Its heading.
        explanation: What the numbers are.
        text: Returns the text for a sensor.
        widest: The widest text that it must hold; empty for a column that takes what is left.
    """

    title: str
    explanation: str
    text: Callable[[SensorState], str]
    widest: str = ""


def state_text(state: SensorState) -> str:
    """Return state and reason, such as `fair: 4 % lost in 10 s`."""
    reason = state_reason(state)
    return f"{state_word(state)}: {reason}" if reason else state_word(state)


def loss_text(state: SensorState) -> str:
    """Return the share of the last 10 s that was lost, with `about` where it is not known by a counter.

    One that only advertises is never heard in full; how much of it is lost says nothing.
    """
    if state.quality.only_advertises:
        return UNKNOWN
    text = _number(100 * state.quality.loss_10s, ".1f", " %")
    return text if state.quality.loss_is_exact or text == UNKNOWN else f"\N{ALMOST EQUAL TO} {text}"


def _if_streaming(state: SensorState, text: str) -> str:
    return text if state.phase is SensorPhase.STREAMING else UNKNOWN


def _number(value: float | None, form: str, unit: str) -> str:
    return UNKNOWN if value is None or math.isnan(value) else f"{value:{form}}{unit}"


COLUMNS: Final = (
    Column(
        "Muscle and sensor",
        "Where the sensor sits, and its serial number",
        lambda state: f"{state.placement.side[0].upper()} {state.placement.muscle}, {short_name(state.sensor)}",
        "R hamstrings, A01234",
    ),
    Column("State", "What it is doing, how its signal is, and why", state_text),
    Column("Last 10 s", "Its envelope; each sensor has a scale of its own", lambda _: "", "m" * 8),
    Column(
        "Rate",
        "Samples per second",
        lambda state: _if_streaming(state, _number(state.quality.rate_hz, ".1f", " Hz")),
        "999.0 Hz",
    ),
    Column(
        "Lost",
        "Samples of the last 10 s that never arrived; \N{ALMOST EQUAL TO} where no counter tells, only gaps in time",
        lambda state: _if_streaming(state, loss_text(state)),
        "\N{ALMOST EQUAL TO} 10.0 %",
    ),
    Column(
        "Jitter",
        "Standard deviation of the intervals between arrivals",
        lambda state: _if_streaming(state, _number(state.quality.jitter_ms, ".0f", " ms")),
        "100 ms",
    ),
    Column(
        "Signal",
        "Strength of the radio signal when it was last heard advertising",
        lambda state: _number(state.rssi_dbm, "d", " dBm"),
        "-100 dBm",
    ),
    Column("Battery", "Charge of its battery", lambda state: _number(state.battery_percent, "d", " %"), "100 %"),
)
STATE: Final = next(place for place, column in enumerate(COLUMNS) if column.title == "State")
IN_THE_LIST: Final = ("Jitter", "Signal", "Battery")
"""Columns that a narrow table does without: two are in the list too, and of jitter the state tells when it matters."""
TRACE: Final = next(place for place, column in enumerate(COLUMNS) if column.title.startswith("Last"))
_FIRST_NUMBER: Final = TRACE + 1


class SignalModel(QAbstractTableModel):
    """The states of the running sensors as a table."""

    def __init__(self) -> None:
        super().__init__()
        self.states: tuple[SensorState, ...] = ()
        self.envelopes: Mapping[Placement, Trace] = {}
        self.ranges: Mapping[Placement, tuple[float, float]] = {}
        self.now_s = 0.0

    def show_feed(self, feed: SensorFeed | None, now_s: float) -> None:
        """Take over how sensors are doing; nothing without them."""
        states = feed.states() if feed is not None else ()
        is_new = [state.sensor for state in states] != [state.sensor for state in self.states]
        if is_new:
            self.beginResetModel()
        self.states = states
        self.envelopes = feed.envelopes(TRACE_S) if feed is not None else {}
        self.now_s = now_s
        if is_new:
            self.ranges = {} if feed is None else _ranges(feed.source)
            self.endResetModel()
        elif states:
            self.dataChanged.emit(self.index(0, 0), self.index(len(states) - 1, len(COLUMNS) - 1))

    def trace(self, row: int) -> tuple[Times, Floats, float]:
        """Return times (n,), values (n,) above the lowest possible one, and the value at the trace's upper edge."""
        placement = self.states[row].placement
        low, high = self.ranges.get(placement, (0.0, 1.0))
        trace = self.envelopes.get(placement)
        times_s, values = (np.empty(0), np.empty(0, np.float32)) if trace is None else (trace.times_s, trace.values)
        lowest = max(low, 0.0)  # of a raw sensor the envelope is shown, which starts from 0
        above: Floats = values - np.float32(lowest)
        return times_s, above, float(np.max(above, initial=_SMALLEST_TOP * (high - lowest)))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        """Return the number of sensors."""
        return 0 if parent.isValid() else len(self.states)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, or how it stands."""
        state, column = self.states[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return column.text(state)
            case Qt.ItemDataRole.ToolTipRole:
                return column.text(state) if index.column() == STATE else column.explanation
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if index.column() >= _FIRST_NUMBER else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the heading of a column."""
        if orientation is Qt.Orientation.Horizontal:
            match role:
                case Qt.ItemDataRole.DisplayRole:
                    return COLUMNS[section].title
                case Qt.ItemDataRole.ToolTipRole:
                    return COLUMNS[section].explanation
                case Qt.ItemDataRole.TextAlignmentRole:
                    side = Qt.AlignmentFlag.AlignRight if section >= _FIRST_NUMBER else Qt.AlignmentFlag.AlignLeft
                    return side | Qt.AlignmentFlag.AlignVCenter
        return None


def _ranges(source: SensorSource) -> dict[Placement, tuple[float, float]]:
    profiles = {at: source.profile_of(at) for at, _ in source.montage.assignments}
    return {at: (profile.low, profile.high) for at, profile in profiles.items()}


class _Painter(QStyledItemDelegate):
    """Adds the mark of the state and the trace to what a table paints anyway."""

    def __init__(self, model: SignalModel, colours: Palette) -> None:
        super().__init__()
        self._model = model
        self.colours = colours

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        rect = QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(self.colours.hover))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = self._model.states[index.row()]
        inner = rect.adjusted(_PADDING_PX, 0, -_PADDING_PX, 0)
        if index.column() == TRACE:
            times_s, values, top = self._model.trace(index.row())
            box = inner.adjusted(0, 4, 0, -4)
            paint_trace(painter, box, times_s, values, self._model.now_s, top, self.colours)
        else:
            if index.column() == STATE:
                mark = QRectF(inner.left(), inner.center().y() - _MARK_PX / 2, _MARK_PX, _MARK_PX)
                paint_state(painter, mark, state, self.colours)
                inner.setLeft(mark.right() + 7)
            text = str(index.data())
            painter.setPen(QColor(self.colours.muted if text == UNKNOWN else self.colours.text))
            alignment = index.data(Qt.ItemDataRole.TextAlignmentRole)
            _write(painter, inner, alignment, text)
        painter.restore()


def _write(painter: QPainter, box: QRectF, alignment: Qt.AlignmentFlag, text: str) -> None:
    """Write a text, in smaller letters and at last in two lines where it is too long."""
    font = QFont(painter.font())
    wrap = Qt.TextFlag.TextSingleLine
    for size_px in (_FONT_PX, _FONT_PX - 1, _FONT_PX - 2):
        font.setPixelSize(size_px)
        painter.setFont(font)
        if painter.fontMetrics().horizontalAdvance(text) <= box.width():
            break
    else:
        wrap = Qt.TextFlag.TextWordWrap
        metrics, width = painter.fontMetrics(), math.floor(box.width())
        room = math.floor(1.8 * width)  # the first line ends at a word
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        words = (metrics.elidedText(word, Qt.TextElideMode.ElideMiddle, width) for word in text.split(" "))
        text = " ".join(words)
    painter.drawText(box, alignment | wrap, text)


class SignalTable(QTableView):
    """The table.

    Signals:
        selected: Another row was chosen by the user: its `Placement`.
    """

    selected = Signal(object)

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("signalTable")
        self.signals_model = SignalModel()
        self._feed: SensorFeed | None = None
        self._painter = _Painter(self.signals_model, colours)
        self.setModel(self.signals_model)
        self.setItemDelegate(self._painter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Signals of the sensors")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setMinimumSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(40)
        for place, column in enumerate(COLUMNS):
            header.setSectionResizeMode(
                place, QHeaderView.ResizeMode.Fixed if column.widest else QHeaderView.ResizeMode.Stretch
            )
        self.selectionModel().currentRowChanged.connect(lambda new, _old: self._say_selected(new.row()))
        self._fit_columns()

    def show_feed(self, feed: SensorFeed | None, now_s: float) -> None:
        """Show how the sensors are doing, at most every 0.2 s."""
        if feed is not self._feed or now_s - self.signals_model.now_s >= SHOWN_EVERY_S:
            self._feed = feed
            self.signals_model.show_feed(feed, now_s)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._painter.colours = colours
        self.viewport().update()

    def select(self, placement: Placement | None) -> None:
        """Choose a row without a signal."""
        rows = [row for row, state in enumerate(self.signals_model.states) if state.placement == placement]
        selection = self.selectionModel()
        selection.blockSignals(True)
        if rows:
            self.selectRow(rows[0])
        else:
            self.clearSelection()
        selection.blockSignals(False)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep room for the state in words."""
        super().resizeEvent(event)
        for place, column in enumerate(COLUMNS):
            self.setColumnHidden(place, column.title in IN_THE_LIST and event.size().width() < _WIDE_PX)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that shows eight sensors."""
        return QSize(860, 8 * ROW_PX + self.horizontalHeader().sizeHint().height() + 2)

    def _fit_columns(self) -> None:
        font = self.font()
        font.setPixelSize(_FONT_PX)
        metrics = QFontMetrics(font)
        for place, column in enumerate(COLUMNS):
            if column.widest:
                widest = max(metrics.horizontalAdvance(column.widest), metrics.horizontalAdvance(column.title))
                self.setColumnWidth(place, widest + 2 * _PADDING_PX)

    def _say_selected(self, row: int) -> None:
        if 0 <= row < len(self.signals_model.states):
            self.selected.emit(self.signals_model.states[row].placement)
