from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.live_page.live_session import Phase, SessionView
from app.live_page.messages import Message, MessageFilter, Tone, message_for, missing_joints
from app.live_page.source_choice import SourceChoice
from mia_core.errors import CameraNotFoundError
from mia_core.live.snapshot import PipelineState, Snapshot, Tracking
from mia_core.skeleton import INDEX
from tests.gui.fake_pipeline import FakePipeline, running_snapshot, standing_person

LIVE = SessionView(Phase.LIVE, SourceChoice.camera("1", "Test camera"), FakePipeline())
FILE = SessionView(Phase.LIVE, SourceChoice.demo(), FakePipeline())


def _unseen(*joints: str) -> Snapshot:
    confidence = np.full(25, 0.9, np.float32)
    confidence[[INDEX[joint] for joint in joints]] = 0.3
    return running_snapshot(pose=replace(standing_person(), confidence=confidence))


def test_silent_when_idle_and_when_all_is_well() -> None:
    assert message_for(SessionView(), None) is None
    assert message_for(LIVE, running_snapshot()) is None


@pytest.mark.parametrize("snapshot", [None, Snapshot()])
def test_starting_names_the_source(snapshot: Snapshot | None) -> None:
    for view in (SessionView(Phase.STARTING, SourceChoice.demo()), FILE):
        message = message_for(view, snapshot)
        assert message is not None
        assert message.title == "Starting Demo subject …"
        assert message.tone is Tone.BUSY


def test_errors_of_start_and_of_running_come_with_advice_and_a_way_out() -> None:
    error = CameraNotFoundError("No camera has that id.", "Plug it in.")
    at_start = message_for(SessionView(Phase.FAILED, SourceChoice.demo(), error=error), None)
    running = message_for(
        LIVE, running_snapshot(state=PipelineState.FAILED, error="No camera has that id.", advice="Plug it in.")
    )
    assert at_start == running == Message(Tone.ERROR, "No camera has that id.", "Plug it in.", offers_sources=True)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"warming_up_s": 2.14}, "Warming up, 2.1 s left"),
        ({"tracking": Tracking.SEARCHING}, "Nobody is seen"),
        ({"tracking": Tracking.REACQUIRING, "warming_up_s": 1.0}, "Looking for the person again"),
        ({"state": PipelineState.PAUSED, "tracking": Tracking.SEARCHING}, "Paused"),
        ({"state": PipelineState.FINISHED}, "The video has ended."),
        ({"health": replace(running_snapshot().health, frame_age_s=3.2)}, "No picture from Test camera for 3 s"),
        ({"health": replace(running_snapshot().health, frame_age_s=0.9, estimate_age_s=0.9)}, None),
        ({"health": replace(running_snapshot().health, estimate_age_s=2.2)}, "The picture is 2 s late"),
    ],
)
def test_the_most_important_message_of_a_snapshot(changes: dict[str, object], title: str | None) -> None:
    message = message_for(LIVE, running_snapshot(**changes))
    assert (message.title if message is not None else None) == title


def test_only_a_camera_has_a_cable_to_check() -> None:
    late = running_snapshot(health=replace(running_snapshot().health, frame_age_s=3.2))
    of_camera, of_file = message_for(LIVE, late), message_for(FILE, late)
    assert of_camera is not None
    assert of_file is not None
    assert "cable" in of_camera.text
    assert "goes on by itself" in of_file.text
    assert "cable" not in of_file.text


def test_the_place_of_a_recording_is_told_after_failures_and_before_all_else(tmp_path: Path) -> None:
    folder = tmp_path / "live-1"
    paused = running_snapshot(state=PipelineState.PAUSED)
    for view, snapshot in ((SessionView(), None), (LIVE, running_snapshot()), (LIVE, paused)):
        message = message_for(view, snapshot, folder)
        assert message is not None
        assert message.folder == folder
        assert "live-1" in message.title
        assert str(tmp_path) in message.text
    failed = message_for(LIVE, running_snapshot(state=PipelineState.FAILED, error="It broke."), folder)
    assert failed is not None
    assert failed.title == "It broke."


def test_missing_joints_are_named_for_people() -> None:
    snapshot = _unseen("left_knee", "left_ankle", "right_ankle", "nose")
    assert snapshot.pose is not None
    assert missing_joints(snapshot.pose) == ("left knee", "both ankles")
    message = message_for(LIVE, snapshot)
    assert message is not None
    assert message.title == "Step back: left knee and both ankles are not in view"
    one = message_for(LIVE, _unseen("left_wrist"))
    assert one is not None
    assert one.title == "Step back: left wrist is not in view"


def test_nobody_in_a_recording_is_asked_to_move() -> None:
    message = message_for(FILE, _unseen("left_wrist"))
    assert message is not None
    assert message.title == "Left wrist is not in view"
    nobody = message_for(FILE, running_snapshot(tracking=Tracking.SEARCHING))
    assert nobody is not None
    assert "Step" not in nobody.text


BRIEF = Message(Tone.WARNING, "Nobody is seen", "", brief=True)
LASTING = Message(Tone.BUSY, "Warming up", "")


def test_one_bad_frame_shows_nothing() -> None:
    filter_ = MessageFilter()
    assert filter_.settle(BRIEF, 0.0) is None
    assert filter_.settle(None, 0.1) is None
    assert filter_.settle(BRIEF, 0.75) is None  # counted anew


def test_a_brief_message_shows_after_a_moment_and_lingers() -> None:
    filter_ = MessageFilter()
    assert filter_.settle(BRIEF, 0.0) is None
    assert filter_.settle(BRIEF, 0.8) is BRIEF
    assert filter_.settle(None, 0.9) is BRIEF
    assert filter_.settle(BRIEF, 1.0) is BRIEF  # no waiting again while it is still shown
    assert filter_.settle(None, 2.1) is None


def test_a_lasting_message_shows_and_goes_at_once() -> None:
    filter_ = MessageFilter()
    assert filter_.settle(LASTING, 0.0) is LASTING
    assert filter_.settle(None, 0.1) is None
