"""One array from a file that somebody else wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class BrokenWindowError(Exception):
    """A window can't be used; says which file, what was expected and what was got."""


def read_array(path: Path, wanted: tuple[tuple[int, ...], int]) -> NDArray[Any]:
    """Read one array of a window, without ever unpickling anything.

    Args:
        path: The file.
        wanted: The shape it must have, and how many entries of its second axis are used (all, where 0).

    Raises:
        BrokenWindowError: It is missing, is something else, or what is used of it is not finite.
    """
    shape, used = wanted
    try:
        mapped = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError as error:
        raise BrokenWindowError(f"expected {path.name}, got no such file.") from error
    except (OSError, ValueError, TypeError, OverflowError, EOFError) as error:
        raise BrokenWindowError(f"expected {path.name} to be an array of numbers, got {error}.") from error
    if mapped.shape != shape or mapped.dtype.kind not in "fiu":
        raise BrokenWindowError(f"expected {path.name} of {shape}, got {mapped.dtype.name} of {mapped.shape}.")
    values: NDArray[Any] = np.array(mapped[:, :used] if used else mapped)
    if not np.isfinite(values).all():
        raise BrokenWindowError(f"expected finite numbers in {path.name}, got NaN or infinite ones.")
    return values
