"""Sensors while they run: reads them on a thread of their own and says how active each muscle is at any time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.clock import Clock, SystemClock
from mia_core.errors import MiaError
from mia_core.live.sensor_track import SensorTrack, Trace, means_within_range
from mia_core.muscles import MONTAGE, Placement
from mia_core.processing.emg_grid import spans_around
from mia_core.samples import EmgChunk, Floats, Times
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import Light, SensorState
from mia_core.streams import FanOut, SourceThread

STATES_EVERY_S: Final = 0.25
"""How old the states may be: they are judged over seconds, and asked for with every picture."""


class SensorFeedError(MiaError):
    """Reading the sensors ended in a way nobody has foreseen."""


class SensorFeed:
    """A running montage of sensors, for as many readers as there are; every method may be called from any thread.

    Args:
        source: The sensors, not opened.
        calibration: Rest and maximum of each muscle, None for none.
        clock: Tells what is present.
    """

    def __init__(
        self, source: SensorSource, calibration: EmgCalibration | None = None, clock: Clock | None = None
    ) -> None:
        self._source = source
        self._clock = clock or SystemClock()
        self.arrived: FanOut[EmgChunk] = FanOut(self)
        """Everything that arrives, for those who tap it."""
        self._thread: SourceThread[EmgChunk] = SourceThread(source, self.arrived, name="sensors")
        self._calibration = calibration
        self._lock = threading.Lock()  # over the tracks, for as long as copying a minute takes
        self._tracks = {
            MONTAGE.placements.index(placement): SensorTrack(source.profile_of(placement))
            for placement, _ in source.montage.assignments
        }
        self._states = source.states()
        self._states_at_s = self._clock.now()
        self._recording = False

    @property
    def source(self) -> SensorSource:
        """The sensors."""
        return self._source

    @property
    def label(self) -> str:
        """What the values are, such as `measured sEMG` or `simulated sEMG`."""
        return self._source.label

    @property
    def error(self) -> MiaError | None:
        """What ended the reading, None while it goes on or after an ordinary end."""
        error = self._thread.error
        if error is None or isinstance(error, MiaError):
            return error
        return SensorFeedError(
            f"Reading the sensors ended in an unexpected way: {type(error).__name__} {error}.",
            "Connect the sensors again; `mia doctor` checks the installation.",
        )

    @property
    def calibration(self) -> EmgCalibration | None:
        """Rest and maximum of each muscle, None for none."""
        return self._calibration

    @property
    def calibrated(self) -> NDArray[np.bool_]:
        """(8,) whether 100 % is a maximal effort of that muscle with that sensor, else the strongest one so far."""
        calibrated = np.zeros(len(MONTAGE), np.bool_)
        if self._calibration is not None:
            for placement, sensor in self._source.montage.assignments:
                reference = self._calibration.references.get(placement)
                is_of_sensor = reference is not None and reference.sensor == sensor
                calibrated[MONTAGE.placements.index(placement)] = is_of_sensor
        return calibrated

    def start(self) -> None:
        """Open the sensors and begin to read."""
        self._thread.start()

    def stop(self) -> bool:
        """Stop reading, close the sensors and wait for the thread; False when it hangs and was left behind."""
        return self._thread.stop()

    def set_calibration(self, calibration: EmgCalibration | None) -> None:
        """Use another calibration, for what was measured before as well; None for none."""
        self._calibration = calibration

    def set_recording(self, recording: bool) -> None:
        """Say whether what they send is being recorded now, which no search may disturb; cheap to say again."""
        if recording != self._recording:
            self._recording = recording
            self._source.set_recording(recording)

    def states(self) -> tuple[SensorState, ...]:
        """Return how each sensor is doing, at most 0.25 s old."""
        now_s = self._clock.now()
        if now_s - self._states_at_s >= STATES_EVERY_S:
            self._states_at_s = now_s
            self._states = self._source.states()
        return self._states

    def at(self, monotonic_s: float) -> Floats:
        """Return (8,) activations at a time of the last minute: see `over`."""
        present: Floats = self.over(np.array([monotonic_s]))[0]
        return present

    def over(self, monotonic_s: Times) -> Floats:
        """Return the activations at some times of the last minute, each the mean over 0.05 s to both sides of it.

        What of that has not come yet is not waited for: the last sample is held until it has.

        Args:
            monotonic_s: (n,) times on the monotonic clock.

        Returns:
            (n, 8) float32 >= 0, 1 = maximal effort; where a muscle is not calibrated, on its `OwnScale`. NaN where it
            has no sensor, where that had sent nothing for 0.5 s, was at an end of its range or its light was red, and
            without calibration until a first contraction.
        """
        activations = np.full((len(monotonic_s), len(MONTAGE)), np.nan, np.float32)
        calibrated, calibration = self.calibrated, self._calibration
        since_s = float(np.min(monotonic_s, initial=np.inf)) - 1.0
        with self._lock:
            copies = {
                channel: (track.since(since_s, only_usable=True), track.own_scale)
                for channel, track in self._tracks.items()
            }
        for channel, (trace, own_scale) in copies.items():
            kind = self._source.profile_of(MONTAGE.placements[channel]).kind
            envelope = means_within_range(trace, kind, *spans_around(monotonic_s))
            if calibration is not None and calibrated[channel]:
                activations[:, channel] = calibration.activation(MONTAGE.placements[channel], envelope)
            else:
                activations[:, channel] = own_scale.share(envelope)
        return activations

    def envelopes(self, seconds: float) -> Mapping[Placement, Trace]:
        """Return what came from each sensor of the montage over the last seconds, at most 60, whatever its light."""
        since_s = self._clock.now() - seconds
        with self._lock:
            return {
                MONTAGE.placements[channel]: track.since(since_s, only_usable=False)
                for channel, track in self._tracks.items()
            }

    def put(self, item: EmgChunk) -> bool:
        """Take what has arrived; called by the thread that reads the sensors."""
        red = {MONTAGE.placements.index(state.placement) for state in self.states() if state.quality.light is Light.RED}
        with self._lock:
            for channel, segment in dict.fromkeys(zip(item.channels.tolist(), item.segments.tolist(), strict=True)):
                track = self._tracks.get(channel)
                if track is not None:
                    rows = (item.channels == channel) & (item.segments == segment)
                    track.push(item.timestamps_s[rows], item.values[rows], segment, usable=channel not in red)
        return True

    def close(self) -> None:
        """Nothing more will come; what has come stays."""
