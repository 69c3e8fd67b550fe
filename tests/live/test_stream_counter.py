from __future__ import annotations

import numpy as np
import pytest

from mia_core.live.muscle_estimation import Estimate, MuscleEstimation
from mia_core.live.snapshot import StreamHealth
from mia_core.live.stream_counter import StreamCounter
from mia_core.pose.person_tracker import PersonTracker, TrackedPose, Tracking
from mia_core.samples import Frame
from tests.fakes.people import HipModel, ScriptedEstimator

NOBODY = TrackedPose(None, Tracking.SEARCHING)
IMAGE = np.zeros((2, 2, 3), np.uint8)


def count(indices: list[int], skipped: list[int]) -> StreamHealth:
    estimation = MuscleEstimation(PersonTracker(ScriptedEstimator()), HipModel())
    counter, health = StreamCounter(), StreamHealth()
    for index, passed_over in zip(indices, skipped, strict=True):
        estimate = Estimate(Frame(IMAGE, index / 30, 0.0, index), NOBODY, (), ())
        health = counter.count(estimate, estimation, passed_over, health)
    return health


def test_the_rate_is_the_sources_and_not_that_of_a_slow_reader() -> None:
    health = count([0, 5, 10, 15], [0, 4, 8, 12])
    assert health.source_fps == pytest.approx(30)
    assert (health.skipped, health.lost, health.no_person) == (12, 0, 4)


def test_what_is_neither_taken_nor_skipped_is_lost() -> None:
    health = count([0, 5, 10], [0, 4, 5])
    assert (health.skipped, health.lost) == (5, 3)


def test_a_single_frame_has_no_rate() -> None:
    assert count([0], [0]).source_fps == 0
