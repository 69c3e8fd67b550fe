"""A recorded session as every format needs it: read with suspicion, named, put on one time line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from mia_core.export.export_settings import ExportError
from mia_core.export.frame_line import FrameLine
from mia_core.export.muscle_samples import MuscleSamples, muscle_samples
from mia_core.export.session_steps import SessionSteps, session_steps
from mia_core.export.trials import TrialSpan, trials_of
from mia_core.muscles import MONTAGE
from mia_core.recording.session_reader import Session, read_session
from mia_core.recording.session_review import SessionReview, read_review
from mia_core.samples import STEP_S
from mia_core.sensors.emg_calibration import CalibrationError, EmgCalibration

_SESSION_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NO_MORE_THAN_S: Final = 1e9


@dataclass(frozen=True)
class RecordedSession:
    """One session.

    Attributes:
        folder: Where it lies.
        session: What is in it.
        subject: Who was recorded; letters, digits, `-` and `_`.
        name: Name of the session; letters, digits, `-` and `_`.
    """

    folder: Path
    session: Session
    subject: str
    name: str

    @classmethod
    def read(cls, folder: Path) -> RecordedSession:
        """Read a session folder.

        Raises:
            SessionFormatError: It is not readable.
            ExportError: It has a name that can't name files.
        """
        session = read_session(folder)
        name = session.recording.session_id
        if not _SESSION_NAME.fullmatch(name):
            raise ExportError(
                f"The session {folder} names itself by something else than letters, digits, - and _.",
                "Choose a folder that Mia recorded.",
            )
        return cls(folder, session, session.recording.subject.id, name)

    @property
    def title(self) -> str:
        """Name for files and people, such as `sub-P01_ses-20261128T141500Z`."""
        return f"sub-{self.subject}_{self.name if self.name.startswith('ses-') else f'ses-{self.name}'}"

    @property
    def provenance(self) -> str:
        """What the sEMG is: `measured`, `simulated`, or `none` without any."""
        if self.session.emg is None:
            return "none"
        return "measured" if self.session.emg.header.is_measured else "simulated"

    @cached_property
    def zero_s(self) -> float:
        """Monotonic time of zero on the time line of the frames, by their arrivals; NaN when that is not known."""
        captured = self.session.captured
        live = captured.captured_ns >= 0
        if live.any():
            since_ns = int(captured.captured_ns[live][0])
            late_s = (captured.captured_ns[live] - since_ns) / 1e9 - captured.timestamps_s[live]
            return since_ns / 1e9 + float(np.median(late_s))
        anchor = self.session.manifest.get("clock_anchor")
        zero = anchor.get("source_zero_monotonic_s") if isinstance(anchor, dict) else None
        return float(zero) if isinstance(zero, (int, float)) and not isinstance(zero, bool) else float("nan")

    @cached_property
    def sync_s(self) -> float:
        """By how much the times of frames are late against those of the sensors, 0 when no ritual was accepted."""
        sync = self.session.recording.sync
        if sync is None or sync.get("accepted") is not True:
            return 0.0
        offset_s = sync.get("offset_s")
        if not isinstance(offset_s, (int, float)) or isinstance(offset_s, bool) or not abs(offset_s) < 10:
            raise ExportError(f"The session {self.title} has a sync offset that can't be.", "Do the ritual again.")
        return float(offset_s)

    @cached_property
    def calibration(self) -> EmgCalibration | None:
        """Rest and maximum of each muscle, None without."""
        stored = self.session.recording.calibration
        if stored is None:
            return None
        try:
            return EmgCalibration.from_json(stored)
        except (CalibrationError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ExportError(
                f"The calibration in {self.title} can't be read ({error}).", "The recording is damaged; leave it out."
            ) from error

    @cached_property
    def muscles(self) -> tuple[MuscleSamples, ...]:
        """The samples of each muscle with a sensor, on the time line of the frames; the sync offset is taken out."""
        if self.session.emg is None:
            return ()
        if not abs(self.zero_s) < _NO_MORE_THAN_S:
            raise ExportError(
                f"The session {self.title} does not say when its frames were taken by the clock of the sensors.",
                "The recording is damaged; leave it out.",
            )
        samples = muscle_samples(self.session.emg, self.zero_s - self.sync_s)
        line = self.frame_line
        if line is None:
            return samples
        return tuple(
            replace(muscle, times_s=line.of(muscle.times_s + self.zero_s - self.sync_s) + self.sync_s)
            for muscle in samples
        )

    @cached_property
    def trials(self) -> tuple[TrialSpan, ...]:
        """The takes that were done, on the time line of the frames; named and trimmed as people put them right."""
        return self.trials_under(read_review(self.folder))

    def trials_under(self, review: SessionReview) -> tuple[TrialSpan, ...]:
        """Return the takes that were done as a review names and trims them."""
        return tuple(
            replace(trial, start_s=self.on_line(trial.start_s), end_s=self.on_line(trial.end_s))
            for trial in trials_of(review.applied(self.session.events), self.zero_s)
        )

    @cached_property
    def frame_line(self) -> FrameLine | None:
        """The time line of the frames, where these were held up; None where a time since `zero_s` is one of it."""
        captured = self.session.captured
        live = captured.captured_ns >= 0
        if not live.any() or not np.isfinite(captured.timestamps_s[live]).all():
            return None
        line = FrameLine(captured.captured_ns[live] / 1e9, captured.timestamps_s[live])
        return line if line.was_held_up else None

    def on_line(self, time_s: float) -> float:
        """Return where a time since `zero_s` lies on the time line of the frames."""
        line = self.frame_line
        return time_s if line is None else float(line.of(np.array([time_s + self.zero_s]))[0])

    def monotonic_s(self, time_s: float) -> float:
        """Return when a time on the time line of the frames was, by the monotonic clock."""
        line = self.frame_line
        return time_s + self.zero_s if line is None else float(line.monotonic_s(np.array([time_s]))[0])

    @cached_property
    def steps(self) -> SessionSteps:
        """The session on the 10 Hz grid."""
        return session_steps(self.session, self.muscles, self.calibration, self.trials)

    @property
    def image_size_px(self) -> tuple[int, int]:
        """Width and height of the pictures, 0 where it is not known."""
        camera = self._camera
        width, height = camera.get("width_px", 0), camera.get("height_px", 0)
        sizes = [size if isinstance(size, int) and 0 < size < 100_000 else 0 for size in (width, height)]
        return sizes[0], sizes[1]

    @property
    def film_s(self) -> float:
        """Length of the film that was recorded from, whose motion comes again with it; 0 for a camera."""
        length_s = self._camera.get("duration_s")
        if (
            not isinstance(length_s, (int, float))
            or isinstance(length_s, bool)
            or not STEP_S <= length_s < _NO_MORE_THAN_S
        ):
            return 0.0
        return float(length_s)

    @property
    def frame_hz(self) -> float:
        """Rate at which frames were estimated: the nominal one, where that is near the truth, else the median's."""
        times_s = self.session.frame_timestamps_s
        gaps_s = np.diff(times_s)
        gaps_s = gaps_s[gaps_s > 0]
        if not len(gaps_s):
            return 30.0
        usual_hz = float(1 / np.median(gaps_s))
        nominal = self._camera.get("nominal_hz", 0)
        is_near = isinstance(nominal, (int, float)) and abs(nominal / usual_hz - 1) < 0.1
        return float(nominal) if is_near else max(1.0, round(usual_hz))

    def utc_at(self, time_s: float) -> datetime | None:
        """Return the time of day at a time on the time line of the frames, None when that is not known."""
        anchor = self.session.manifest.get("clock_anchor")
        try:
            stamp, at_s = anchor["utc"], anchor["monotonic_s"]  # type: ignore[index]
            return datetime.fromisoformat(stamp) + timedelta(seconds=self.monotonic_s(time_s) - at_s)
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    def require_emg(self, *, all_muscles: bool = False) -> None:
        """Refuse a session without sEMG, or with muscles that have no sensor.

        Raises:
            ExportError: It is so.
        """
        if not any(len(muscle) for muscle in self.muscles):
            raise ExportError(
                f"The session {self.title} has no sEMG.", "Choose a format of poses: csv, parquet or trc."
            )
        missing = len(MONTAGE) - sum(len(muscle) > 0 for muscle in self.muscles)
        if all_muscles and missing:
            raise ExportError(
                f"In the session {self.title} {missing} of {len(MONTAGE)} muscles have no sEMG.",
                "This format needs all eight; csv, parquet, packed, edf and bids do not.",
            )

    @property
    def _camera(self) -> Mapping[str, Any]:
        """What the session says of its camera or file."""
        return self.session.recording.camera or {}
