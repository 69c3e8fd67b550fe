import os

import pytest
import torch

from mia_core.dataset.window_sampler import WindowSampler
from mia_core.training.distributed import Processes
from mia_core.training.learner import Learner, computing_with, learning_rate
from mia_core.training.training_config import TrainingConfig
from tests.fakes.motion_clips import make_clip

ALONE = Processes(0, 1, torch.device("cpu"))


@pytest.fixture
def learner():
    config = TrainingConfig(batch_size=4, warm_up_steps=1)
    learner = Learner(config, WindowSampler([make_clip(0, seconds=2)]), ALONE)
    yield learner
    learner.close()


def test_a_step_depends_on_its_number_only(learner):
    start = {name: value.clone() for name, value in learner.network.state_dict().items()}
    first = learner.step(7)
    learner.network.load_state_dict(start)
    assert learner.step(7) == first
    learner.network.load_state_dict(start)
    assert learner.step(8) != first


def test_who_wants_to_stop_leaves_the_weights_as_they_are(learner):
    start = {name: value.clone() for name, value in learner.network.state_dict().items()}
    assert learner.step(0, wants_stop=True) is None
    assert all(torch.equal(value, start[name]) for name, value in learner.network.state_dict().items())


def test_a_core_is_left_to_the_drawing_of_batches():
    before = torch.get_num_threads()
    with computing_with(3):
        assert torch.get_num_threads() == 3
        with computing_with():
            assert torch.get_num_threads() == min(3, max(1, os.cpu_count() - 1))
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == before


def test_learning_rate_warms_up_and_falls():
    config = TrainingConfig(steps=100, warm_up_steps=10, peak_learning_rate=1.0)
    rates = [learning_rate(step, config) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.02)
