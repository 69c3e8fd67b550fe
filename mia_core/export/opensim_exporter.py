"""OpenSim's text files: `.trc` of keypoints, `.sto` of muscles."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.even_frames import EvenFrames, even_frames
from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.recorded_session import RecordedSession
from mia_core.muscles import MONTAGE
from mia_core.samples import KNOWN_CONFIDENCE, STEP_S
from mia_core.skeleton import BODY_25

_TRC_README: Final = """\
# Recorded keypoints as .trc

One file for each session: the BODY_25 keypoints at the camera's rate, evenly spaced. **They are two-dimensional, in
pixels** (`Units` px): X to the right, Y up from the bottom of the picture (downwards is negative where its size is not
known), Z zero. Scale them to metres before inverse kinematics. A keypoint is empty where nobody was found or the
detector was less than half sure. Times count from the begin of the camera or file.
"""
_STO_README: Final = """\
# Recorded muscles as .sto

For each session, one row for each step of 0.1 s, `nan` where nothing is known:

- `*_emg.sto`: mean of the sEMG envelope over 0.05 s to both sides of the step, in the sensor's unit; measured or
  simulated, as its second line says.
- `*_activation.sto`: the same relative to rest (0) and maximal contraction (1); only with a calibration.
- `*_predicted.sto`: what the model said live. Predicted is not measured.

Times are those of the steps and count from the begin of the camera or file; they are those of the .trc files.
"""


class TrcExporter:
    """Writes keypoints.

    Args:
        settings: None of them matters here.
    """

    def __init__(self, settings: ExportSettings) -> None:
        del settings

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's keypoints: see `SetExporter`."""
        path = folder / f"{session.title}.trc"
        path.write_text(_trc(even_frames(session), session.image_size_px[1], path.name), encoding="utf-8", newline="\n")

    def finish(self, folder: Path) -> None:
        """Write the explanation: see `SetExporter`."""
        (folder / "README.md").write_text(_TRC_README, encoding="utf-8")


class StoExporter:
    """Writes muscles.

    Args:
        settings: None of them matters here.
    """

    def __init__(self, settings: ExportSettings) -> None:
        del settings

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's tables: see `SetExporter`."""
        steps = session.steps
        tables = {
            "emg": (steps.emg, f"{session.provenance} sEMG envelope"),
            "activation": (steps.measured, f"{session.provenance} sEMG relative to maximal contraction"),
            "predicted": (steps.predicted, "predicted by a model, not measured"),
        }
        known = {name: table for name, table in tables.items() if np.isfinite(table[0]).any()}
        if not known:
            raise ExportError(f"In the session {session.title} nothing is known of muscles.", "Choose trc or csv.")
        for name, (values, label) in known.items():
            title = f"{session.title}_{name}"
            text = _sto(title, label, steps.timestamps_s, values)
            (folder / f"{title}.sto").write_text(text, encoding="utf-8", newline="\n")

    def finish(self, folder: Path) -> None:
        """Write the explanation: see `SetExporter`."""
        (folder / "README.md").write_text(_STO_README, encoding="utf-8")


def _trc(frames: EvenFrames, height_px: int, name: str) -> str:
    rate = f"{frames.rate_hz:g}"
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{len(frames)}\t{len(BODY_25)}\tpx\t{rate}\t1\t{len(frames)}",
        "Frame#\tTime\t" + "\t\t\t".join(BODY_25) + "\t\t",
        "\t\t" + "\t".join(f"X{number}\tY{number}\tZ{number}" for number in range(1, len(BODY_25) + 1)),
        "",
    ]
    known = (frames.confidence >= KNOWN_CONFIDENCE) & np.isfinite(frames.keypoints_px).all(axis=2)
    for number, (time_s, points, sure) in enumerate(
        zip(frames.times_s.tolist(), frames.keypoints_px.tolist(), known.tolist(), strict=True), start=1
    ):
        cells = [
            f"{x:.3f}\t{height_px - y:.3f}\t0.000" if is_known else "\t\t"
            for (x, y), is_known in zip(points, sure, strict=True)
        ]
        lines.append(f"{number}\t{time_s:.6f}\t" + "\t".join(cells))
    return "\n".join(lines) + "\n"


def _sto(title: str, label: str, times_s: NDArray[np.float64], values: NDArray[Any]) -> str:
    lines = [
        title,
        label,
        "version=1",
        f"nRows={len(times_s)}",
        f"nColumns={1 + len(MONTAGE)}",
        "inDegrees=no",
        f"DataRate={1 / STEP_S:g}",
        "endheader",
        "\t".join(("time", *MONTAGE.names)),
    ]
    lines += [
        "\t".join((f"{time_s:.6f}", *(f"{value:.7g}" for value in row)))
        for time_s, row in zip(times_s.tolist(), values.tolist(), strict=True)
    ]
    return "\n".join(lines) + "\n"
