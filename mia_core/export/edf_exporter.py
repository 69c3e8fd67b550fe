"""EDF+ and BDF+: the samples as they were sent, on an even grid of each sensor's own rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.export_settings import ExportError, ExportSettings, require_package
from mia_core.export.marks import marks_of
from mia_core.export.muscle_samples import MuscleSamples
from mia_core.export.recorded_session import RecordedSession
from mia_core.samples import Floats
from mia_core.sensors.sensor_profile import SignalKind

if TYPE_CHECKING:
    from edfio import EdfAnnotation

_GAP_PERIODS: Final = 1.5
"""Samples that are further apart than so many periods have a gap between them."""
_LONGEST_RECORD_S: Final = 60
_MOST_SAMPLES: Final = 2**31
_README: Final = """\
# Recorded sessions as {what}

One file for each session; its signals are the muscles, each at its sensor's nominal rate, in the sensor's unit.

- Whole numbers of sensors that send such (an M40: 0 to 1023) are kept exactly.
- Samples are put on an even grid by the times at which they were taken: at most half a period from them while the
  sensor keeps its nominal pace. Of two that fall into one place the nearer stays; a place without one between two holds
  the one before.
- Where samples are missing, the last one is held, and an annotation `BAD_lost@@SIGNAL` says from when to when: MNE
  passes over such stretches.
- Other annotations are trials, markers and what happened. Times count from the begin of the file, which is the first
  frame or sample; an accepted sync offset is taken out of the sEMG.
- The recording field says whether the sEMG was measured or simulated.
"""


@dataclass(frozen=True, slots=True)
class EvenSamples:
    """One muscle on an even grid.

    Attributes:
        muscle: Its samples.
        rate_hz: Rate of the grid.
        values: (n,) float32; held where nothing is known.
        gaps: (first, last + 1) of the stretches in which nothing is known.
        n_left_out: Samples that fell into a place that another one is nearer to.
    """

    muscle: MuscleSamples
    rate_hz: Fraction
    values: Floats
    gaps: tuple[tuple[int, int], ...]
    n_left_out: int


@dataclass(frozen=True, slots=True)
class EvenRecording:
    """All muscles of a session, beginning together.

    Attributes:
        start_s: Begin, on the time line of the frames.
        record_s: Length of a record, in which every rate has a whole number of samples.
        n_records: How many there are.
        channels: The muscles.
    """

    start_s: float
    record_s: int
    n_records: int
    channels: tuple[EvenSamples, ...]


class EdfExporter:
    """Writes EDF+ (16 bits).

    Args:
        settings: None of them matters here.
    """

    is_bdf = False

    def __init__(self, settings: ExportSettings) -> None:
        del settings
        require_edfio()

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's file: see `SetExporter`."""
        suffix = "bdf" if self.is_bdf else "edf"
        write_edf(session, even_recording(session), folder / f"{session.title}.{suffix}")

    def finish(self, folder: Path) -> None:
        """Write the explanation: see `SetExporter`."""
        (folder / "README.md").write_text(_README.format(what="BDF+" if self.is_bdf else "EDF+"), encoding="utf-8")


class BdfExporter(EdfExporter):
    """Writes BDF+ (24 bits)."""

    is_bdf = True


def even_recording(session: RecordedSession) -> EvenRecording:
    """Put the samples of a session on even grids.

    Raises:
        ExportError: It has no sEMG, or rates that fit no common record.
    """
    session.require_emg()
    muscles = [muscle for muscle in session.muscles if len(muscle)]
    rates = [Fraction(muscle.profile.rate_hz).limit_denominator(1000) for muscle in muscles]
    record_s = math.lcm(*(rate.denominator for rate in rates))
    if record_s > _LONGEST_RECORD_S:
        raise ExportError(
            f"The sensors of {session.title} have rates that no common record holds.", "Use csv or parquet."
        )
    frames_s = session.session.frame_timestamps_s
    start_s = min([*(float(muscle.times_s[0]) for muscle in muscles), *frames_s[:1].tolist()])
    end_s = max([*(float(muscle.times_s[-1]) for muscle in muscles), *frames_s[-1:].tolist()])
    n_records = max(1, math.ceil((end_s - start_s) / record_s))
    if n_records * record_s * float(sum(rates)) > _MOST_SAMPLES:
        raise ExportError(f"The session {session.title} is too long for one file.", "Use csv or parquet.")
    channels = tuple(
        even_samples(muscle, rate, start_s, int(n_records * record_s * rate))
        for muscle, rate in zip(muscles, rates, strict=True)
    )
    return EvenRecording(start_s, record_s, n_records, channels)


