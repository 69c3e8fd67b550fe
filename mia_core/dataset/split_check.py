"""Does anything of what judges a model leak into what it learns from?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mia_core.dataset.data_set_check import Finding, content_keys
from mia_core.dataset.splits import Split, overlapping
from mia_core.dataset.window_set import WindowSet


def check_split(windows: WindowSet, split: Split) -> tuple[Finding, ...]:
    """Look for leaks: by the times that the set states, and by what the windows hold.

    Raises:
        SplitError: The split is of other windows.
    """
    train, test = split.of(windows)
    return (*_leaks(windows, split), *_left_out(train, test, split.name))


def _leaks(windows: WindowSet, split: Split) -> Iterator[Finding]:
    is_test = np.zeros(len(windows), np.bool_)
    is_test[split.test] = True
    together = int(overlapping(windows, is_test)[split.train].sum())
    if together:
        yield Finding("leak", True, f"{together} windows that are learned from overlap in time with held-out ones.")
    keys = content_keys(windows)
    same = np.isin(keys[split.train], keys[split.test]).any(axis=1)
    if not together and same.any():
        yield Finding(
            "leak", True, f"{int(same.sum())} windows that are learned from hold moments that held-out ones hold too."
        )


def _left_out(train: WindowSet, test: WindowSet, name: str) -> Iterator[Finding]:
    """Yield who or what is on both sides though it should not be, and what is judged without having been learned."""
    about = test.about
    for kind, column, names in (
        ("exercise", "exercise", about.exercises),
        ("subject", "subject", about.subjects),
    ):
        learned, judged = set(getattr(train, column).tolist()), set(getattr(test, column).tolist())
        is_left_out = name.startswith(f"leave-{kind}-out") or (kind == "subject" and name.startswith("cross-subject"))
        if is_left_out and learned & judged:
            both = ", ".join(names[number] for number in sorted(learned & judged))
            yield Finding("leak", True, f"The split is to leave out one {kind}, but learns from it: {both}.")
        if not is_left_out and judged - learned:
            new = ", ".join(names[number] for number in sorted(judged - learned))
            yield Finding("balance", False, f"Judged by, but not learned from, though not meant to be left out: {new}.")
