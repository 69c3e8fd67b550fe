"""Which subjects and exercises can be judged: those with windows both to learn from and held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.splits import Split
from mia_core.dataset.window_set import WindowSet


def with_both_parts(windows: WindowSet, split: Split) -> NDArray[np.bool_]:
    """Return (subjects, exercises) whether both parts of a split have windows."""
    there = np.zeros((2, len(windows.about.subjects), len(windows.about.exercises)), np.bool_)
    for number, rows in enumerate((split.train, split.test)):
        there[number, windows.subject[rows], windows.exercise[rows]] = True
    return np.asarray(there.all(axis=0))


def judged_subjects(subjects: Sequence[str], both_parts: NDArray[np.bool_]) -> list[str]:
    """Return the subjects with an exercise that can be judged."""
    return [subject for subject, exercises in zip(subjects, both_parts, strict=True) if exercises.any()]


def judged(windows: WindowSet, split: Split, label: Callable[[str], str]) -> Split:
    """Return one subject's split without held-out windows of exercises that nothing was learned of.

    Args:
        windows: The set.
        split: Of one subject.
        label: Name of an exercise for people.

    Returns:
        The split, whose note names the exercises that are not judged, and why. What is learned from stays.
    """
    exercise = windows.exercise
    learned, held_out = (np.unique(exercise[rows]) for rows in (split.train, split.test))
    told = [split.note]
    for numbers, why in (
        (np.setdiff1d(held_out, learned), "no windows to learn from"),
        (np.setdiff1d(learned, held_out), "no held-out windows, though learned from"),
    ):
        names = ", ".join(label(windows.about.exercises[number]).lower() for number in numbers)
        told += [f"not judged: {names} ({why})"] if names else []
    test = split.test[np.isin(exercise[split.test], learned)]
    return replace(split, test=test, note="; ".join(told))
