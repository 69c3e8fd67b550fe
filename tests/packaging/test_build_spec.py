"""What `build.spec` asks PyInstaller for, on each system, without building anything."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("PyInstaller.utils.hooks")

ROOT = Path(__file__).parents[2]


def asked_for(platform: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """Return the keyword arguments of each of PyInstaller's steps."""
    asked: dict[str, dict[str, Any]] = {}

    def step(name: str) -> Any:
        def run(*_: object, **arguments: Any) -> SimpleNamespace:
            asked[name] = arguments
            return SimpleNamespace(pure=[], scripts=[], binaries=[], datas=[])

        return run

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.chdir(ROOT)
    steps = {name: step(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}
    exec(compile((ROOT / "build.spec").read_text(), "build.spec", "exec"), {"SPECPATH": str(ROOT), **steps})  # noqa: S102
    return asked


def test_macos_is_told_what_bluetooth_and_camera_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = asked_for("darwin", monkeypatch)["BUNDLE"]["info_plist"]
    assert "sensors" in reasons["NSBluetoothAlwaysUsageDescription"]
    assert "how you move" in reasons["NSCameraUsageDescription"]


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_every_folder_of_resources_that_the_application_reads_is_packed(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_for(platform, monkeypatch)
    packed = {Path(target) for _, target in asked["Analysis"]["datas"]}
    needed = {Path("resources") / path.name for path in (ROOT / "resources").iterdir() if path.is_dir()}
    left_out = {Path("resources/readme"), Path("resources/simulation"), Path("resources/__pycache__")}
    assert needed - left_out <= packed
    assert ("BUNDLE" in asked) == (platform == "darwin")
    winrt = "winrt.windows.foundation.collections" in asked["Analysis"]["hiddenimports"]
    assert winrt == (platform == "win32")
