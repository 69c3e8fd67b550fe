"""The sEMG of a session keeps step with its film: one clock, through pauses and new beginnings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mia_core.capture.video_file import VideoFile
from mia_core.errors import SessionFormatError
from mia_core.export.session_replay import session_sensors
from mia_core.live.time_line import TimeLine
from mia_core.recording import session as form
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.session_recording import SessionRecording
from mia_core.samples import EmgChunk
from mia_core.streams import EndOfStream
from tests.fakes.clock import FakeClock
from tests.fakes.numbered_streams import KILOHERTZ, index_of, numbered_frame
from tests.fakes.scripted_sensors import COUNTS, ScriptedSensors
from tests.recording.test_session_recording import SETTINGS

SECONDS, HZ = 4, 30
MANIFEST = RecordingManifest("mia-live 0", "2026-01-01T00:00:00+00:00", "ses-1", Subject("P01"))


def samples(rate_hz: float, channels: tuple[int, ...]) -> Iterator[EmgChunk]:
    """Samples whose values are the times at which they were taken, in ms since the first frame."""
    n_packet = 20 if rate_hz > 200 else 1
    for begin in range(0, int(SECONDS * rate_hz), n_packet):
        at_ms = 1000 * np.arange(begin, begin + n_packet) / rate_hz
        arrivals_s = np.full(n_packet, 100 + at_ms[-1] / 1000)
        for channel in channels:
            yield EmgChunk(
                np.full(n_packet, channel),
                at_ms.astype(np.float32),
                arrivals_s,
                arrivals_s,
                np.arange(begin, begin + n_packet) if rate_hz > 200 else np.full(n_packet, -1),
                np.zeros(n_packet, np.int32),
                np.zeros(n_packet, np.uint8),
            )


@pytest.fixture(params=["slow", "fast"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A session of four seconds whose first frame came at 100 s; its film lacks the first three frames."""
    profile, rate_hz = (COUNTS, 10.0) if request.param == "slow" else (KILOHERTZ, 1000.0)
    channels = (0, 5)
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(tmp_path / "ses-1", MANIFEST, ScriptedSensors(profile, channels))
    for index in range(3, SECONDS * HZ):
        recording.put_frame(numbered_frame(index))
    for chunk in samples(rate_hz, channels):
        recording.put_emg(chunk)
    assert recording.finish() is not None
    assert (tmp_path / "ses-1" / (form.EMG_CSV if request.param == "slow" else form.EMG_BINARY)).is_file()
    return tmp_path / "ses-1"


class Player:
    """Plays film and sensors of a session on one clock that tests wind."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.time_line = FakeClock(), TimeLine()
        self.clock.advance(5000)
        self.film = VideoFile(folder / form.VIDEO, realtime=True, clock=self.clock)
        self.sensors = session_sensors(folder, lambda: self.time_line, self.clock)
        self.film.open()
        self.sensors.open()
        self.shown: list[tuple[float, int]] = []
        self.arrived: list[tuple[float, float]] = []

    def play(self, seconds: float) -> None:
        """Let both play."""
        until_s = self.clock.now() + seconds
        while self.clock.now() < until_s:
            try:
                frame = self.film.read()
            except EndOfStream:
                self.clock.advance(0.05)
                frame = None
            if frame is not None:
                self.time_line.note(frame)
                self.shown.append((frame.captured_s, index_of(frame.image)))
            self.look()

    def look(self) -> None:
        """Take what the sensors send just now."""
        before_s = self.clock.now()
        chunk = self.sensors.read()
        self.clock.advance(before_s - self.clock.now())  # who waits for sensors does not keep the film waiting
        if chunk is not None:
            self.arrived += [
                (time_s, value)
                for time_s, value, channel in zip(chunk.arrivals_s, chunk.values, chunk.channels, strict=True)
                if channel == 5
            ]

    def lateness_ms(self) -> np.ndarray:
        """By how much each sample arrived after the frame of its own moment was shown, interpolated."""
        shown_s, indices = np.array(self.shown).T
        times_s, values = np.array(self.arrived).T
        return 1000 * (times_s - np.interp(values / 1000, indices / HZ, shown_s))


def check(player: Player, paused_ms: float = -1000.0) -> None:
    lateness, values = player.lateness_ms(), np.array(player.arrived)[:, 1]
    inside = (values > 200) & (values < 3900)
    inside &= (values < paused_ms) | (values > paused_ms + 100)  # the line of time runs on so far, then stands
    slack_ms = 20 + 1000 / HZ  # a packet holds 20 ms, and a film has frames
    assert (np.abs(lateness[inside]) <= slack_ms).all(), (lateness[inside].min(), lateness[inside].max())


def test_samples_arrive_when_the_film_shows_their_moment(folder: Path) -> None:
    player = Player(folder)
    player.play(SECONDS + 1)
    assert [index for _, index in player.shown] == list(range(3, SECONDS * HZ))
    values = [value for _, value in player.arrived]
    assert values == sorted(values)
    assert values[0] == 0.0, "what came before the first picture is there too"
    assert values[-1] > 3850
    assert len(values) == len(set(values))
    check(player)
    player.sensors.close()


def test_a_pause_holds_both(folder: Path) -> None:
    player = Player(folder)
    player.play(1.5)
    before, paused_ms = len(player.arrived), 1000 * player.shown[-1][1] / HZ
    player.clock.advance(3.0)
    for _ in range(5):
        player.look()
    assert len(player.arrived) - before <= 120, "no more than the tenth of a second that the line of time runs on"
    player.play(SECONDS)
    values = [value for _, value in player.arrived]
    assert values == sorted(values)
    assert len(values) == len(set(values))
    check(player, paused_ms)


def test_a_new_beginning_lets_the_sensors_begin_again(folder: Path) -> None:
    player = Player(folder)
    player.play(3.0)
    n_first = len(player.arrived)
    player.time_line = TimeLine()  # another pipeline
    player.film.close()
    player.film.open()
    player.film = VideoFile(folder / form.VIDEO, realtime=True, clock=player.clock)
    player.film.open()
    player.shown.clear()
    player.play(3.0)
    again = [value for _, value in player.arrived[n_first:]]
    assert min(again) < 300
    assert max(again) > 2500


def test_nothing_comes_while_the_film_is_not_watched(folder: Path) -> None:
    clock = FakeClock()
    sensors = session_sensors(folder, lambda: None, clock)
    sensors.open()
    assert [sensors.read() for _ in range(20)] == [None] * 20
    assert sensors.label == "replayed simulated sEMG"
    sensors.close()


@pytest.mark.parametrize("missing", [form.VIDEO, "emg"])
def test_a_session_without_film_or_semg_is_refused(folder: Path, missing: str) -> None:
    for path in folder.glob(f"{missing}*"):
        path.unlink()
    if missing == form.VIDEO:
        rows = (folder / form.FRAMES).read_text().replace(",1\n", ",0\n")
        (folder / form.FRAMES).write_text(rows)
    with pytest.raises(SessionFormatError):
        session_sensors(folder, lambda: None)
    assert json.loads((folder / form.MANIFEST).read_text())["complete"]
