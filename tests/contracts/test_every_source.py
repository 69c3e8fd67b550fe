"""What every source promises, whatever is behind it: cameras, files, and sensors real, simulated or replayed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mia_core.capture.demo_camera import DemoCamera
from mia_core.capture.video_file import VideoFile
from mia_core.clock import Clock, SystemClock
from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk, Frame
from mia_core.sensors.bluetooth_thread import THREAD_NAME
from mia_core.sensors.profiles import M40, NPG_LITE
from mia_core.sensors.replay_sensors import ReplaySensors
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import SensorPhase
from mia_core.sensors.simulated_sensors import SimulatedSensors
from mia_core.streams import EndOfStream, Source, SourceInfo
from tests.fakes.clock import FakeClock
from tests.fakes.recordings import record_simulated
from tests.fakes.videos import write_video
from tests.fakes.waiting import wait_until
from tests.fakes.webcam import FakeCapture, webcam
from tests.sensors.conftest import bluez, start_bluez  # noqa: F401 - fixtures

LEFT_BICEPS, LEFT_TRICEPS, LEFT_QUADRICEPS = MONTAGE.placements[:3]
READS = 2000
"""So often a source is read at most before it must have delivered what is asked of it."""


@dataclass
class Rig:
    """What sources are made of, each time in the same way."""

    folder: Path
    request: pytest.FixtureRequest
    clock: Clock

    def video_file(self) -> VideoFile:
        return VideoFile(write_video(self.folder / "uneven.mp4", [0, 33, 100, 133, 400, 466]), clock=self.clock)

    def paced_video_file(self) -> VideoFile:
        path = write_video(self.folder / "even.mp4", range(0, 1000, 50))
        return VideoFile(path, realtime=True, loop=True, clock=self.clock)

    def demo_camera(self) -> DemoCamera:
        return DemoCamera(clock=self.clock)

    def webcam(self) -> Any:
        clock = self.clock if isinstance(self.clock, FakeClock) else FakeClock()
        return webcam("2", FakeCapture(clock, [0.033] * 10 + [None, 0.1] + [0.033] * 200), clock)

    def simulated_sensors(self) -> SimulatedSensors:
        return SimulatedSensors(lambda _: np.full(8, 0.5, np.float32), clock=self.clock)

    def replayed_sensors(self) -> ReplaySensors:
        return ReplaySensors(self._recording(), realtime=False, clock=self.clock)

    def sensors_replayed_at_their_pace(self) -> ReplaySensors:
        return ReplaySensors(self._recording(), clock=self.clock)

    def sensor_array(self) -> SensorArray:
        rig = self.request.getfixturevalue("bluez")
        ids = [SensorId(M40.key, rig.sensor(number).serial) for number in range(2)]
        return SensorArray(SensorMontage("rig", ((LEFT_BICEPS, ids[1]), (LEFT_QUADRICEPS, ids[0]))))

    def _recording(self) -> Path:
        path = self.folder / "emg.csv"
        if not path.exists():
            record_simulated(path, 12.0)
        return path


CAMERAS = ("video_file", "paced_video_file", "demo_camera", "webcam")
SENSORS = ("simulated_sensors", "replayed_sensors", "sensors_replayed_at_their_pace", "sensor_array")
GO_ON = ("simulated_sensors", "sensors_replayed_at_their_pace", "sensor_array")
HAVE_AN_END = ("video_file", "replayed_sensors", "sensors_replayed_at_their_pace")

Make = Callable[[], Any]


@pytest.fixture
def clock() -> Clock:
    """Passes when somebody waits; tests that need the true time have their own."""
    return FakeClock()


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Make]:
    """Makes the same source again and again; all of them are closed at the end, and no thread is left."""
    rig = Rig(tmp_path, request, clock)
    before = {thread.name for thread in threading.enumerate()}
    made: list[Source[Any]] = []

    def make_one() -> Source[Any]:
        made.append(getattr(rig, request.param)())
        return made[-1]

    yield make_one
    for source in made:
        source.close()
    left = {thread.name for thread in threading.enumerate()} - before
    assert left <= {THREAD_NAME}, "the Bluetooth thread alone outlives its sources"


every_source = pytest.mark.parametrize("make", CAMERAS + SENSORS, indirect=True)
every_camera = pytest.mark.parametrize("make", CAMERAS, indirect=True)
every_array = pytest.mark.parametrize("make", SENSORS, indirect=True)


def _read(source: Source[Any], n: int) -> list[Any]:
    """Read until there are `n` samples or chunks, or the end."""
    samples = []
    try:
        for _ in range(READS):
            sample = source.read()
            samples += [sample] if sample is not None else []
            if len(samples) == n:
                break
    except EndOfStream:
        pass
    assert samples
    return samples


def _ends(source: Source[Any]) -> None:
    """Take what may still be waiting, and see that the end is the end."""
    with pytest.raises(EndOfStream):  # noqa: PT012 - until it ends
        for _ in range(READS):
            source.read()
    with pytest.raises(EndOfStream):
        source.read()


@every_source
def test_opening_says_what_it_is(make: Make) -> None:
    info = make().open()
    assert isinstance(info, SourceInfo)
    assert info.name
    assert info.stable_id
    assert info.nominal_hz >= 0


@every_source
def test_it_is_known_again(make: Make) -> None:
    ids = []
    for _ in range(2):
        source = make()
        ids.append(source.open().stable_id)
        source.close()
    assert ids[0] == ids[1]


@every_source
def test_closed_it_is_at_its_end(make: Make) -> None:
    source = make()
    source.open()
    _read(source, 3)
    source.close()
    _ends(source)


@every_source
def test_closing_twice_is_harmless(make: Make) -> None:
    source = make()
    source.open()
    source.close()
    source.close()
    _ends(source)


@every_source
def test_closing_before_opening_is_harmless(make: Make) -> None:
    source = make()
    source.close()
    source.close()
    source.open()
    assert len(_read(source, 2)) == 2


@pytest.mark.parametrize("make", HAVE_AN_END, indirect=True)
def test_at_the_end_it_says_so(make: Make) -> None:
    source = make()
    source.open()
    _ends(source)


@every_camera
def test_frames_are_in_order_and_cannot_be_changed(make: Make) -> None:
    source = make()
    info = source.open()
    frames: list[Frame] = _read(source, 60)
    assert len(frames) == (6 if info.duration_s is not None and not info.is_live else 60)
    assert (np.diff([frame.timestamp_s for frame in frames]) > 0).all()
    assert (np.diff([frame.captured_s for frame in frames]) >= 0).all()
    assert (np.diff([frame.index for frame in frames]) >= 1).all()
    assert (frames[0].index, frames[0].timestamp_s) == (0, 0.0)
    for frame in frames:
        assert (frame.image.dtype, frame.image.shape) == (np.uint8, (info.height_px, info.width_px, 3))
        assert not frame.image.flags.writeable


@every_array
def test_chunks_have_a_row_for_each_sample(make: Make) -> None:
    source: SensorSource = make()
    source.open()
    dtypes = {
        "channels": np.intp,
        "values": np.float32,
        "arrivals_s": np.float64,
        "timestamps_s": np.float64,
        "counters": np.int64,
        "segments": np.int32,
        "flags": np.uint8,
    }
    assert set(dtypes) == {field.name for field in fields(EmgChunk)}
    ours = [MONTAGE.placements.index(placement) for placement, _ in source.montage.assignments]
    for chunk in _read(source, 10):
        assert len(chunk) > 0
        for name, dtype in dtypes.items():
            assert (getattr(chunk, name).dtype, getattr(chunk, name).shape) == (dtype, (len(chunk),))
        assert set(chunk.channels.tolist()) <= set(ours)
        assert (chunk.segments >= 0).all()
        assert np.isfinite(chunk.values).all()


@every_array
def test_arrivals_never_fall_and_stamps_grow_within_a_connection(make: Make) -> None:
    source: SensorSource = make()
    source.open()
    arrived_s = -np.inf
    newest_s: dict[tuple[int, int], float] = {}
    for chunk in _read(source, 200 if not isinstance(source, SensorArray) else 10):
        assert (np.diff([arrived_s, *chunk.arrivals_s]) >= 0).all()
        arrived_s = chunk.arrivals_s[-1]
        for channel, segment, stamp_s in zip(chunk.channels, chunk.segments, chunk.timestamps_s, strict=True):
            connection = int(channel), int(segment)
            assert stamp_s > newest_s.get(connection, -np.inf)
            newest_s[connection] = float(stamp_s)
    assert {channel for channel, _ in newest_s} == {
        MONTAGE.placements.index(placement) for placement, _ in source.montage.assignments
    }


@every_array
def test_what_is_not_measured_is_not_called_so(make: Make) -> None:
    source: SensorSource = make()
    assert source.label
    assert source.is_measured == isinstance(source, SensorArray)
    assert source.is_measured or "measured" not in source.label
    assert source.is_measured or "simulated" in source.label


@every_array
def test_states_are_in_the_montages_order_whatever_happens(make: Make) -> None:
    source: SensorSource = make()
    order = list(source.montage.assignments)
    assert order
    assert [(state.placement, state.sensor) for state in source.states()] == order
    source.open()
    _read(source, 5)
    assert [(state.placement, state.sensor) for state in source.states()] == order
    assert SensorPhase.STREAMING in {state.phase for state in source.states()}
    source.close()
    assert [(state.placement, state.sensor) for state in source.states()] == order
    assert {state.phase for state in source.states()} == {SensorPhase.CLOSED}


def test_electrode_pairs_of_one_device_do_not_upset_the_order() -> None:
    device = [SensorId(NPG_LITE.key, "npg", channel) for channel in range(2)]
    montage = SensorMontage(
        "mixed", ((LEFT_BICEPS, device[1]), (LEFT_TRICEPS, SensorId("m40", "7")), (LEFT_QUADRICEPS, device[0]))
    )
    states = SensorArray(montage).states()
    assert tuple((state.placement, state.sensor) for state in states) == montage.assignments


@every_array
def test_every_sensor_has_a_profile_and_a_muscle_without_one_none(make: Make) -> None:
    source: SensorSource = make()
    assert {source.profile_of(placement).key for placement, _ in source.montage.assignments} == {M40.key}
    for placement in MONTAGE.placements:
        if source.montage.sensor_at(placement) is None:
            with pytest.raises(KeyError):
                source.profile_of(placement)


@every_array
def test_asking_a_sensor_that_is_not_connected_to_show_itself_is_harmless(make: Make) -> None:
    source: SensorSource = make()
    placements = [placement for placement, _ in source.montage.assignments]

    def identify_all() -> None:
        for placement in placements:
            source.identify(placement)

    identify_all()
    source.open()
    identify_all()
    assert _read(source, 3)
    source.close()
    identify_all()


@pytest.mark.parametrize("clock", [SystemClock()], ids=["true time"])
@pytest.mark.parametrize("make", GO_ON, indirect=True)
def test_closing_ends_a_reader_on_another_thread(make: Make) -> None:
    source: SensorSource = make()
    source.open()
    reads = 0
    ended: list[BaseException] = []

    def read_for_ever() -> None:
        nonlocal reads
        try:
            while True:
                source.read()
                reads += 1
        except EndOfStream as end:
            ended.append(end)

    reader = threading.Thread(target=read_for_ever, name="reader")
    reader.start()
    wait_until(lambda: reads > 2)
    source.close()
    reader.join(2.0)
    assert not reader.is_alive()
    assert len(ended) == 1
