"""What the record page decides, without widgets, on a clock that the tests wind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.live_page.messages import Tone
from app.record_page.alarms import alarms
from app.record_page.contraction_ritual import LENGTH_S, PAUSES_S, ContractionRitual, sync_content
from app.record_page.cues import Cues
from app.record_page.loss_watch import LossWatch
from app.record_page.pose_tape import PoseTape
from app.record_page.record_access import RecordAccess
from app.record_page.ritual import RitualStage
from app.record_page.session_choices import (
    PAPER,
    SessionChoices,
    chosen_protocol,
    known_subjects,
    subject_problem,
)
from app.record_page.stream_checks import check_streams, required_in_session
from app.record_page.summary import Presence, TrialCounts, summarise
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import PipelineState, Tracking
from mia_core.muscles import MONTAGE
from mia_core.processing.sync_ritual import SyncEstimate
from mia_core.recording.protocol import PAPER_PROTOCOL, ProtocolError
from mia_core.recording.protocol_runner import Cue
from mia_core.recording.recording_health import RecordingHealth, RecordingState
from mia_core.recording.recording_manifest import (
    Consent,
    Privacy,
    RecordedCounts,
    RecordingManifest,
    Subject,
)
from mia_core.samples import Pose
from mia_core.sensors.emg_calibration import EmgCalibration, MuscleReference
from mia_core.sensors.sensor_state import Light, SensorPhase, SignalQuality
from tests.fakes.clock import FakeClock
from tests.fakes.people import standing_px
from tests.fakes.scripted_sensors import ScriptedSensors, chunk
from tests.gui.fake_pipeline import picture, running_snapshot

LEFT_BICEPS = MONTAGE.placements[0]
WELL = running_snapshot()


def states_of(snapshot: Any, feed: SensorFeed | None = None, optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {check.name: check for check in check_streams(snapshot, feed, optional)}


@pytest.mark.parametrize("subject", ["P07", "a", "S_1-b", "x" * 64])
def test_short_ids_are_subjects(subject: str) -> None:
    assert subject_problem(subject) == ""


@pytest.mark.parametrize("subject", ["", "-a", "_a", "x" * 65, "Jane Doe", "../up", "a/b", "ü", "a\n"])
def test_what_is_no_id_is_refused_in_a_sentence(subject: str) -> None:
    assert subject_problem(subject).endswith(".")


@settings(max_examples=50)
@given(st.text("aZ09-_ ./ü\n", max_size=70))
def test_a_text_is_a_subject_exactly_when_the_form_takes_it(text: str) -> None:
    try:
        Subject(text)
        is_one = True
    except ValueError:
        is_one = False
    assert (subject_problem(text) == "") == is_one


def test_those_who_were_recorded_are_known(tmp_path: Path) -> None:
    for name in ("sub-P02", "sub-P01", "sub-", "sub-a b", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "sub-P03").write_text("a file")
    assert known_subjects(tmp_path) == ["P01", "P02"]
    assert known_subjects(tmp_path / "none") == []


def test_a_choice_names_a_protocol(tmp_path: Path) -> None:
    assert chosen_protocol("") is None
    assert chosen_protocol(PAPER) is PAPER_PROTOCOL
    with pytest.raises(ProtocolError, match="can't be read"):
        chosen_protocol(str(tmp_path / "none.toml"))


def test_the_protocol_in_the_readme_can_be_used(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(readme.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    (tmp_path / "calf_raise.png").write_bytes(b"beside the file, as it says")
    protocol = chosen_protocol(str(own))
    assert protocol is not None
    assert [(trial.exercise.name, trial.take) for trial in protocol.trials] == [
        ("squat", 1),
        ("squat", 2),
        ("calf_raise", 1),
    ]


def test_without_a_source_everything_is_missing() -> None:
    checks = states_of(None)
    assert all(check.is_missing for check in checks.values())
    assert checks["video"].words == "no source is watched"
    assert not states_of(None, optional=frozenset(checks))["video"].is_missing


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": PipelineState.STARTING}, "starting"),
        ({"state": PipelineState.PAUSED}, "paused"),
        ({"state": PipelineState.FINISHED}, "the video has ended"),
        ({"state": PipelineState.FAILED}, "failed"),
        ({"frame": None}, "no picture yet"),
        ({"health": replace(WELL.health, frame_age_s=3.2)}, "no picture for 3 s"),
    ],
)
def test_a_picture_that_does_not_come_is_missing(changes: dict[str, Any], words: str) -> None:
    check = states_of(replace(WELL, **changes))["video"]
    assert (check.is_there, check.words) == (False, words)


@pytest.mark.parametrize(
    ("tracking", "is_there"),
    [(Tracking.TRACKING, True), (Tracking.PARTIAL, True), (Tracking.SEARCHING, False), (Tracking.REACQUIRING, False)],
)
def test_a_pose_needs_a_person(tracking: Tracking, is_there: bool) -> None:
    assert states_of(replace(WELL, tracking=tracking))["pose"].is_there == is_there
    assert states_of(WELL)["video"].words == "Test camera, 30 fps"


def test_a_slow_machine_delays_the_pose_and_no_picture() -> None:
    def lagging(lag_s: float) -> dict[str, Any]:
        return states_of(replace(WELL, health=replace(WELL.health, frame_age_s=0.1, estimate_age_s=lag_s)))

    assert lagging(2.0)["video"].is_there
    assert lagging(2.0)["pose"].is_there
    assert lagging(4.0)["video"].is_there
    assert (lagging(4.0)["pose"].is_there, lagging(4.0)["pose"].words) == (False, "none for 4 s")


def test_sensors_and_calibration_are_judged_each_for_itself() -> None:
    clock = FakeClock()
    sensors = ScriptedSensors(channels=(0, 1))
    feed = SensorFeed(sensors, clock=clock)
    checks = states_of(WELL, feed)
    assert checks["sensors"].words == "2 of 2 send, simulated sEMG"
    assert checks["sensors"].is_there
    assert not checks["calibration"].is_there
    reference = MuscleReference(1.0, 500.0, sensors.state_of(0).sensor, "2026-01-01T00:00:00+00:00")
    feed.set_calibration(EmgCalibration({LEFT_BICEPS: reference}))
    assert states_of(WELL, feed)["calibration"].words == "1 of 2 muscles"
    assert not states_of(WELL, feed)["calibration"].is_there
    sensors.set_state(1, replace(sensors.state_of(1), phase=SensorPhase.LOST))
    clock.advance(1)
    assert states_of(WELL, feed)["sensors"].words == "1 of 2 send; not left triceps"
    sensors.set_state(0, replace(sensors.state_of(0), quality=SignalQuality(Light.RED, "flat line")))
    clock.advance(1)
    assert states_of(WELL, feed)["sensors"].words.startswith("0 of 2 send")


def test_what_a_session_must_have_leaves_out_what_is_not_written() -> None:
    assert required_in_session(SessionChoices()) == ("video", "pose", "emg", "calibration")
    assert required_in_session(SessionChoices(privacy=Privacy.KEYPOINTS_ONLY)) == ("pose", "emg", "calibration")
    assert required_in_session(SessionChoices(optional=frozenset({"pose", "sensors"}))) == ("video", "calibration")


class Marks:
    """Events, as a session takes them."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, kind: str, details: Mapping[str, Any]) -> None:
        self.events.append((kind, dict(details)))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]


