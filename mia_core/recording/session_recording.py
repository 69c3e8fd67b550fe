"""One recording of a subject, from stand-by to its end: everything on one clock, and at once on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mia_core.clock import Clock, SystemClock
from mia_core.errors import RecordingError
from mia_core.recording.disk_guard import DiskGuard, Room
from mia_core.recording.event_log import Event
from mia_core.recording.past import Past
from mia_core.recording.recorded_items import CapturedFrame, EstimatedFrame, RecordedItem, SyncResult, stream_of
from mia_core.recording.recording_health import RecordingHealth, RecordingState
from mia_core.recording.recording_manifest import Privacy, RecordedCounts, RecordingManifest
from mia_core.recording.recording_writer import TAKE_S, RecordingWriter, unexpected
from mia_core.recording.sensor_watch import SensorWatch
from mia_core.recording.session_files import SessionFiles
from mia_core.samples import EmgChunk, Frame, MuscleActivation, Pose
from mia_core.sensors.sensor_source import SensorSource
from mia_core.streams import LosslessQueue

JOIN_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """How a recording works.

    Attributes:
        queued_items: Rows, chunks and pictures that may wait for the disk: some ten seconds.
        queued_frame_bytes: Memory of the frames that may wait for the encoder: 92 of 1280 x 720, three seconds.
        jpeg_quality: Of the pictures, 1 to 100. At 70 hardly more than a webcam's noise is lost.
        sync_every_s: How often the system is made to put everything on the disk: what a loss of power costs.
        past_s: Seconds that are kept in memory while nothing is recorded, and begin a recording; 0 for none.
        past_bytes: They never take more memory than this.
        disk: When there is too little room.
    """

    queued_items: int = 4096
    queued_frame_bytes: int = 256_000_000
    jpeg_quality: int = 70
    sync_every_s: float = 1.0
    past_s: float = 0.0
    past_bytes: int = 96_000_000
    disk: DiskGuard = field(default_factory=DiskGuard)


class SessionRecording:
    """Takes everything from any thread without keeping it waiting, and writes it on a thread of its own.

    Frames wait in a bounded queue for the thread that compresses them, everything else in one for the thread that
    writes. Neither queue passes anything over: what finds no room is counted, written into the session as an overflow,
    and shown. A recording is used once: made, started, begun, finished.

    Args:
        privacy: What of the picture is kept, in memory too.
        settings: How it works.
        clock: Stamps events and counts the time.
    """

    def __init__(
        self,
        privacy: Privacy = Privacy.FULL,
        settings: RecordingSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        # With them comes OpenCV, for which a window that may record some day should not wait.
        from mia_core.recording.face_blur import FaceBlur
        from mia_core.recording.frame_encoder import FrameEncoder

        self._settings = settings or RecordingSettings()
        self._clock = clock or SystemClock()
        self._privacy = privacy
        self._face_blur = FaceBlur(self._clock) if privacy is Privacy.FACE_BLURRED else None
        self._encoder = FrameEncoder(self._settings.jpeg_quality, self._face_blur)
        self._frames: LosslessQueue[Frame] | None = None  # made with the first frame, whose size decides how many fit
        self._encoding = threading.Thread(target=self._encode_all, name="recording video", daemon=True)
        self._past = Past(self._settings.past_s, self._settings.past_bytes)
        self._writer = RecordingWriter(
            self._settings.queued_items,
            self._past,
            self._settings.disk,
            self._settings.sync_every_s,
            self._clock,
            self._run_out,
        )
        self._control = threading.Lock()  # over beginning and ending
        self._accepting = False
        self._on_no_room: Callable[[], object] = self._stop_accepting
        self._folder: Path | None = None
        self._began_s = 0.0

    @property
    def privacy(self) -> Privacy:
        """What of the picture is kept."""
        return self._privacy

    @property
    def manifest(self) -> RecordingManifest | None:
        """The final one; None before, and when the disk refused."""
        return self._writer.manifest

    def start(self, on_no_room: Callable[[], object] | None = None) -> None:
        """Stand by: take things in, and keep the last seconds if that was asked for.

        Args:
            on_no_room: Called on another thread when a recording is to end because there is no room: whoever feeds it
                hands in no frame more, and finishes it when the last one is estimated. Without, it ends at once.
        """
        self._on_no_room = on_no_room or self._stop_accepting
        self._accepting = True
        self._writer.start()

    def begin(self, folder: Path, manifest: RecordingManifest, sensors: SensorSource | None = None) -> None:
        """Write from now on, with the seconds before that were kept.

        Args:
            folder: The session folder, empty or not there yet.
            manifest: What is known of the session; what is kept of the picture and the clock are added.
            sensors: The sensors whose samples come, None for none.

        Raises:
            RecordingError: The folder can't be written, or there is too little room on its disk.
        """
        with self._control:
            if not self._accepting or self._folder is not None:
                raise RecordingError("This recording was begun before, or is over.", "Make a new one.")
            room, free = self._settings.disk.look(folder)
            if room >= Room.NONE:
                raise RecordingError(
                    f"Only {free / 1e9:.1f} GB are free where {folder} lies: too little to record.",
                    "Free some space, or choose a folder on another disk.",
                )
            utc = self._clock.utc().isoformat(timespec="microseconds")
            anchor: dict[str, str | float] = {"utc": utc, "monotonic_s": self._clock.now()}
            manifest = replace(manifest, privacy=self._privacy, clock_anchor=anchor)
            self._began_s = self._clock.now()
            files = SessionFiles(folder, manifest, sensors, self._clock)
            self._writer.begin(files, None if sensors is None else SensorWatch(sensors))
            self._folder = folder

    def put_frame(self, frame: Frame) -> None:
        """Take a frame that was captured; call it from one thread."""
        if not self._is_taking:
            return
        if self._privacy is Privacy.KEYPOINTS_ONLY:
            self._put(_captured(frame))
        elif not self._queue_for(frame).put(frame) and self._accepting:
            self._count_lost("video")
            self._put(_captured(frame))

    def put_estimate(self, frame: Frame | None, pose: Pose | None, steps: tuple[MuscleActivation, ...]) -> None:
        """Take what was found in a frame, or the last steps with no frame."""
        if frame is not None and self._face_blur is not None:
            self._face_blur.note(frame.timestamp_s, pose)
        index, timestamp_s = (None, 0.0) if frame is None else (frame.index, frame.timestamp_s)
        self._put(EstimatedFrame(index, timestamp_s, pose, steps))

    def put_emg(self, chunk: EmgChunk) -> None:
        """Take samples that have arrived."""
        self._put(chunk)

    def mark(self, kind: str, details: Mapping[str, Any] | None = None, at_s: float | None = None) -> None:
        """Write down that something happens; see `event_log` for kinds and details, which are plain data.

        Args:
            kind: What happens.
            details: What else is to be said.
            at_s: When it happened, on the monotonic clock; None for now.

        Raises:
            ValueError: A detail is NaN or infinite.
            TypeError: A detail is no plain data.
        """
        time_s = self._clock.now() if at_s is None else at_s
        event = Event(round(time_s * 1e9), kind, dict(details or {}))
        event.to_json()  # an error belongs to who caused it, not to the thread that writes
        self._put(event)

    def note_sync(self, content: Mapping[str, Any], *, is_of_light: bool = False) -> None:
        """Put what a way of sync came to into the manifest, at once; the raw times stay as they are."""
        self._put(SyncResult(content, is_of_light))

    def health(self) -> RecordingHealth:
        """Return how it is doing."""
        state = self._state  # first: a failed one is never without its problem
        writer, files, frames, problem = self._writer, self._writer.files, self._frames, self._writer.problem
        lost = writer.lost
        error, advice = ("", "") if problem is None else (str(problem), problem.advice)
        if lost and not error:
            all_lost = ", ".join(f"{n} of {stream}" for stream, n in sorted(lost.items()))
            error = f"Data were lost because the disk or the processor was too slow: {all_lost}."
            advice = "Close other programs, or record with a smaller picture or onto a faster disk."
        return RecordingHealth(
            state,
            self._folder,
            self._clock.now() - self._began_s if state is RecordingState.RECORDING else 0.0,
            RecordedCounts() if files is None else files.counts,
            0 if files is None else files.n_samples,
            lost,
            writer.fill,
            0.0 if frames is None else frames.fill,
            self._past.reach_s,
            self._past.n_bytes,
            writer.disk_look.written_bytes,
            writer.disk_look.free_bytes,
            writer.disk_look.warning,
            error,
            advice,
        )

    def finish(self, notes: tuple[str, ...] = (), *, complete: bool = True) -> RecordingManifest | None:
        """End: write what waits, complete the session, and wait for the threads; may be called twice.

        Args:
            notes: Sentences about what went wrong.
            complete: Whether it ends in order.

        Returns:
            The final manifest; None when nothing was begun, or the disk refused: then `health` says why.
        """
        self._writer.notes = (*self._writer.notes, *notes)
        self._writer.ends_in_order = self._writer.ends_in_order and complete
        self._stop_accepting()
        if self._encoding.is_alive():
            self._encoding.join(JOIN_TIMEOUT_S)
        self._writer.join(JOIN_TIMEOUT_S)
        return self.manifest

    @property
    def _state(self) -> RecordingState:
        if self._writer.is_over:
            return RecordingState.ENDED if self._writer.problem is None else RecordingState.FAILED
        return RecordingState.STANDBY if self._folder is None else RecordingState.RECORDING

    @property
    def _is_taking(self) -> bool:
        """Whether anybody wants what comes: not while it stands by for nothing, nor when writing has failed."""
        keeps = self._settings.past_s > 0 or self._folder is not None
        return self._accepting and keeps and not self._writer.is_over

    def _queue_for(self, frame: Frame) -> LosslessQueue[Frame]:
        """Return the queue to the encoder; made, with its thread, for the first frame."""
        if self._frames is None:
            with self._control:
                frames: LosslessQueue[Frame] = LosslessQueue(
                    max(self._settings.queued_frame_bytes // frame.image.nbytes, 4)
                )
                if not self._accepting:
                    frames.close()
                    return frames
                self._frames = frames
                self._encoding.start()
        return self._frames

    def _put(self, item: RecordedItem) -> None:
        # Frames that waited for the encoder may come after the end.
        is_welcome = self._is_taking or isinstance(item, CapturedFrame)
        if is_welcome and not self._writer.put(item) and self._is_taking:
            self._count_lost(stream_of(item))

    def _count_lost(self, stream: str) -> None:
        if self._folder is not None:
            self._writer.count_lost(stream)

    def _stop_accepting(self) -> None:
        """Take in nothing more; what waits is still written."""
        with self._control:
            self._accepting = False
            if self._frames is not None:
                self._frames.close()  # the encoder closes the other queue when it is through
            else:
                self._writer.close()

    def _run_out(self, room: Room) -> None:
        """End while there is room for what is underway, or at once."""
        if room is Room.FULL:
            self._stop_accepting()
        else:
            self._on_no_room()

    def _encode_all(self) -> None:
        """Compress frames until they end."""
        frames = self._frames
        try:
            while frames is not None and not frames.finished:
                frame = frames.take(TAKE_S)
                if frame is not None:
                    jpeg, size_px = self._encoder.encode(frame)
                    self._put(CapturedFrame(frame.index, frame.timestamp_s, frame.captured_s, jpeg, size_px))
        except RecordingError as error:
            self._writer.problem = error
        except BaseException as error:
            self._writer.problem = unexpected(error)
            raise
        finally:
            with self._control:  # what begins after this would never be written
                self._accepting = False
            if frames is not None:
                frames.close()
            self._writer.close()


def _captured(frame: Frame) -> CapturedFrame:
    """Return a frame without its picture."""
    height, width = frame.image.shape[:2]
    return CapturedFrame(frame.index, frame.timestamp_s, frame.captured_s, None, (width, height))
