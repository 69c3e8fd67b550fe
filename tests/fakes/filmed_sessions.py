"""A made session with pictures whose grey value tells the frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mia_core.opencv import cv2
from mia_core.recording import session as form
from mia_core.recording.matroska import MatroskaWriter, complete_video
from mia_core.samples import Image
from tests.export.made_sessions import HZ, IMAGE

GREYS = 200


def grey_of(frame: int) -> int:
    """The grey of a frame."""
    return 20 + frame % GREYS


def frame_of(image: Image) -> int:
    """The frame (below `GREYS`) of a picture."""
    return round(float(image.mean())) - 20


def film(folder: Path) -> Path:
    """Give a made session a video in which every frame has its picture."""
    frames = folder / form.FRAMES
    head, *rows = frames.read_text().splitlines()
    writer = MatroskaWriter(folder / form.VIDEO, IMAGE, "mia-live test")
    for row in rows:
        frame = int(row.split(",")[0])
        image = np.full((IMAGE[1], IMAGE[0], 3), grey_of(frame), np.uint8)
        writer.append(cv2.imencode(".jpg", image)[1].tobytes(), round(frame / HZ * 1e6))
    writer.file.close()
    complete_video(folder / form.VIDEO)
    frames.write_text("\n".join([head, *(f"{row[:-1]}1" for row in rows)]) + "\n")
    return folder
