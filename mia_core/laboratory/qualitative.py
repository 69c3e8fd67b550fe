"""Figure 6: predicted and true activity of single windows, chosen by a rule and not by hand."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.metrics import squared_errors
from mia_core.laboratory.results import Figure, Table
from mia_core.laboratory.transfer import adapted, pretrained
from mia_core.laboratory.workbench import Rows, Workbench

FULL_SCALE_PERCENTILE: Final = 99.0
_EXERCISES: Final = (("pirouette",), ("ball_throw", "batting"))
"""What the first and the second subject do; of the second the paper's text says one and its caption the other."""


def jobs(bench: Workbench) -> list[Job]:
    """Return the model of the first subject, and, where there is a second, the one fine-tuned on it."""
    return [pretrained(bench), *([adapted(bench)] if bench.other_subject else [])]


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the traces.

    Raises:
        LaboratoryError: A result can't be read.
    """
    subjects = [bench.subject, *([bench.other_subject] if bench.other_subject else [])]
    tests = [bench.of_subject(subject).test for subject in subjects]
    examples = [
        example
        for job, subject, test, wanted in zip(jobs(bench), subjects, tests, _EXERCISES, strict=False)
        for example in _examples(bench, folder, job, subject, test, wanted)
    ]
    shown = bench.windows.emg[np.sort(np.concatenate(tests))]
    figure = Figure(
        name="figure6",
        title="Figure 6: predicted and true activity",
        kind="traces",
        data={
            "unit": bench.windows.about.unit,
            "full_scale": max(float(np.percentile(shown, FULL_SCALE_PERCENTILE)), 1e-6),
            "examples": examples,
        },
        note=(
            "Of each exercise the held-out window is shown whose error is the median of its exercise: neither the best "
            f"nor the worst. Dotted: the {bench.windows.about.provenance} activity; solid: predicted. Red is the "
            f"{FULL_SCALE_PERCENTILE:.0f}th percentile of all held-out activity, yellow is 0. "
            "The first subject's model is that of Table 1, the second's is fine-tuned on its training part."
        ),
        setting=bench.setting,
    )
    return [], [figure]


def _examples(
    bench: Workbench, folder: JobFolder, job: Job, subject: str, test: Rows, wanted: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return one example for each exercise that is wanted and there; of the first exercise when none is."""
    predicted = bench.predicted(folder, job)
    names = bench.windows.about.exercises
    there = [names[number] for number in np.unique(bench.windows.exercise[test])]
    made = []
    for name in [name for name in wanted if name in there] or there[:1]:
        mine = np.flatnonzero(bench.windows.exercise[test] == names.index(name))
        truth = np.asarray(bench.windows.emg[test[mine]])
        errors = squared_errors(truth, predicted[mine]).mean(axis=(1, 2))
        typical = int(np.argsort(errors, kind="stable")[(len(errors) - 1) // 2])
        made.append(
            {
                "label": f"{subject}, {bench.label(name).lower()}",
                "seconds": [step / bench.windows.about.step_hz for step in range(bench.windows.n_steps)],
                "channels": [
                    {
                        "label": channel.replace("_", " ").capitalize(),
                        "truth": truth[typical, :, number].tolist(),
                        "predicted": predicted[mine[typical], :, number].tolist(),
                    }
                    for number, channel in enumerate(bench.windows.about.channels)
                ],
            }
        )
    return made
