"""What `build.spec` asks PyInstaller for, on each system, without building anything."""

from __future__ import annotations

import json
import subprocess
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


_AS_PACKED = """
import importlib.abc, json, pkgutil, sys

names = json.loads(sys.argv.pop(1))

class LeftOut(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if any(name == left_out or name.startswith(left_out + ".") for left_out in names):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, LeftOut())
sys.frozen = True
"""

_ALL_MODULES = """
import app, mia_core

failed = {}
for package in (app, mia_core):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(found.name)
        except ImportError as error:
            failed[found.name] = error.name
print(json.dumps(failed))
"""

_COMMAND = """
from app.cli import main

main()
"""


def as_packed(code: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python that lacks what the packaged application lacks."""
    left_out = asked_for("linux", monkeypatch)["Analysis"]["excludes"]
    return subprocess.run(
        [sys.executable, "-c", _AS_PACKED + code, json.dumps(left_out), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_every_module_of_the_application_is_there_in_the_packaged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    done = as_packed(_ALL_MODULES, monkeypatch)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"mia_core.sensors.emulated_m40": "bumble"}, "which its caller asks for in words"


@pytest.mark.parametrize("command", ["simulate", "heldout"])
def test_what_needs_a_simulator_says_so_in_the_packaged_application(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = as_packed(_COMMAND, monkeypatch, command, "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "Simulating subjects needs packages that are not installed." in done.stderr
    assert "The packaged application can't hold them" in done.stderr
    assert not (tmp_path / "out").exists()


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
    left_out = {Path("resources/readme"), Path("resources/__pycache__")}
    assert needed - left_out <= packed
    assert ("BUNDLE" in asked) == (platform == "darwin")
    winrt = "winrt.windows.foundation.collections" in asked["Analysis"]["hiddenimports"]
    assert winrt == (platform == "win32")
