"""The menus that put sensors on muscles without dragging, and let a sensor show its light."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app.sensor_page.bench import SensorBench
from app.sensor_page.listed_sensor import short_name
from mia_core.muscles import MONTAGE, Placement
from mia_core.sensors.sensor_montage import SensorId


class MontageMenus:
    """Opens one menu at a time.

    Args:
        page: Over which they open.
        bench: What is chosen and what runs.
        put: Puts a sensor on a muscle.
        take_off: Takes a sensor off its muscle.
    """

    def __init__(
        self,
        page: QWidget,
        bench: SensorBench,
        put: Callable[[SensorId, Placement], None],
        take_off: Callable[[SensorId], None],
    ) -> None:
        self._page = page
        self._bench = bench
        self._put = put
        self._take_off = take_off

    def offer_muscles(self, sensor: SensorId, where: QPoint) -> None:
        """Open the menu of muscles for a sensor."""
        menu = self._montage_menu(where)
        if menu is None:
            return
        montage = self._bench.montage
        for placement in MONTAGE.placements:
            there = montage.sensor_at(placement)
            taken = f"   ({short_name(there)})" if there is not None and there != sensor else ""
            action = menu.addAction(placement.label + taken)
            action.setCheckable(True)
            action.setChecked(there == sensor)
            action.triggered.connect(lambda _checked=False, at=placement: self._put(sensor, at))
        if montage.placement_of(sensor) is not None:
            menu.addSeparator()
            menu.addAction("Take it off").triggered.connect(lambda: self._take_off(sensor))
        menu.popup(where)

    def offer_sensors(self, placement: Placement, where: QPoint) -> None:
        """Open the menu of sensors for a muscle."""
        menu = self._montage_menu(where)
        if menu is None:
            return
        montage = self._bench.montage
        for one in self._bench.listed(self._bench.view.feed, ()):
            at = montage.placement_of(one.sensor)
            taken = f"   ({at.label.lower()})" if at is not None and at != placement else ""
            action = menu.addAction(short_name(one.sensor) + taken)
            action.setCheckable(True)
            action.setChecked(at == placement)
            action.setEnabled(one.is_ready)
            action.triggered.connect(lambda _checked=False, which=one.sensor: self._put(which, placement))
        if menu.isEmpty():
            menu.addAction("No sensors yet: search first").setEnabled(False)
        worn = montage.sensor_at(placement)
        if worn is not None:
            menu.addSeparator()
            menu.addAction("Take it off").triggered.connect(lambda: self._take_off(worn))
        menu.popup(where)

    def offer_lights(self, sensor: SensorId, where: QPoint) -> None:
        """Open the menu of what a sensor's light can do."""
        menu = self._menu()
        at = self._bench.montage.placement_of(sensor)
        feed = self._bench.view.feed
        if feed is not None and at is not None:
            source = feed.source
            menu.addAction("Blink").triggered.connect(lambda: source.identify(at))
        one = next((one for one in self._bench.listed(feed, ()) if one.sensor == sensor), None)
        found = one.found if one is not None else None
        if one is not None and found is not None and not self._bench.locked:  # it would be connected for that
            for colour in one.colours:
                menu.addAction(colour.capitalize()).triggered.connect(
                    lambda _checked=False, light=colour: self._bench.identify(found, light)
                )
        if menu.isEmpty():
            menu.addAction("Search or connect first").setEnabled(False)
        menu.popup(where)

    def _montage_menu(self, where: QPoint) -> QMenu | None:
        """Return a menu to be filled; None when there is no montage, or when it is locked, which is then said there."""
        if self._bench.editor is None:
            return None
        menu = self._menu()
        if not self._bench.locked:
            return menu
        menu.addAction(self._bench.locked).setEnabled(False)
        menu.popup(where)
        return None

    def _menu(self) -> QMenu:
        menu = QMenu(self._page)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu
