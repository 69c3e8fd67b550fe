from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_dependencies_run_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("mia_core.live.snapshot", ("torch", "mediapipe", "PySide6")),
        ("mia_core.live.pipeline", ("torch", "mediapipe", "PySide6")),
        ("mia_core.simulation.virtual_camera", ("mujoco", "torch", "PySide6")),
        ("app.cli", ("torch", "mediapipe", "PySide6", "cv2", "numpy")),
        ("app.main_window", ("torch", "mediapipe", "cv2", "scipy", "matplotlib")),
    ],
)
def test_what_must_start_fast_loads_nothing_heavy(module: str, absent: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {absent!r} if name in sys.modules])"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert outcome.stdout.strip() == "[]"
