"""The guided check: does each sensor hear the muscle that the montage says?

The subject is asked to contract one muscle after the other. Which channel rises tells where its sensor is. Sensors
differ in gain, and antagonists contract a little with their partners, so a rise is compared along both axes: with the
other channels during the same contraction, and with the same channel during the other contractions. The second needs
no gain; it is there once the other muscles had their turn, so findings get surer while the check goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.muscles import Muscle, Placement
from mia_core.processing.robust_scatter import robust_sd
from mia_core.samples import Floats
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind

_PROMPTS: Final = {
    Muscle.BICEPS: "Bend the {side} elbow against resistance: put the hand under the table and pull up.",
    Muscle.TRICEPS: "Straighten the {side} elbow against resistance: put the hand on the table and press down.",
    Muscle.QUADRICEPS: "Straighten the {side} knee as far as it goes: sit and press the leg through with force.",
    Muscle.HAMSTRINGS: "Bend the {side} knee against resistance: sit and press the heel back against the chair.",
}
"""Such that the other limbs have nothing to do: a hand that holds against the movement would rise, too."""


_Piece = tuple[Floats, NDArray[np.bool_]]
"""Envelope (n,), and whether each sample behind it was saturated."""


class CheckKind(StrEnum):
    """What a contraction showed."""

    OK = "ok"
    SWAPPED = "swapped"
    """Another channel rose instead."""
    DEAD = "dead"
    """The channel sends nothing, or always the same."""
    SATURATED = "saturated"
    """The channel is at the end of its range: upside down, or an electrode is off."""
    CROSSTALK = "crosstalk"
    """Another channel rose as well."""
    WEAK = "weak"
    """The channel rose little or not at all, and no other one instead."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the subject is asked to do.

    Attributes:
        placement: The muscle that contracts.
        sentence: For people.
    """

    placement: Placement
    sentence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What the contraction of one muscle showed.

    Attributes:
        placement: The muscle that contracted.
        kind: The finding.
        other: The channel that rose instead (swapped) or as well (cross-talk), by where the montage says it is.
    """

    placement: Placement
    kind: CheckKind
    other: Placement | None = None

    @property
    def sentence(self) -> str:
        """What was found and what to do, for people."""
        name, other = self.placement.label.lower(), self.other.label.lower() if self.other else ""
        return {
            CheckKind.OK: f"The sensor on the {name} hears its muscle.",
            CheckKind.SWAPPED: f"The sensor that should be on the {other} heard the {name}: exchange them.",
            CheckKind.DEAD: f"The sensor on the {name} sends no signal: check that it is on and connected.",
            CheckKind.SATURATED: f"The sensor on the {name} is at the end of its range: turn it over, press it on.",
            CheckKind.CROSSTALK: f"The sensor on the {other} hears the {name}, too: move the two further apart.",
            CheckKind.WEAK: f"The sensor on the {name} hardly heard it: contract harder, or move it onto the muscle.",
        }[self.kind]


@dataclass(frozen=True, slots=True)
class MuscleCheckSettings:
    """How long things take and what counts as a rise. The limits are our choice.

    Attributes:
        rest_s: Length of the rest before the first contraction.
        effort_s: Length of a contraction.
        min_share: Share of the promised samples below which a channel is dead.
        saturated: Share of the samples at an end of the range above which it is saturated.
        rise_sd: A rise is above so many (robust) standard deviations of the rest,
        rise_range: and, for a sensor that sends envelopes, above so much of its range.
        weak_range: Rises below this are weak (envelope sensors).
        weak_ratio: Rises below so many times the level at rest are weak (raw sensors).
        crosstalk: Another channel that rises by this share of what it should is cross-talk.
        own_share: A channel that rises by less than this share of the highest did not rise by itself.
    """

    rest_s: float = 4.0
    effort_s: float = 4.0
    min_share: float = 0.3
    saturated: float = 0.2
    rise_sd: float = 8.0
    rise_range: float = 0.015
    weak_range: float = 0.04
    weak_ratio: float = 1.0
    crosstalk: float = 0.5
    own_share: float = 0.35


