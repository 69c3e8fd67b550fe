"""JSON files of a session: read with suspicion, written in one piece."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Any, Final, NoReturn

from mia_core.whole_file import whole_file

MAX_BYTES: Final = 16_000_000
"""No honest manifest is larger."""


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        OSError: It can't be read.
        ValueError: It is a link, too large, not UTF-8, no JSON, holds a number that is none (NaN, 1e999), or no object.
    """
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name} is a link, no file, or missing")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is too large to be true")
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no object")
    return content


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file so that, whatever happens, the old one or the new one is there and whole.

    Raises:
        OSError: The disk is full or gone; the old one is still there.
        ValueError: A number is NaN or infinite.
    """
    text = json.dumps(content, indent=2, allow_nan=False) + "\n"
    with whole_file(path) as file:
        file.write(text.encode())


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
