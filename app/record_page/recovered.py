"""Repairs, at the start, what was cut short before, and has it to tell once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.background_task import BackgroundTask, Work
from mia_core.errors import MiaError


@dataclass(frozen=True, slots=True)
class Repairs:
    """What was found.

    Attributes:
        repaired: Sessions that are whole again.
        failed: Sentences about sessions that can't be.
    """

    repaired: tuple[Path, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        """Title and text of what is to be told; empty for nothing."""
        if not self.repaired and not self.failed:
            return "", ""
        n = len(self.repaired)
        title = "A session that was cut short has been repaired" if n == 1 else f"{n} sessions have been repaired"
        if not n:
            title = "A session that was cut short can't be repaired"
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in self.repaired[:3])
        more = f" and {n - 3} more" if n > 3 else ""
        return title, " ".join(filter(None, (f"{names}{more}.".lstrip(".") if n else "", *self.failed[:1])))


class StartRepair:
    """Looks for unfinished sessions on a thread of its own; sessions that are being recorded are left alone.

    Args:
        recordings: Where all recordings are.
    """

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings
        self._is_told = False
        self._task = BackgroundTask("session-repair", self._look)

    def take(self) -> Repairs | None:
        """Return what was found, once; None while it looks, and afterwards."""
        if self._is_told or self._task.is_running:
            return None
        self._is_told = True
        return self._task.result or Repairs(failed=(str(self._task.error),))

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait for it; return whether it has ended."""
        return self._task.wait(timeout_s)

    def _look(self, _work: Work) -> Repairs:
        from mia_core.recording.recovery import recover_unfinished

        outcomes = recover_unfinished(self._recordings)
        failed = {folder: str(outcome) for folder, outcome in outcomes.items() if isinstance(outcome, MiaError)}
        repaired = tuple(folder for folder in outcomes if folder not in failed)
        return Repairs(repaired, tuple(failed.values()))
