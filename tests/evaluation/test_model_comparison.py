"""Two models on recorded motion, with errors that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.model_comparison_text import print_comparison
from app.terminal import plain_console
from mia_core.dataset.recorded_parts import Part
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.model_comparison import ONE_STRETCH, compare
from mia_core.models.activation_model import Prediction
from mia_core.models.model_card import ModelCard
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from tests.fakes.step_clips import make_step_clip
from tests.fakes.untrained_model import untrained_card


class OffBy:
    """Reads the step's number out of the keypoints and says the truth of `make_step_clip`, off by so much."""

    def __init__(self, off: float, card: ModelCard | None = None) -> None:
        self.off = np.float32(off)
        self.card = card or untrained_card()

    def predict_windows(self, keypoints_px: Floats, confidence: Floats, image_sizes_px: Floats) -> Prediction:
        steps = keypoints_px[:, :, 0, 0]
        truth = (steps % 100)[..., np.newaxis] / 100 + np.arange(8, dtype=np.float32) / 1000
        said = (truth + self.off).astype(np.float32)
        return Prediction(said, said, said)


def made_of(*, film_s: float = 0.0, provenance: str = "simulated") -> RecordedSet:
    clips = [
        replace(
            make_step_clip(60, start_s=6.0 * i, exercise=f"own_{i % 8}", repeats_after_s=film_s), provenance=provenance
        )
        for i in range(16)
    ]
    return RecordedSet(tuple(clips), "abc")


def test_errors_are_those_that_were_made_at_the_step_that_live_use_reads() -> None:
    outcome = compare(OffBy(0.1), OffBy(-0.05), made_of())
    assert [row.muscle for row in outcome.rows] == ["all", *MONTAGE.names]
    for row in outcome.rows:
        assert row.before == pytest.approx(0.1, abs=1e-5)
        assert row.after == pytest.approx(0.05, abs=1e-5)
        assert row.change95 == pytest.approx((-0.05, -0.05), abs=1e-5)
        assert row.mean > 0.05
    # Four clips of 60 steps; windows end from the 11th step on, and the step read is two before.
    assert outcome.rows[1].steps == 4 * 50
    assert outcome.rows[0].steps == 8 * 4 * 50
    assert outcome.stretches == 4
    assert outcome.minutes == pytest.approx(4 * 50 / 600, abs=0.01)


def test_one_stretch_alone_has_no_interval(capsys: pytest.CaptureFixture[str]) -> None:
    several = compare(OffBy(0.1), OffBy(-0.05), made_of())
    assert ONE_STRETCH not in several.warnings
    print_comparison(several, plain_console(width=200))
    assert " -5.00 (-5.00 to -5.00)" in capsys.readouterr().out
    alone = compare(OffBy(0.1), OffBy(-0.05), RecordedSet((make_step_clip(600),), "abc"))
    assert alone.stretches == 1
    assert ONE_STRETCH in alone.warnings
    print_comparison(alone, plain_console(width=200))
    said = capsys.readouterr().out
    assert "1 stretch," in said
    assert " to " not in said.split("Judged on")[0]


def test_a_simulated_truth_and_a_film_are_told() -> None:
    told = " ".join(compare(OffBy(0), OffBy(0), made_of(film_s=60.0)).warnings)
    assert "simulated sEMG, not measured" in told
    assert "is a film" in told
    assert compare(OffBy(0), OffBy(0), made_of(provenance="measured")).warnings == ()


def test_a_part_that_was_learned_from_is_told() -> None:
    outcome = compare(OffBy(0), OffBy(0), made_of(provenance="measured"), Part.LEARNED_FROM)
    assert outcome.warnings == ("This part was learned from.",)


def test_the_interval_is_wider_where_stretches_differ() -> None:
    class OffInSome(OffBy):
        def predict_windows(self, keypoints_px: Floats, confidence: Floats, image_sizes_px: Floats) -> Prediction:
            said = super().predict_windows(keypoints_px, confidence, image_sizes_px)
            off = np.where(keypoints_px[:, -1:, 0, :1] < 300, np.float32(0.2), np.float32(0.0))
            return replace(said, values=said.values + off)

    row = compare(OffBy(0.1), OffInSome(0.0), made_of()).rows[0]
    assert row.change95[0] == pytest.approx(-0.1, abs=1e-5)
    assert row.change95[1] > 0.05
