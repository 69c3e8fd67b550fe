"""The layout of the paper's first version: a text file with one window in each line, and VIBE's output of each video.

A line has 17 fields for each of 30 steps, all with commas between: the folder of the video's pictures, the path of
VIBE's output, the numbers of three pictures and of three poses, and nine values of sEMG, of which eight are used. Of
every three poses, the first is the step's. The steps are 0.1 s apart, the videos have 30 pictures a second.

A line that can't be read, or that names a pose that is not there, is left out and told; more than a few of them are an
error, and so is a path that leads out of the folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.channel_names import FIRST_VERSION_CHANNELS, FIRST_VERSION_FILE_CHANNELS
from mia_core.dataset.first_version_videos import VIDEOS, VideoNames, stem
from mia_core.dataset.npy_file import BrokenWindowError
from mia_core.dataset.vibe_output import VibeOutput
from mia_core.dataset.window_block import Skipped, WindowBlock
from mia_core.dataset.window_set import NO_PART, TRAIN, VAL, WindowSetAbout, WindowSetError
from mia_core.samples import WINDOW_STEPS

LAYOUT: Final = "first_version"
_FIELDS_PER_STEP: Final = 17
_N_FIELDS: Final = _FIELDS_PER_STEP * WINDOW_STEPS
_POSE, _EMG = 5, 8  # places of the first pose and the first value of sEMG in the fields of a step
_FRAMES_PER_STEP: Final = 3
_FROM_FILE: Final = [FIRST_VERSION_FILE_CHANNELS.index(name) for name in FIRST_VERSION_CHANNELS]
_ADVICE: Final = "Give the folder that holds train.txt or val.txt and VIBE's output, or these text files."


@dataclass(frozen=True, slots=True)
class _Line:
    """One window in a text file."""

    text: Path
    number: int
    part: int
    content: str
    video: str
    output: str

    @property
    def place(self) -> str:
        return f"{self.text.name}:{self.number}"


@dataclass(frozen=True, slots=True)
class _Window:
    """What a line says, checked."""

    line: _Line
    frames: NDArray[np.intp]
    emg: NDArray[np.float64]


class FirstVersionSource:
    """Text files of windows in one folder, with VIBE's output below it: see `WindowSource`.

    Who is seen doing what in a video is known for some of the published ones; `videos.json` in the folder says it of
    others: `{"IMG_2403": {"subject": "b", "exercise": "squat"}}`.

    Args:
        paths: The folder, or text files in one folder; a file is of the part that its name begins with.

    Raises:
        WindowSetError: It is of another layout, or a line names a path outside of the folder.
    """

    tolerates_breaks = False
    has_joints = True

    def __init__(self, paths: Sequence[Path]) -> None:
        texts = texts_in(paths)
        if not texts or len({text.parent.resolve() for text in texts}) != 1:
            raise WindowSetError(paths[0], "train.txt and val.txt in one folder", f"{len(texts)} such files", _ADVICE)
        self._root = texts[0].parent
        self._videos = VideoNames.load(self._root / VIDEOS)
        self._lines = [line for text in texts for line in _lines_of(text)]
        if not self._lines:
            raise WindowSetError(texts[0], "a window in each line", "no line", _ADVICE)
        self._outputs = {line.video: self._output_of(line) for line in self._lines}
        self.n_windows = len(self._lines)
        self.about = WindowSetAbout((), (), FIRST_VERSION_CHANNELS, "counts", "published", LAYOUT)
        digest = hashlib.sha256(f"{self._root.resolve()} {sorted(self._videos.told.items())}".encode())
        for line in self._lines:
            digest.update(f"{line.place} {line.content}".encode())
        self.fingerprint = digest.hexdigest()

    @property
    def notes(self) -> tuple[str, ...]:
        """See `WindowSource`."""
        unknown = sorted(video for video in self._outputs if not self._videos.exercise(video))
        if not unknown:
            return ()
        return (
            f"What is done in {len(unknown)} of {len(self._outputs)} videos is published nowhere ({unknown[0]}): "
            f"each is an exercise of its own; {VIDEOS} can say it.",
        )

    def blocks(self, done: Collection[str]) -> Iterator[WindowBlock]:
        """Read the videos: see `WindowSource`."""
        for video in sorted(self._outputs):
            if video not in done:
                yield self._block(video, [line for line in self._lines if line.video == video])

    def _block(self, video: str, lines: Sequence[_Line]) -> WindowBlock:
        output = VibeOutput.load(self._outputs[video])
        windows: list[_Window] = []
        skipped: list[Skipped] = []
        seen: set[int] = set()
        for line in lines:
            try:
                window = _parsed(line, len(output))
                if int(window.frames[0]) in seen:
                    raise BrokenWindowError("expected every window once, got one that was listed before.")
                if not np.isfinite(output.keypoints(window.frames)).all():
                    raise BrokenWindowError("expected finite keypoints, got others: VIBE's output has NaN or zeros.")
            except BrokenWindowError as error:
                skipped.append(Skipped(line.place, str(error)))
                continue
            seen.add(int(window.frames[0]))
            windows.append(window)
        windows.sort(key=lambda window: int(window.frames[0]))
        frames = np.array([window.frames for window in windows], np.intp).reshape(-1, WINDOW_STEPS)
        emg = np.array([window.emg for window in windows], np.float64).reshape(-1, WINDOW_STEPS, len(_FROM_FILE))
        keypoints, joints = output.keypoints(frames), output.joints_m[frames]
        digest = hashlib.sha256()
        for array in (frames, emg, keypoints, joints):
            digest.update(np.ascontiguousarray(array).tobytes())
        return WindowBlock(
            video,
            self._videos.subject(video),
            self._videos.exercise(video) or stem(video),
            keypoints=keypoints.astype(np.float32),
            emg=emg.astype(np.float32),
            joints=joints.astype(np.float32),
            start_step=(frames[:, 0] // _FRAMES_PER_STEP).astype(np.int32),
            part=np.array([window.line.part for window in windows], np.int8),
            names=tuple(window.line.place for window in windows),
            skipped=tuple(skipped),
            sha256=digest.hexdigest(),
        )

    def _output_of(self, line: _Line) -> Path:
        """Return where VIBE's output of a line's video is, inside the folder."""
        path = (self._root / line.output).with_suffix(".npz")
        if "\0" in line.output or not path.resolve().is_relative_to(self._root.resolve()):
            raise WindowSetError(f"{line.text}:{line.number}", f"a path inside {self._root}", repr(line.output))
        return path


def texts_in(paths: Sequence[Path]) -> list[Path]:
    """Return the text files of windows among paths: themselves, or `train.txt` and `val.txt` of a folder."""
    if len(paths) == 1 and paths[0].is_dir():
        return [text for text in (paths[0] / "train.txt", paths[0] / "val.txt") if text.is_file()]
    return [path for path in paths if path.suffix == ".txt" and path.is_file()]


def is_window_text(path: Path) -> bool:
    """Return whether a text file begins with a window of this layout."""
    try:
        with path.open(encoding="utf-8") as file:
            return len(file.readline(1 << 16).split(",")) == _N_FIELDS
    except (OSError, ValueError):
        return False


def _lines_of(text: Path) -> Iterator[_Line]:
    part = TRAIN if text.name.startswith("train") else VAL if text.name.startswith(("val", "test")) else NO_PART
    try:
        lines = text.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise WindowSetError(text, "text with a window in each line", f"something else ({error})", _ADVICE) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        pictures, _, rest = line.partition(",")
        video, output = pictures.strip().rstrip("/").split("/")[-1], rest.partition(",")[0].strip()
        if not video or not output:
            raise WindowSetError(f"{text}:{number}", "two paths and the steps of a window", repr(line[:60]), _ADVICE)
        yield _Line(text, number, part, line.strip(), video, output)


def _parsed(line: _Line, n_frames: int) -> _Window:
    """Read the numbers of a line.

    Raises:
        BrokenWindowError: They are not those of a window.
    """
    fields = tuple(field.strip() for field in line.content.split(","))
    if len(fields) != _N_FIELDS:
        raise BrokenWindowError(f"expected {_N_FIELDS} fields, got {len(fields)}.")
    steps = [fields[first : first + _FIELDS_PER_STEP] for first in range(0, _N_FIELDS, _FIELDS_PER_STEP)]
    if other := next((step[:2] for step in steps if step[:2] != fields[:2]), None):
        raise BrokenWindowError(f"expected one video, got {fields[0]} and {other[0]}.")
    try:
        frames = np.array([int(step[_POSE].split("/")[-1]) for step in steps], np.intp)
        emg = np.array([[float(step[_EMG + place]) for place in _FROM_FILE] for step in steps])
    except (ValueError, OverflowError) as error:
        raise BrokenWindowError(f"expected numbers, got {error}.") from error
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(emg.astype(np.float32)).all()
    if not is_finite:
        raise BrokenWindowError("expected finite sEMG, got NaN, infinite or far too large values.")
    if frames.min() < 0 or frames.max() >= n_frames or (np.diff(frames) <= 0).any():
        raise BrokenWindowError(
            f"expected ascending poses of 0 to {n_frames - 1}, got {frames[0]} to {frames[-1]}, {frames.max()} at most."
        )
    return _Window(line, frames, emg)
