"""Make sensors: those of a montage, those that are near, recorded or simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import platformdirs

from app.display import montages_folder
from app.played_film import PlayedFilm
from app.sensor_choice import SensorChoice, SensorKind
from mia_core.errors import MiaError
from mia_core.muscles import MONTAGE
from mia_core.recording.session import VIDEO
from mia_core.samples import Floats
from mia_core.sensors.ble_discovery import FoundSensor
from mia_core.sensors.bluetooth_adapters import shared_adapters
from mia_core.sensors.bluetooth_errors import SensorNotFoundError
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.sensors.generic_profile import load_profiles
from mia_core.sensors.montage_store import MontageStore
from mia_core.sensors.profiles import M40, PROFILES
from mia_core.sensors.replay_sensors import ReplaySensors
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.simulated_calibration import calibrate_simulated
from mia_core.sensors.simulated_sensors import SimulatedSensors

UNPLACED: Final = "sensors that are near"
"""Name of a montage that only serves to connect: its muscles mean nothing."""


class NoMontageError(MiaError):
    """Sensors are asked for before any were assigned to muscles."""


def profiles_folder() -> Path:
    """Return where descriptions of a lab's own sensors are kept: every TOML file in it is read."""
    return Path(platformdirs.user_data_dir("MIA Live", appauthor=False)) / "sensors"


def known_profiles(files: Sequence[Path] = ()) -> tuple[SensorProfile, ...]:
    """Return all kinds of sensors: of these files, of `profiles_folder`, and those built in, in this order.

    Raises:
        ProfileFileError: A file is wrong.
    """
    return (*load_profiles((*files, *sorted(profiles_folder().glob("*.toml")))), *PROFILES)


def simulated_sensors() -> SensorSource:
    """Return eight virtual M40s on the demo subject, not opened."""
    from app.played_muscles import PlayedMuscles

    return SimulatedSensors(PlayedMuscles())


def simulated_finds() -> tuple[FoundSensor, ...]:
    """Return what a search would find if the simulated sensors could be heard."""
    source = simulated_sensors()
    source.open()
    states = source.states()
    source.close()
    return tuple(
        FoundSensor(
            M40,
            M40.name_prefix,
            "simulated",
            state.sensor.serial,
            state.rssi_dbm,
            state.battery_percent,
            state.firmware,
        )
        for state in states
    )


def saved_montage(name: str) -> SensorMontage | None:
    """Return a montage by its name, the one saved last for an empty name; None when none was saved.

    Raises:
        MontageError: There is none of that name, or its file is damaged.
    """
    store = MontageStore(montages_folder())
    return store.load(name) if name else store.last()


def sensors_of(
    montage: SensorMontage | None, profiles: tuple[SensorProfile, ...], adapters: Iterable[str] = ()
) -> SensorSource:
    """Return the Bluetooth sensors of a montage, not opened.

    Args:
        montage: Which sensors sit where.
        profiles: All kinds of sensors.
        adapters: Bluetooth adapters that share them; none for all that are on.

    Raises:
        NoMontageError: There is no montage.
        UnknownProfileError: It has a sensor of a kind that nobody described.
    """
    if montage is None or not montage.assignments:
        raise NoMontageError(
            "No sensors were assigned to muscles yet.",
            "Assign them on the sensor page of `mia app`, or try simulated ones.",
        )
    return SensorArray(montage, profiles, SensorArraySettings(adapters=tuple(adapters) or shared_adapters()))


def make_sensors(
    choice: SensorChoice,
    activation_at: Callable[[float], Floats],
    montage: SensorMontage | None = None,
    film: PlayedFilm | None = None,
) -> SensorSource:
    """Return the sensors of a choice, not opened.

    Args:
        choice: Which.
        activation_at: Returns the (8,) activations at a monotonic time: what simulated sensors measure.
        montage: Which sensors sit where, None for the saved montage that the choice names, or for one simulated sensor
            on each muscle; a recording has its own.
        film: Which film is watched: what the sensors of a session keep step with.

    Raises:
        NoMontageError: No montage was saved yet.
        MiaError: There is no such montage or file, or it can't be read.
    """
    if choice.kind is SensorKind.SIMULATED:
        return SimulatedSensors(activation_at, montage)
    if choice.kind is SensorKind.REPLAY:
        path = Path(choice.target)
        if not path.is_dir():
            return ReplaySensors(path)
        from mia_core.export.session_replay import session_sensors

        return session_sensors(path, partial((film or PlayedFilm()).time_line_of, path / VIDEO))
    return sensors_of(montage or saved_montage(choice.target), known_profiles())


def calibration_of(choice: SensorChoice) -> EmgCalibration | None:
    """Return each muscle's rest and maximum: those kept with a montage or a session, or those of simulated sensors.

    Returns:
        None without any: then muscles stay in the units of their sensors.

    Raises:
        MontageError: There is no such montage, or it can't be read.
        CalibrationError: The calibration can't be read.
    """
    if choice.kind is SensorKind.SIMULATED:
        return calibrate_simulated()
    if choice.kind is SensorKind.REPLAY and Path(choice.target).is_dir():
        from mia_core.export.recorded_session import RecordedSession

        return RecordedSession.read(Path(choice.target)).calibration
    montage = saved_montage(choice.target) if choice.kind is SensorKind.BLUETOOTH else None
    path = None if montage is None else MontageStore(montages_folder()).calibration_path(montage.name)
    return EmgCalibration.load(path) if path is not None and path.is_file() else None


def unplaced(found: Sequence[FoundSensor]) -> SensorMontage:
    """Return a montage of sensors that are near, at most eight electrode pairs, by their serial numbers.

    Raises:
        SensorNotFoundError: There are none.
    """
    sensors = sorted(sensor for device in found for sensor in device.ids)
    if not sensors:
        raise SensorNotFoundError(
            "No sensor was heard.", "Switch them on, bring them near, and close apps on phones that may hold them."
        )
    return SensorMontage(UNPLACED, tuple(zip(MONTAGE.placements, sensors, strict=False)))
