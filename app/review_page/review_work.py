"""What takes long on the review page: reading a session, running a model on it, writing its video; on threads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.background_task import BackgroundTask, Work
from app.review_page.reviewed_session import ReviewedSession, Track, run_model
from app.review_page.task_strip import TaskStrip
from mia_core.models.activation_model import ActivationModel

POLL_MS: Final = 50
_LET_GO_S: Final = 2.0


class ReviewWork(QObject):
    """At most one session is read, and one model run or one video written, at a time.

    Args:
        strip: Shows how a model or a video comes on.
        load_model: Loads a model by its name or path; slow.

    Signals:
        read: A session has been read.
        judged: A model has said its track.
        written: A video is in this file.
        stopped: What ran was stopped before its end.
        failed: Reading, running or writing ended with this error.
    """

    read = Signal(object)
    judged = Signal(object)
    written = Signal(object)
    stopped = Signal()
    failed = Signal(object)

    def __init__(self, strip: TaskStrip, load_model: Callable[[str], ActivationModel]) -> None:
        super().__init__()
        self.load_model = load_model
        self._strip = strip
        self._loading: BackgroundTask[ReviewedSession] | None = None
        self._next: Path | None = None  # another session that was asked for meanwhile
        self._running: BackgroundTask[Track | Path | None] | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.follow)
        strip.stopped.connect(self.stop)

    @property
    def is_busy(self) -> bool:
        """Whether something is being read, computed or written."""
        return self._loading is not None or self.runs

    @property
    def runs(self) -> bool:
        """Whether a model or a video is under way."""
        return self._running is not None

    def load(self, folder: Path) -> None:
        """Read a session; asked for while another is being read, it is read instead of that."""
        if self._loading is not None:
            self._next = folder
            return
        self._loading = BackgroundTask("reading a session", lambda _work: ReviewedSession.load(folder))
        self._poll.start()

    def run_model(self, session: ReviewedSession, name: str) -> None:
        """Let a model judge the stored poses."""

        def work(task: Work) -> Track | Path | None:
            task.report(0.0, f"Loading {Path(name).name} …")
            model = self.load_model(name)
            doing = f"Running {model.card.name}"
            return run_model(session, model, lambda share: task.report(share, doing), task.is_cancelled)

        self._begin("running a model", work)

    def write(self, write: Callable[[Work], Path | None]) -> None:
        """Write a video, as `write_overlay` does; it returns where, None when it was stopped."""
        self._begin("writing a video", write)

    def stop(self) -> None:
        """Stop the model or the video."""
        if self._running is not None:
            self._running.cancel()
            self.follow()

    def let_go(self) -> None:
        """Stop the model or the video, which may be reading the session, and wait for its end."""
        if self._running is not None:
            self._running.cancel()
            self._running.wait(_LET_GO_S)

    def follow(self) -> None:
        """Take over what threads have done; called while one runs."""
        loading, running = self._loading, self._running
        if loading is not None and not loading.is_running:
            self._loading = None
            self._take(loading)
        if running is not None:
            if running.is_running:
                self._strip.show_progress(running.doing, running.share, stops=running.is_cancelled())
            else:
                self._running = None
                self._strip.hide()
                self._hand_over(running)
        if not self.is_busy:
            self._poll.stop()

    def close(self, timeout_s: float) -> bool:
        """End all threads; return whether they ended in time."""
        self._poll.stop()
        tasks = [task for task in (self._loading, self._running) if task is not None]
        for task in tasks:
            task.cancel()
        have_ended = [task.wait(timeout_s) for task in tasks]
        if self._loading is not None and self._loading.result is not None:
            self._loading.result.close()
        return all(have_ended)

    def _begin(self, name: str, work: Callable[[Work], Track | Path | None]) -> None:
        self._running = BackgroundTask(name, work)
        self._poll.start()
        self.follow()

    def _take(self, loading: BackgroundTask[ReviewedSession]) -> None:
        """Hand over what was read, unless another session was asked for since: then read that."""
        session, wanted, self._next = loading.result, self._next, None
        if wanted is not None:
            if session is not None:
                session.close()
            self.load(wanted)
        elif session is not None:
            self.read.emit(session)
        else:
            self.failed.emit(loading.error)

    def _hand_over(self, task: BackgroundTask[Track | Path | None]) -> None:
        done = task.result
        if task.error is not None:
            self.failed.emit(task.error)
        elif isinstance(done, Path):
            self.written.emit(done)
        elif isinstance(done, Track):
            self.judged.emit(done)
        else:
            self.stopped.emit()