def test_a_camera_that_goes_and_comes_back_is_marked_once_each() -> None:
    marks, clock = Marks(), FakeClock()
    watch = LossWatch(marks, clock)
    silent = replace(WELL, health=replace(WELL.health, frame_age_s=1.5))
    watch.begin()
    for snapshot in (WELL, silent, silent, WELL, WELL):
        clock.advance(0.1)
        watch.look(snapshot, None, None)
    assert marks.events == [
        ("device_lost", {"stream": "frames", "why": "no picture for 1.5 s"}),
        ("device_back", {"stream": "frames"}),
    ]
    assert watch.camera_since_s is None


def test_sensors_that_are_disconnected_are_marked_and_told() -> None:
    marks, clock = Marks(), FakeClock()
    watch = LossWatch(marks, clock)
    sensors = ScriptedSensors()
    feed = SensorFeed(sensors, clock=clock)
    watch.begin()
    watch.look(WELL, feed, feed)
    assert alarms(RecordingHealth(RecordingState.RECORDING), watch, clock.now()) == ()
    sensors.set_state(2, replace(sensors.state_of(2), phase=SensorPhase.LOST))
    clock.advance(1)
    watch.look(WELL, feed, feed)
    assert marks.events == []  # the recording itself marks single sensors
    told = alarms(RecordingHealth(RecordingState.RECORDING), watch, clock.now())
    assert [alarm.title for alarm in told] == ["Nothing comes from left quadriceps"]
    watch.look(WELL, None, feed)
    watch.look(WELL, None, feed)
    assert marks.events == [("device_lost", {"stream": "emg", "why": "they were disconnected"})]
    told = alarms(RecordingHealth(RecordingState.RECORDING), watch, clock.now())
    assert [alarm.title for alarm in told] == ["The sensors have ended"]


