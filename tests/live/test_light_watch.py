"""The camera's lateness, from a light that sensors switch: on a film that was made with a known one."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.live.light_watch import LENGTH_S, LightWatch, light_content, light_placements
from mia_core.muscles import Muscle, Placement, Side
from mia_core.processing.light_change import LightChangeError
from mia_core.processing.light_sync import SWITCH_S, SWITCHES, LightSwitch, LightSync
from mia_core.samples import Frame, Image
from mia_core.sensors.profiles import M40
from mia_core.streams import FanOut, Latest
from tests.fakes.clock import FakeClock
from tests.fakes.people import make_pose
from tests.fakes.scripted_sensors import COUNTS, ScriptedSensors

THIGH = Placement(Side.LEFT, Muscle.QUADRICEPS)
GREEN, RED = (60, 230, 90), (70, 60, 240)
HZ, LATE_S, ANSWER_S = 30.0, 0.12, 0.03
NOISE = np.random.default_rng(1).normal(0, 7, (7, 240, 320, 3)).astype(np.int16)


def film(rng: np.random.Generator, colour: tuple[int, int, int] | None) -> Image:
    """Somebody's thigh with a sensor on it, in noise."""
    image = np.full((240, 320, 3), (120, 150, 205), np.uint8)
    hip, knee, _ = THIGH.keypoints
    points = make_pose(0, 0.0).keypoints_px
    x, y = ((points[hip] + points[knee]) / 2).round().astype(int)
    if colour is not None:
        image[y - 2 : y + 2, x - 2 : x + 2] = colour
    image = np.clip(image + NOISE[int(rng.integers(len(NOISE)))], 0, 255).astype(np.uint8)
    image.flags.writeable = False
    return image


class Show:
    """A sensor that switches its light, and a camera that sees it late."""

    def __init__(self, *, jitter_s: float = 0.0, is_covered: bool = False, place_px: tuple[float, float] | None = None):
        self.rng = np.random.default_rng(3)
        self.clock, self.frames = FakeClock(), FanOut[Frame](Latest())
        self.sensors = ScriptedSensors(M40)
        self.watch = LightWatch(THIGH, self.sensors, self.frames, self.clock, place_px)
        self.jitter_s = self.rng.uniform(-jitter_s, jitter_s, SWITCHES)
        self.is_covered = is_covered

    def run(self) -> LightSync:
        """Let it happen, and judge it."""
        self.watch.begin()
        assert self.sensors.identified == [THIGH]
        assert self.sensors.on_switch is not None
        begin_s = self.clock.now()
        changes_s = begin_s + SWITCH_S * (1 + np.arange(SWITCHES)) + self.jitter_s
        told = 0
        for index in range(int(LENGTH_S * HZ) + 2):
            self.clock.advance(1 / HZ)
            now_s = self.clock.now()
            while told < SWITCHES and now_s >= begin_s + SWITCH_S * (told + 1):
                written_s = begin_s + SWITCH_S * (told + 1)
                self.sensors.on_switch(LightSwitch(written_s - ANSWER_S / 2, written_s + ANSWER_S / 2))
                told += 1
            n_changed = int(np.count_nonzero(changes_s <= now_s - LATE_S))
            colour = None if self.is_covered else (GREEN, RED)[n_changed % 2]
            self.watch.see(make_pose(index, index / HZ) if index % 10 else None)
            self.frames.put(Frame(film(self.rng, colour), index / HZ, now_s, index))
        assert self.watch.is_over
        assert self.watch.n_switches == SWITCHES
        return self.watch.judge()


@pytest.mark.parametrize("place_px", [None, (171.0, 131.0)], ids=["by the pose", "pointed at"])
def test_a_known_lateness_is_found(place_px: tuple[float, float] | None) -> None:
    sync = Show(place_px=place_px).run()
    assert (sync.n_changes, sync.n_switches, sync.accepted) == (SWITCHES, SWITCHES, True)
    assert sync.offset_s == pytest.approx(LATE_S, abs=0.5 / HZ)
    assert sync.spread_s < 0.02
    content = light_content(sync, THIGH)
    assert (content["method"], content["muscle"]) == ("light", "left_quadriceps")
    assert content["offset_s"] == pytest.approx(sync.offset_s, abs=1e-6)


def test_changes_that_disagree_are_refused() -> None:
    sync = Show(jitter_s=0.16).run()
    assert sync.spread_s > 0.04
    assert not sync.accepted


@pytest.mark.parametrize("show", [{"is_covered": True}, {"place_px": (20.0, 20.0)}, {"place_px": (900.0, 20.0)}])
def test_a_light_that_is_not_seen_is_said(show: dict[str, object]) -> None:
    with pytest.raises(LightChangeError, match="0 of 5 changes"):
        Show(**show).run()


def test_nothing_is_kept_after_the_end() -> None:
    show = Show()
    show.watch.begin()
    show.watch.end()
    show.frames.put(Frame(film(show.rng, RED), 0.0, 100.0, 0))
    with pytest.raises(LightChangeError, match="0 of 0"):
        show.watch.judge()


def test_only_lights_of_two_known_colours_serve() -> None:
    assert light_placements(ScriptedSensors(M40, (2, 5))) == (THIGH, Placement(Side.RIGHT, Muscle.TRICEPS))
    assert light_placements(ScriptedSensors(COUNTS)) == ()
