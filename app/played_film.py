"""Which film is being played, and where it stands: what a session's replayed sEMG keeps step with."""

from __future__ import annotations

from pathlib import Path

from app.live_page.source_choice import SourceChoice, SourceKind
from mia_core.live.time_line import TimeLine


class PlayedFilm:
    """At most one; any thread may ask."""

    def __init__(self) -> None:
        self._played: tuple[Path, TimeLine] | None = None

    def follow(self, choice: SourceChoice, time_line: TimeLine) -> None:
        """Note what is watched from now on."""
        is_film = choice.kind is SourceKind.FILE
        self._played = (Path(choice.target).resolve(), time_line) if is_film else None

    def time_line_of(self, path: Path) -> TimeLine | None:
        """Return where a film stands, None while it is not the one that is watched."""
        played = self._played
        return played[1] if played is not None and played[0] == path.resolve() else None