def test_the_worst_alarm_comes_first() -> None:
    watch = LossWatch(Marks(), FakeClock())
    health = RecordingHealth(
        RecordingState.RECORDING, error="Data were lost.", advice="Close.", warning="Little room.", queue_fill=0.9
    )
    assert [alarm.tone for alarm in alarms(health, watch, 0.0)] == [Tone.ERROR, Tone.WARNING, Tone.WARNING]
    full = replace(health, overflows={"video": 3})
    assert len(alarms(full, watch, 0.0)) == 2  # what was lost says more than that it may be


MANIFEST = RecordingManifest(
    "test",
    "2026-01-01T00:00:00Z",
    "ses-1",
    Subject("P07"),
    Consent(True, "2026-01-01T00:00:00Z"),
    sensors={"label": "simulated sEMG"},
    calibration={"version": 1},
    protocol={"name": "two"},
    sync={"offset_s": -0.012, "spread_s": 0.01, "accepted": True},
    required_streams=("video", "pose", "emg"),
    counts=RecordedCounts(90, 90, 80, 76, samples={"left_biceps": 30}),
    complete=True,
)
HEALTH = RecordingHealth(RecordingState.ENDED, Path("there"))


def presences(manifest: RecordingManifest, trials: TrialCounts | None = None) -> dict[str, Presence]:
    return {line.label: line.presence for line in summarise(manifest, HEALTH, trials).lines}


def test_a_whole_session_is_called_whole() -> None:
    summary = summarise(MANIFEST, HEALTH, TrialCounts(2, 2))
    assert (summary.title, summary.is_good) == ("Recorded, and whole", True)
    assert {line.presence for line in summary.lines} == {Presence.THERE}
    words = {line.label: line.words for line in summary.lines}
    assert words["Pose"] == "a person in 95 % of 80 frames looked at"
    assert words["Sync"] == "offset \N{MINUS SIGN}12 ms, spread 10 ms"


@pytest.mark.parametrize(
    ("changes", "label", "presence"),
    [
        ({"sensors": None}, "Sensors", Presence.MISSING),
        ({"sensors": None, "required_streams": ()}, "Sensors", Presence.LACKING),
        ({"sensors": None}, "Sync", Presence.UNWANTED),
        ({"calibration": None}, "Calibration", Presence.LACKING),
        ({"calibration": None, "required_streams": ("calibration",)}, "Calibration", Presence.MISSING),
        ({"calibration": {"references": {}}, "required_streams": ("calibration",)}, "Calibration", Presence.MISSING),
        ({"sync": None}, "Sync", Presence.LACKING),
        ({"sync": {"offset_s": 0.1, "spread_s": 0.09, "accepted": False}}, "Sync", Presence.LACKING),
        ({"consent": Consent()}, "Consent", Presence.MISSING),
        ({"privacy": Privacy.KEYPOINTS_ONLY}, "Video", Presence.UNWANTED),
        ({"counts": RecordedCounts(90, 89, 80, 76)}, "Video", Presence.MISSING),
        ({"counts": RecordedCounts(90, 90, 80, 0)}, "Pose", Presence.MISSING),
    ],
)
def test_what_a_session_lacks_is_named(changes: dict[str, Any], label: str, presence: Presence) -> None:
    assert presences(replace(MANIFEST, **changes), TrialCounts(2, 2))[label] is presence


