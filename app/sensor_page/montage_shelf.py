"""The montages of a lab: the one that is edited, the saved ones, and the calibrations that belong to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.sensor_page.montage_editor import MontageEditor
from mia_core.errors import MiaError
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.sensors.montage_store import MontageError, MontageStore
from mia_core.sensors.sensor_montage import SensorMontage

FIRST_NAME: Final = "My sensors"


class MontageShelf:
    """Every change is saved at once, so nothing is lost and nothing asks; undo takes it back on the disk too.

    Args:
        folder: Where montages and calibrations are kept.
        first: What is edited when nothing was saved yet.

    Attributes:
        editor: The present montage and its history.
        error: Why something could not be read or written, None when all is well.
    """

    def __init__(self, folder: Path, first: SensorMontage) -> None:
        self._store = MontageStore(folder)
        self._first = first
        self._on_disk = first
        self.error: MiaError | None = None
        self.editor = MontageEditor(self._keep)
        self.editor.open(first)
        self._open(self._store.last)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the saved montages, and of the one that is edited."""
        return tuple(sorted({*self._store.names(), self.editor.montage.name}))

    def open(self, name: str) -> None:
        """Edit a saved montage, and offer it as the last one from now on."""
        self._open(lambda: self._store.load(name))

    def begin(self, name: str) -> None:
        """Edit a new montage; one of that name that was saved is opened instead."""
        self._open(lambda: self._store.load(name) if name in self._store.names() else replace(self._first, name=name))

    def save_as(self, name: str) -> None:
        """Go on with the present montage under another name; the old one stays as it is."""
        if self._save(replace(self.editor.montage, name=name)):
            self.editor.rename(name)

    def delete(self, name: str) -> None:
        """Delete a montage and its calibration; when it is the present one, go on with another."""
        try:
            self._store.delete(name)
        except MontageError as error:
            self.error = error
            return
        self.error = None
        if name == self.editor.montage.name:
            self._on_disk = self._first
            self.editor.open(self._first)
            others = self._store.names()
            if others:
                self.open(others[0])

    def calibration(self) -> EmgCalibration | None:
        """Return the calibration of the present montage; None when there is none, or it can't be read."""
        try:
            path = self._store.calibration_path(self.editor.montage.name)
            return EmgCalibration.load(path) if path.is_file() else None
        except MiaError as error:
            self.error = error
            return None

    def keep_calibration(self, calibration: EmgCalibration) -> None:
        """Save the calibration of the present montage."""
        try:
            calibration.save(self._store.calibration_path(self.editor.montage.name))
            self.error = None
        except MiaError as error:
            self.error = error

    def _open(self, load: Callable[[], SensorMontage | None]) -> None:
        try:
            montage = load()
        except MiaError as error:
            self.error = error
            return
        if montage is not None and (not montage.assignments or self._save(montage)):
            self._on_disk = montage
            self.editor.open(montage)

    def _keep(self) -> None:
        montage = self.editor.montage
        if montage != self._on_disk and (montage.assignments or self._on_disk.assignments):
            self._save(montage)

    def _save(self, montage: SensorMontage) -> bool:
        try:
            self._store.save(montage)
        except MiaError as error:
            self.error = error
            return False
        self._on_disk = montage
        self.error = None
        return True
