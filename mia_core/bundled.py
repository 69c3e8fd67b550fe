"""Where the files that ship with the application lie."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

RESOURCES: Final = Path(getattr(sys, "_MEIPASS", Path(__file__).parent.parent)) / "resources"
"""The `resources` folder: beside the packages in a checkout or an installation, inside the bundle when frozen."""

POSE_MODEL: Final = RESOURCES / "pose" / "pose_landmarker_full.task"
POSE_MODEL_SHA256: Final = "f481018dcd95c16a336fa43d764424bee048c6e673bf8595e8358d36b5a37fe6"
"""Of the bundle that `resources/pose/build_pose_model.py` makes."""
DEMO_VIDEO: Final = RESOURCES / "demo" / "demo.mp4"
DEMO_TRUTH: Final = RESOURCES / "demo" / "demo_truth.npz"
EXERCISE_CLIPS: Final = RESOURCES / "exercises"
"""An animated WebP of each of the paper's exercises, by its name."""
MODELS: Final = RESOURCES / "models"
BODY_MAP: Final = RESOURCES / "body_map" / "body_map.svg"
