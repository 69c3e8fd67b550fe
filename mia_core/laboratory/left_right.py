"""Whether the Transformer treats left and right alike: what it says of mirrored windows against its mirrored answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.fitting import read_state
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.metrics import MetricError, rmse_by_channel
from mia_core.laboratory.mirror_check import mirror_errors, mirrored_channels
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench


def jobs(bench: Workbench) -> list[Job]:
    """Return the Transformer of the in-distribution columns, which keeps its weights."""
    return [bench.job(TRANSFORMER, bench.in_distribution)]


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the table of mirror errors; none when some muscle has no twin on the other side.

    Raises:
        LaboratoryError: A result can't be read.
    """
    from mia_core.laboratory.network_predictor import NetworkPredictor  # torch takes a second

    channels = bench.windows.about.channels
    try:
        mirrored_channels(channels)
    except MetricError:
        return [], []
    (job,) = jobs(bench)
    predictor = NetworkPredictor.of(read_state(folder.load(job.key).arrays))
    test = bench.windows.take(bench.in_distribution.test)

    def predict(keypoints: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        return predictor.predict(replace(test, keypoints=np.asarray(keypoints, np.float32)))

    unlike = mirror_errors(predict, test.keypoints, channels)
    errors = rmse_by_channel(test.emg, bench.predicted(folder, job))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name.replace("_", " ").capitalize(), float(unlike[number]), float(errors[number]))
        for number, name in enumerate(channels)
    )
    table = Table(
        name="mirror",
        title=f"Symmetry of left and right, {bench.subject}",
        columns=("Muscle", "Mirror error", "RMSE"),
        rows=rows,
        note=(
            f"The Transformer. {bench.judged_on}; in {bench.unit_in_full}. Mirror error: the root mean square of what "
            "it says of the muscle's twin in mirrored windows less what it says of the muscle in the windows as they "
            "are. "
            "A model that treats both sides alike has 0; people do not use both sides alike, and sensors differ, so "
            "that some of it may be learned from the data. The error of the prediction stands beside it."
        ),
        setting=bench.setting,
    )
    return [table], []
