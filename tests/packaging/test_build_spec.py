"""What `build.spec` asks PyInstaller for, on each system, without building anything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

hooks = pytest.importorskip("PyInstaller.utils.hooks")

ROOT = Path(__file__).parents[2]


def asked_for(platform: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """Return the keyword arguments of each of PyInstaller's steps."""
    asked: dict[str, dict[str, Any]] = {}

    def step(name: str) -> Any:
        def run(*_: object, **arguments: Any) -> SimpleNamespace:
            asked[name] = arguments
            return SimpleNamespace(pure=[], scripts=[], binaries=[], datas=[])

        return run

    here, copy_metadata = sys.platform, hooks.copy_metadata

    def copy_metadata_of_here(*names: str, **how: bool) -> list[tuple[str, str]]:
        """What other systems need besides is not installed."""
        with monkeypatch.context() as back:
            back.setattr(sys, "platform", here)
            return copy_metadata(*names, **how)

    monkeypatch.setattr(hooks, "copy_metadata", copy_metadata_of_here)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.chdir(ROOT)
    steps = {name: step(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}
    exec(compile((ROOT / "build.spec").read_text(), "build.spec", "exec"), {"SPECPATH": str(ROOT), **steps})  # noqa: S102
    return asked


_AS_PACKED = """
import importlib.machinery, json, pkgutil, sys

names = json.loads(sys.argv.pop(1))

class Packed(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        is_left_out = any(name == left_out or name.startswith(left_out + ".") for left_out in names)
        return None if is_left_out else super().find_spec(name, path, target)

sys.meta_path = [Packed if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path]
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


@pytest.mark.timeout(300)
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


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_all_that_is_packed_has_its_licence_with_it(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = asked_for(platform, monkeypatch)["Analysis"]
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    told_in_notice = {"PySide6": "Qt 6, and PySide6", "shiboken6": "Shiboken6", "flatbuffers": "FlatBuffers"}
    packed = {}
    for source, target in analysis["datas"]:
        if target.endswith((".dist-info", ".egg-info")):
            packed[str(Distribution.at(source).metadata["Name"])] = Path(source)
    for name in ("mia-live", "dbus-fast", "psutil", "typer", "rich", "platformdirs", "torch", "numpy", "mediapipe"):
        assert name in packed, name
    for name, folder in packed.items():
        licences = [path for path in folder.rglob("*") if re.search("licen[cs]e|copying", path.name, re.IGNORECASE)]
        told = told_in_notice.get(name.removesuffix("_Essentials").removesuffix("-Essentials"))
        assert licences or name == "mia-live" or (told is not None and told in notice), name
    assert {("LICENSE", "."), ("NOTICE", "."), ("licenses", "licenses")} <= set(analysis["datas"])
    assert "licenses/Python" in dict(map(reversed, analysis["datas"]))


def test_the_notice_says_what_the_licences_of_qt_and_openssl_ask_for() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for words in ("GNU Lesser General", "links to them dynamically", "download.qt.io/official_releases/QtForPython"):
        assert words in notice
    assert "includes software developed by the OpenSSL Project" in " ".join(notice.split())
    for name, title in (("LGPL-3.0.txt", "GNU LESSER GENERAL"), ("GPL-3.0.txt", "GNU GENERAL")):
        text = (ROOT / "licenses" / name).read_text(encoding="utf-8")
        assert text.lstrip().startswith(f"{title} PUBLIC LICENSE\n")
        assert "Version 3, 29 June 2007" in text


def test_no_optional_extra_and_no_tool_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = asked_for("linux", monkeypatch)["Analysis"]["excludes"]
    extras = [name for name in ("av", "edfio", "ezc3d", "mujoco", "pyarrow", "pylsl", "distributed") if find_spec(name)]
    assert {*extras, "pytest", "hypothesis", "PyInstaller"} <= set(left_out)
    assert not {"numpy", "torch", "PySide6", "cv2", "mediapipe", "app", "mia_core", "resources"} & set(left_out)


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
