"""What all experiments share: the windows, the preset, and jobs that fit a predictor and let it predict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.first_version_videos import PAPERS_SUBJECT
from mia_core.dataset.splits import Split, in_distribution, leave_exercise_out
from mia_core.dataset.window_content import require_intact
from mia_core.dataset.window_set import WindowSet, open_window_set
from mia_core.exercises import EXERCISES
from mia_core.laboratory.data_words import other_data, unit_in_full
from mia_core.laboratory.fitting import EXERCISE_CURVE, MEAN, NEAREST, NEAREST_ANY, PREDICTED, RANDOM
from mia_core.laboratory.job_folder import Job, JobFolder, LaboratoryError
from mia_core.laboratory.judged_windows import judged, judged_subjects, with_both_parts
from mia_core.laboratory.network_settings import NetworkSettings
from mia_core.laboratory.paper_values import is_papers_data
from mia_core.laboratory.presets import TRANSFORMER, Preset

FIT_AND_PREDICT: Final = "fit and predict"
"""Kind of the jobs. It gets a number, and then the next, when equal settings begin to give other results."""

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Workbench:
    """One run of experiments.

    Attributes:
        path: Where the windows lie.
        windows: All of them.
        preset: How large the experiments are.
        subject: Whose windows the tables are about, as in the paper.
        seeds: Of what is trained; the first one is shown where one model is.
    """

    path: Path
    windows: WindowSet
    preset: Preset
    subject: str
    seeds: tuple[int, ...]

    @classmethod
    def open(
        cls, path: Path, preset: Preset, subject: str = "", seed: int = 0, n_seeds: int | None = None
    ) -> Workbench:
        """Open a set of windows.

        Args:
            path: A folder that `mia dataset import` wrote.
            preset: How large the experiments are.
            subject: Name; empty for the first with windows to learn from and to judge by.
            seed: The first seed; the others follow it.
            n_seeds: How often what is random is repeated where several models are compared; None for the preset's.

        Raises:
            WindowSetError: There is no whole set, or its content is not what was imported.
            SplitError: Nothing can be held out.
            LaboratoryError: No such subject, or nothing to learn from or to judge by.
        """
        windows = open_window_set(path)
        require_intact(path)  # results are named by this hash
        subjects = windows.about.subjects
        if subject and subject not in subjects:
            raise LaboratoryError(
                f"The data set has no subject {subject}; there are {', '.join(subjects)}.", "Choose one of these."
            )
        there = judged_subjects(subjects, with_both_parts(windows, in_distribution(windows)))
        if not there or (subject and subject not in there):
            raise LaboratoryError(
                f"{subject or 'Nobody'} has no exercise with windows both to learn from and to judge by.",
                f"Choose {' or '.join(there)}." if there else "`mia dataset info` shows what there is.",
            )
        count = preset.n_seeds if n_seeds is None else n_seeds
        return cls(path, windows, preset, subject or there[0], tuple(range(seed, seed + count)))

    @property
    def setting(self) -> str:
        """What is not the paper's setting, preset and data, for every table and figure; empty for nothing."""
        return " ".join(part for part in (self.preset.setting, self._thinned, self._other_data) if part)

    @property
    def papers(self) -> bool:
        """Whether the paper's values belong beside ours: its data, and the subject of its tables."""
        return is_papers_data(self.windows.about) and self.subject == PAPERS_SUBJECT

    @property
    def window_s(self) -> float:
        """Length of a window."""
        return self.windows.n_steps / self.windows.about.step_hz

    @property
    def unit_in_full(self) -> str:
        """Unit of the errors, and what it is a share of."""
        return unit_in_full(self.windows.about)

    @property
    def judged_on(self) -> str:
        """What the models of one seed are judged on, for notes."""
        n = len(self.in_distribution.test)
        return f"In-distribution, {self.subject}, {n} held-out windows of {self.window_s:.1f} s, seed {self.seeds[0]}"

    @cached_property
    def in_distribution(self) -> Split:
        """Every exercise of the subject, split in time."""
        return self.of_subject(self.subject)

    def of_subject(self, subject: str) -> Split:
        """Return every exercise of a subject, split in time; its note names those that can't be judged, and why."""
        return judged(self.windows, self._narrowed(self._everybody, subject), self.label)

    def without(self, exercise: str) -> Split:
        """Return all other exercises of the subject to learn from, this one's held-out windows to judge by."""
        return self._narrowed(leave_exercise_out(self.windows, exercise), self.subject)

    @cached_property
    def exercises(self) -> tuple[str, ...]:
        """Names of the subject's exercises that are judged, in the order of the set."""
        there = np.unique(self.windows.exercise[self.in_distribution.test])
        return tuple(self.windows.about.exercises[number] for number in there)

    @property
    def other_subject(self) -> str:
        """The subject after ours to whom models are transferred: one to learn from and to judge by; empty for none."""
        names = self.windows.about.subjects
        there = judged_subjects(names, with_both_parts(self.windows, self._everybody))
        place = names.index(self.subject)
        return next((name for name in (*names[place + 1 :], *names[:place]) if name in there), "")

    def job(
        self,
        predictor: str,
        split: Split,
        *,
        seed: int | None = None,
        n_steps: int | None = None,
        start: Job | None = None,
        learning: NetworkSettings | None = None,
    ) -> Job:
        """Return the job that fits a predictor on one part of a split and predicts the other.

        Args:
            predictor: One of `fitting.SIMPLE`, or of the preset's networks.
            split: Which windows.
            seed: Of the fitting; None for the first.
            n_steps: Length of the pieces that windows are cut into; None for whole windows.
            start: A job of the same network from whose weights training starts.
            learning: How a network learns; None for the preset's way.
        """
        learning = learning or self.preset.networks.get(predictor)
        if learning is not None and learning.most_steps and n_steps is not None:
            # So many steps shall see as much time, in however short pieces; epochs do so by themselves.
            learning = replace(learning, batch_size=round(learning.batch_size * self.windows.n_steps / n_steps))
        train = split.train if learning is None else evenly(split.train, self.preset.most_windows)
        return self._job(predictor, split, train, learning, self.seeds[0] if seed is None else seed, n_steps, start)

    def unchanged(self, start: Job, split: Split) -> Job:
        """Return the job that lets the network of another job predict one part of a split as it is."""
        return self._job(str(start.settings["predictor"]), split, split.train[:0], None, start.seed, None, start)

    def _job(
        self,
        predictor: str,
        split: Split,
        train: Rows,
        learning: NetworkSettings | None,
        seed: int,
        n_steps: int | None,
        start: Job | None,
    ) -> Job:
        n_steps = self.windows.n_steps if n_steps is None else n_steps
        settings: dict[str, Any] = {
            "data": self.windows.about.sha256,
            "predictor": predictor,
            "learning": None if learning is None else learning.to_dict(),
            "train": train.tolist(),
            "test": split.test.tolist(),
            "n_steps": n_steps,
            "keeps_weights": self._is_started_from(predictor, split, seed, n_steps, start),
        }
        return Job(
            FIT_AND_PREDICT,
            settings,
            seed,
            label=f"{self.name_of(predictor)}, {split.name}",
            cost=self.preset.cost(predictor, learning, len(train), len(split.test), n_steps / self.windows.n_steps),
            needs=() if start is None else (start.key,),
        )

    def _is_started_from(self, predictor: str, split: Split, seed: int, n_steps: int, start: Job | None) -> bool:
        """Whether it is the Transformer of Table 1, first seed, whole windows: the only one that others go on from."""
        first = predictor == TRANSFORMER and seed == self.seeds[0] and start is None
        return first and split is self.in_distribution and n_steps == self.windows.n_steps

    def predicted(self, folder: JobFolder, job: Job) -> NDArray[np.float32]:
        """Return (N, T, C) what a job predicted, row by row as in its split's `test`."""
        return np.asarray(folder.load(job.key).arrays[PREDICTED], np.float32)

    def label(self, exercise: str) -> str:
        """Return an exercise's name for people."""
        return next((known.label for known in EXERCISES if known.name == exercise), exercise.replace("_", " "))

    def name_of(self, predictor: str) -> str:
        """Return a predictor's name for people."""
        return _NAMES.get(predictor, predictor) if predictor != self.preset.cnn else "CNN"

    @property
    def _thinned(self) -> str:
        """How many windows networks learn from where there are more; empty where they learn from all."""
        most, there = self.preset.most_windows, len(self.in_distribution.train)
        return f"Networks learn from {most} windows at most, of {there}." if most and most < there else ""

    @property
    def _other_data(self) -> str:
        """What is other about the data than in the paper's tables; empty for nothing."""
        if is_papers_data(self.windows.about) and not self.papers:
            return "The paper's data, but not the subject of its tables."
        return other_data(self.windows.about)

    @cached_property
    def _everybody(self) -> Split:
        return in_distribution(self.windows)

    def _narrowed(self, split: Split, subject: str) -> Split:
        whose = self.windows.subject == self.windows.about.subjects.index(subject)
        train, test = (rows[whose[rows]] for rows in (split.train, split.test))
        return Split(f"{split.name}, {subject}", train, test, split.note, split.data_sha256)


_NAMES: Final = {
    RANDOM: "Random",
    NEAREST: "NN",
    NEAREST_ANY: "NN, exercise unknown",
    MEAN: "Mean",
    EXERCISE_CURVE: "Mean curve of the exercise",
    TRANSFORMER: "Transformer",
}


def evenly(rows: Rows, most: int | None) -> Rows:
    """Return the rows, or, when they are more than `most`, so many of them at even distances."""
    if most is None or len(rows) <= most:
        return rows
    return rows[np.arange(most) * len(rows) // most]
