"""Two real processes, started by torchrun, come to what one comes to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mia_core.dataset.window_sampler import WindowSampler
from mia_core.models.checkpoint import load_checkpoint
from mia_core.training.distributed import Processes, ProcessesError, joined, leads
from mia_core.training.learner import Learner
from mia_core.training.training_config import ModelKind
from mia_core.training.training_log import TrainingLog
from tests.fakes.motion_clips import make_clip, save_set
from tests.training.train_together import config_of, train_all

ROOT = Path(__file__).parents[2]
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def torchrun(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [*TORCHRUN, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        try:
            said, errors = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            process.terminate()  # and not killed: it ends its processes first, which would be left behind
            raise
    return subprocess.CompletedProcess(command, process.returncode, said, errors)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return save_set(tmp_path_factory.mktemp("data"), n_clips=4, n_subjects=3, seconds=1.5)


@pytest.mark.timeout(300)  # three interpreters load torch
def test_two_processes_come_to_the_losses_and_weights_of_one(data_dir, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    outcome = torchrun("-m", "tests.training.train_together", data_dir, two)
    assert outcome.returncode == 0, outcome.stderr
    losses, alone = json.loads((two / "losses.json").read_text()), train_all(data_dir, one)
    for model in ModelKind:
        assert len(alone[model]) == 3
        np.testing.assert_allclose(losses[model], alone[model], atol=1e-5)
        weights = load_checkpoint(one / model / f"{model}.safetensors").weights
        shared = load_checkpoint(two / model / f"{model}.safetensors").weights
        for name, value in weights.items():
            np.testing.assert_allclose(shared[name], value, atol=1e-5, err_msg=f"{model} {name}")
        assert [report.step for report in TrainingLog(two / model).read()] == [3], "the first one alone tells"


@pytest.mark.heavy
def test_the_command_trains_with_two_processes_and_one_goes_on(data_dir, tmp_path):
    arguments = ("-m", "app", "train", "--data", data_dir, "--out", tmp_path, "--steps", "3")
    outcome = torchrun(*arguments)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.count("Model: ") == 1
    assert load_checkpoint(tmp_path / "my-model.safetensors").card.training.steps == 3
    again = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False, timeout=110)
    assert again.returncode == 0
    assert [report.step for report in TrainingLog(tmp_path).read()] == [3], "nothing was left to do"


def test_more_processes_than_pieces_are_refused():
    sampler = WindowSampler([make_clip(0, seconds=2)])
    with pytest.raises(ProcessesError, match="3 pieces"):
        Learner(config_of(ModelKind.MODERN), sampler, Processes(0, 4, torch.device("cpu")))


def test_one_process_needs_nobody():
    with joined() as processes:
        network = torch.nn.Linear(2, 2)
        assert processes.wrap(network, has_idle_parameters=False) is network
        assert processes.total(3, 0.5) == (3, 0.5)
        assert processes.leads
    assert leads()
