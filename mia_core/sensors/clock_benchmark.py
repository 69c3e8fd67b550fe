"""How well sample times are recovered from arrivals, on simulated Bluetooth links: a table.

`python -m mia_core.sensors.clock_benchmark` prints it. The links are models: what a real radio in a real room does
is not in it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Times
from mia_core.sensors.clock_sync import LiveClock, dejitter
from mia_core.sensors.sample_index import Indices, infer_indices

RATE_HZ: Final = 10.0
_RADIO_S: Final = 0.0003
"""What a packet needs on the air and through the controller."""
_STALL_S: Final = (0.02, 0.15)
"""For so long a computer holds a packet up when it stalls: garbage collection, USB, a blocked thread."""
_CRYSTALS_PPM: Final = 40.0
"""The clocks of sensor and computer differ by at most this."""


@dataclass(frozen=True, slots=True)
class LinkModel:
    """What a link does to packets.

    Attributes:
        interval_s: Connection interval: packets leave at whole multiples of it.
        host_sd_s: Spread of the computer's part of the delay.
        stalls: Share of packets that the computer holds up.
        retransmitted: Share of transmissions that are repeated, one interval later each.
        lost: Share of samples that never arrive.
    """

    interval_s: float
    host_sd_s: float
    stalls: float
    retransmitted: float
    lost: float

    def arrivals(
        self, n: int, rng: np.random.Generator, rate_hz: float = RATE_HZ, ppm: float = 0.0
    ) -> tuple[Times, Times, Indices]:
        """Simulate one connection.

        Args:
            n: Samples that are taken.
            rng: Source of chance.
            rate_hz: Nominal samples per second.
            ppm: By how many millionths the sensor's period is longer than nominal.

        Returns:
            When each sample that arrives was taken, when it arrived, and its true number from 0: (m,) each, m <= n.
        """
        taken_s: Times = np.arange(n, dtype=np.float64) * (1 + ppm * 1e-6) / rate_hz + rng.uniform(0, 1 / rate_hz)
        anchor_s = rng.uniform(0, self.interval_s)
        sent_s = np.ceil((taken_s - anchor_s) / self.interval_s) * self.interval_s + anchor_s
        sent_s += (rng.geometric(1 - self.retransmitted, n) - 1) * self.interval_s
        delayed_s = sent_s + np.abs(rng.normal(0, self.host_sd_s, n)) + _RADIO_S
        delayed_s += (rng.random(n) < self.stalls) * rng.uniform(*_STALL_S, n)
        arrived_s: Times = np.maximum.accumulate(delayed_s)  # delivery is in order
        kept = np.flatnonzero(rng.random(n) >= self.lost)
        return taken_s[kept], arrived_s[kept], (kept - kept[0]).astype(np.int64)


LINKS: Final[Mapping[str, LinkModel]] = {
    "15 ms, clean": LinkModel(0.015, 0.001, stalls=0.0, retransmitted=0.02, lost=0.0),
    "30 ms, 8 links, rare stalls": LinkModel(0.030, 0.002, stalls=0.002, retransmitted=0.08, lost=0.0005),
    "50 ms, 3 % stalls, 0.2 % loss": LinkModel(0.050, 0.003, stalls=0.03, retransmitted=0.15, lost=0.002),
}


@dataclass(frozen=True, slots=True)
class ClockErrors:
    """Errors of times over some runs.

    Attributes:
        bias_ms: Mean error.
        bias_sd_ms: Its spread from run to run.
        jitter_ms: Standard deviation of the error within a run, mean over the runs.
        worst_ms: Largest departure from the run's mean error, mean over the runs.
    """

    bias_ms: float
    bias_sd_ms: float
    jitter_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class ClockScore:
    """How one link's times were recovered.

    Attributes:
        raw: Errors of the arrivals as they are.
        offline: Errors of `dejitter`.
        live: Errors of `LiveClock`.
        n_lost: Samples that were lost, all runs together.
        n_lost_inferred: Losses that `infer_indices` found.
        n_lost_live: Losses that `LiveClock` told.
        final_index_errors: By how much the last number was wrong, all runs together.
        n_dropped: Samples that `LiveClock` took for duplicates; there were none.
    """

    raw: ClockErrors
    offline: ClockErrors
    live: ClockErrors
    n_lost: int
    n_lost_inferred: int
    n_lost_live: int
    final_index_errors: int
    n_dropped: int


def score(link: LinkModel, n_runs: int, n_samples: int, seed: int) -> ClockScore:
    """Simulate a link without counters and recover its times.

    Args:
        link: The link.
        n_runs: Connections, each with clocks of its own.
        n_samples: Samples in each, at 10 Hz.
        seed: Of chance.
    """
    rng = np.random.default_rng(seed)
    errors_s: tuple[list[Times], ...] = ([], [], [])
    counts = np.zeros(5, np.int64)
    for _ in range(n_runs):
        taken_s, arrived_s, numbers = link.arrivals(n_samples, rng, ppm=rng.uniform(-_CRYSTALS_PPM, _CRYSTALS_PPM))
        n = len(arrived_s)
        inferred = infer_indices(arrived_s, RATE_HZ)
        offline_s = dejitter(arrived_s, np.full(n, -1), np.zeros(n, np.int32), RATE_HZ)
        clock = LiveClock(RATE_HZ)
        stamped = [clock.add(float(arrival_s), 1) for arrival_s in arrived_s]
        live_s = np.array([one.timestamps_s[0] for one in stamped])
        for kept, times_s in zip(errors_s, (arrived_s, offline_s, live_s), strict=True):
            kept.append(times_s - taken_s)
        counts += (
            numbers[-1] + 1 - n,
            inferred[-1] + 1 - n,
            sum(one.n_lost_before for one in stamped),
            abs(inferred[-1] - numbers[-1]),
            sum(one.is_duplicate for one in stamped),
        )
    raw, offline, live = (_errors(runs) for runs in errors_s)
    return ClockScore(raw, offline, live, *(int(count) for count in counts))


def _errors(runs_s: list[NDArray[np.float64]]) -> ClockErrors:
    biases_ms = np.array([1e3 * run.mean() for run in runs_s])
    jitter_ms = np.mean([1e3 * run.std() for run in runs_s])
    worst_ms = np.mean([1e3 * np.abs(run - run.mean()).max() for run in runs_s])
    return ClockErrors(float(biases_ms.mean()), float(biases_ms.std()), float(jitter_ms), float(worst_ms))


def main(n_runs: int = 50, n_samples: int = 3000) -> None:
    """Print the table."""
    lines = [
        f"{n_runs} connections of {n_samples / RATE_HZ / 60:.0f} min, 10 Hz, no counter; jitter sd / worst, bias in ms"
    ]
    for name, link in LINKS.items():
        result = score(link, n_runs, n_samples, seed=1)
        lines.append(name)
        for label, errors in (("arrival", result.raw), ("dejittered", result.offline), ("live", result.live)):
            lines.append(
                f"  {label:11s}{errors.jitter_ms:6.1f} /{errors.worst_ms:6.1f}"
                f"   bias {errors.bias_ms:+5.1f} (sd {errors.bias_sd_ms:.1f})"
            )
        lines.append(
            f"  lost {result.n_lost}: inferred {result.n_lost_inferred}, live {result.n_lost_live};"
            f" final index errors {result.final_index_errors}; samples dropped {result.n_dropped}"
        )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
