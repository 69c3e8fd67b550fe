"""The list of sensors: dragged from here onto the body, or put on a muscle by a menu."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QWidget

from app.sensor_page.listed_sensor import ListedSensor, from_mime, to_mime
from app.sensor_page.sensor_row import ROW_PX, SensorRow
from app.theme import Palette
from mia_core.sensors.sensor_montage import SensorId, SensorMontage


class SensorList(QListWidget):
    """Shows sensors in rows; rows stay what they are while their numbers change.

    Signals:
        selected: Another sensor was chosen by the user: its `SensorId`.
        returned: A sensor was dragged back from the body: its `SensorId`.
        menu_wanted: What can be done with a sensor is to be offered: its `SensorId` and the place on the screen.
        identify_wanted: A sensor is to show its light: its `SensorId` and the place on the screen.
    """

    selected = Signal(object)
    returned = Signal(object)
    menu_wanted = Signal(object, QPoint)
    identify_wanted = Signal(object, QPoint)

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("sensorList")
        self._colours = colours
        self._rows: dict[SensorId, tuple[QListWidgetItem, SensorRow]] = {}
        self._shown: tuple[object, ...] = ()
        self._listed: dict[SensorId, ListedSensor] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)  # rows make room for the scroll bar
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Sensors")
        self.currentItemChanged.connect(lambda _new, _old: self._say_selected())
        self.itemActivated.connect(lambda _item: self._offer(None))

    @property
    def selection(self) -> SensorId | None:
        """The chosen sensor."""
        item = self.currentItem()
        return next((sensor for sensor, (own, _) in self._rows.items() if own is item), None)

    def show_sensors(self, listed: Sequence[ListedSensor], montage: SensorMontage, *, can_identify: bool) -> None:
        """Show sensors and the muscles they sit on."""
        shown = (tuple(listed), montage, self._colours, can_identify)
        if shown == self._shown:
            return
        self._shown = shown
        self._listed = {one.sensor: one for one in listed}
        if list(self._rows) != list(self._listed):
            self._lay_rows()
        for sensor, (item, row) in self._rows.items():
            one = self._listed[sensor]
            row.show_sensor(one, montage.placement_of(sensor), self._colours, can_identify=can_identify)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, row.accessibleName())

    def set_look(self, colours: Palette) -> None:
        """Change the theme; seen when sensors are shown next."""
        self._colours = colours

    def select(self, sensor: SensorId | None) -> None:
        """Choose a sensor without a signal; None, or one that is not here, for none."""
        self.blockSignals(True)
        self.setCurrentItem(self._rows[sensor][0] if sensor in self._rows else None)  # type: ignore[arg-type]
        self.blockSignals(False)

    def row_of(self, sensor: SensorId) -> SensorRow:
        """Return the row of a sensor."""
        return self._rows[sensor][1]

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer what can be done with a sensor."""
        self._offer(event.globalPos())

    def startDrag(self, actions: Qt.DropAction) -> None:  # noqa: N802 - Qt's name
        """Drag the sensor itself, not a piece of the list."""
        sensor = self.selection
        if sensor is None or not self._listed[sensor].is_ready:
            return
        row = self.row_of(sensor)
        drag = QDrag(self)
        drag.setMimeData(to_mime(sensor))
        drag.setPixmap(row.grab())
        drag.setHotSpot(QPoint(24, row.height() // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take sensors that come back from the body."""
        if event.source() is not self and from_mime(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """They may land anywhere."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Say which sensor has come back."""
        sensor = from_mime(event.mimeData())
        if sensor is not None:
            event.acceptProposedAction()
            self.returned.emit(sensor)

    def _lay_rows(self) -> None:
        """Make the rows anew in another order, and keep the choice."""
        chosen = self.selection
        self.blockSignals(True)
        self.clear()
        self._rows = {}
        for sensor in self._listed:
            item = QListWidgetItem()
            item.setSizeHint(QSize(0, ROW_PX))
            row = SensorRow(self._colours)
            row.identify.clicked.connect(lambda _checked=False, which=sensor, by=row: self._identify(which, by))
            self.addItem(item)
            self.setItemWidget(item, row)
            self._rows[sensor] = (item, row)
        for before, after in pairwise([self, *(row.identify for _, row in self._rows.values())]):
            QWidget.setTabOrder(before, after)
        self.blockSignals(False)
        self.select(chosen)

    def _identify(self, sensor: SensorId, row: SensorRow) -> None:
        self.identify_wanted.emit(sensor, _below(row.identify))

    def _say_selected(self) -> None:
        sensor = self.selection
        if sensor is not None:
            self.selected.emit(sensor)

    def _offer(self, where: QPoint | None) -> None:
        sensor = self.selection
        if sensor is not None and self._listed[sensor].is_ready:
            self.menu_wanted.emit(sensor, where or _below(self.row_of(sensor)))


def _below(widget: QWidget) -> QPoint:
    return widget.mapToGlobal(widget.rect().bottomLeft())
