"""Jobs that fit and predict: results of before are taken for those of now, so the same job must give the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mia_core.laboratory.fitting import EXERCISE_CURVE, MEAN, NEAREST, NEAREST_ANY, RANDOM, FitAndPredict
from mia_core.laboratory.job_folder import JobFolder
from mia_core.laboratory.presets import QUICK, TRANSFORMER
from mia_core.laboratory.workbench import Workbench
from tests.laboratory.some_windows import some_windows
from tests.laboratory.stored_set import stored

BRIEF = {name: replace(how, most_steps=4, batch_size=4) for name, how in QUICK.networks.items()}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    path = stored(tmp_path_factory.mktemp("data") / "some.windows", some_windows(per_exercise=10, n_steps=10))
    return Workbench.open(path, replace(QUICK, networks=BRIEF))


# If this fails after a change, the change gives other results for equal settings: give `FIT_AND_PREDICT` the next
# number, so that no result of before is mixed with new ones, and then put the new values here.
@pytest.mark.parametrize(
    ("predictor", "said"),
    [
        (RANDOM, (19.3346, 19.9715, 22.688, 11.0953)),
        (NEAREST, (19.3346, 12.3919, 23.0979, 10.4228)),
        (NEAREST_ANY, (19.3346, 12.3919, 23.0979, 10.4228)),
        (MEAN, (15.7768, 24.5425, 22.8906, 4.23645)),
        (EXERCISE_CURVE, (17.6861, 17.5088, 22.8906, 8.33586)),
        (QUICK.cnn, (15.7635, 24.4185, 22.9083, 4.28761)),
        (TRANSFORMER, (18.5479, 29.8578, 27.3717, 7.40784)),
    ],
)
def test_results_are_those_of_this_version_of_the_job(bench, tmp_path, predictor, said):
    predicted = FitAndPredict(bench.path)(bench.job(predictor, bench.in_distribution), JobFolder(tmp_path))["predicted"]
    told = [float(x) for x in (predicted[0, 0, 0], predicted[-1, -1, -1], predicted.mean(), predicted.std())]
    assert told == pytest.approx(said, rel=1e-3)
