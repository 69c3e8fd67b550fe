"""Drifts for made sessions."""

from __future__ import annotations

from pathlib import Path

from tests.export.made_sessions import ZERO_S


def stretch(path: Path, column: int, ppm: dict[str, float], key: int) -> None:
    """Let what a line's device sends arrive ever later: its clock is slower by so many millionths."""
    zero_ns, lines = round(ZERO_S * 1e9), []
    for line in path.read_text().splitlines():
        cells = line.split(",")
        if cells[column].isdigit():
            slower = ppm.get(cells[key], ppm.get("", 0.0))
            cells[column] = str(zero_ns + round((int(cells[column]) - zero_ns) * (1 + slower * 1e-6)))
        lines.append(",".join(cells))
    path.write_text("\n".join(lines) + "\n")
