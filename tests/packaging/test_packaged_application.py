from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.recorded_demo import make_demo_session

ROOT = Path(__file__).parents[2]


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_the_packaged_application_starts_without_python_and_works(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "PyInstaller", "--noconfirm", "build.spec"]
    build += ["--distpath", str(tmp_path / "dist"), "--workpath", str(tmp_path / "build"), "--log-level", "WARN"]
    subprocess.run(build, cwd=ROOT, check=True)
    folder = tmp_path / "dist" / "mia-live"
    size_mb = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    print(f"\nsize of the packaged application: {size_mb:.0f} MB")
    # No Python on the path, none in the environment, and another working folder than the sources.
    environment = {"PATH": "/nonexistent", "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    if os.name == "nt":
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]

    def mia(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [folder / "mia", *arguments], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
        )

    outcome = mia("--self-test")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    report = json.loads(outcome.stdout)
    assert report["frozen"] is True
    assert all(report["checks"].values())
    session = make_demo_session(tmp_path / "recorded" / "sub-P01" / "ses-1", seconds=31, effort=0.5)
    outcome = mia("finetune", "--data", session, "--out", tmp_path / "models", "--steps", "2", "--json")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert Path(json.loads(outcome.stdout)["model"]).is_file()
    outcome = mia("simulate", "--out", tmp_path / "clips")
    assert outcome.returncode == 1
    assert "Simulating subjects needs packages" in outcome.stderr
