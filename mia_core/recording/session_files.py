"""The open files of a session, on the one thread that writes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Final

import numpy as np

from mia_core.clock import Clock
from mia_core.errors import RecordingError
from mia_core.muscles import MONTAGE
from mia_core.recording import session as form
from mia_core.recording.append_file import AppendFile, cannot_write
from mia_core.recording.emg_binary import FAST_HZ, EmgBinaryWriter
from mia_core.recording.event_log import Event, EventLog
from mia_core.recording.matroska import MatroskaError, MatroskaWriter, complete_video
from mia_core.recording.recorded_items import CapturedFrame, EstimatedFrame, RecordedItem, SyncResult
from mia_core.recording.recording_manifest import Privacy, RecordedCounts, RecordingManifest
from mia_core.recording.sample_counter import SampleCounter
from mia_core.recording.session_folder import make_empty_folder
from mia_core.recording.session_json import write_json
from mia_core.recording.session_rows import activation_row, pose_row
from mia_core.recording.session_writers import claim, release, renew
from mia_core.samples import STEP_S, EmgChunk
from mia_core.sensors.emg_csv import EmgCsvWriter, header_to_json
from mia_core.sensors.sensor_source import SensorSource
from mia_core.whole_file import sync_folder

GAP_S: Final = 0.5
"""A stream that brought nothing for longer has a gap."""


class SessionFiles:
    """Writes what it is handed at once; nothing is kept in memory, and nothing is ever overwritten.

    Args:
        folder: A folder that does not exist yet or is empty.
        manifest: What is known at the start; the sensors are added.
        sensors: The sensors whose samples will come, None for none.
        clock: Tells the moment of the beginning.

    Raises:
        RecordingError: The folder can't be made, is not empty, or can't be written.
    """

    def __init__(self, folder: Path, manifest: RecordingManifest, sensors: SensorSource | None, clock: Clock) -> None:
        self.folder = folder
        if sensors is not None:
            manifest = replace(manifest, sensors=header_to_json(sensors, clock))
        self.manifest = manifest
        make_empty_folder(folder)
        self._let_others_know(claim)  # first: from its manifest on it is a session that somebody may want to repair
        with ExitStack() as undoing:
            self._open(sensors, clock, undoing)
            undoing.pop_all()
        self._video: MatroskaWriter | None = None
        self._video_zero_s = 0.0
        self._video_us = -1
        self._first: CapturedFrame | None = None
        self._newest_s: float | None = None
        self._early: deque[EstimatedFrame] = deque(maxlen=256)
        self._last_index = 0
        self._arrivals_s: dict[int, float] = {}
        self._samples = SampleCounter()
        self._counts = RecordedCounts()

    def _open(self, sensors: SensorSource | None, clock: Clock, undoing: ExitStack) -> None:
        """Make manifest and files; what is to be undone if one can't be made is added to a stack."""
        folder = self.folder
        undoing.callback(_let_go, folder)
        self._write_manifest()
        self._frames, self._pose, self._activation = (
            undoing.enter_context(closing(AppendFile(folder / name)))
            for name in (form.FRAMES, form.POSE, form.ACTIVATION)
        )
        self._events = EventLog(folder / form.EVENTS)
        undoing.callback(self._events.file.close)
        self._tables = (self._frames, self._pose, self._activation, self._events.file)
        self._frames.append_row(list(form.CAPTURED_COLUMNS))
        self._pose.append_row(list(form.POSE_COLUMNS))
        self._activation.append_row(list(form.ACTIVATION_COLUMNS))
        self._emg = None if sensors is None else _emg_writer(folder, sensors, clock)

    @property
    def counts(self) -> RecordedCounts:
        """What was written so far."""
        n_sent = 0 if self._first is None else self._last_index - self._first.index + 1
        return replace(
            self._counts,
            skipped=max(self._counts.frames - self._counts.estimated, 0),
            frames_lost=max(n_sent - self._counts.frames, 0),
            samples=self._samples.samples(),
            samples_lost=self._samples.lost(),
        )

    @property
    def n_samples(self) -> int:
        """All sEMG samples so far."""
        return self._samples.total

    @property
    def n_bytes(self) -> int:
        """Size of everything so far.

        Raises:
            RecordingError: The folder is gone.
        """
        try:
            return sum(path.stat().st_size for path in self.folder.iterdir())
        except OSError as error:  # it was moved away, or the drive is gone
            raise cannot_write(self.folder, error) from error

    def write(self, item: RecordedItem) -> None:
        """Append an item to its file.

        Raises:
            RecordingError: The disk is full or gone.
        """
        match item:
            case CapturedFrame():
                self._write_frame(item)
            case EstimatedFrame():
                self._write_estimate(item)
            case EmgChunk():
                self._write_emg(item)
            case Event():
                self._events.write(item)
            case SyncResult():
                content = dict(item.content)
                if item.is_of_light:
                    self.manifest = replace(self.manifest, light_sync=content)
                else:
                    self.manifest = replace(self.manifest, sync=content)
                self._write_manifest()

    def sync(self) -> None:
        """Have the system put everything on the disk, and say that the writer lives.

        Raises:
            RecordingError: The disk is full or gone.
        """
        for table in self._tables:
            table.sync()
        if self._video is not None:
            self._video.file.sync()
        if isinstance(self._emg, EmgBinaryWriter):
            self._emg.file.sync()
        elif self._emg is not None:
            self._emg.sync()
        sync_folder(self.folder)
        self._let_others_know(renew)

    def finish(self, notes: tuple[str, ...], overflows: Mapping[str, int], *, complete: bool) -> None:
        """Close all files and write the final manifest.

        Raises:
            RecordingError: The disk is full or gone.
        """
        try:
            self.sync()
        finally:
            self.close()
        if self._video is not None:
            try:
                complete_video(self._video.file.path)
            except OSError as error:
                raise cannot_write(self._video.file.path, error) from error
            except MatroskaError as error:
                raise RecordingError(f"The video can't be completed: {error}.", "Is the disk in order?") from error
        counts = replace(self.counts, overflows=dict(overflows))
        missing = [f"The required stream {name} is missing." for name in self.manifest.missing_streams(counts)]
        self.manifest = replace(self.manifest.noting(*notes, *missing), counts=counts, complete=complete)
        self._write_manifest()
        self._let_others_know(release)

    def close(self) -> None:
        """Close all files as they are; may be called twice."""
        for table in self._tables:
            table.close()
        if self._video is not None:
            self._video.file.close()
        if isinstance(self._emg, EmgBinaryWriter):
            self._emg.file.close()
        elif self._emg is not None:
            self._emg.close()

    def _write_frame(self, frame: CapturedFrame) -> None:
        """Append a frame: its picture first, so that a row never speaks of one that is not there."""
        if self._first is None:
            self._first = frame
            if not isnan(frame.captured_s):
                self._anchor(frame)
        if frame.jpeg is not None or self.manifest.privacy is Privacy.KEYPOINTS_ONLY:
            # Others were kept out of the video by a full queue, and overtake those that wait in it.
            if self._newest_s is not None and frame.captured_s - self._newest_s > GAP_S:
                self._mark_gap("frames", self._newest_s, frame.captured_s)
            self._newest_s = frame.captured_s
        if frame.jpeg is not None:
            self._append_picture(frame, frame.jpeg)
        captured_ns = -1 if isnan(frame.captured_s) else round(frame.captured_s * 1e9)
        in_video = int(frame.jpeg is not None)
        self._frames.append_row([str(frame.index), f"{frame.timestamp_s:.6f}", str(captured_ns), str(in_video)])
        self._last_index = max(self._last_index, frame.index)
        counts = self._counts
        self._counts = replace(counts, frames=counts.frames + 1, in_video=counts.in_video + in_video)
        while self._early:
            self._write_estimate(self._early.popleft())

    def _append_picture(self, frame: CapturedFrame, jpeg: bytes) -> None:
        if self._video is None:
            self._video = MatroskaWriter(self.folder / form.VIDEO, frame.size_px, self.manifest.software)
            self._video_zero_s = frame.timestamp_s
        # Damaged files repeat or reverse stamps; times of a video grow.
        self._video_us = max(round(1e6 * (frame.timestamp_s - self._video_zero_s)), self._video_us + 1)
        self._video.append(jpeg, self._video_us)

    def _write_estimate(self, found: EstimatedFrame) -> None:
        if self._first is None:
            self._early.append(found)  # its picture is still being compressed, or it is of before the recording
            return
        if found.index is not None and found.index >= self._first.index:
            self._pose.append_row(pose_row(found.index, found.timestamp_s, found.pose))
            counts = self._counts
            self._counts = replace(
                counts, estimated=counts.estimated + 1, detected=counts.detected + (found.pose is not None)
            )
        for activation in found.steps:
            if activation.timestamp_s >= self._first.timestamp_s - STEP_S / 2:
                self._activation.append_row(activation_row(activation))
                self._counts = replace(self._counts, steps=self._counts.steps + 1)

    def _write_emg(self, chunk: EmgChunk) -> None:
        if self._emg is None:
            return
        self._emg.write(chunk)
        self._samples.add(chunk)
        for channel in np.unique(chunk.channels).tolist():
            arrivals_s = chunk.arrivals_s[chunk.channels == channel]
            arrivals_s = np.insert(arrivals_s, 0, self._arrivals_s.get(channel, arrivals_s[0]))
            for last in np.flatnonzero(np.diff(arrivals_s) > GAP_S).tolist():  # one chunk may hold what came meanwhile
                self._mark_gap(MONTAGE.names[channel], float(arrivals_s[last]), float(arrivals_s[last + 1]))
            self._arrivals_s[channel] = float(arrivals_s[-1])

    def _mark_gap(self, stream: str, before_s: float, after_s: float) -> None:
        details = {"stream": stream, "seconds": round(after_s - before_s, 3), "why": "nothing came"}
        self._events.write(Event(round(before_s * 1e9), "gap", details))

    def _anchor(self, frame: CapturedFrame) -> None:
        """Note the monotonic time at which the source's time line has its zero."""
        anchor = {**self.manifest.clock_anchor, "source_zero_monotonic_s": frame.captured_s - frame.timestamp_s}
        self.manifest = replace(self.manifest, clock_anchor=anchor)
        self._write_manifest()

    def _let_others_know(self, say: Callable[[Path], None]) -> None:
        try:
            say(self.folder)
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def _write_manifest(self) -> None:
        try:
            write_json(self.folder / form.MANIFEST, self.manifest.to_json())
        except OSError as error:
            raise cannot_write(self.folder, error) from error


def _let_go(folder: Path) -> None:
    with suppress(OSError):
        release(folder)


def _emg_writer(folder: Path, sensors: SensorSource, clock: Clock) -> EmgCsvWriter | EmgBinaryWriter:
    rates_hz = [sensors.profile_of(placement).rate_hz for placement, _ in sensors.montage.assignments]
    if max(rates_hz, default=0.0) > FAST_HZ:
        return EmgBinaryWriter(folder / form.EMG_BINARY, sensors, clock)
    return EmgCsvWriter(folder / form.EMG_CSV, sensors, clock)
