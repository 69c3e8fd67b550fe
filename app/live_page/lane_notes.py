"""The line of text in each lane of the traces: how well prediction and reference agree."""

from __future__ import annotations

from typing import Final

import numpy as np

from app.live_page.muscle_marks import UNCALIBRATED_TEXT
from mia_core.live.snapshot import History, SensorReadings
from mia_core.muscles import MONTAGE
from mia_core.processing.agreement import Agreement
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState

EXPLANATION: Final = (
    "Solid: predicted. Dashed: measured or simulated, as the legend says; without calibration on a scale of its own,\n"
    "from the quietest to the strongest half second so far.\n"
    "r: correlation of the two; RMSE: root mean square of their difference, in % of maximum; lag: by how much the "
    "prediction comes later. All over the last 30 s."
)
SEPARATOR: Final = " \N{MIDDLE DOT} "
"""Between the parts of a note, of which the last go first where there is little room."""
_UNKNOWN: Final = "\N{EN DASH}"
_UNCONTRACTED: Final = f"{UNCALIBRATED_TEXT}{SEPARATOR}unknown until a first contraction"
_ESTIMATE_ONLY: Final = f"{SEPARATOR}estimate only"
_MINUS: Final = "\N{MINUS SIGN}"
_AWAY: Final = {
    SensorPhase.SEARCHING: "looking for the sensor",
    SensorPhase.CONNECTING: "connecting the sensor",
    SensorPhase.STALE: f"sensor silent{_ESTIMATE_ONLY}",
    SensorPhase.LOST: f"sensor lost{_ESTIMATE_ONLY}",
    SensorPhase.CLOSED: f"sensor closed{_ESTIMATE_ONLY}",
}


def lane_notes(history: History, sensors: SensorReadings | None) -> tuple[str, ...]:
    """Return the text of each channel of `MONTAGE`, empty where there is nothing to compare with."""
    away = {} if sensors is None else {state.placement: _away(state) for state in sensors.states}
    notes = []
    for channel, placement in enumerate(MONTAGE.placements):
        if away.get(placement):
            notes.append(away[placement])
        elif history.agreement is None or not np.isfinite(history.reference[:, channel]).any():
            notes.append(_UNCONTRACTED if placement in away and not history.calibrated[channel] else "")
        else:
            notes.append(agreement_text(history.agreement, channel, calibrated=bool(history.calibrated[channel])))
    return tuple(notes)


def note_lines(notes: tuple[str, ...]) -> str:
    """Return the notes one below the other, each after its muscle's name; empty when there are none."""
    pairs = zip(MONTAGE.placements, notes, strict=True)
    return "\n".join(f"{placement.label}: {note}" for placement, note in pairs if note)


def agreement_text(agreement: Agreement, channel: int, *, calibrated: bool) -> str:
    """Return a channel's agreement, such as `r .82 · RMSE 6 % · lag +0.1 s`; a dash for what can't be told."""
    r, rmse, lag_s = (float(values[channel]) for values in (agreement.r, agreement.rmse, agreement.lag_s))
    parts = (
        f"r {_UNKNOWN if np.isnan(r) else f'{r:.2f}'.replace('0.', '.', 1)}",
        f"RMSE {_UNKNOWN if np.isnan(rmse) else f'{100 * rmse:.0f} %'}" if calibrated else UNCALIBRATED_TEXT,
        f"lag {_UNKNOWN if np.isnan(lag_s) else f'{round(lag_s, 1) or 0.0:+.1f} s'}",  # there is no minus zero
    )
    return SEPARATOR.join(parts).replace("-", _MINUS)


def _away(state: SensorState) -> str:
    """Return why a sensor has no value, empty when it has one."""
    if state.phase is SensorPhase.STREAMING and state.quality.light is Light.RED:
        return f"bad signal{_ESTIMATE_ONLY}"
    return _AWAY.get(state.phase, "")
