"""One session in memory, as it is looked at: which picture, person and muscles belong to each moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.recorded_session import RecordedSession
from mia_core.export.session_steps import SessionSteps, pose_steps, same_steps
from mia_core.export.trials import TrialSpan
from mia_core.live.muscle_readout import MuscleReadout
from mia_core.models.activation_model import ActivationModel
from mia_core.muscles import MONTAGE
from mia_core.processing.own_scale import own_share
from mia_core.recording.session_drift import StreamDrift, session_drifts
from mia_core.recording.session_review import SessionReview, read_review
from mia_core.samples import STEP_S, Floats, Image, MuscleActivation, Pose

if TYPE_CHECKING:
    from mia_core.recording.recorded_video import RecordedVideo

POSE_HELD_S: Final = 0.25
"""A person found so long ago is still shown in frames that nobody was looked for in."""
BLANK_BGR: Final = (26, 20, 15)
"""Of the stage where no picture was kept."""
_POINTS: Final = {
    "marker": "marker",
    "note": "note",
    "device_lost": "device lost",
    "device_back": "device back",
    "gap": "gap",
    "overflow": "overflow",
    "pause": "pause",
    "resume": "resume",
    "ritual_begin": "sync ritual",
}
_UNKNOWN_MODEL: Final = "No model"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a moment.

    Attributes:
        time_s: When, on the time line of the frames.
        kind: Which kind of event.
        text: What to say of it.
    """

    time_s: float
    kind: str
    text: str


@dataclass(frozen=True)
class Track:
    """One course of all muscles, on the steps of the session.

    Attributes:
        name: For people: the model, or what measured it.
        values: (n, 8) float32, NaN where unknown.
        low: (n, 8) float32 lower ends of the 80 % intervals, NaN where unknown.
        high: (n, 8) float32, the upper ends.
        is_predicted: Whether a model said it.
        own_scale: (n, 8) float32 what a sensor without calibration says, on its `OwnScale`; NaN elsewhere.
    """

    name: str
    values: Floats
    low: Floats
    high: Floats
    is_predicted: bool = True
    own_scale: Floats | None = None


