"""BIDS 1.11: sEMG as `emg`, keypoints as `motion`, trials as events."""

from __future__ import annotations

import json
import re
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core import seniam
from mia_core.export.csv_exporter import write_table
from mia_core.export.edf_exporter import EvenRecording, even_recording, require_edfio, write_edf
from mia_core.export.even_frames import EvenFrames, even_frames
from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.marks import marks_of, one_line
from mia_core.export.recorded_session import RecordedSession
from mia_core.sensors.sensor_profile import SignalKind
from mia_core.skeleton import BODY_25

BIDS_VERSION: Final = "1.11.1"
_NOTHING: Final = "n/a"
_README: Final = """\
# Recorded sessions as BIDS

Recorded with mia-live: surface EMG of up to eight muscles (`emg/`) beside the BODY_25 keypoints of one camera
(`motion/`, tracking system `camera`). `participants.tsv` says what subjects were called there.

- sEMG: the samples as sent, on an even grid (see the EDF's annotations for stretches that were lost). Whether it was
  measured on a person or simulated is the column `provenance` of `participants.tsv` and of `*_channels.tsv`. Sensors of
  the kind ANR M40 send an envelope of 10 Hz in arbitrary counts from 0 to 1023, not a raw signal.
- Keypoints: pixels of the picture, x to the right, y down, evenly resampled to the camera's rate; `n/a` where nobody
  was found. Two-dimensional: nothing is known of depth.
- Both carry their own begin in `*_scans.tsv`; an accepted sync offset between camera and sensors is taken out of it.
- Videos are not part of BIDS and are not here.
"""


class BidsExporter:
    """Writes BIDS.

    Args:
        settings: None of them matters here.

    Raises:
        MissingExtraError: The optional package is not installed.
    """

    def __init__(self, settings: ExportSettings) -> None:
        del settings
        require_edfio()
        self._participants: dict[str, tuple[str, str]] = {}

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's files: see `SetExporter`."""
        subject = _label(session.subject)
        known, provenance = self._participants.get(subject, (session.subject, session.provenance))
        if known != session.subject:
            raise ExportError(
                f"BIDS knows letters and digits only, so {known} and {session.subject} would be the same subject.",
                "Export them separately.",
            )
        said = provenance if provenance == session.provenance else "measured and simulated"
        even, frames = even_recording(session), even_frames(session)
        own = f"sub-{subject}_ses-{_label(session.name.removeprefix('ses-'))}"
        place = folder / own.replace("_", "/")
        task = _task(session)
        named = f"{own}_task-{task}"
        for datatype in ("emg", "motion"):
            (place / datatype).mkdir(parents=True)
        _write_emg(session, even, task, place / "emg" / named)
        _write_events(session, even.start_s, place / "emg" / named)
        _write_motion(session, frames, task, place / "motion" / f"{named}_tracksys-camera")
        _write_events(session, float(frames.times_s[0]), place / "motion" / named)
        begins = {
            f"emg/{named}_emg.edf": even.start_s,
            f"motion/{named}_tracksys-camera_motion.tsv": float(frames.times_s[0]),
        }
        scans: dict[str, NDArray[Any]] = {
            "filename": np.array(list(begins)),
            "acq_time": np.array([_utc(session, start_s) for start_s in begins.values()]),
        }
        write_table(place / f"{own}_scans.tsv", scans, "\t", _NOTHING)
        self._participants[subject] = session.subject, said

    def finish(self, folder: Path) -> None:
        """Write what describes the whole set: see `SetExporter`."""
        there = {subject: told for subject, told in self._participants.items() if (folder / f"sub-{subject}").is_dir()}
        _write_json(
            folder / "dataset_description.json",
            {
                "Name": "Recorded with mia-live",
                "BIDSVersion": BIDS_VERSION,
                "DatasetType": "raw",
                "GeneratedBy": [{"Name": "mia-live", "Version": version("mia-live")}],
            },
        )
        columns: dict[str, NDArray[Any]] = {
            "participant_id": np.array([f"sub-{subject}" for subject in there]),
            "recorded_as": np.array([name for name, _ in there.values()]),
            "provenance": np.array([provenance for _, provenance in there.values()]),
        }
        write_table(folder / "participants.tsv", columns, "\t", _NOTHING)
        _write_json(
            folder / "participants.json",
            {
                "recorded_as": {"Description": "What the subject was called when recorded."},
                "provenance": {"Description": "Whether the sEMG was measured on a person or simulated."},
            },
        )
        (folder / "README.md").write_text(_README, encoding="utf-8")


