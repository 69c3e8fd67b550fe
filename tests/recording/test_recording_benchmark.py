"""The benchmark of recording runs; what it measures is for people to judge."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

from mia_core.recording.recording_benchmark import measure_recording


def test_it_measures_something(tmp_path: Path) -> None:
    costs = measure_recording(tmp_path, n_frames=6)
    assert all(math.isfinite(value) and value > 0 for value in asdict(costs).values())
    assert costs.blurred_share != costs.picture_share
    assert costs.psnr_db > 30
