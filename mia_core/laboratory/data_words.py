"""What is said of a data set wherever its numbers are shown: the unit, and how it differs from the paper's data."""

from __future__ import annotations

from typing import Final

from mia_core.dataset.window_set import WindowSetAbout
from mia_core.dataset.window_set_from_recorded import PERCENT
from mia_core.laboratory.paper_values import is_papers_data

_SIMULATED: Final = (
    "Simulated data, not measured: a musculoskeletal model moves and gives the activity, and keypoints are exact, "
    "without a detector's errors; how well models do on people is not said."
)


def unit_in_full(about: WindowSetAbout) -> str:
    """Return the unit of the errors, and what it is a share of."""
    if about.unit != PERCENT:
        return about.unit
    return f"{PERCENT} of {'full activation' if about.layout == 'simulated' else 'the maximal contraction'}"


def other_data(about: WindowSetAbout) -> str:
    """Return what is other than in the data of the paper's tables; empty for nothing."""
    if about.provenance == "simulated":
        poses_too = about.layout == "simulated"
        return _SIMULATED if poses_too else "Simulated sEMG, not measured: real poses, but sensors of a simulator."
    if about.provenance == "recorded":
        return "Recorded data, not the paper's."
    return "" if is_papers_data(about) else "Published data of another version than the paper's tables."
