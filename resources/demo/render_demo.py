"""Render the demo video and its truth beside this script: `python resources/demo/render_demo.py`.

Needs the `sim` and `test` extras and OpenGL; without a display it draws in software (`MUJOCO_GL=egl`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "linux":
    os.environ.setdefault("MUJOCO_GL", "egl")

from mia_core.simulation.demo import DemoSettings, render_demo


def main() -> None:
    """Render the demo with the settings that ship."""

    def report(share: float, what: str) -> None:
        sys.stdout.write(f"\r{share:4.0%} {what:12s}")
        sys.stdout.flush()

    video, truth = render_demo(DemoSettings(), Path(__file__).parent, report)
    sys.stdout.write(f"\n{video}: {video.stat().st_size / 1e6:.1f} MB\n{truth}: {truth.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
