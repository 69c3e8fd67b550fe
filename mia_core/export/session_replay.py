"""A recorded session played once more: its sEMG at the moments at which its film shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from mia_core.clock import Clock
from mia_core.errors import SessionFormatError
from mia_core.export.recorded_session import RecordedSession
from mia_core.recording import session as form
from mia_core.recording.emg_binary import read_emg_binary
from mia_core.samples import Times
from mia_core.sensors.emg_csv import EmgRecording, read_emg_csv
from mia_core.sensors.replay_sensors import ReplaySensors


class FilmTimes(Protocol):
    """Where a film stands: `live.time_line.TimeLine`."""

    def monotonic_s(self, timestamp_s: float) -> float:
        """Return when a moment of the film was, NaN before its first frame."""

    def timestamp_s(self, monotonic_s: float) -> float:
        """Return which moment of the film was present at a time, NaN before its first frame."""


class SessionReplay:
    """Maps between the clock of the recording and the present's, by where the session's film stands.

    A film that is paused holds the sEMG too, one that begins again lets it begin again. The raw times stay as they are:
    what a sync ritual found is not taken out.

    Args:
        folder: The session.
        film: Returns where its film stands, None while it is not watched.

    Raises:
        SessionFormatError: It can't be read, or has no film.
        ExportError: It names itself by something that can't be.
    """

    def __init__(self, folder: Path, film: Callable[[], FilmTimes | None]) -> None:
        self._recorded = RecordedSession.read(folder)
        self._film = film
        captured = self._recorded.session.captured
        in_film_s = captured.timestamps_s[captured.in_video]
        if not len(in_film_s):
            raise SessionFormatError(folder, "a film", "none")
        self._first_s = float(in_film_s[0])  # the film counts from its first picture

    def recorded_s(self, present_s: float) -> float:
        """Return which moment of the recording, on its clock, is present at a time; NaN while no film shows it."""
        film = self._film()
        film_s = np.nan if film is None else film.timestamp_s(present_s)
        return self._recorded.monotonic_s(film_s + self._first_s) if np.isfinite(film_s) else float("nan")

    def present_s(self, recorded_s: Times) -> Times:
        """Return when moments of the recording are shown, NaN while no film shows them.

        Args:
            recorded_s: (n,) on the clock of the recording.
        """
        film, zero_s = self._film(), self._recorded.zero_s
        if film is None:
            return np.full(len(recorded_s), np.nan)
        moments_s, places = np.unique(recorded_s, return_inverse=True)  # samples of a packet arrive together
        in_film_s = [self._recorded.on_line(one - zero_s) - self._first_s for one in moments_s.tolist()]
        return np.array([film.monotonic_s(one) for one in in_film_s])[places]


def emg_file(folder: Path) -> Path | None:
    """Return the file with a session's sEMG, None when it has none."""
    return next((folder / name for name in (form.EMG_BINARY, form.EMG_CSV) if (folder / name).is_file()), None)


def session_sensors(folder: Path, film: Callable[[], FilmTimes | None], clock: Clock | None = None) -> ReplaySensors:
    """Return the sensors of a session, which send what they sent when the session's film shows it; not opened.

    Args:
        folder: The session.
        film: Returns where its film stands, None while it is not watched.
        clock: Tells the present.

    Raises:
        SessionFormatError: It can't be read, has no film, or no sEMG.
        EmgFileError: Its sEMG can't be read.
    """
    path = emg_file(folder)
    if path is None:
        raise SessionFormatError(folder, "sEMG", "none")
    return ReplaySensors(path, clock=clock, read=_read, played=SessionReplay(folder, film))


def _read(path: Path) -> EmgRecording:
    return read_emg_binary(path) if path.name == form.EMG_BINARY else read_emg_csv(path)
