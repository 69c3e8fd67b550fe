"""One array from a file that somebody else wrote."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NPY_DAMAGE: Final = (
    *(OSError, ValueError, TypeError, OverflowError, EOFError),
    *(SyntaxError, TokenError, RecursionError, MemoryError),
)
"""What reading a damaged file can end with: its head is a Python expression, which numpy parses and does not run."""


class BrokenWindowError(Exception):
    """A window can't be used; says which file, what was expected and what was got."""


def read_array(path: Path, wanted: tuple[tuple[int, ...], int]) -> NDArray[Any]:
    """Read one array of a window, without ever unpickling anything.

    Args:
        path: The file.
        wanted: The shape it must have, and how many entries of its second axis are used (all, where 0).

    Raises:
        BrokenWindowError: It is missing, is something else, or what is used of it is not finite as float32.
    """
    shape, used = wanted
    try:
        mapped = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError as error:
        raise BrokenWindowError(f"expected {path.name}, got no such file.") from error
    except NPY_DAMAGE as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise BrokenWindowError(f"expected {path.name} to be an array of numbers, got {reason}.") from error
    if mapped.shape != shape or mapped.dtype.kind not in "fiu":
        raise BrokenWindowError(f"expected {path.name} of {shape}, got {mapped.dtype.name} of {mapped.shape}.")
    values: NDArray[Any] = np.array(mapped[:, :used] if used else mapped)
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(values.astype(np.float32)).all()
    if not is_finite:
        raise BrokenWindowError(f"expected finite numbers in {path.name}, got NaN, infinite or far too large ones.")
    return values
