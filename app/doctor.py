"""`mia doctor`: what this machine has, and what is missing."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.display import has_display
from mia_core.bundled import DEMO_VIDEO, POSE_MODEL, POSE_MODEL_SHA256

PACKAGES = (
    "mia-live",
    "mediapipe",
    "opencv-python",
    "PySide6-Essentials",
    "pyqtgraph",
    "torch",
    "numpy",
    "scipy",
    "bleak",
    "safetensors",
)
OPTIONAL_PACKAGES = {
    "mujoco": ("sim", "simulating subjects"),
    "musclemimic_models": ("sim", "simulating subjects"),
    "bumble": ("emulate", "sensors without sensors"),
}
"""Packages with their extra, and what it is for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: What kind of thing.
        name: Which one.
        value: What was found.
        ok: Whether it is as it should be.
        needed: Whether the application can't work without it.
        advice: What to do when it is not ok.
    """

    topic: str
    name: str
    value: str
    ok: bool = True
    needed: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was looked at."""

    items: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether everything needed is there."""
        return all(item.ok or not item.needed for item in self.items)


def examine() -> Findings:
    """Look at everything; takes a few seconds, because torch is loaded and cameras are asked."""
    return Findings(
        (
            Finding("system", "platform", platform.platform()),
            Finding("system", "python", sys.version.split()[0]),
            *_packages(),
            *_files(),
            _torch_device(),
            *_cameras(),
            Finding("display", "display", "yes" if has_display() else "none: commands run headless"),
            _bluetooth(),
            *_folders(),
        )
    )


def report(findings: Findings, *, as_json: bool) -> None:
    """Print the findings as a table, or as JSON."""
    if as_json:
        content = {"ready": findings.ready, "findings": [asdict(item) for item in findings.items]}
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("", "topic", "what", "found"):
        table.add_column(column, overflow="fold")  # a path that is cut helps nobody
    for item in findings.items:
        value = re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", item.value)
        mark = "[green]ok[/]" if item.ok else "[red]missing[/]" if item.needed else "[yellow]note[/]"
        found = value if item.ok else f"{item.value}\n{item.advice}".strip()
        table.add_row(mark, item.topic, escape(item.name), escape(found))
    console = Console(emoji=False)
    console.print(table)
    console.print("Ready." if findings.ready else "Something that is needed is missing; see above.")


def _packages() -> Iterator[Finding]:
    for name in (*PACKAGES, *OPTIONAL_PACKAGES):
        needed = name in PACKAGES
        try:
            yield Finding("package", name, version(name), needed=needed)
        except PackageNotFoundError:
            extra, purpose = OPTIONAL_PACKAGES.get(name, ("", ""))
            advice = "pip install mia-live" if needed else f"pip install 'mia-live[{extra}]' (only for {purpose})"
            yield Finding("package", name, "not installed", ok=False, needed=needed, advice=advice)


def _files() -> Iterator[Finding]:
    """Compare what ships with the hashes that are known of it."""
    from mia_core.errors import MiaError
    from mia_core.models.checkpoint import DEFAULT_MODEL, available_models, find_model, load_checkpoint

    yield _file(POSE_MODEL, POSE_MODEL_SHA256)
    yield _file(DEMO_VIDEO, _demo_sha256())
    for name in available_models() or (DEFAULT_MODEL,):
        try:
            checkpoint = load_checkpoint(find_model(name))  # checks the weights against the card
            value = f"{checkpoint.card.provenance}, sha256 {checkpoint.weights_sha256}"
            yield Finding("file", f"model {name}", value, needed=True)
        except MiaError as error:
            yield Finding("file", f"model {name}", str(error), ok=False, needed=True, advice=error.advice)


def _demo_sha256() -> str:
    """Return the hash of the video that the demo's truth belongs to, empty when that can't be told."""
    from mia_core.capture.demo_camera import DemoTruth
    from mia_core.errors import MiaError

    try:
        return DemoTruth.load().video_sha256
    except MiaError:
        return ""


def _file(path: Path, expected: str) -> Finding:
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
    good = digest == expected
    value = f"sha256 {digest}" if good or not path.is_file() else f"damaged: sha256 {digest}"
    return Finding("file", path.name, value, ok=good, needed=True, advice="Install mia-live again.")


def _torch_device() -> Finding:
    from app.pipelines import Models
    from mia_core.errors import MiaError

    try:
        return Finding("device", "activation model runs on", Models().make_model().device_label, needed=True)
    except MiaError as error:
        return Finding("device", "activation model", str(error), ok=False, needed=True, advice=error.advice)


def _cameras() -> Iterator[Finding]:
    from mia_core.capture.camera_discovery import list_cameras

    cameras = list_cameras()
    for camera in cameras:
        yield Finding("camera", camera.name, f"camera:{camera.stable_id}")
    if not cameras:
        advice = "Plug one in and allow this program to use it; files and the demo work without."
        yield Finding("camera", "cameras", "none found", ok=False, advice=advice)


def _bluetooth() -> Finding:
    """Say whether sensors could be found, and if not, which of the causes it is."""
    from mia_core.sensors.ble_discovery import bluetooth_state
    from mia_core.sensors.bluetooth_adapters import bluetooth_adapters
    from mia_core.sensors.bluetooth_errors import BluetoothUnavailableError
    from mia_core.sensors.bluetooth_thread import close_bluetooth_thread

    try:
        reason = bluetooth_state()
        adapters = bluetooth_adapters() if reason is None else ()
    finally:
        close_bluetooth_thread()
    if reason is None:
        names = (adapter.name if adapter.is_on else f"{adapter.name} (switched off)" for adapter in adapters)
        return Finding("bluetooth", "adapter", ", ".join(names) or "works")
    error = BluetoothUnavailableError(reason)
    return Finding("bluetooth", "adapter", str(error), ok=False, advice=f"{error.advice} Only sensors need it.")


def _folders() -> Iterator[Finding]:
    from app.display import recordings_folder

    for name, folder in (("recordings", recordings_folder()), ("working folder", Path.cwd())):
        nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
        writable = _can_write(nearest)
        free_gb = shutil.disk_usage(nearest).free / 1e9
        value = f"{folder} ({free_gb:.0f} GB free)" if writable else f"{folder} is read-only"
        yield Finding("folder", name, value, ok=writable, advice="Give --out another folder.")


def _can_write(folder: Path) -> bool:
    """Return whether a file can be made there; permissions alone do not tell, least of all on Windows."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
