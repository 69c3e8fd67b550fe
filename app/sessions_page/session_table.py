"""All sessions as a table: whose, when, how long, what there is of each, in marks that differ by shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app.sessions_page.listed_session import (
    PART_NAMES,
    PRESENCE_WORDS,
    UNKNOWN,
    ListedSession,
    duration_text,
)
from app.theme import Palette
from mia_core.recording.found_sessions import Part, Presence, SessionState

ROW_PX: Final = 34
MARK_PX: Final = 14.0
_PART_PX: Final = 62
_CONDITION_TONES: Final = {
    SessionState.UNREADABLE: "error",
    SessionState.UNFINISHED: "warning",
    SessionState.RECORDING: "accent",
    SessionState.RECOVERED: "muted",
    SessionState.COMPLETE: "muted",
}

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: Its heading.
        text: What it says of a session.
        order: What it is sorted by.
        width_px: Its width, 0 for what is left.
        part: The part whose mark it shows instead of a text.
    """

    title: str
    text: Callable[[ListedSession], str]
    order: Callable[[ListedSession], object]
    width_px: int = 0
    part: Part | None = None


def _part_column(part: Part) -> Column:
    def text(session: ListedSession) -> str:
        presence = session.entry.parts.get(part)
        return "not known" if presence is None else PRESENCE_WORDS[presence]

    return Column("Calibr." if part is Part.CALIBRATION else PART_NAMES[part], text, text, _PART_PX, part)


COLUMNS: Final = (
    Column("Subject", lambda session: session.subject, lambda session: session.subject.casefold(), 96),
    Column("Day and time", lambda session: session.day_and_time, lambda session: session.folder.name, 152),
    Column("Length", lambda session: duration_text(session.duration_s), lambda session: session.duration_s or 0.0, 60),
    *(_part_column(part) for part in Part),
    Column("Tags", lambda session: ", ".join(session.tags), lambda session: session.tags),
    Column(
        "State",
        lambda session: "" if session.state is SessionState.COMPLETE else session.state.value,
        lambda session: session.state.value,
        118,
    ),
)
DAY: Final = 1
WIDE_PX: Final = 860
IN_THE_DETAILS: Final = ("Length", "Calibr.", "Sync", "Protocol", "Tags")
"""Columns that a narrow table does without: they are told beside it too."""


