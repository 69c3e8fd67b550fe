"""The line of text in each lane of the traces: how well prediction and reference agree."""

from __future__ import annotations

from typing import Final

import numpy as np

from app.live_page.muscle_marks import UNCALIBRATED_TEXT
from mia_core.live.snapshot import History, SensorReadings
from mia_core.muscles import MONTAGE
from mia_core.processing.agreement import Agreement
from mia_core.sensors.sensor_state import SensorPhase

EXPLANATION: Final = (
    "Solid: predicted. Dashed: measured or simulated, as the legend says; without calibration on a scale of its own.\n"
    "r: correlation of the two; RMSE: root mean square of their difference, in % of maximum; lag: by how much the "
    "prediction comes later. All over the last 30 s."
)
SEPARATOR: Final = " \N{MIDDLE DOT} "
"""Between the parts of a note, of which the last go first where there is little room."""
_UNKNOWN: Final = "\N{EN DASH}"
_MINUS: Final = "\N{MINUS SIGN}"
_AWAY: Final = {
    SensorPhase.SEARCHING: "looking for the sensor",
    SensorPhase.CONNECTING: "connecting the sensor",
    SensorPhase.STALE: f"sensor silent{SEPARATOR}estimate only",
    SensorPhase.LOST: f"sensor lost{SEPARATOR}estimate only",
    SensorPhase.CLOSED: f"sensor closed{SEPARATOR}estimate only",
}


def lane_notes(history: History, sensors: SensorReadings | None) -> tuple[str, ...]:
    """Return the text of each channel of `MONTAGE`, empty where there is nothing to compare with."""
    away = {} if sensors is None else {state.placement: _AWAY.get(state.phase, "") for state in sensors.states}
    notes = []
    for channel, placement in enumerate(MONTAGE.placements):
        if away.get(placement):
            notes.append(away[placement])
        elif history.agreement is None or not np.isfinite(history.reference[:, channel]).any():
            notes.append("")
        else:
            notes.append(agreement_text(history.agreement, channel, calibrated=bool(history.calibrated[channel])))
    return tuple(notes)


def agreement_text(agreement: Agreement, channel: int, *, calibrated: bool) -> str:
    """Return a channel's agreement, such as `r .82 · RMSE 6 % · lag +0.1 s`; a dash for what can't be told."""
    r, rmse, lag_s = (float(values[channel]) for values in (agreement.r, agreement.rmse, agreement.lag_s))
    parts = (
        f"r {_UNKNOWN if np.isnan(r) else f'{r:.2f}'.replace('0.', '.', 1)}",
        f"RMSE {_UNKNOWN if np.isnan(rmse) else f'{100 * rmse:.0f} %'}" if calibrated else UNCALIBRATED_TEXT,
        f"lag {_UNKNOWN if np.isnan(lag_s) else f'{lag_s:+.1f} s'}",
    )
    return SEPARATOR.join(parts).replace("-", _MINUS)
