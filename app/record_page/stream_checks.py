"""Which streams are there before a recording begins, and which are missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from app.record_page.session_choices import STREAMS, SessionChoices
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import PipelineState, Snapshot, Tracking
from mia_core.muscles import in_short
from mia_core.recording.recording_manifest import Privacy
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState

CAMERA_SILENT_S: Final = 1.0
"""A camera that delivers nothing for so long is silent."""
POSE_OLD_S: Final = 3.0
"""As long as the window of a model: an estimate that lags by more says nothing about now. A slow machine lags by less,
and delays no picture on its way to the disk."""
LABELS: Final = {"video": "Video", "pose": "Pose", "sensors": "Sensors", "calibration": "Calibration"}
_IN_SESSION: Final = {"video": "video", "pose": "pose", "sensors": "emg", "calibration": "calibration"}
"""What a session calls its streams."""


@dataclass(frozen=True, slots=True)
class StreamCheck:
    """How one stream stands.

    Attributes:
        name: One of `STREAMS`.
        is_there: Whether it would be recorded as it should.
        words: How it stands, in a few words.
        is_required: Whether a recording without it must be confirmed.
    """

    name: str
    is_there: bool
    words: str
    is_required: bool

    @property
    def is_missing(self) -> bool:
        """Whether it is required and not there."""
        return self.is_required and not self.is_there


def required_in_session(choices: SessionChoices) -> tuple[str, ...]:
    """Return the streams that a session must have, by the names it has for them."""
    no_video = {"video"} if choices.privacy is Privacy.KEYPOINTS_ONLY else set()
    left_out = choices.optional | no_video
    return tuple(_IN_SESSION[name] for name in STREAMS if name not in left_out)


def check_streams(
    snapshot: Snapshot | None, feed: SensorFeed | None, optional: Collection[str]
) -> tuple[StreamCheck, ...]:
    """Return how each of `STREAMS` stands.

    Args:
        snapshot: The newest picture, None while nothing is watched.
        feed: The running sensors, None without.
        optional: Which of them may be missing.
    """
    found = {
        "video": _video(snapshot),
        "pose": _pose(snapshot),
        "sensors": _sensors(feed),
        "calibration": _calibration(feed),
    }
    return tuple(StreamCheck(name, *found[name], name not in optional) for name in STREAMS)


def _video(snapshot: Snapshot | None) -> tuple[bool, str]:
    if snapshot is None:
        return False, "no source is watched"
    health = snapshot.health
    match snapshot.state:
        case PipelineState.STARTING:
            return False, "starting"
        case PipelineState.PAUSED:
            return False, "paused"
        case PipelineState.FINISHED:
            return False, "the video has ended"
        case PipelineState.FAILED:
            return False, "failed"
        case _ if snapshot.frame is None:
            return False, "no picture yet"
        case _ if health.frame_age_s > CAMERA_SILENT_S:
            return False, f"no picture for {health.frame_age_s:.0f} s"
        case _:
            return True, f"{health.source_name}, {health.source_fps:.0f} fps"


def _pose(snapshot: Snapshot | None) -> tuple[bool, str]:
    if snapshot is None or snapshot.frame is None:
        return False, "no picture"
    if snapshot.health.estimate_age_s > POSE_OLD_S:
        return False, f"none for {snapshot.health.estimate_age_s:.0f} s"
    return {
        Tracking.TRACKING: (True, "whole person"),
        Tracking.PARTIAL: (True, "part of a person only"),
        Tracking.SEARCHING: (False, "nobody is seen"),
        Tracking.REACQUIRING: (False, "looking for the person"),
    }[snapshot.tracking]


def sends_well(state: SensorState) -> bool:
    """Return whether a sensor's samples are worth recording."""
    return state.phase is SensorPhase.STREAMING and state.quality.light is not Light.RED


def _sensors(feed: SensorFeed | None) -> tuple[bool, str]:
    if feed is None:
        return False, "not connected"
    if feed.error is not None:
        return False, "ended by an error"
    states = feed.states()
    bad = [state.placement for state in states if not sends_well(state)]
    if not bad:
        return True, f"{len(states)} of {len(states)} send, {feed.label}"
    names = in_short(tuple(placement.name for placement in bad)) if len(bad) < 3 else ""
    return False, f"{len(states) - len(bad)} of {len(states)} send" + (f"; not {names}" if names else "")


def _calibration(feed: SensorFeed | None) -> tuple[bool, str]:
    if feed is None:
        return False, "no sensors"
    n, n_calibrated = len(feed.source.montage.assignments), int(feed.calibrated.sum())
    if not n_calibrated:
        return False, "none, so 100 % is not known"
    return n_calibrated == n, f"{n_calibrated} of {n} muscles"
