"""What `mia export --to mia` says of the windows that it wrote in the published layout: its `windows.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.channel_names import checked_channels
from mia_core.dataset.window_set import WindowSetAbout, WindowSetError
from mia_core.samples import STEP_S

WINDOWS: Final = "windows.json"
PROVENANCE_OF: Final[Mapping[str, str]] = {"measured": "recorded", "simulated": "simulated"}
"""What a session says of its sEMG, and what a set says."""
_NO_MORE_STEPS: Final = 1 << 30
_ADVICE: Final = "Export the sessions again with `mia export --to mia`."


@dataclass(frozen=True, slots=True)
class ExportedWindow:
    """One window.

    Attributes:
        session: From which session.
        first_step: Where it begins there.
        picture_px: Width and height of the picture.
        emg: `measured` or `simulated`.
        units: Of the channels.
    """

    session: str
    first_step: int
    picture_px: tuple[int, int]
    emg: str
    units: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> ExportedWindow:
        """Read an entry; ValueError, KeyError or TypeError where it is none."""
        width, height = (int(length) for length in told["image_size_px"])
        first_step = round(float(told["start_s"]) / STEP_S)
        if width <= 0 or height <= 0 or not 0 <= first_step < _NO_MORE_STEPS:
            raise ValueError(f"a picture of {width} x {height} at {told['start_s']} s")
        units = tuple(str(unit) for unit in told["units"])
        return cls(str(told["session"]), first_step, (width, height), str(told["emg"]), units)


@dataclass(frozen=True, slots=True)
class ExportedWindows:
    """The content of `windows.json`.

    Attributes:
        about: What the windows are.
        subjects: Who `SubjectN` is.
        windows: The windows by their names, from the part on.
    """

    about: WindowSetAbout
    subjects: Mapping[str, str]
    windows: Mapping[str, ExportedWindow]

    @classmethod
    def beside(cls, root: Path) -> ExportedWindows | None:
        """Read what lies beside or in the folder that holds `train` and `val`; None for published data.

        Raises:
            WindowSetError: It can't be read, names channels that are no muscles, or mixes what can't be mixed.
        """
        path = next((place / WINDOWS for place in (root, root.parent) if (place / WINDOWS).is_file()), None)
        if path is None:
            return None
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            channels = checked_channels(told["channels"], str(path))
            windows = {"/".join(str(each["path"]).split("/")[-4:]): ExportedWindow.of(each) for each in told["windows"]}
            subjects = {str(number): str(name) for number, name in told["subjects"].items()}
            kinds = sorted({window.emg for window in windows.values()})
            units = sorted({unit for window in windows.values() for unit in window.units})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise WindowSetError(path, "what `mia export` wrote", f"something else ({error!r})", _ADVICE) from error
        apart = "Export and import them apart."
        if len(kinds) != 1 or kinds[0] not in PROVENANCE_OF:
            raise WindowSetError(path, "sEMG either measured or simulated", " and ".join(kinds) or "none", apart)
        if len(units) != 1:
            raise WindowSetError(path, "one unit of all channels", " and ".join(units), apart)
        aspect = one_aspect(window.picture_px for window in windows.values())
        about = WindowSetAbout((), (), channels, units[0], PROVENANCE_OF[kinds[0]], "mia-live", picture_aspect=aspect)
        return cls(about, subjects, windows)

    def subject(self, folder: str) -> str:
        """Return who the folder `SubjectN` is."""
        return self.subjects.get(folder, folder)

    def window(self, name: str) -> ExportedWindow:
        """Return what is known of a window.

        Raises:
            WindowSetError: It is not listed.
        """
        if name not in self.windows:
            raise WindowSetError(name, f"an entry in {WINDOWS}", "none", _ADVICE)
        return self.windows[name]

    def times(self, names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return first steps (n,) of windows, and (n,) whether each begins another session than the one before."""
        windows = [self.window(name) for name in names]
        breaks = [i > 0 and windows[i].session != windows[i - 1].session for i in range(len(windows))]
        return np.array([window.first_step for window in windows], np.int64), np.array(breaks, np.bool_)


def one_aspect(sizes_px: Iterable[tuple[int, int]]) -> float | None:
    """Return width over height of pictures that have one shape, to a percent; None where they differ or are empty."""
    aspects = {width / height if min(width, height) > 0 else 0.0 for width, height in sizes_px}
    alike = aspects and min(aspects) > 0 and max(aspects) <= 1.01 * min(aspects)
    return min(aspects) if alike else None