class MuscleCheck:
    """Leads through rest and contractions, and says which sensor hears which muscle. Knows no screen and no clock.

    `begin_rest`, `push` for every channel as samples come, then for every prompt `begin`, `push`, `finish`. A prompt
    can be repeated: the newest contraction counts.

    Args:
        montage: Which sensor should sit where.
        profile_of: Kind of the sensor on a muscle, such as `SensorSource.profile_of`.
        settings: Lengths and limits.
    """

    def __init__(
        self,
        montage: SensorMontage,
        profile_of: Callable[[Placement], SensorProfile],
        settings: MuscleCheckSettings | None = None,
    ) -> None:
        self.settings = settings or MuscleCheckSettings()
        self._montage = montage
        self._profile_of = profile_of
        self._channels = tuple(placement for placement, _ in montage.assignments)
        self._rest: dict[Placement, list[_Piece]] = {}
        self._efforts: dict[Placement, dict[Placement, list[_Piece]]] = {}
        self._into: dict[Placement, list[_Piece]] | None = None
        self._prompt: Placement | None = None

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """What to ask for, in order: every muscle of the montage that has a sensor."""
        return tuple(Prompt(at, _PROMPTS[at.muscle].format(side=at.side)) for at in self._channels)

    def begin_rest(self) -> None:
        """From now on the subject rests."""
        self._rest = self._into = {}
        self._prompt = None

    def begin(self, placement: Placement) -> None:
        """From now on the subject contracts a muscle of the montage."""
        self._efforts[placement] = self._into = {}
        self._prompt = placement

    def push(self, placement: Placement, envelope: Floats, saturated: NDArray[np.bool_] | None = None) -> None:
        """Take what came from a channel.

        Args:
            placement: Where the montage says that its sensor is.
            envelope: (n,) in the unit of the sensor's profile.
            saturated: (n,) whether each sample behind it was at an end of the range; needed of raw sensors.
        """
        if self._into is not None:
            saturated = self._profile_of(placement).saturated_behind(envelope, saturated)
            self._into.setdefault(placement, []).append((np.asarray(envelope, np.float32), saturated))

    def finish(self) -> Finding:
        """End the contraction and return what it showed.

        Raises:
            RuntimeError: None was begun.
        """
        if self._prompt is None:
            raise RuntimeError("no contraction was begun")
        prompt, self._prompt, self._into = self._prompt, None, None
        return self._finding(prompt)

    def findings(self) -> tuple[Finding, ...]:
        """Return what all contractions so far showed, each judged by all that is known by now; in order."""
        return tuple(self._finding(placement) for placement in self._channels if placement in self._efforts)

    def suggested(self) -> SensorMontage:
        """Return the montage with sensors exchanged so that each is on the muscle it heard, or else the same.

        Any exchange is found, three sensors in a ring as well as pairs. Sensors that heard nothing stay, or take what
        is left over.
        """
        from scipy.optimize import linear_sum_assignment  # slow to import, and rarely needed

        heard = self._heard()
        rows, columns = linear_sum_assignment(heard + 0.1 * np.eye(len(heard)), maximize=True)
        if heard[rows, columns].sum() < np.trace(heard) + 0.5:
            return self._montage
        suggested = SensorMontage(self._montage.name)
        sensors = dict(self._montage.assignments)
        for row, column in zip(rows, columns, strict=True):
            suggested = suggested.assigned(self._channels[row], sensors[self._channels[column]])
        return suggested

    def _heard(self) -> NDArray[np.float64]:
        """Return how well each channel (column) heard each muscle (row), in [0, 1]; zeros where it is not known."""
        rises = np.array([[max(self._rise(prompt, at), 0.0) for at in self._channels] for prompt in self._channels])
        unusable = (CheckKind.DEAD, CheckKind.SATURATED)
        for row, placement in enumerate(self._channels):
            if placement not in self._efforts:
                rises[row] = 0
            elif self._finding(placement).kind in unusable:
                rises[row] = rises[:, row] = 0
        in_row = rises / np.maximum(rises.max(axis=1, keepdims=True, initial=0.0), 1e-9)
        in_column = rises / np.maximum(rises.max(axis=0, keepdims=True, initial=0.0), 1e-9)
        return np.asarray(np.sqrt(in_row * in_column))

    def _finding(self, prompt: Placement) -> Finding:
        if self._is_dead(prompt):
            return Finding(prompt, CheckKind.DEAD)
        if self._is_saturated(prompt):
            return Finding(prompt, CheckKind.SATURATED)
        own = self._rise(prompt, prompt)
        others = [at for at in self._channels if at != prompt and self._has_risen(prompt, at)]
        others = [at for at in others if not self._is_saturated(at, prompt)]
        other = max(others, key=lambda at: self._rise(prompt, at), default=None)
        if other is not None and self._rose_instead(prompt, other):
            return Finding(prompt, CheckKind.SWAPPED, other)
        if own < self._weak_below(prompt) or not self._has_risen(prompt, prompt):
            return Finding(prompt, CheckKind.WEAK)
        talk = max(others, key=lambda at: self._crosstalk(prompt, at), default=None)
        if talk is not None and self._crosstalk(prompt, talk) >= self.settings.crosstalk:
            return Finding(prompt, CheckKind.CROSSTALK, talk)
        return Finding(prompt, CheckKind.OK)

    def _rose_instead(self, prompt: Placement, other: Placement) -> bool:
        """Whether a channel rose in place of the one whose turn it was, and rises no more for its own muscle."""
        own, rise = self._rise(prompt, prompt), self._rise(prompt, other)
        if self._has_risen(prompt, prompt) and own >= self.settings.own_share * rise:
            return False
        return other not in self._efforts or self._rise(other, other) <= 2 * rise

    def _crosstalk(self, prompt: Placement, channel: Placement) -> float:
        """Return how much a channel hears of another's muscle, 1 for as much as of its own."""
        rise = self._rise(prompt, channel)
        by_row = rise / max(self._rise(prompt, prompt), 1e-9)
        if channel not in self._efforts or not self._has_risen(channel, channel):
            return by_row
        by_column = rise / self._rise(channel, channel)
        return float(np.sqrt(max(by_row, 0.0) * by_column))  # gains are in one, efforts in the other: half of each

    def _rise(self, prompt: Placement, channel: Placement) -> float:
        """Return by how much a channel rose while a muscle contracted, 0 when it is not known."""
        effort, rest = self._samples(prompt, channel), self._samples(None, channel)
        if not len(effort) or not len(rest):
            return 0.0
        return float(np.percentile(effort, 80) - np.median(rest))  # a late start or an early end does no harm

    def _has_risen(self, prompt: Placement, channel: Placement) -> bool:
        rest = self._samples(None, channel)
        if not len(rest):
            return False
        sd = robust_sd(rest)
        limit = max(self.settings.rise_sd * sd, self.settings.rise_range * self._span(channel))
        return self._rise(prompt, channel) > limit

    def _weak_below(self, channel: Placement) -> float:
        if self._profile_of(channel).kind is SignalKind.ENVELOPE:
            return self.settings.weak_range * self._span(channel)
        return self.settings.weak_ratio * float(np.median(self._samples(None, channel)))

    def _span(self, channel: Placement) -> float:
        """Return the range of a sensor that sends envelopes; of raw signals it says nothing about their envelope."""
        profile = self._profile_of(channel)
        return profile.high - profile.low if profile.kind is SignalKind.ENVELOPE else 0.0

    def _is_dead(self, channel: Placement) -> bool:
        """Whether a channel sent hardly anything, or always the same within its range, while its muscle contracted."""
        profile, rest, effort = self._profile_of(channel), self._samples(None, channel), self._samples(channel, channel)
        for values, length_s in ((rest, self.settings.rest_s), (effort, self.settings.effort_s)):
            if len(values) < self.settings.min_share * length_s * profile.rate_hz:
                return True
        return bool(np.ptp(np.concatenate([rest, effort])) == 0) and not self._is_saturated(channel)

    def _is_saturated(self, channel: Placement, prompt: Placement | None = None) -> bool:
        pieces = self._efforts.get(prompt or channel, {}).get(channel, ())
        saturated = np.concatenate([np.empty(0, np.bool_), *(saturated for _, saturated in pieces)])
        return len(saturated) > 0 and bool(np.mean(saturated) > self.settings.saturated)

    def _samples(self, prompt: Placement | None, channel: Placement) -> Floats:
        """Return (n,) what came from a channel during a contraction, or during the rest (None)."""
        stretches = (self._rest if prompt is None else self._efforts.get(prompt, {})).get(channel, ())
        values: Floats = np.concatenate([np.empty(0, np.float32), *(values for values, _ in stretches)])
        return values[np.isfinite(values)]
