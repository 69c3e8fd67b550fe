"""How much of this machine a recording takes: costs against the time that there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from mia_core.bundled import DEMO_VIDEO
from mia_core.clock import Clock, SystemClock, processor_s
from mia_core.errors import VideoFileError
from mia_core.opencv import cv2
from mia_core.recording.face_blur import FaceBlur
from mia_core.recording.frame_encoder import FrameEncoder
from mia_core.recording.matroska import MatroskaWriter
from mia_core.recording.session_recording import RecordingSettings
from mia_core.samples import Frame, Image, Pose

SIZE_PX: Final = (1280, 720)
RATE_HZ: Final = 30.0
N_FRAMES: Final = 90
NOISE: Final = 3.0
"""Standard deviation of a webcam's noise in grey levels; without it, pictures would be too easy."""


@dataclass(frozen=True, slots=True)
class RecordingCosts:
    """Costs at 1280 x 720 and 30 frames a second, on one core.

    Attributes:
        picture_share: Processor time of compressing a picture over the time between two.
        blurred_share: The same with the face hidden.
        mpeg4_share: The same for FFmpeg's MPEG-4 encoder, which is not used.
        write_share: Time of writing a picture to the disk over the time between two.
        sync_p99_share: 99th percentile of the time that the system takes to put a second of video onto the disk, over
            that second.
        mb_per_s: Megabytes of video a second.
        mpeg4_mb_per_s: The same for FFmpeg's MPEG-4 encoder.
        psnr_db: Likeness of the pictures to the originals; the noise alone would be at 38.6 dB.
        mpeg4_psnr_db: The same for FFmpeg's MPEG-4 encoder.
    """

    picture_share: float
    blurred_share: float
    mpeg4_share: float
    write_share: float
    sync_p99_share: float
    mb_per_s: float
    mpeg4_mb_per_s: float
    psnr_db: float
    mpeg4_psnr_db: float


def measure_recording(folder: Path, n_frames: int = N_FRAMES, clock: Clock | None = None) -> RecordingCosts:
    """Measure, on the demo subject with a webcam's noise, in a folder that is empty.

    Args:
        folder: Where to write.
        n_frames: Pictures to compress; ten times as many are written.
        clock: Times the writing.

    Raises:
        VideoFileError: The demo video is missing.
        RecordingError: The folder can't be written.
    """
    clock = clock or SystemClock()
    frames = _frames(n_frames)
    encoder = FrameEncoder(RecordingSettings().jpeg_quality, None)
    jpegs: list[bytes] = []
    picture_s = _processor_s(lambda: jpegs.extend(encoder.encode(frame)[0] for frame in frames))
    blurring = FrameEncoder(RecordingSettings().jpeg_quality, _knowing(frames))
    blurred_s = _processor_s(lambda: [blurring.encode(frame) for frame in frames])
    mpeg4 = folder / "video.mp4"
    mpeg4_s = _processor_s(lambda: _write_mpeg4(mpeg4, frames))
    writer = MatroskaWriter(folder / "video.mkv", SIZE_PX, "benchmark")
    begun_s = clock.now()
    syncs_s, written_s = [], 0.0
    for number in range(10 * n_frames):
        writer.append(jpegs[number % n_frames], round(1e6 * number / RATE_HZ))
        if number % RATE_HZ == RATE_HZ - 1:
            written_s += clock.now() - begun_s
            begun_s = clock.now()
            writer.file.sync()
            syncs_s.append(clock.now() - begun_s)
            begun_s = clock.now()
    writer.file.close()
    pictures = [cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) for jpeg in jpegs]
    capture = cv2.VideoCapture(str(mpeg4), cv2.CAP_FFMPEG)
    mpeg4_pictures = [capture.read()[1] for _ in frames]
    capture.release()
    present_s = n_frames / RATE_HZ
    return RecordingCosts(
        picture_share=picture_s / present_s,
        blurred_share=blurred_s / present_s,
        mpeg4_share=mpeg4_s / present_s,
        write_share=written_s / (10 * present_s),
        sync_p99_share=float(np.percentile(syncs_s, 99)),
        mb_per_s=sum(map(len, jpegs)) / present_s / 1e6,
        mpeg4_mb_per_s=mpeg4.stat().st_size / present_s / 1e6,
        psnr_db=_likeness_db(frames, pictures),
        mpeg4_psnr_db=_likeness_db(frames, mpeg4_pictures),
    )


def _likeness_db(frames: list[Frame], pictures: list[Any]) -> float:
    pairs = zip(frames, pictures, strict=True)
    return float(np.mean([cv2.PSNR(frame.image, picture) for frame, picture in pairs]))


def _frames(n_frames: int) -> list[Frame]:
    capture = cv2.VideoCapture(str(DEMO_VIDEO), cv2.CAP_FFMPEG)
    rng = np.random.default_rng(0)
    frames = []
    for index in range(n_frames):
        done, image = capture.read()
        if not done:
            raise VideoFileError("The demo video is missing or damaged.", "Install the application again.")
        noisy = cv2.resize(image, SIZE_PX) + rng.normal(0, NOISE, (SIZE_PX[1], SIZE_PX[0], 3))
        grainy: Image = np.clip(noisy, 0, 255).astype(np.uint8)
        frames.append(Frame(grainy, index / RATE_HZ, 0.0, index))
    capture.release()
    return frames


def _knowing(frames: list[Frame]) -> FaceBlur:
    """Return a blur that knows a head in the middle of every frame."""
    blur = FaceBlur()
    points = (np.array(SIZE_PX) / 2 + 8 * np.arange(25)[:, None]).astype(np.float32)
    for frame in frames[-60:]:
        blur.note(frame.timestamp_s, Pose(points, np.ones(25, np.float32), frame.timestamp_s, frame.index))
    return blur


def _write_mpeg4(path: Path, frames: list[Frame]) -> None:
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), RATE_HZ, SIZE_PX)
    for frame in frames:
        writer.write(frame.image)
    writer.release()


def _processor_s(work: Callable[[], object]) -> float:
    begun_s = processor_s()
    work()
    return processor_s() - begun_s