class SessionModel(QAbstractTableModel):
    """The listed sessions."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.colours = colours
        self.sessions: tuple[ListedSession, ...] = ()
        self._sorted_by = (DAY, Qt.SortOrder.DescendingOrder)

    def show_sessions(self, sessions: tuple[ListedSession, ...]) -> None:
        """Show other sessions, in the order that was chosen last."""
        self.beginResetModel()
        self.sessions = self._in_order(sessions)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._sorted_by = (column, order)
        self.show_sessions(self.sessions)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's form
        """Return how many sessions there are."""
        return 0 if parent.isValid() else len(self.sessions)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's form
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: N802
        """Return a heading."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            centred = COLUMNS[section].part is not None
            aligned = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
            return aligned | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell says."""
        session, column = self.sessions[index.row()], COLUMNS[index.column()]
        text = column.text(session)
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if column.part is not None else text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title}: {text or UNKNOWN}"
        if role == Qt.ItemDataRole.ToolTipRole:
            part = f"{PART_NAMES[column.part]}: {text}" if column.part is not None else ""
            return part or session.problem or str(session.folder)
        if role == Qt.ItemDataRole.ForegroundRole and column.title == "State":
            return QColor(getattr(self.colours, _CONDITION_TONES[session.state]))
        return None

    def _in_order(self, sessions: tuple[ListedSession, ...]) -> tuple[ListedSession, ...]:
        column, order = self._sorted_by
        is_reversed = order is Qt.SortOrder.DescendingOrder
        return tuple(sorted(sessions, key=COLUMNS[column].order, reverse=is_reversed))  # type: ignore[arg-type]


class _PartDelegate(QStyledItemDelegate):
    """Paints the mark of a part."""

    def __init__(self, model: SessionModel) -> None:
        super().__init__()
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        part = COLUMNS[index.column()].part
        presence = None if part is None else self._model.sessions[index.row()].entry.parts.get(part)
        if presence is not None:
            box: QRectF = QRectF(option.rect)
            paint_presence(painter, box.center() - QPointF(0, 1), presence, self._model.colours)


class SessionTable(QTableView):
    """Shows sessions; several can be chosen.

    Signals:
        chosen: Other sessions are selected.
        opened: One is to be looked at: Return, or a double click.
    """

    chosen = Signal()
    opened = Signal()

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._model = SessionModel(colours)
        self._delegate = _PartDelegate(self._model)
        self.setObjectName("sessionTable")
        self.setModel(self._model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Recorded sessions")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        for place, column in enumerate(COLUMNS):
            if column.width_px:
                self.setColumnWidth(place, column.width_px)
            else:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
            if column.part is not None:
                self.setItemDelegateForColumn(place, self._delegate)
        header.setSortIndicator(DAY, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    @property
    def selected(self) -> tuple[ListedSession, ...]:
        """The chosen sessions, from the top down."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self._model.sessions[row] for row in rows)

    @property
    def shown(self) -> tuple[ListedSession, ...]:
        """All sessions, from the top down."""
        return self._model.sessions

    def show_sessions(self, sessions: tuple[ListedSession, ...], choose: Path | None = None) -> None:
        """Show sessions; those that were chosen stay so, or the first one is.

        Args:
            sessions: What to show.
            choose: The folder of one to choose instead.
        """
        wanted = {session.folder for session in self.selected} if choose is None else {choose}
        signals = self.blockSignals(True)
        self._model.show_sessions(sessions)
        rows = [row for row, session in enumerate(self._model.sessions) if session.folder in wanted]
        for row in rows or ([0] if sessions else []):
            self.selectionModel().select(
                self._model.index(row, 0),
                QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
            )
        if rows or sessions:
            first = self._model.index(rows[0] if rows else 0, 0)
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.blockSignals(signals)
        self.chosen.emit()

    def choose(self, folder: Path) -> None:
        """Choose one session alone."""
        row = next(row for row, session in enumerate(self._model.sessions) if session.folder == folder)
        self.selectRow(row)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._model.colours = colours
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Do without some columns where there is little room."""
        super().resizeEvent(event)
        is_narrow = event.size().width() < WIDE_PX
        for place, column in enumerate(COLUMNS):
            self.setColumnHidden(place, is_narrow and column.title in IN_THE_DETAILS)
        self.horizontalHeader().setStretchLastSection(is_narrow)  # else the tags take what is left
        if not is_narrow:
            self.setColumnWidth(len(COLUMNS) - 1, COLUMNS[-1].width_px)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Open a session with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.opened.emit()
        else:
            super().keyPressEvent(event)


def paint_presence(painter: QPainter, centre: QPointF, presence: Presence, colours: Palette) -> None:
    """Paint the mark of a part: a tick on a disc, an empty ring, or a short line."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half = MARK_PX / 2
    if presence is Presence.THERE:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.good))
        painter.drawEllipse(centre, half, half)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(
            QPen(
                QColor(colours.surface), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
            )
        )
        tick = ((-3.2, 0.2), (-0.9, 2.5), (3.4, -2.4))
        painter.drawPolyline(QPolygonF([centre + QPointF(x, y) for x, y in tick]))
    elif presence is Presence.MISSING:
        painter.setPen(QPen(QColor(colours.muted), 1.5))
        painter.drawEllipse(centre, half - 1, half - 1)
    else:
        painter.setPen(QPen(QColor(colours.muted), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(centre - QPointF(half - 2, 0), centre + QPointF(half - 2, 0))
    painter.restore()
