"""Which lines a session's tracks are drawn as."""

from __future__ import annotations

from itertools import cycle
from typing import Final

from app.review_page.lane_painter import Course
from app.review_page.reviewed_session import ReviewedSession, Track

_OTHERS: Final = ("good", "warning", "error")


def session_courses(session: ReviewedSession, shown: Track | None) -> tuple[Course, ...]:
    """Return a line for each track; the band of its intervals belongs to the one whose numbers are shown."""
    courses, others = [], cycle(_OTHERS)
    for number, track in enumerate(session.tracks):
        colour = "reference" if not track.is_predicted else "accent" if number == 0 else next(others)
        courses.append(
            Course(
                track.name,
                session.steps.timestamps_s,
                track.values,
                colour,
                is_dashed=not track.is_predicted,
                own_scale=track.own_scale,
                band=(track.low, track.high) if track is shown else None,
            )
        )
    return tuple(courses)
