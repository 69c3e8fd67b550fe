"""`mia run` on real people, read back by a reader that is not ours."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from mia_core.recording.session_reader import read_session
from tests.fakes.untrained_model import save_untrained
from tests.fakes.waiting import wait_until

MIA = Path(sys.executable).with_name("mia")
VIDEOS = Path(__file__).parents[2] / "../shared/data/videos"
CLIPS = (
    "mp_pose_world_landmarks",
    "mp_pose_segmentation",
    "pose2sim_single_cam01",
    "pose2sim_single_cam02",
    "pose2sim_single_cam03",
    "pose2sim_single_cam04",
)


def mia(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [MIA, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=110)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("clip", CLIPS)
def test_real_videos_become_sessions(tmp_path: Path, clip: str) -> None:
    video = VIDEOS / f"{clip}.mp4"
    if not video.is_file():
        pytest.skip("the real videos are not in the repository")
    outcome = mia("run", video, "--out", tmp_path / "session")
    assert outcome.returncode == 0, outcome.stderr
    with av.open(str(video)) as container:
        true_stamps_s = np.array([float(frame.time) for frame in container.decode(video=0)])
    frames = read_table(tmp_path / "session" / "frames.csv")
    stamps_s = np.array([float(row["timestamp_s"]) for row in frames])
    assert np.allclose(stamps_s, true_stamps_s - true_stamps_s[0], atol=1e-3)
    poses = read_table(tmp_path / "session" / "pose.csv")
    assert len(poses) == len(frames), "no frame is passed over"
    detected = np.mean([row["mid_hip_x_px"] != "" for row in poses])
    assert detected >= 0.95
    steps = read_table(tmp_path / "session" / "activation.csv")
    assert len(steps) == int(stamps_s[-1] / 0.1 + 1e-6) + 1, "ten rows a second, from the first frame to the last"
    muscles = [name for name in steps[0] if name not in ("timestamp_s", "warming_up")]
    values = [float(row[name]) for row in steps for name in muscles if row[name]]
    assert len(values) > 0.5 * 8 * len(steps), "most muscles are seen, though limbs hide each other"
    assert np.isfinite(values).all()
    assert min(values) >= 0
    warming = [row["warming_up"] for row in steps]
    assert warming == sorted(warming, reverse=True)
    assert set(warming[:20]) == {"1"}
    print(f"\n{clip}: {len(frames)} frames, {100 * detected:.1f} % detected, {len(steps)} rows")


def test_the_demo_runs_headless_with_an_overlay(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.mp4"
    outcome = mia("run", "demo", "--out", tmp_path / "session", "--overlay", overlay, "--seconds", "4")
    assert outcome.returncode == 0, outcome.stderr
    manifest = json.loads((tmp_path / "session" / "session.json").read_text())
    assert manifest["complete"] is True
    assert "simulated, not measured" in manifest["model"]["provenance"]
    assert "simulated, not measured" in " ".join(outcome.stdout.split())
    with av.open(str(overlay)) as container:
        n_video_frames = sum(1 for _ in container.decode(video=0))
    assert n_video_frames == manifest["counts"]["frames"]


def test_the_self_test_passes() -> None:
    outcome = mia("--self-test")
    report = json.loads(outcome.stdout)
    assert outcome.returncode == 0, report
    assert report["passed"] is True
    assert report["frozen"] is False


def test_the_doctor_finds_everything_that_is_needed() -> None:
    outcome = mia("doctor", "--json")
    report = json.loads(outcome.stdout)
    missing = [finding for finding in report["findings"] if finding["needed"] and not finding["ok"]]
    assert outcome.returncode == 0, missing
    assert report["ready"] is True
    topics = {finding["topic"] for finding in report["findings"]}
    assert topics >= {"package", "file", "device", "camera", "display", "bluetooth", "folder"}


def test_ctrl_c_ends_a_long_film_in_order_with_what_was_found(tmp_path: Path) -> None:
    out, overlay, model = tmp_path / "session", tmp_path / "overlay.mp4", save_untrained(tmp_path / "models")
    command = [MIA, "run", "demo", "--out", out, "--overlay", overlay, "--model", model]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    frames = out / "frames.csv"
    try:
        wait_until(lambda: frames.is_file() and frames.stat().st_size > 500, timeout_s=80)
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert "Stopped before its end" in said
    manifest = read_session(out).recording
    assert manifest is not None
    assert manifest.complete
    assert 0 < manifest.counts.frames < 1800
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "overlay.mp4", "session"]
