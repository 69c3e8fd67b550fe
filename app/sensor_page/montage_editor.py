"""The montage while it is edited: every change can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtGui import QUndoCommand, QUndoStack

from app.sensor_page.listed_sensor import short_name
from mia_core.muscles import Placement
from mia_core.sensors.sensor_montage import SensorId, SensorMontage


class MontageEditor:
    """Holds the present montage and its history.

    Args:
        on_changed: Called after every change, undo and redo, and when another montage is opened.

    Attributes:
        history: For undo and redo.
    """

    def __init__(self, on_changed: Callable[[], None]) -> None:
        self._montage = SensorMontage("")
        self._on_changed = on_changed
        self.history = QUndoStack()

    @property
    def montage(self) -> SensorMontage:
        """The present montage."""
        return self._montage

    def open(self, montage: SensorMontage) -> None:
        """Edit another montage; the history of the old one is forgotten."""
        self._montage = montage
        self.history.clear()
        self._on_changed()

    def put(self, sensor: SensorId, at: Placement) -> None:
        """Put a sensor on a muscle. One that comes from another muscle changes places with the one it finds there."""
        was_at = self._montage.placement_of(sensor)
        if was_at is not None:
            self._change(self._montage.swapped(was_at, at), f"move {short_name(sensor)} to the {_spoken(at)}")
        else:
            self._change(self._montage.assigned(at, sensor), f"put {short_name(sensor)} on the {_spoken(at)}")

    def free(self, at: Placement) -> None:
        """Take the sensor off a muscle."""
        self._change(self._montage.freed(at), f"take the sensor off the {_spoken(at)}")

    def exchange(self, montage: SensorMontage) -> None:
        """Take over the assignments of another montage."""
        self._change(replace(montage, name=self._montage.name), "exchange the sensors")

    def rename(self, name: str) -> None:
        """Give the montage another name."""
        self._change(replace(self._montage, name=name), f"name the montage {name}")

    def _change(self, after: SensorMontage, text: str) -> None:
        if after != self._montage:
            self.history.push(_Change(self, self._montage, after, text))

    def _show(self, montage: SensorMontage) -> None:
        self._montage = montage
        self._on_changed()


class _Change(QUndoCommand):
    """One change, as the montages before and after it."""

    def __init__(self, editor: MontageEditor, before: SensorMontage, after: SensorMontage, text: str) -> None:
        super().__init__(text)
        self._editor = editor
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Make the change."""
        self._editor._show(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._editor._show(self._before)


def _spoken(placement: Placement) -> str:
    return placement.label.lower()