def _write_emg(session: RecordedSession, even: EvenRecording, task: str, named: Path) -> None:
    write_edf(session, even, _with(named, "emg.edf"))
    rates_hz = [float(channel.rate_hz) for channel in even.channels]
    is_raw = [channel.muscle.profile.kind is SignalKind.RAW for channel in even.channels]
    kinds = sorted({channel.muscle.profile.name for channel in even.channels})
    filters = {"envelope": {"description": "The sensor itself sends a rectified and smoothed envelope."}}
    _write_json(
        _with(named, "emg.json"),
        {
            "TaskName": task,
            "SamplingFrequency": max(set(rates_hz), key=rates_hz.count),
            "PowerLineFrequency": _NOTHING,
            "SoftwareFilters": _NOTHING if all(is_raw) else filters,
            "HardwareFilters": _NOTHING,
            "RecordingType": "continuous",
            "RecordingDuration": even.n_records * even.record_s,
            "EMGChannelCount": len(even.channels),
            "EMGReference": "Bipolar",
            "EMGGround": _NOTHING,
            "EMGPlacementScheme": "Other",
            "EMGPlacementSchemeDescription": f"As the application advises: {seniam.SOURCE}. Not measured.",
            "Manufacturer": _NOTHING,
            "ManufacturersModelName": ", ".join(kinds),
            "DeviceSerialNumber": ", ".join(channel.muscle.sensor.serial for channel in even.channels),
            "TaskDescription": "; ".join(dict.fromkeys(trial.exercise for trial in session.trials)) or "Free movement.",
            "SoftwareVersions": str(session.session.manifest.get("software", _NOTHING)),
        },
    )
    channels: dict[str, NDArray[Any]] = {
        "name": np.array([channel.muscle.placement.name for channel in even.channels]),
        "type": np.array(["EMG"] * len(even.channels)),
        "units": np.array([one_line(channel.muscle.profile.unit) or _NOTHING for channel in even.channels]),
        "sampling_frequency": np.array(rates_hz),
        "reference": np.array(["bipolar"] * len(even.channels)),
        "target_muscle": np.array(
            [
                f"{channel.muscle.placement.side} {seniam.SITES[channel.muscle.placement.muscle].head}"
                for channel in even.channels
            ]
        ),
        "description": np.array(
            [
                f"{'raw signal' if raw else 'envelope'} of the {channel.muscle.placement.label.lower()}"
                for channel, raw in zip(even.channels, is_raw, strict=True)
            ]
        ),
        "provenance": np.array([session.provenance] * len(even.channels)),
        "lost_s": np.array(
            [sum(last - first for first, last in channel.gaps) / float(channel.rate_hz) for channel in even.channels]
        ),
    }
    write_table(_with(named, "channels.tsv"), channels, "\t", _NOTHING)
    _write_json(
        _with(named, "channels.json"),
        {
            "provenance": {"Description": "Whether the signal was measured on a person or simulated."},
            "lost_s": {"Description": "Time in which no sample came; there the last one is held.", "Units": "s"},
        },
    )


def _write_motion(session: RecordedSession, frames: EvenFrames, task: str, named: Path) -> None:
    _write_json(
        _with(named, "motion.json"),
        {
            "TaskName": task,
            "SamplingFrequency": frames.rate_hz,
            "TrackingSystemName": "camera",
            "TrackedPointsCount": len(BODY_25),
            "MotionChannelCount": 3 * len(BODY_25),
            "POSChannelCount": 2 * len(BODY_25),
            "MISCChannelCount": len(BODY_25),
            "RecordingType": "continuous",
            "RecordingDuration": len(frames) / frames.rate_hz,
            "MissingValues": _NOTHING,
            "SpatialAxes": "RI_",
            "SoftwareVersions": str(session.session.manifest.get("software", _NOTHING)),
            "ImageSizePixels": list(session.image_size_px),
        },
    )
    parts = (("x", "POS", "px"), ("y", "POS", "px"), ("confidence", "MISC", _NOTHING))
    rows = [(point, part, kind, unit) for point in BODY_25 for part, kind, unit in parts]
    columns: dict[str, NDArray[Any]] = {
        "name": np.array([f"{point}_{part}" for point, part, _, _ in rows]),
        "component": np.array([part if kind == "POS" else _NOTHING for _, part, kind, _ in rows]),
        "type": np.array([kind for _, _, kind, _ in rows]),
        "tracked_point": np.array([point for point, _, _, _ in rows]),
        "units": np.array([unit for _, _, _, unit in rows]),
        "sampling_frequency": np.array([frames.rate_hz] * len(rows)),
        "reference_frame": np.array(["image" if kind == "POS" else _NOTHING for _, _, kind, _ in rows]),
    }
    write_table(_with(named, "channels.tsv"), columns, "\t", _NOTHING)
    _write_json(
        _with(named, "channels.json"),
        {
            "reference_frame": {
                "Levels": {
                    "image": {
                        "SpatialAxes": "RI_",
                        "RotationRule": _NOTHING,
                        "RotationOrder": _NOTHING,
                        "Description": "The picture of the camera: x to the right, y down, origin at the upper left.",
                    }
                }
            }
        },
    )
    values = np.concatenate([frames.keypoints_px, frames.confidence[..., np.newaxis]], axis=2).reshape(-1, 75)
    with _with(named, "motion.tsv").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(
            "\t".join(_NOTHING if np.isnan(value) else f"{value:.7g}" for value in row) + "\n"
            for row in values.tolist()
        )


def _write_events(session: RecordedSession, start_s: float, named: Path) -> None:
    marks = [mark for mark in marks_of(session) if mark.start_s >= start_s]
    events: dict[str, NDArray[Any]] = {
        "onset": np.array([mark.start_s - start_s for mark in marks]),
        "duration": np.array([mark.duration_s for mark in marks]),
        "trial_type": np.array([mark.kind for mark in marks], np.str_),
        "said": np.array([mark.text for mark in marks], np.str_),
    }
    write_table(_with(named, "events.tsv"), events, "\t", _NOTHING)
    _write_json(
        _with(named, "events.json"),
        {
            "trial_type": {"Description": "trial: an exercise from its begin to its end; else what happened."},
            "said": {"Description": "Exercise and take, the text of a marker, or what a device did."},
        },
    )


def _with(named: Path, suffix: str) -> Path:
    return named.with_name(f"{named.name}_{suffix}")


def _label(name: str) -> str:
    """Return a name without what BIDS does not allow in one."""
    return re.sub(r"[^A-Za-z0-9]", "", name) or "x"


def _task(session: RecordedSession) -> str:
    protocol = session.session.recording.protocol
    name = protocol.get("name") if protocol is not None else None
    return _label(name)[:40] if isinstance(name, str) else "free"


def _utc(session: RecordedSession, time_s: float) -> str:
    begin = session.utc_at(time_s)
    return _NOTHING if begin is None else begin.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
