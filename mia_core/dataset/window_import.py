"""From any source to a stored set of windows: resumable, and with a report of what was found and what was left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from mia_core.dataset.window_block import Skipped, WindowBlock
from mia_core.dataset.window_set import WindowSet, WindowSetAbout, WindowSetError
from mia_core.dataset.window_set_writer import WindowSetWriter

BROKEN_SHARE: Final = 0.05
"""A source of which more than this share of the windows is broken is refused: it was not copied whole, or is of another
layout. Fewer are left out and told."""


class WindowSource(Protocol):
    """Something windows can be read from, opened and checked as far as its table of contents goes."""

    @property
    def about(self) -> WindowSetAbout:
        """What the windows are, but for subjects, exercises and hashes."""

    @property
    def has_joints(self) -> bool:
        """Whether there are 3-D joints."""

    @property
    def n_windows(self) -> int:
        """How many windows there should be."""

    @property
    def fingerprint(self) -> str:
        """Of the table of contents: an interrupted import is gone on with only while it is the same."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What somebody who uses the windows has to know, one sentence each."""

    @property
    def tolerates_breaks(self) -> bool:
        """Whether any number of windows may be left out, as from a recording in which the person is not always seen."""

    def blocks(self, done: Collection[str]) -> Iterator[WindowBlock]:
        """Read the recordings, except for those whose names are in `done`.

        Raises:
            MiaError: The source can't be read at all.
        """


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is.

    Attributes:
        done: Windows read or left out, those of interrupted runs included.
        total: Windows in all.
        doing: The recording that was read last.
    """

    done: int
    total: int
    doing: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import; also in the set's folder as `import.json`.

    Attributes:
        layout: Which layout was read.
        windows: How many windows are in the set.
        minutes: Minutes of recording, overlaps counted once.
        counts: Windows by subject and exercise.
        strides: Steps from one window to the next, by subject: the usual number.
        skipped: What was left out, and why.
        notes: What somebody who uses the windows has to know.
        sha256: Hash of the set's content.
    """

    layout: str
    windows: int
    minutes: float
    counts: dict[str, dict[str, int]]
    strides: dict[str, int]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    sha256: str = ""

    def as_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(asdict(self), indent=2)


def import_windows(
    source: WindowSource,
    out: Path,
    progress: Callable[[ImportProgress], None] = lambda _state: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ImportReport | None:
    """Read all windows of a source into a new set.

    Args:
        source: Where from.
        out: The folder, `NAME.windows`; it appears when it is whole, and an interrupted one is gone on with.
        progress: Called after every recording.
        should_stop: Asked after every recording; True leaves what was read for the next time.

    Returns:
        What was read, or None when it was stopped.

    Raises:
        WindowSetWriteError: There is no usable window, or the set can't be written.
        WindowSetError: Too many windows are broken.
        MiaError: The source can't be read.
    """
    total = source.n_windows
    at_most = total if source.tolerates_breaks else max(1, int(BROKEN_SHARE * total))
    writer = WindowSetWriter(out, source.about, has_joints=source.has_joints, fingerprint=source.fingerprint)
    with writer:
        progress(_progress(writer, total, ""))
        for block in source.blocks(writer.written):
            writer.append(block)
            skipped = writer.skipped
            if len(skipped) > at_most:
                writer.discard()  # else a source that was put right would still count as broken
                raise WindowSetError(
                    skipped[0].what,
                    f"at most {at_most} broken windows of {total}",
                    f"more, this first: {skipped[0].why}",
                    "Check that it was copied whole and is of this layout (--layout).",
                )
            progress(_progress(writer, total, block.name))
            if should_stop():
                return None
        return _finished(writer, source)


def _progress(writer: WindowSetWriter, total: int, doing: str) -> ImportProgress:
    return ImportProgress(min(writer.n_windows + len(writer.skipped), total), total, doing)


def _finished(writer: WindowSetWriter, source: WindowSource) -> ImportReport:
    windows = writer.finish(lambda found: asdict(_report(found, source, writer.skipped)))
    return _report(windows, source, writer.skipped)


def _report(windows: WindowSet, source: WindowSource, skipped: tuple[Skipped, ...]) -> ImportReport:
    about = windows.about
    return ImportReport(
        about.layout,
        len(windows),
        round(windows.minutes, 3),
        counts_of(windows),
        {name: _usual_stride(windows, number) for number, name in enumerate(about.subjects)},
        skipped,
        source.notes,
        about.sha256,
    )


def counts_of(windows: WindowSet) -> dict[str, dict[str, int]]:
    """Return how many windows each subject has of each exercise, in alphabetical order."""
    about = windows.about
    counted = Counter(zip(windows.subject.tolist(), windows.exercise.tolist(), strict=True))
    counts: dict[str, dict[str, int]] = {name: {} for name in sorted(about.subjects)}
    for (subject, exercise), n in sorted(counted.items(), key=lambda item: about.exercises[item[0][1]]):
        counts[about.subjects[subject]][about.exercises[exercise]] = n
    return counts


def _usual_stride(windows: WindowSet, subject: int) -> int:
    """Return the most frequent distance of neighbouring windows of a subject, in steps; 0 without any neighbours."""
    rows: Any = np.flatnonzero(windows.subject == subject)
    rows = rows[np.lexsort((windows.start_step[rows], windows.recording[rows]))]
    together = np.diff(windows.recording[rows]) == 0
    distances, counts = np.unique(np.diff(windows.start_step[rows])[together], return_counts=True)
    return int(distances[counts.argmax()]) if len(distances) else 0
