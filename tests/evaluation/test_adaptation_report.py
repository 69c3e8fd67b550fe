"""Before and after on a person's held-out time, with errors that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.recorded_sampler import RecordedSampler
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.adaptation_report import judge_adaptation
from mia_core.evaluation.recorded_errors import BLOCK_S, blocks_of
from mia_core.models.activation_model import Prediction
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.training.adaptation import adaptation_parts
from tests.evaluation.test_model_comparison import OffBy
from tests.fakes.step_clips import make_step_clip


class WithInterval(OffBy):
    """Says an interval that reaches so far."""

    reach = 0.08

    def predict_windows(self, keypoints_px: Floats, confidence: Floats, image_sizes_px: Floats) -> Prediction:
        said = super().predict_windows(keypoints_px, confidence, image_sizes_px).values
        return Prediction(said, said - np.float32(self.reach), said + np.float32(self.reach))


def recorded(seconds: int) -> RecordedSet:
    """One unlabelled recording: every fourth stretch of 15 s is held out."""
    return RecordedSet((replace(make_step_clip(10 * seconds, exercise="unlabelled"), provenance="measured"),), "abc")


def test_errors_intervals_and_coverage_are_those_that_were_made() -> None:
    data = recorded(240)
    report = judge_adaptation(WithInterval(0.1), WithInterval(-0.05), data, adaptation_parts(data.clips, 60.0))
    assert (report.subject, report.provenance, report.data_sha256) == ("P01", "measured", "abc")
    assert report.learned_s == pytest.approx(60.0)
    assert report.held_out_s == 4 * 14.0, "a window ends a second into a stretch at the earliest"
    assert report.covered80 == (0.0, 1.0)
    assert [row.muscle for row in report.rows] == ["all", *MONTAGE.names]
    for row in report.rows:
        assert row.before == pytest.approx(0.1, abs=1e-5)
        assert row.after == pytest.approx(0.05, abs=1e-5)
        assert row.change95 == pytest.approx((-0.05, -0.05), abs=1e-5)
    assert report.rows[0].r_after is None
    assert report.rows[1].r_after == pytest.approx(1.0)
    assert report.warnings == ()


def test_few_blocks_are_told() -> None:
    data = recorded(60)
    report = judge_adaptation(OffBy(0.1), OffBy(0.0), data, adaptation_parts(data.clips))
    assert report.blocks == 3
    assert report.warnings == ("Only 3 blocks of 5 s were held out: the intervals are rough, and too narrow.",)


def test_blocks_are_of_five_seconds_and_never_of_two_clips() -> None:
    windows = RecordedSampler([make_step_clip(130), make_step_clip(50, start_s=30.0)]).every(1)
    blocks = blocks_of(windows)
    n = round(BLOCK_S * 10)
    assert np.bincount(blocks).tolist() == [n, n, 20, 40], "the first ten steps of a clip end no window"
    assert (np.diff(blocks) >= 0).all()
