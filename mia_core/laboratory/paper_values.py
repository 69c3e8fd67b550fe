"""What the paper prints, and of which data; its values are shown beside ours for those data alone."""

from __future__ import annotations

from typing import Final

from mia_core.dataset.window_set import WindowSetAbout
from mia_core.muscles import MONTAGE

POOLED: Final = "mean"
"""The row that the paper calls "Mean"."""

_COLUMNS: Final = ("id.random", "id.nn", "id.cnn", "id.transformer", "ood.nn", "ood.cnn", "ood.transformer")
_PRINTED: Final = """
jumping_jack 21.3 12.1 9.2 8.8 27.7 23.1 20.9
high_kick 21.7 13.0 9.8 9.2 18.4 15.1 15.9
leg_back 23.0 18.7 10.2 8.8 17.8 14.4 13.6
front_kick 12.5 10.1 8.1 7.0 13.2 9.0 10.0
front_punch 23.1 14.7 9.8 9.2 19.8 12.7 12.2
hook_punch 25.1 12.5 10.6 10.1 17.0 15.3 13.2
pirouette 20.6 14.0 9.7 10.2 21.5 15.8 15.4
skater 20.1 10.5 8.1 7.4 20.4 13.5 14.4
twist 10.5 8.9 5.9 5.4 12.1 11.7 10.3
squat 15.6 9.6 7.0 7.2 20.2 12.8 11.7
feet_cross 20.7 13.3 8.2 7.8 19.4 14.4 14.4
elbow_punch 19.4 13.3 10.7 10.4 16.1 12.5 11.9
side_shuffle 10.4 9.8 7.4 6.8 14.0 13.0 11.1
batting 25.5 14.5 10.73 10.6 22.5 18.2 19.9
side_lunge 24.4 9.5 7.6 6.5 17.7 15.6 14.0
running 13.8 11.1 8.1 7.8 22.7 16.2 16.9
ball_throw 25.6 16.1 11.6 11.4 21.3 15.8 16.3
bowling 22.5 13.5 11.1 10.8 20.9 15.6 15.7
knee_kick 21.4 15.7 11.4 11.2 17.7 18.6 15.7
woodchop 25.4 13.6 11.0 10.6 23.2 17.0 17.3
mean 20.7 13.2 9.4 9.0 19.5 15.2 14.7
"""
TABLE1: Final = {
    words[0]: dict(zip(_COLUMNS, words[1:], strict=True)) for words in map(str.split, _PRINTED.strip().splitlines())
}
"""RMSE in counts as printed, by exercise and column; one cell has two decimals in print."""

LENGTHS: Final = (1, 5, 10, 15, 20, 25, 30)
"""Steps of 0.1 s of Table 2; its first column, "0.0" seconds, is a single frame."""
TABLE2: Final = {
    "nn": ("16.6", "14.2", "13.1", "13.0", "12.9", "13.0", "13.3"),
    "cnn": ("13.0", "11.2", "10.6", "10.1", "9.8", "9.5", "9.5"),
    "transformer": ("12.6", "11.0", "9.9", "9.5", "9.2", "9.1", "9.0"),
}
"""RMSE in counts as printed, by model, for `LENGTHS`."""

RETRIEVALS: Final = {
    "running": ("front_punch", "side_shuffle"),
    "jumping_jack": ("elbow_punch", "woodchop"),
    "knee_kick": ("front_kick", "bowling"),
    "high_kick": ("knee_kick", "skater"),
}
"""Exercises that section 5.5 and the supplement discuss: nearest by pose, and by the muscles' representation."""

MEAN_NOTE: Final = (
    'The paper\'s row "Mean" is neither of our two last rows exactly: the arithmetic means of its printed columns are '
    "20.13, 12.73, 9.31, 8.86, 19.18, 15.02 and 14.54, their quadratic means 20.70, 12.97, 9.45, 9.03, 19.52, 15.29 "
    "and 14.82; it prints 20.7, 13.2, 9.4, 9.0, 19.5, 15.2 and 14.7. A pooled error over unequally many windows "
    "explains that best, so it belongs beside our pooled row."
)


def is_papers_data(about: WindowSetAbout) -> bool:
    """Return whether these are the data of the paper's tables: the published first version with its eight muscles."""
    return (
        about.provenance == "published"
        and about.layout == "first_version"
        and sorted(about.channels) == sorted(MONTAGE.names)
    )
