"""Write the video of a session with skeleton and muscles on the person, as one piece of work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.background_task import Work
from app.review_page.reviewed_session import ReviewedSession, Track
from mia_core.colour_scale import ColourScale
from mia_core.samples import Frame

if TYPE_CHECKING:
    from app.review_page.overlay_board import OverlayBoard

_EVEN: Final = 2
"""Encoders want even sizes."""


def write_overlay(
    work: Work,
    session: ReviewedSession,
    track: Track,
    scale: ColourScale,
    path: Path,
    span: tuple[float, float] | None = None,
    make_board: Callable[[int], OverlayBoard] | None = None,
) -> Path | None:
    """Write the video; returns its path, or None when it was stopped: then nothing is left behind.

    Args:
        work: Told how far it has come.
        session: The session.
        track: Whose values colour the muscles.
        scale: The colours.
        path: A file that is not there yet, `.mp4`.
        span: Begin and end, None for the whole session.
        make_board: Makes what stands beside pictures of some height; None for nothing.

    Raises:
        MiaError: The file is there, can't be written, or a picture is damaged.
    """
    from mia_core.recording.overlay_painter import OverlayPainter
    from mia_core.recording.overlay_video import OverlayVideo

    begin_s, end_s = span or (session.begin_s, session.end_s)
    first, last = session.frame_at(begin_s), session.frame_at(end_s)
    said = track.name if track.is_predicted else f"{track.name} sEMG"
    caption = f"{said}, predicted" if track.is_predicted else said
    painter = OverlayPainter(scale, caption)
    if make_board is not None:
        from app.review_page.overlay_board import BoardPainter

        height = session.image_size_px[1]
        painter = BoardPainter(scale, caption, make_board(height - height % _EVEN))
    video = OverlayVideo(path, painter, session.recorded.frame_hz)
    is_stopped = False
    try:
        for frame in range(first, last + 1):
            if work.is_cancelled():
                is_stopped = True
                break
            time_s = float(session.times_s[frame])
            image = session.picture(frame)
            height, width = (side - side % _EVEN for side in image.shape[:2])
            shown = Frame(image[:height, :width], time_s, 0.0, frame)
            video.write(shown, session.pose(frame), session.activation(track, time_s))
            work.report((frame - first) / max(last - first, 1), f"Writing {path.name}")
    finally:
        video.close()
        if is_stopped:
            path.unlink(missing_ok=True)
    return None if is_stopped else path
