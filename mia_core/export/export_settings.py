"""What is chosen when sessions are exported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from mia_core.errors import MiaError, MissingExtraError
from mia_core.samples import WINDOW_STEPS


class ExportError(MiaError):
    """A session can't be exported, or what is asked for can't be."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How sessions are exported.

    Attributes:
        stride_steps: Steps of 0.1 s from the begin of one window to that of the next, for formats of windows; 30 cuts
            them side by side, as most of the published data are.
        held_out_share: Share of each exercise's windows, the last ones in time, that go into `val`; in [0, 1).

    Raises:
        ExportError: A value is out of its range.
    """

    stride_steps: int = WINDOW_STEPS
    held_out_share: float = 0.2

    def __post_init__(self) -> None:
        if not 1 <= self.stride_steps <= 1000:
            raise ExportError("Windows can't be cut at such a stride.", "Use 1 to 1000 steps.")
        if not 0 <= self.held_out_share < 1:
            raise ExportError("Such a share of the windows can't be held out.", "Use 0 or more, and less than 1.")


def require_package(module: str, feature: str) -> None:
    """Refuse at once what would fail later.

    Args:
        module: What is imported, such as `pyarrow.parquet`.
        feature: What needs it, for people, such as `Parquet`.

    Raises:
        MissingExtraError: The optional package is not installed.
    """
    try:
        import_module(module)
    except ImportError as error:
        raise MissingExtraError(feature, "export") from error