def even_samples(muscle: MuscleSamples, rate: Fraction, start_s: float, n: int) -> EvenSamples:
    """Put at least one sample on a grid of n places that begins at a time."""
    places = (muscle.times_s - start_s) * float(rate)
    # Sensors do not sample at the same moment: each has the phase by which most of its samples are near their places.
    phase = float(np.angle(np.exp(2j * np.pi * places).mean())) / (2 * np.pi)
    slots = np.clip(np.rint(places - phase).astype(np.int64), 0, n - 1)
    away = np.abs(places - phase - slots)
    order = np.lexsort((-away, slots))  # the nearest of a slot comes last, and stays
    source = np.full(n, -1, np.int64)
    source[slots[order]] = order
    filled = np.flatnonzero(source >= 0)
    held = np.repeat(source[filled], np.diff(filled, append=n))
    values = muscle.values[np.concatenate([np.full(filled[0], held[0]), held])]
    n_left_out = len(places) - len(filled)
    return EvenSamples(muscle, rate, values, _gaps(muscle, float(rate), slots, n), n_left_out)


def _gaps(muscle: MuscleSamples, rate_hz: float, slots: NDArray[np.int64], n: int) -> tuple[tuple[int, int], ...]:
    before = np.flatnonzero(np.diff(muscle.times_s) * rate_hz > _GAP_PERIODS)
    gaps = [(int(slots[row]) + 1, int(slots[row + 1])) for row in before]
    gaps = [(0, int(slots[0])), *gaps, (int(slots[-1]) + 1, n)]
    return tuple((first, last) for first, last in gaps if first < last)


def write_edf(session: RecordedSession, even: EvenRecording, path: Path) -> None:
    """Write a session's sEMG with its annotations; the suffix, `.edf` or `.bdf`, says as what.

    Raises:
        ExportError: The format can't hold it.
        MissingExtraError: The optional package is not installed.
    """
    require_edfio()
    from edfio import Bdf, Edf, Patient, Recording

    is_bdf = path.suffix == ".bdf"
    begin = session.utc_at(even.start_s)
    in_range = begin is not None and 1985 <= begin.year < 2085
    recording = Recording(
        startdate=begin.date() if begin is not None and in_range else None,
        equipment_code=f"{session.provenance}_sEMG",
    )
    try:
        (Bdf if is_bdf else Edf)(
            [_signal(channel, is_bdf=is_bdf) for channel in even.channels],
            patient=Patient(code=session.subject),
            recording=recording,
            starttime=begin.time().replace(tzinfo=None) if begin is not None and in_range else None,
            data_record_duration=even.record_s,
            annotations=_annotations(session, even),
        ).write(path)
    except ValueError as error:
        raise ExportError(
            f"{session.title} can't be written as {path.suffix[1:].upper()}+ ({error}).", "Use csv."
        ) from error


def _signal(channel: EvenSamples, *, is_bdf: bool) -> Any:
    from edfio import BdfSignal, EdfSignal

    muscle, values = channel.muscle, channel.values
    profile = muscle.profile
    # What the sensor can send, or more where it sent more: whole numbers, so that eight characters hold them.
    low = math.floor(min(profile.low, float(values.min())))
    high = math.ceil(max(profile.high, float(values.max())))
    limits = (-(2**23), 2**23 - 1) if is_bdf else (-(2**15), 2**15 - 1)
    said = {
        "label": muscle.placement.name,
        "transducer_type": _ascii(f"{profile.name} {muscle.sensor.serial}")[:80],
        "physical_dimension": _ascii(profile.unit)[:8],
        "prefiltering": "envelope made by the sensor" if profile.kind is SignalKind.ENVELOPE else "",
        "physical_range": (low, high),
    }
    kind = BdfSignal if is_bdf else EdfSignal
    if limits[0] <= low < high <= limits[1] and bool((values == np.rint(values)).all()):
        digital: NDArray[Any] = values.astype(np.int32 if is_bdf else np.int16)
        return kind.from_digital(digital, float(channel.rate_hz), digital_range=(low, high), **said)  # type: ignore[arg-type]
    return kind(values.astype(np.float64), float(channel.rate_hz), digital_range=limits, **said)  # type: ignore[arg-type]


def _annotations(session: RecordedSession, even: EvenRecording) -> list[EdfAnnotation]:
    from edfio import EdfAnnotation

    end_s = even.n_records * even.record_s
    annotations = [
        EdfAnnotation(mark.start_s - even.start_s, mark.duration_s or None, mark.text)
        for mark in marks_of(session)
        if 0 <= mark.start_s - even.start_s <= end_s
    ]
    for channel in even.channels:
        rate_hz = float(channel.rate_hz)
        annotations += [
            EdfAnnotation(first / rate_hz, (last - first) / rate_hz, f"BAD_lost@@{channel.muscle.placement.name}")
            for first, last in channel.gaps
        ]
    return annotations


def _ascii(text: str) -> str:
    """Return a text in the signs that the header of the format may hold."""
    plain = text.replace("µ", "u").replace("μ", "u").encode("ascii", "replace").decode()
    return "".join(sign if sign.isprintable() else " " for sign in plain)


def require_edfio() -> None:
    """Refuse at once what would fail later.

    Raises:
        MissingExtraError: The optional package is not installed.
    """
    require_package("edfio", "EDF+, BDF+ and BIDS")
