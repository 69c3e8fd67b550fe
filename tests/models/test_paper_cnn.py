import pytest
import torch

from mia_core.errors import CheckpointMismatchError
from mia_core.models.motion_transformer import HeadInit
from mia_core.models.paper_cnn import PAPER, REPOSITORY, PaperCnn, PaperCnnConfig
from tests.models.test_motion_transformer import windows


def network(kind, seed=0, **numbers):
    torch.manual_seed(seed)
    return PaperCnn(PaperCnnConfig(kind, **numbers))


@pytest.mark.parametrize(("kind", "n_parameters"), [(PAPER, 2_216_328), (REPOSITORY, 284_424)])
def test_has_exactly_the_documented_parameters_and_uses_all_of_them(kind, n_parameters):
    cnn = network(kind).train()
    assert sum(parameter.numel() for parameter in cnn.parameters()) == n_parameters
    cnn(windows(3)).square().sum().backward()
    assert [name for name, p in cnn.named_parameters() if not p.grad.abs().sum() > 0] == []


@pytest.mark.parametrize("kind", [PAPER, REPOSITORY])
@pytest.mark.parametrize("n_steps", [1, 5, 30])
def test_keeps_all_steps_however_many_and_is_never_negative(kind, n_steps):
    said = network(kind, n_muscles=4).eval()(windows(2)[:, :n_steps])
    assert said.shape == (2, n_steps, 4)
    assert (said >= 0).all()


def test_the_rows_shrink_by_ten_to_one_where_the_kernels_are_smaller_than_them():
    rows = [50]
    for kernel_rows, _ in PaperCnnConfig(PAPER).kernels:
        rows.append(rows[-1] + 2 - kernel_rows + 1)
    assert rows == [50, 40, 30, 20, 10, 1]
    assert [kernel for kernel, _ in PaperCnnConfig(REPOSITORY).kernels] == [50, 1, 1, 1, 1]


@pytest.mark.parametrize("kind", [PAPER, REPOSITORY])
def test_sees_coordinates_in_the_order_of_the_paper_and_few_neighbours_in_time(kind):
    cnn = network(kind).eval()
    x = windows(1)
    moved = x.clone()
    moved[0, 29, 24, 1] += 1  # the last row, at the last step
    with torch.no_grad():
        changed = (cnn(moved) - cnn(x)).abs().amax(dim=(0, 2)) > 0  # (time,)
        last = cnn.convolutions[0](x.flatten(2).transpose(1, 2)[:, None])
        other = cnn.convolutions[0](moved.flatten(2).transpose(1, 2)[:, None])
    assert not changed[:9].any(), "five kernels of nine steps see twenty steps back"
    assert changed[29]
    assert (last != other).any()


@pytest.mark.parametrize("kind", [PAPER, REPOSITORY])
def test_the_mean_head_starts_every_muscle_alive_at_its_mean(kind):
    mean = [0.05, 0.1, 0.2, 0.4, 0.6, 0.1, 0.1, 0.9]
    torch.manual_seed(1)
    cnn = PaperCnn(PaperCnnConfig(kind), mean)
    said = cnn.train()(windows(8)).mean(dim=(0, 1))
    torch.testing.assert_close(said, torch.tensor(mean), rtol=0.3, atol=0)
    torch.testing.assert_close(network(kind, head_init=HeadInit.MEAN)(windows(8)).mean().item(), 0.1, rtol=0.3, atol=0)


def test_numbers_survive_a_card_and_impossible_ones_do_not():
    config = PaperCnnConfig(REPOSITORY, n_muscles=6, head_init=HeadInit.DEFAULT)
    assert PaperCnnConfig.from_dict(config.to_dict()) == config
    for wrong in (
        {"kind": "cnn_other"},
        {"n_keypoints": 17},
        {"n_muscles": 0},
        {"head_init": "zero"},
        {"n_muscles": 1.0},
    ):
        with pytest.raises(CheckpointMismatchError):
            PaperCnnConfig.from_dict(PaperCnnConfig().to_dict() | wrong)
