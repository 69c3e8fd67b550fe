import math
from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from mia_core.training import loss_curve
from mia_core.training.loss_curve import CURVE_NAME, can_draw, draw_curve
from mia_core.training.training_log import TrainingProgress


def report(step, loss=1.0, scores=None):
    return TrainingProgress(
        step=step,
        steps=100,
        loss=loss,
        learning_rate=1e-3 * step,
        windows_per_s=10.0,
        wall_s=1.0,
        best_step=10,
        scores=scores or {"virtual subjects": 0.9, "captured motion": 1.1},
        rmse_over_mean=1.0,
    )


def test_draws_a_picture_and_leaves_nothing_else(tmp_path):
    assert can_draw()
    path = draw_curve([report(10, loss=1.5), report(20), report(30, loss=0.2)], tmp_path)
    picture = cv2.imread(str(path))
    assert picture.shape == (900, 800, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    assert [file.name for file in tmp_path.iterdir()] == [CURVE_NAME]
    draw_curve([report(10, loss=1.5), report(20)], tmp_path)
    assert (cv2.imread(str(path)) != picture).any(), "it is written anew"


def test_draws_a_run_that_was_stopped_before_its_first_step(tmp_path):
    assert draw_curve([report(0, loss=math.nan)], tmp_path).stat().st_size > 1000


@pytest.mark.parametrize("there", [True, False])
def test_knows_whether_it_can(monkeypatch, there):
    monkeypatch.setattr(loss_curve, "find_spec", lambda name: find_spec(name) if there else None)
    assert can_draw() is there
