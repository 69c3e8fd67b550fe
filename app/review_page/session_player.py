"""Where in a session one is, and how fast one goes on: the clock behind the picture."""

from __future__ import annotations

from typing import Final

from mia_core.clock import Clock

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)


class SessionPlayer:
    """Moves a position through a span of time.

    Args:
        clock: Tells how much time has passed.

    Attributes:
        position_s: Where one is.
        speed: Seconds of the session per second.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin_s, self._end_s = 0.0, 0.0
        self._since_s = 0.0
        self.position_s = 0.0
        self.speed = 1.0
        self.is_playing = False

    def load(self, begin_s: float, end_s: float) -> None:
        """Stand at the begin of another session."""
        self._begin_s, self._end_s = begin_s, end_s
        self.position_s = begin_s
        self.is_playing = False

    def play_or_pause(self) -> None:
        """Go on, from the begin when the end is reached; or stand still."""
        self.is_playing = not self.is_playing
        self._since_s = self._clock.now()
        if self.is_playing and self.position_s >= self._end_s:
            self.position_s = self._begin_s

    def seek(self, time_s: float) -> None:
        """Go to a time, as near as there is one."""
        self.position_s = min(max(time_s, self._begin_s), self._end_s)
        self._since_s = self._clock.now()

    def set_speed(self, speed: float) -> None:
        """Go on slower or faster from here."""
        self.tick()
        self.speed = speed

    def tick(self) -> None:
        """Go as far as the time that has passed; stand still at the end."""
        if not self.is_playing:
            return
        now_s = self._clock.now()
        self.position_s += (now_s - self._since_s) * self.speed
        self._since_s = now_s
        if self.position_s >= self._end_s:
            self.position_s, self.is_playing = self._end_s, False