def test_trials_that_were_not_done_are_missed_and_notes_are_told() -> None:
    assert presences(MANIFEST, TrialCounts(1, 2))["Protocol"] is Presence.LACKING
    summary = summarise(MANIFEST.noting("Too little room."), HEALTH, None)
    assert not summary.is_good
    assert summary.notes == ("Too little room.",)
    broken = summarise(None, replace(HEALTH, error="The disk is gone.", advice="Plug it in."), None)
    assert broken.notes == ("The disk is gone.", "Plug it in.")
    assert not broken.is_good


def test_cues_are_heard_and_spoken() -> None:
    beeps: list[int] = []
    said: list[str] = []
    cues = Cues(RecordAccess(Path(), beep=lambda: beeps.append(1), say=said.append))
    trial = PAPER_PROTOCOL.trials[0]
    cues.play((Cue.ANNOUNCE, Cue.TICK, Cue.BEGIN, Cue.END, Cue.DONE), trial)
    assert len(beeps) == 3
    assert said[0] == f"{trial.exercise.label}. {trial.exercise.prompt}"
    assert len(said) == 2
    mute = Cues(RecordAccess(Path()))
    mute.play((Cue.ANNOUNCE, Cue.DONE), trial)
    assert "no voice" in mute.words
    assert "voice" in cues.words


FRAME = picture()


def test_the_times_of_poses_are_the_frames_own() -> None:
    tape = PoseTape()
    pose = _bent(0.0, 0)
    late_s = [0.0, 0.03, 0.01, 0.01]
    for n, late in enumerate(late_s):
        tape.add(replace(FRAME, timestamp_s=n / 10, captured_s=50 + n / 10 + late), pose)
    times_s, keypoints, confidence = tape.since(50.05)
    np.testing.assert_allclose(times_s, [50.11, 50.21, 50.31])
    assert keypoints.shape == (3, 25, 2)
    assert confidence.shape == (3, 25)
    tape.add(replace(FRAME, timestamp_s=0.0, captured_s=51.0), pose)  # the source was started again
    np.testing.assert_allclose(tape.since(50.25)[0], [50.31, 51.0])
    assert tape.since(60.0)[0].shape == (0,)


class PlayedSubject:
    """A subject whose left elbow and its sensor follow the cues, on a clock that passes as the tests say."""

    def __init__(self, offset_s: float, jitter_s: float = 0.0, *, obeys: bool = True) -> None:
        self.clock = FakeClock()
        self.marks = Marks()
        self.tape = PoseTape()
        self.feed = SensorFeed(ScriptedSensors(channels=(0,)), clock=self.clock)
        self.ritual = ContractionRitual(LEFT_BICEPS, self.feed, self.tape, self.marks, self.clock)
        self._rng = np.random.default_rng(7)
        cues_s = np.cumsum(PAUSES_S) + 0.25
        self._contractions_s = cues_s if obeys else cues_s[:2]
        self._late_s = 0.06 + offset_s + self._rng.normal(0, jitter_s, len(self._contractions_s))
        self.cues = 0

    def do(self) -> None:
        """Go through one attempt."""
        begin_s = self.clock.now()
        self.ritual.begin()
        angle, n = 0.0, 0
        while self.ritual.stage is RitualStage.CUED:
            self.clock.advance(1 / 60)
            n += 1
            t = self.clock.now() - begin_s
            speed = _bumps(t, self._contractions_s + self._late_s)
            angle = angle + speed / 60 if speed > 0 else 0.96 * angle  # the arm falls back when it is let go
            late_s = self._rng.uniform(0, 0.01)
            self.tape.add(replace(FRAME, timestamp_s=n / 60, captured_s=self.clock.now() + late_s), _bent(angle, n))
            if n % 6 == 0:
                inner = np.linspace(t - 0.1, t, 21)
                level = float(np.mean([_bumps(at, self._contractions_s) for at in inner]))
                self.feed.put(chunk(0, [self.clock.now()], [level * 400 + self._rng.random()]))
            self.cues += self.ritual.poll(None)


