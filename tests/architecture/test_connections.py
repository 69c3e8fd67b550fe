"""Nothing leaves the machine unless it is asked for: the README names each way, and no module has found another."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
REACH_OUT = (
    *("socket", "ssl", "http", "urllib.request", "xmlrpc", "ftplib", "smtplib", "requests", "urllib3", "websockets"),
    *("pylsl", "distributed", "dask", "torch.distributed", "PySide6.QtNetwork", "PySide6.QtWebSockets"),
)
ASKED_FOR = {
    "mia_core/live/lsl_recorder.py": "--lsl",
    "mia_core/laboratory/jobs.py": "--scheduler",
    "mia_core/training/distributed.py": "torchrun",
    "mia_core/recording/session_writers.py": "",  # the computer's own name alone
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                names |= {alias.name for alias in node.names}
            case ast.ImportFrom(module=str(module), level=0):
                names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(name))]):
                names.add(name)
    return names


def test_the_readme_names_every_way_out() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("app", "mia_core")
        for path in (ROOT / package).rglob("*.py")
        if any(f"{name}.".startswith(f"{way}.") for name in imported(path) for way in REACH_OUT)
    }
    assert found == set(ASKED_FOR)
    (said,) = [text for text in (ROOT / "README.md").read_text(encoding="utf-8").split("\n\n") if "leaves your" in text]
    for words in ASKED_FOR.values():
        assert words in said
