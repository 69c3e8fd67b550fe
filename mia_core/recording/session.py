"""The form of a session folder.

session.json     what this is: sources, clock anchor, model, counts; `complete` becomes true last; `recording_manifest`
frames.csv       one row per frame that was captured: frame_index, timestamp_s, captured_ns, in_video
pose.csv         one row per frame that was estimated: frame_index, timestamp_s, then x_px, y_px, confidence of each
                 BODY_25 keypoint, empty where nobody was found
activation.csv   one row per step of the 10 Hz grid: timestamp_s, the muscles of the montage, warming_up, then the lower
                 ends of the muscles' 80 % intervals, then the upper ends; predicted, never measured
emg.csv          sEMG as `emg_csv` writes it, or emg.bin as `emg_binary` does when a sensor is faster than 200 Hz
events.jsonl     what happened, one JSON object per line: see `event_log`
video.mkv        the pictures, each with its own time; absent when only keypoints are kept
"""

from __future__ import annotations

from typing import Final

from mia_core.muscles import MONTAGE
from mia_core.skeleton import BODY_25

MANIFEST: Final = "session.json"
FRAMES: Final = "frames.csv"
POSE: Final = "pose.csv"
ACTIVATION: Final = "activation.csv"
EMG_CSV: Final = "emg.csv"
EMG_BINARY: Final = "emg.bin"
EVENTS: Final = "events.jsonl"
VIDEO: Final = "video.mkv"
FILES: Final = (MANIFEST, FRAMES, POSE, ACTIVATION, EMG_CSV, EMG_BINARY, EVENTS, VIDEO)

CAPTURED_COLUMNS: Final = ("frame_index", "timestamp_s", "captured_ns", "in_video")
"""captured_ns is the raw arrival on the recording computer's monotonic clock; -1 for a file that was read as fast as
it could be, which has none."""
POSE_COLUMNS: Final = (
    "frame_index",
    "timestamp_s",
    *(f"{keypoint}_{value}" for keypoint in BODY_25 for value in ("x_px", "y_px", "confidence")),
)
ACTIVATION_COLUMNS: Final = (
    "timestamp_s",
    *MONTAGE.names,
    "warming_up",
    *(f"{name}_{end}" for end in ("low", "high") for name in MONTAGE.names),
)