def _bumps(t: float, begins_s: np.ndarray) -> float:
    since_s = t - begins_s
    return float(np.clip(np.minimum(since_s / 0.08, np.minimum(1.0, (0.5 - since_s) / 0.2)), 0.0, 1.0).sum())


def _bent(angle: float, index: int) -> Pose:
    points = standing_px()
    _, elbow, wrist = LEFT_BICEPS.keypoints
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points[wrist] = points[elbow] + (turn @ (points[wrist] - points[elbow])).astype(np.float32)
    return Pose(points, np.ones(25, np.float32), index / 60, index)


@pytest.mark.parametrize("offset_s", [-0.08, 0.0, 0.12])
def test_a_ritual_finds_the_offset_that_was_put_in(offset_s: float) -> None:
    subject = PlayedSubject(offset_s)
    subject.do()
    outcome = subject.ritual.outcome
    assert outcome is not None
    assert outcome.is_accepted
    estimate = outcome.estimate
    assert estimate is not None
    assert abs(estimate.offset_s - offset_s) <= 0.015
    assert estimate.n_events == subject.cues == 5  # all alike: exact enough
    assert subject.marks.kinds == ["ritual_begin", "ritual_end"]
    assert subject.marks.events[1][1]["status"] == "accepted"
    assert sync_content(estimate, LEFT_BICEPS)["accepted"] is True
    assert sync_content(estimate, LEFT_BICEPS)["electromechanical_delay_s"] == pytest.approx(0.06)
    assert "after 60 ms is assumed: 30 to 100 ms are known" in outcome.advice
    assert "kept" in outcome.advice
    assert "again" not in outcome.advice
    assert outcome.courses is not None
    assert np.nanmax(outcome.courses.motion[1]) == 1.0


def test_a_ritual_goes_on_until_it_is_exact_and_ten_times_at_most() -> None:
    subject = PlayedSubject(0.0, jitter_s=0.03)
    subject.do()
    outcome = subject.ritual.outcome
    assert outcome is not None
    assert isinstance(outcome.estimate, SyncEstimate)
    assert outcome.estimate.n_events == subject.cues == len(PAUSES_S) == 10
    assert outcome.estimate.accepted
    assert not outcome.estimate.is_exact
    assert f"give or take {1e3 * outcome.estimate.margin_s:.0f} ms" in outcome.verdict
    assert "again" in outcome.advice
    assert subject.ritual.so_far is not None
    assert 5 <= subject.ritual.so_far.n_events <= 10
    subject.ritual.begin()
    assert subject.ritual.so_far is None


def test_contractions_that_disagree_are_refused_with_the_reason() -> None:
    subject = PlayedSubject(0.0, jitter_s=0.12)
    subject.do()
    outcome = subject.ritual.outcome
    assert outcome is not None
    assert not outcome.is_accepted
    assert subject.marks.events[1][1]["status"] == "refused"
    assert outcome.verdict.startswith("Refused: the contractions disagree")


def test_too_few_contractions_are_refused_and_may_be_done_again() -> None:
    subject = PlayedSubject(0.0, obeys=False)
    subject.do()
    outcome = subject.ritual.outcome
    assert outcome is not None
    assert outcome.estimate is None
    assert outcome.verdict.startswith("Only 2 of at least 5")
    subject.ritual.begin()
    assert subject.ritual.outcome is None
    subject.ritual.cancel()
    assert subject.marks.events[-1] == (
        "ritual_end",
        {"muscle": "left_biceps", "method": "contractions", "status": "broken off"},
    )
    assert subject.ritual.stage is RitualStage.WAITING


def test_a_limb_that_is_never_seen_is_an_error_not_a_crash() -> None:
    subject = PlayedSubject(0.0)
    subject.ritual.begin()
    subject.clock.advance(LENGTH_S + 0.1)
    subject.ritual.poll(None)
    outcome = subject.ritual.outcome
    assert outcome is not None
    assert outcome.estimate is None
    assert outcome.advice