@dataclass(frozen=True)
class ReviewedSession:
    """A session with all that is shown of it.

    Attributes:
        recorded: What is on disk.
        review: What people put right.
        steps: It on the 10 Hz grid.
        times_s: (n,) float64 the frames that can be shown, ascending, on their time line.
        pictures: (n,) intp number of each in the video, -1 where there is no picture.
        pose_rows: (n,) intp row of the pose to show with it, -1 for none.
        marks: What happened, in order.
        tracks: The recorded prediction, the measurement when there is one, and what other models say.
        video: The pictures, None where none were kept.
        drifts: How the clocks of camera and sensors ran, where that can be told.
    """

    recorded: RecordedSession
    review: SessionReview
    steps: SessionSteps
    times_s: NDArray[np.float64]
    pictures: NDArray[np.intp]
    pose_rows: NDArray[np.intp]
    marks: tuple[Mark, ...]
    tracks: tuple[Track, ...]
    video: RecordedVideo | None
    drifts: tuple[StreamDrift, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> ReviewedSession:
        """Read a session; takes seconds for a long one.

        Raises:
            MiaError: It can't be read.
        """
        recorded = RecordedSession.read(folder)
        session, steps = recorded.session, recorded.steps
        video = None
        if session.video is not None:
            from mia_core.recording.recorded_video import RecordedVideo

            video = RecordedVideo(session.video)
        index, times_s = session.captured.index, session.captured.timestamps_s
        in_video = session.captured.in_video
        if not len(index):
            index, times_s = session.frame_index, session.frame_timestamps_s
            in_video = np.zeros(len(index), np.bool_)
        order = np.argsort(times_s, kind="stable")
        pictures = np.where(in_video, np.cumsum(in_video) - 1, -1)
        pictures[pictures >= (len(video) if video is not None else 0)] = -1
        return cls(
            recorded,
            read_review(folder),
            steps,
            times_s[order],
            pictures[order],
            _pose_rows(session.frame_timestamps_s, times_s[order]),
            _marks(recorded),
            _tracks(recorded, steps),
            video,
            session_drifts(session),
        )

    @property
    def title(self) -> str:
        """Name for people."""
        return self.recorded.title

    @property
    def begin_s(self) -> float:
        """Time of the first frame."""
        return float(self.times_s[0]) if len(self.times_s) else 0.0

    @property
    def end_s(self) -> float:
        """Time of the last frame."""
        return float(self.times_s[-1]) if len(self.times_s) else 0.0

    @property
    def trials(self) -> tuple[TrialSpan, ...]:
        """The takes that were done, as people put them right."""
        return self.recorded.trials_under(self.review)

    @property
    def measured(self) -> Track | None:
        """What sensors say, None without them."""
        return next((track for track in self.tracks if not track.is_predicted), None)

    @property
    def image_size_px(self) -> tuple[int, int]:
        """Width and height of the stage."""
        if self.video is not None:
            return self.video.size_px
        width, height = self.recorded.image_size_px
        return (width, height) if width and height else (1280, 720)

    def with_review(self, review: SessionReview) -> ReviewedSession:
        """Return it with other edits."""
        return replace(self, review=review)

    def with_track(self, track: Track) -> ReviewedSession:
        """Return it with what another model says, in the place of what that model said before."""
        others = tuple(other for other in self.tracks if other.name != track.name)
        return replace(self, tracks=(*others, track))

    def frame_at(self, time_s: float) -> int:
        """Return the number of the frame that is shown at a time."""
        at = int(np.searchsorted(self.times_s, time_s + 1e-6, side="right")) - 1
        return min(max(at, 0), max(len(self.times_s) - 1, 0))

    def picture(self, frame: int) -> Image:
        """Return the image of a frame, (height, width, 3) BGR; an empty stage where none was kept.

        Raises:
            VideoFileError: It is damaged.
        """
        number = int(self.pictures[frame]) if len(self.pictures) else -1
        if self.video is not None and number >= 0:
            return self.video.picture(number)
        width, height = self.image_size_px
        return np.full((height, width, 3), BLANK_BGR, np.uint8)

    def pose(self, frame: int) -> Pose | None:
        """Return the person in a frame, None where nobody was found."""
        row = int(self.pose_rows[frame]) if len(self.pose_rows) else -1
        session = self.recorded.session
        if row < 0 or not np.isfinite(session.confidence[row]).all():
            return None
        return Pose(
            session.keypoints_px[row].astype(np.float32),
            session.confidence[row].astype(np.float32),
            float(session.frame_timestamps_s[row]),
            int(session.frame_index[row]),
        )

    def activation(self, track: Track, time_s: float) -> MuscleActivation | None:
        """Return the muscles at a time, interpolated between two steps; None where no step is near."""
        times_s = self.steps.timestamps_s
        after = int(np.searchsorted(times_s, time_s, side="right"))
        before = after - 1
        if before < 0 or time_s - times_s[before] > 2 * STEP_S:
            return None
        values = track.values[before]
        if after < len(times_s) and times_s[after] - times_s[before] <= 1.5 * STEP_S:
            weight = np.float32((time_s - times_s[before]) / (times_s[after] - times_s[before]))
            values = values + weight * (track.values[after] - values)
        return MuscleActivation(values, time_s)

    def close(self) -> None:
        """Close the video."""
        if self.video is not None:
            self.video.close()


def run_model(
    session: ReviewedSession,
    model: ActivationModel,
    report: Callable[[float], None] = lambda _share: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Track | None:
    """Let a model judge the stored poses as it would have live; returns None when it was stopped.

    Args:
        session: The session.
        model: The model.
        report: Called with the share done.
        should_stop: Asked at every frame.
    """
    recorded, n = session.recorded, len(session.steps)
    lookahead = recorded.session.manifest.get("lookahead_steps")
    width, height = recorded.image_size_px
    size_px = (width, height) if width and height else session.image_size_px
    readout = MuscleReadout(model, size_px, lookahead if isinstance(lookahead, int) else 0)
    said: list[MuscleActivation] = []
    for completed in pose_steps(recorded.session):
        if should_stop():
            return None
        for step in completed:
            said += readout.push(step)
        report(len(said) / max(n, 1))
    said += readout.flush()
    values, low, high = (np.full((n, len(_NOTHING)), np.nan, np.float32) for _ in range(3))
    rows, found = same_steps(np.array([one.timestamp_s for one in said]), session.steps.timestamps_s)
    for row, place in zip(rows.tolist(), found.tolist(), strict=True):
        one = said[row]
        values[place] = one.values
        low[place] = _NOTHING if one.low is None else one.low
        high[place] = _NOTHING if one.high is None else one.high
    return Track(model.card.name, values, low, high)


_NOTHING: Final = np.full(8, np.nan, np.float32)


def _tracks(recorded: RecordedSession, steps: SessionSteps) -> tuple[Track, ...]:
    model = recorded.session.manifest.get("model")
    name = model.get("name") if isinstance(model, dict) else None
    said = f"{name}, live" if isinstance(name, str) and name else _UNKNOWN_MODEL
    tracks = [Track(said, steps.predicted, steps.low, steps.high)]
    if np.isfinite(steps.emg).any():
        nothing = np.full_like(steps.measured, np.nan)
        own = nothing.copy()
        for muscle in recorded.muscles:
            channel = MONTAGE.placements.index(muscle.placement)
            if not np.isfinite(steps.measured[:, channel]).any():
                own[:, channel] = own_share(
                    steps.emg[:, channel], steps.emg_whole[:, channel], muscle.profile.least_rise
                )
        no_calibration = not np.isfinite(steps.measured).any()
        name = f"{recorded.provenance.capitalize()} sEMG" + (", not calibrated" if no_calibration else "")
        tracks.append(Track(name, steps.measured, nothing, nothing, is_predicted=False, own_scale=own))
    return tuple(tracks)


def _pose_rows(estimated_s: NDArray[np.float64], times_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each frame the newest estimate at or before it, -1 where that is too old."""
    order = np.argsort(estimated_s, kind="stable")
    at = np.searchsorted(estimated_s[order], times_s + 1e-6, side="right") - 1
    if not len(order):
        return np.full(len(times_s), -1, np.intp)
    rows = order[np.maximum(at, 0)]
    is_near = (at >= 0) & (times_s - estimated_s[rows] <= POSE_HELD_S)
    return np.where(is_near, rows, -1).astype(np.intp)


def _marks(recorded: RecordedSession) -> tuple[Mark, ...]:
    marks = []
    for event in recorded.session.events:
        name = _POINTS.get(event.kind)
        time_s = recorded.on_line(event.time_ns / 1e9 - recorded.zero_s)
        if name is None or not np.isfinite(time_s):
            continue
        said = next((event.details[key] for key in ("text", "why", "stream") if key in event.details), "")
        text = said if isinstance(said, str) else ""
        marks.append(Mark(time_s, event.kind, f"{name}: {text}" if text else name))
    return tuple(marks)
