"""Writes a set of windows, one recording after another; what was interrupted goes on after the last whole recording."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_block import Skipped, WindowBlock
from mia_core.dataset.window_content import content_sha256
from mia_core.dataset.window_journal import WindowJournal
from mia_core.dataset.window_set import (
    ABOUT,
    NAMES,
    WindowSet,
    WindowSetAbout,
    WindowSetError,
    about_json,
    open_window_set,
    row_shapes,
)
from mia_core.errors import MiaError
from mia_core.samples import WINDOW_STEPS
from mia_core.whole_file import whole_file

REPORT: Final = "import.json"
_JOURNAL: Final = "journal.jsonl"


class WindowSetWriteError(MiaError):
    """Windows can't be written where they were asked for."""


class WindowSetWriter:
    """Writes `path`, a folder that appears whole or not at all.

    Until `finish`, everything is in `NAME.windows.partial`. A writer that finds one for the same `about` and the same
    `fingerprint` goes on with it, and says in `written` which blocks it holds; any other one is begun anew.

    Args:
        path: The folder, `NAME.windows`.
        about: What the windows are; subjects, exercises and hashes are filled in here.
        has_joints: Whether there are 3-D joints.
        n_steps: Steps in a window.
        fingerprint: Of the source, so that blocks of another one are not mixed in.

    Raises:
        WindowSetWriteError: The folder exists already, or nothing can be written there.
    """

    def __init__(
        self,
        path: Path,
        about: WindowSetAbout,
        *,
        has_joints: bool = False,
        n_steps: int = WINDOW_STEPS,
        fingerprint: str = "",
    ) -> None:
        if path.exists():
            raise WindowSetWriteError(f"{path} exists already.", "Choose another name, or remove it first.")
        self._path, self._partial = path, path.with_name(path.name + ".partial")
        self._about = replace(about, subjects=(), exercises=(), source_sha256="", sha256="")
        shapes = row_shapes(n_steps, len(about.channels))
        self._shapes = {name: told for name, told in shapes.items() if name != "joints" or has_joints}
        self._plan = {"about": self._about.told(), "joints": has_joints, "steps": n_steps, "source": fingerprint}
        self._files: dict[str, BinaryIO] = {}
        resumed = WindowJournal.resume(self._partial / _JOURNAL, self._plan)
        if resumed is not None and not self._holds(resumed):
            resumed.close()
            resumed = None
        try:
            if resumed is None:
                shutil.rmtree(self._partial, ignore_errors=True)
                self._partial.mkdir(parents=True)
            self._open_files(resumed)
            self._journal = resumed or WindowJournal.begin(self._partial / _JOURNAL, self._plan)
        except OSError as error:
            self._close_files()
            if resumed is not None:
                resumed.close()
            raise _cannot_write(self._partial, error) from error

    @property
    def written(self) -> frozenset[str]:
        """Names of the blocks that are in the set, those of interrupted runs among them."""
        return frozenset(self._journal.blocks)

    @property
    def n_windows(self) -> int:
        """How many windows are in the set."""
        return self._journal.rows

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out, by interrupted runs too."""
        return tuple(self._journal.skipped)

    def append(self, block: WindowBlock) -> None:
        """Write one recording; it counts once it is whole.

        Raises:
            WindowSetError: Its arrays do not fit the set, or hold NaN or infinite values.
            WindowSetWriteError: The disk is full, or the like.
            ValueError: The block was written already.
        """
        if block.name in self._journal.blocks:
            raise ValueError(f"{block.name} was written already")
        content = {f"{name}.npy": rows.tobytes() for name, rows in self._rows_of(block).items()}
        names = block.names or tuple(f"{block.name}/{number}" for number in range(len(block)))
        if len(names) != len(block) or any(len(name.splitlines()) != 1 for name in names):
            raise WindowSetError(block.name, f"{len(block)} names in one line each", f"{len(names)} names")
        content[NAMES] = "".join(f"{name}\n" for name in names).encode()
        try:
            for name, file in self._files.items():
                file.write(content[name])
                file.flush()
            self._journal.add(block, len(content[NAMES]))
        except OSError as error:
            raise _cannot_write(self._partial, error) from error

    def finish(self, report: Callable[[WindowSet], Mapping[str, Any]] | None = None) -> WindowSet:
        """Make the set appear under its name and open it.

        Args:
            report: Makes what is written beside it as `import.json`.

        Raises:
            WindowSetWriteError: There is not a single window, or it can't be written.
            WindowSetError: What was written does not fit together.
        """
        if not self.n_windows:
            self.discard()
            reasons = "; ".join(dict.fromkeys(each.why for each in self.skipped[:3]))
            raise WindowSetWriteError(
                f"There is no usable window for {self._path.name}." + (f" {reasons}" if reasons else ""),
                "Check the source; `mia dataset import --json` lists what was skipped and why.",
            )
        try:
            for name in self._shapes:
                self._files[f"{name}.npy"].seek(0)
                self._files[f"{name}.npy"].write(self._header(name, self.n_windows))
            self.close()
            about = self._whole_about()
            loaded: dict[str, Any] = {"joints": None}
            for name in self._shapes:
                loaded[name] = np.load(self._partial / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            windows = WindowSet(**loaded, about=about)
            if report is not None:
                _write_whole(self._partial / REPORT, json.dumps(report(windows), indent=2) + "\n")
            _write_whole(self._partial / ABOUT, about_json(windows))
            del loaded, windows  # some systems rename no folder with mapped files in it
            (self._partial / _JOURNAL).unlink()
            self._partial.rename(self._path)
        except OSError as error:
            raise _cannot_write(self._path, error) from error
        return open_window_set(self._path)

    def discard(self) -> None:
        """Remove what was written, so that the next writer begins anew."""
        self.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def close(self) -> None:
        """Close the files; what was written stays and can be gone on with."""
        self._close_files()
        self._journal.close()

    def _close_files(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows_of(self, block: WindowBlock) -> dict[str, NDArray[Any]]:
        """Return a block's rows of every array."""
        journal = self._journal
        subject, exercise = _place(journal.subjects, block.subject), _place(journal.exercises, block.exercise)
        return block.rows(self._shapes, subject, exercise, journal.recordings)

    def _whole_about(self) -> WindowSetAbout:
        """Return what the set is, with the hashes of source and content."""
        source = hashlib.sha256()
        for name, digest in sorted(self._journal.blocks.items()):
            source.update(f"{name} {digest}\n".encode())
        about = replace(
            self._about,
            subjects=tuple(self._journal.subjects),
            exercises=tuple(self._journal.exercises),
            source_sha256=source.hexdigest(),
        )
        return replace(about, sha256=content_sha256(self._partial, about, has_joints="joints" in self._shapes))

    def _open_files(self, resumed: WindowJournal | None) -> None:
        for name, size in self._sizes(resumed).items():
            file = (self._partial / name).open("w+b" if resumed is None else "r+b")
            self._files[name] = file
            if resumed is None and name != NAMES:
                file.write(self._header(name.removesuffix(".npy"), 0))
                file.flush()
            file.truncate(size)  # without a block that was being written when the run ended
            file.seek(0, 2)

    def _holds(self, journal: WindowJournal) -> bool:
        """Return whether the files are as long as a journal says."""
        paths = {self._partial / name: size for name, size in self._sizes(journal).items()}
        return all(path.is_file() and path.stat().st_size >= size for path, size in paths.items())

    def _sizes(self, journal: WindowJournal | None) -> dict[str, int]:
        """Return how many bytes every file has, by a journal; without one, at the beginning."""
        rows, names_bytes = (journal.rows, journal.names_bytes) if journal else (0, 0)
        sizes = {NAMES: names_bytes}
        for name, (kind, shape) in self._shapes.items():
            row = np.dtype(kind).itemsize * int(np.prod(shape, dtype=np.int64))
            sizes[f"{name}.npy"] = len(self._header(name, rows)) + rows * row
        return sizes

    def _header(self, name: str, rows: int) -> bytes:
        """Return the head of a `.npy` file, of the same length for any number of rows."""
        kind, shape = self._shapes[name]
        told = {"descr": np.dtype(kind).newbyteorder("<").str, "fortran_order": False, "shape": (rows, *shape)}
        text = repr(told).encode("latin1")
        return b"\x93NUMPY\x01\x00" + (_HEADER - 10).to_bytes(2, "little") + text.ljust(_HEADER - 11) + b"\n"


_HEADER: Final = 192
"""Bytes before the numbers of a `.npy` file: a multiple of 64, and room for any shape here."""


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _write_whole(path: Path, text: str) -> None:
    with whole_file(path) as file:
        file.write(text.encode())


def _cannot_write(path: Path, error: OSError) -> WindowSetWriteError:
    return WindowSetWriteError(
        f"{path} can't be written ({error.strerror or error}).", "Check that the folder exists and the disk has room."
    )
