"""Who is seen doing what in the videos of the paper's first version."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mia_core.dataset.window_set import WindowSetError

VIDEOS: Final = "videos.json"
PAPERS_SUBJECT: Final = "subject_a"
"""Whom the paper's tables are about."""
_EXERCISES: Final = {
    2096: "jumping_jack",
    2097: "high_kick",
    2098: "leg_back",
    2099: "front_kick",
    2100: "front_punch",
    2101: "hook_punch",
    2103: "pirouette",
    2104: "skater",
    2105: "feet_cross",
    2107: "squat",
    2108: "cross_leg_front",
    2109: "elbow_punch",
    2110: "side_shuffle",
    2111: "batting",
    2112: "side_lunge",
    2113: "running",
    2125: "ball_throw",
    2126: "bowling",
    2129: "knee_kick",
    2131: "woodchop",
}
"""What is done in the videos of one subject, as a plotting script in the published code labels them. It calls 2108 a
leg that crosses in front; the paper has a twist instead. Those of the other subject, from 2403 on, have no labels.
"""


@dataclass(frozen=True, slots=True)
class VideoNames:
    """What is known of videos.

    Attributes:
        told: Subject and exercise of videos by their stems, beyond what is known of the published ones.
    """

    told: Mapping[str, tuple[str, str]]

    @classmethod
    def load(cls, path: Path) -> VideoNames:
        """Read a file such as `{"IMG_2403": {"subject": "b", "exercise": "squat"}}`; it need not be there.

        Raises:
            WindowSetError: It is something else, or calls somebody else by the name of the paper's subject.
        """
        if not path.is_file():
            return cls({})
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            names = {stem(video): (_name(each["subject"]), _name(each["exercise"])) for video, each in told.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            expected = '{"IMG_2403": {"subject": "b", "exercise": "squat"}, ...}'
            raise WindowSetError(path, expected, f"something else ({error!r})", "Write it like that.") from error
        for video, (subject, _) in names.items():
            if subject == PAPERS_SUBJECT and _number(video) not in _EXERCISES:
                expected = f"another name than {PAPERS_SUBJECT}, the subject of the paper's tables"
                raise WindowSetError(path, expected, f"it for {video}", "Choose another name.")
        return cls(names)

    def subject(self, video: str) -> str:
        """Return who is seen."""
        if stem(video) in self.told:
            return self.told[stem(video)][0]
        return PAPERS_SUBJECT if _number(video) in _EXERCISES else "subject_b"

    def exercise(self, video: str) -> str:
        """Return what is done, empty where that is not known."""
        if stem(video) in self.told:
            return self.told[stem(video)][1]
        return _EXERCISES.get(_number(video), "")


def stem(video: str) -> str:
    """Return `IMG_2403` of `IMG_2403_30.MOV`."""
    return re.sub(r"(_30)?(\.\w+)?$", "", video) or video


def _name(told: object) -> str:
    if not isinstance(told, str) or not told.strip() or not told.isprintable():
        raise ValueError(f"{told!r} is no name")
    return told


def _number(video: str) -> int:
    found = re.match(r"IMG_(\d{4})$", stem(video))
    return int(found[1]) if found else 0
