"""Where the files that ship with the application lie."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

RESOURCES: Final = Path(getattr(sys, "_MEIPASS", Path(__file__).parent.parent)) / "resources"
"""The `resources` folder: beside the packages in a checkout or an installation, inside the bundle when frozen."""

POSE_MODEL: Final = RESOURCES / "pose" / "pose_landmarker_full.task"
DEMO_VIDEO: Final = RESOURCES / "demo" / "demo.mp4"
DEMO_TRUTH: Final = RESOURCES / "demo" / "demo_truth.npz"
MODELS: Final = RESOURCES / "models"
BODY_MAP: Final = RESOURCES / "body_map" / "body_map.svg"
