"""The picture of an exercise, moving or standing still: a subject who sees it done need not read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImageReader, QMovie, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from mia_core.bundled import EXERCISE_CLIPS
from mia_core.recording.protocol import Trial

_LARGEST_PX: Final = 1200
"""Larger pictures are read smaller."""
_ROUND_PX: Final = 8.0


def picture_of(trial: Trial) -> Path | None:
    """Return the picture of a trial's exercise: the list's own, else the one that ships, None where there is none."""
    shipped = EXERCISE_CLIPS / f"{trial.exercise.name}.webp"
    return trial.picture or (shipped if shipped.is_file() else None)


class ExerciseClip(QWidget):
    """Paints a picture as large as its room allows.

    Without motion it is a clip's first frame, in which those that ship show the exercise at its height.
    """

    def __init__(self) -> None:
        super().__init__()
        self._path: Path | None = None
        self._movie: QMovie | None = None
        self._still = QPixmap()
        self.setMinimumSize(64, 64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to be seen."""
        return not self._shown().isNull()

    @property
    def is_moving(self) -> bool:
        """Whether the picture changes now."""
        return self._movie is not None and self._movie.state() is QMovie.MovieState.Running

    def show_picture(self, path: Path | None, name: str, *, moves: bool) -> None:
        """Show a picture; what can't be read as one is shown as nothing.

        Args:
            path: Its file, None for none.
            name: What is done, for those who hear the screen.
            moves: Whether it may move.
        """
        if path != self._path:
            self._load(path)
            self.setAccessibleName("" if path is None else f"Picture: {name}")
        if self._movie is not None and moves != self.is_moving:
            if moves and self._movie.state() is QMovie.MovieState.NotRunning:
                self._movie.start()
            self._movie.setPaused(not moves)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size in which a whole body is clear from some metres away."""
        return QSize(320, 320)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the present picture with round corners."""
        pixmap = self._shown()
        if pixmap.isNull():
            return
        size = pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF(
            (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
        )
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        edge = QPainterPath()
        edge.addRoundedRect(box, _ROUND_PX, _ROUND_PX)
        painter.setClipPath(edge)
        painter.drawPixmap(box, pixmap, QRectF(pixmap.rect()))
        painter.end()

    def _shown(self) -> QPixmap:
        movie = self._movie
        has_begun = movie is not None and movie.state() is not QMovie.MovieState.NotRunning
        return movie.currentPixmap() if movie is not None and has_begun else self._still

    def _load(self, path: Path | None) -> None:
        if self._movie is not None:
            self._movie.stop()
            self._movie.deleteLater()
        self._path, self._movie, self._still = path, None, QPixmap()
        if path is not None:
            reader = _reader(path)
            self._still = QPixmap.fromImage(reader.read())
            if reader.supportsAnimation() and reader.imageCount() > 1 and not self._still.isNull():
                self._movie = QMovie(str(path), parent=self)
                self._movie.frameChanged.connect(lambda _number: self.update())
                self._movie.finished.connect(self._movie.start)  # whatever the file says: until the trial is over
        self.update()


def _reader(path: Path) -> QImageReader:
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if max(size.width(), size.height()) > _LARGEST_PX:
        reader.setScaledSize(size.scaled(_LARGEST_PX, _LARGEST_PX, Qt.AspectRatioMode.KeepAspectRatio))
    return reader
