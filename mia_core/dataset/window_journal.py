"""What of a set of windows is written so far: a line for each recording, so that an interrupted writer can go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from mia_core.dataset.window_block import Skipped, WindowBlock


class WindowJournal:
    """The journal of a set that is being written; `begin` and `resume` make one.

    Attributes:
        rows: Windows so far.
        names_bytes: Length of the text of their names.
        recordings: Recordings so far.
        subjects: Names in the order of their numbers.
        exercises: Names in the order of their numbers.
        blocks: Hash of the source of every block, by its name.
        skipped: What was left out.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.rows = self.names_bytes = self.recordings = 0
        self.subjects: list[str] = []
        self.exercises: list[str] = []
        self.blocks: dict[str, str] = {}
        self.skipped: list[Skipped] = []

    @classmethod
    def begin(cls, path: Path, plan: Mapping[str, Any]) -> WindowJournal:
        """Begin a journal of what `plan` says.

        Raises:
            OSError: It can't be written.
        """
        journal = cls(path.open("wb"))
        journal._write(plan)
        return journal

    @classmethod
    def resume(cls, path: Path, plan: Mapping[str, Any]) -> WindowJournal | None:
        """Read a journal and go on with it; None without one, or when it is of something else than `plan` says.

        A torn last line, which a killed writer leaves, is cut off. A folder with links in it was made by somebody else:
        what is written there would land outside.
        """
        try:
            if any(entry.is_symlink() for entry in (path.parent, *path.parent.iterdir())):
                return None
            file = path.open("r+b")
        except OSError:
            return None
        journal = cls(file)
        try:
            if json.loads(file.readline()) == json.loads(json.dumps(plan)):
                whole = file.tell()
                while (line := file.readline()).endswith(b"\n"):
                    journal._count(**json.loads(line))
                    whole = file.tell()
                file.seek(whole)
                file.truncate()
                return journal
        except (OSError, ValueError, TypeError, RecursionError):
            pass  # damaged: what follows begins anew
        file.close()
        return None

    def add(self, block: WindowBlock, names_bytes: int) -> None:
        """Note that a block is written.

        Raises:
            OSError: It can't be noted.
        """
        line: dict[str, Any] = {
            "name": block.name,
            "subject": block.subject,
            "exercise": block.exercise,
            "windows": len(block),
            "recordings": block.n_recordings,
            "names_bytes": names_bytes,
            "sha256": block.sha256,
            "skipped": [asdict(skipped) for skipped in block.skipped],
        }
        self._write(line)
        self._count(**line)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()

    def _count(
        self,
        *,
        name: str,
        subject: str,
        exercise: str,
        windows: int,
        recordings: int,
        names_bytes: int,
        sha256: str,
        skipped: list[dict[str, str]],
    ) -> None:
        self.rows += windows
        self.recordings += recordings
        self.names_bytes += names_bytes
        self.blocks[name] = sha256
        self.skipped += [Skipped(**each) for each in skipped]
        for names, one in ((self.subjects, subject), (self.exercises, exercise)):
            if windows and one not in names:
                names.append(one)
