"""The thread that writes a recording: into memory while it stands by, then onto the disk."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mia_core.clock import Clock
from mia_core.errors import RecordingError
from mia_core.recording.disk_guard import DiskGuard, Room
from mia_core.recording.event_log import Event
from mia_core.recording.past import Past
from mia_core.recording.recorded_items import RecordedItem
from mia_core.recording.recording_manifest import RecordingManifest
from mia_core.recording.sensor_watch import SensorWatch
from mia_core.recording.session_files import SessionFiles
from mia_core.recording.session_writers import release
from mia_core.streams import LosslessQueue

TAKE_S: Final = 0.1
_GB: Final = 1e9


@dataclass(frozen=True, slots=True)
class DiskLook:
    """What the last look at the disk found.

    Attributes:
        written_bytes: Size of the session.
        free_bytes: Room on the disk, None before the first look.
        warning: One sentence when there is little, else empty.
    """

    written_bytes: int = 0
    free_bytes: int | None = None
    warning: str = ""


class RecordingWriter:
    """Drains one bounded queue of small items; once a second it sees to the disk, to losses and to the sensors.

    Args:
        queued_items: How many items may wait.
        past: Keeps what comes before the beginning.
        disk: When there is too little room.
        sync_every_s: How often it sees to these things.
        clock: Stamps events.
        on_no_room: Called on the thread when a recording is to end for lack of room, and again when the disk is full.

    Attributes:
        files: The session, None before the beginning was noticed.
        disk_look: What the last look at the disk found.
        problem: What went wrong, None while nothing did.
        manifest: The final one, None before.
        is_over: Whether the thread has ended.
        notes: Sentences for the manifest about what went wrong.
        ends_in_order: Whether the session may be called complete.
    """

    def __init__(
        self,
        queued_items: int,
        past: Past,
        disk: DiskGuard,
        sync_every_s: float,
        clock: Clock,
        on_no_room: Callable[[Room], None],
    ) -> None:
        self._items: LosslessQueue[tuple[float, RecordedItem]] = LosslessQueue(queued_items)
        self._past = past
        self._disk = disk
        self._sync_every_s = sync_every_s
        self._clock = clock
        self._on_no_room = on_no_room
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._asked: SessionFiles | None = None
        self._watch: SensorWatch | None = None
        self._lost: Counter[str] = Counter()
        self._told: Counter[str] = Counter()  # losses that are in the log
        self._counting = threading.Lock()
        self._synced_s = 0.0
        self._room = Room.ENOUGH
        self.files: SessionFiles | None = None
        self.disk_look = DiskLook()
        self.problem: RecordingError | None = None
        self.manifest: RecordingManifest | None = None
        self.is_over = False
        self.notes: tuple[str, ...] = ()
        self.ends_in_order = True

    @property
    def fill(self) -> float:
        """How full the queue is, 0 to 1."""
        return self._items.fill

    @property
    def lost(self) -> Mapping[str, int]:
        """Items of each stream that found no room, since the beginning."""
        with self._counting:
            return dict(self._lost)

    def start(self) -> None:
        """Begin to take items out of the queue."""
        self._thread.start()

    def begin(self, files: SessionFiles, watch: SensorWatch | None) -> None:
        """Write what was kept, and everything from now on, into these files; from any thread."""
        self._synced_s = self._clock.now()
        self._watch = watch
        self._asked = files

    def put(self, item: RecordedItem) -> bool:
        """Queue an item; False when there was no room, or it is over. Never waits; from any thread."""
        return self._items.put((self._clock.now(), item))

    def count_lost(self, stream: str) -> None:
        """Count an item of a stream that found no room somewhere; from any thread."""
        with self._counting:
            self._lost[stream] += 1

    def close(self) -> None:
        """Take nothing more; what waits is written, and the session completed."""
        self._items.close()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        """Write what comes until it ends, and end the session whatever happens."""
        try:
            while not self._items.finished:
                entry = self._items.take(TAKE_S)
                self._begin_if_asked()
                if entry is not None and self.files is not None:
                    self.files.write(entry[1])
                elif entry is not None:
                    self._past.append(*entry)
                self._see_to_it()
            self._begin_if_asked()
            self._complete()
        except RecordingError as error:
            self.problem = self.problem or error
        except BaseException as error:
            self.problem = unexpected(error)
            raise
        finally:
            self._items.close()
            self._let_go()
            self.is_over = True

    def _begin_if_asked(self) -> None:
        if self.files is None and self._asked is not None:
            for item in self._past.take_all():
                self._asked.write(item)
            self.files = self._asked

    def _see_to_it(self) -> None:
        files, now_s = self.files, self._clock.now()
        if files is None or now_s - self._synced_s < self._sync_every_s:
            return
        self._synced_s = now_s
        files.sync()
        self._tell_losses(files)
        for kind, details in self._watch.look() if self._watch is not None else ():
            files.write(Event(self._now_ns(), kind, details))
        self._look_at_disk(files)

    def _look_at_disk(self, files: SessionFiles) -> None:
        room, free = self._disk.look(files.folder)
        warning = ""
        if room is not Room.ENOUGH:
            stop_gb = self._disk.stop_below / _GB
            warning = f"Only {free / _GB:.1f} GB are free on the disk; the recording ends below {stop_gb:.0f} GB."
        self.disk_look = DiskLook(files.n_bytes, free, warning)
        if room <= self._room:
            return
        if self._room < Room.NONE <= room:
            self.notes = (*self.notes, f"The recording was ended because only {free / _GB:.1f} GB were free.")
        self._room = room
        files.write(Event(self._now_ns(), "disk", {"free_gb": round(free / _GB, 2)}))
        if room >= Room.NONE:
            self._on_no_room(room)

    def _tell_losses(self, files: SessionFiles) -> None:
        with self._counting:
            new = self._lost - self._told
            self._told = self._lost.copy()
        for stream, n in new.items():
            files.write(Event(self._now_ns(), "overflow", {"stream": stream, "n": n}))

    def _complete(self) -> None:
        if self.files is None:
            return
        self._tell_losses(self.files)
        problem = () if self.problem is None else (str(self.problem),)
        is_complete = self.ends_in_order and self.problem is None
        self.files.finish((*self.notes, *problem), self.lost, complete=is_complete)
        self.disk_look = DiskLook(self.files.n_bytes, self.disk_look.free_bytes, self.disk_look.warning)
        self.manifest = self.files.manifest

    def _let_go(self) -> None:
        """Close what the disk refused to complete; it can be repaired from now on."""
        files = self.files or self._asked
        if files is not None and self.manifest is None:
            with suppress(RecordingError, OSError):  # the first error is the one to show
                files.close()
            with suppress(OSError):
                release(files.folder)

    def _now_ns(self) -> int:
        return round(self._clock.now() * 1e9)


def unexpected(error: BaseException) -> RecordingError:
    """Return an error that nobody has foreseen as one with advice."""
    return RecordingError(
        f"The recording ended in an unexpected way: {type(error).__name__} {error}.",
        "What was written until then can be repaired; please report it with the output of `mia doctor`.",
    )
