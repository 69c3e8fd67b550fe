import pickle

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mia_core.errors import CheckpointError, CheckpointMismatchError, MiaError
from mia_core.models.conditioned_transformer import ConditionedConfig, ConditionedTransformer, subject_number
from mia_core.models.published_checkpoint import Version, load_published
from tests.models.authors_checkpoints import AuthorsNetwork, first_version, second_version, write
from tests.models.test_motion_transformer import windows


@pytest.mark.parametrize("prefix", ["", "module."])
def test_the_first_version_is_read_and_says_what_it_dropped(tmp_path, prefix):
    theirs = first_version()
    read = load_published(write(tmp_path / "model_250", theirs, prefix=prefix))
    assert (read.version, read.epoch) == (Version.FIRST, 250)
    assert (read.n_numbers, read.n_numbers - read.n_dropped) == (3_025_168, 2_430_856)
    assert {name.split(".")[0] for name in read.dropped} == {"jointdim", "bn", "encoder_layer"}
    assert "594,312 in bn, encoder_layer, jointdim" in read.summary
    x = windows(3)
    with torch.no_grad():
        torch.testing.assert_close(read.network(x), theirs(x), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("n_dimensions", "n_numbers"), [(3, 5_424_712), (2, 5_396_362)])
def test_the_second_version_is_read_and_knows_its_subjects(tmp_path, n_dimensions, n_numbers):
    theirs = second_version(n_dimensions=n_dimensions)
    read = load_published(write(tmp_path / "model_100", theirs, epoch=100))
    assert (read.version, read.n_numbers) == (Version.ICCV_2023, n_numbers)
    assert read.n_dropped == 594_312
    x = windows(2)
    x = torch.cat([x, x[..., :1]], -1)[..., :n_dimensions]
    subjects = torch.tensor([subject_number(0), subject_number(9)])
    with torch.no_grad():
        said = read.network(x, subjects)
        torch.testing.assert_close(said, theirs(x, subjects), atol=1e-5, rtol=0)
        assert (said - read.network(x, subjects.flip(0))).abs().max() > 1e-3


def test_another_length_of_window_is_read_too(tmp_path):
    read = load_published(write(tmp_path / "step_5", first_version(n_steps=5)))
    assert read.network(windows(1)[:, :5]).shape == (1, 5, 8)


def test_what_is_missing_or_unknown_is_named(tmp_path):
    weights = first_version().state_dict()
    del weights["transformer0.layers.2.linear1.bias"]
    weights["surprise.weight"] = torch.zeros(2)
    path = write(tmp_path / "m", AuthorsNetwork(), my_model=weights)
    with pytest.raises(
        CheckpointMismatchError, match=r"missing transformer0.layers.2.linear1.bias; unknown surprise.wei"
    ):
        load_published(path)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"my_model": {"conv1.weight": torch.zeros(32, 1, 13, 9)}}, "missing positional_encoder.pos_encoding"),
        ({"my_model": torch.zeros(3)}, "no weights under `my_model`"),
        ({"my_model": {**AuthorsNetwork(64).state_dict()}}, r"first convolution of \(64, 1, 50, 9\)"),
        ({"my_model": {**AuthorsNetwork(128, 98).state_dict()}}, r"first convolution of \(128, 1, 98, 9\)"),
        ({"my_model": {**first_version().state_dict(), "out0.bias": torch.zeros(7)}}, "readout.bias"),
        (
            {"my_model": {**first_version().state_dict(), "positional_encoder.pos_encoding": torch.zeros(1, 30, 128)}},
            "positions",
        ),
    ],
)
def test_another_network_is_refused(tmp_path, changes, what):
    with pytest.raises(CheckpointMismatchError, match=what):
        load_published(write(tmp_path / "m", AuthorsNetwork(), **changes))


def test_what_is_not_finite_is_refused(tmp_path):
    weights = first_version().state_dict()
    weights["transformer0.layers.1.norm2.bias"][3] = torch.nan
    with pytest.raises(CheckpointError, match="not finite"):
        load_published(write(tmp_path / "m", AuthorsNetwork(), my_model=weights))


class _Trap:
    def __reduce__(self):
        return print, ("this code must not run",)


def test_nothing_in_the_file_is_run(tmp_path, capsys):
    torch.save({"my_model": first_version().state_dict(), "optimizer": _Trap()}, tmp_path / "trap")
    (tmp_path / "plain").write_bytes(pickle.dumps(_Trap()))
    for name in ("trap", "plain"):
        with pytest.raises(CheckpointError, match="without running"):
            load_published(tmp_path / name)
    assert "must not run" not in capsys.readouterr().out


def test_a_missing_file_is_told(tmp_path):
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(CheckpointError, match="can't be read"):
            load_published(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), noise=st.binary(max_size=40))
def test_a_damaged_file_is_a_clear_error(tmp_path, cut, noise):
    whole = tmp_path / "whole"
    if not whole.exists():
        torch.save({"my_model": {"conv1.weight": torch.zeros(4)}, "epoch": 1}, whole)
    data = whole.read_bytes()
    place = int(cut * len(data))
    for broken in (data[:place] + noise, data[:place] + noise + data[place + len(noise) :], noise):
        (tmp_path / "broken").write_bytes(broken)
        with pytest.raises(MiaError):
            load_published(tmp_path / "broken")


def test_the_conditioned_network_uses_all_of_its_parameters_and_tells_subjects_apart():
    torch.manual_seed(0)
    network = ConditionedTransformer(ConditionedConfig(), [20.0, 5, 40, 30, 20, 5, 40, 30])
    assert sum(parameter.numel() for parameter in network.parameters()) == 4_830_400
    x = torch.cat([windows(4), windows(4)[..., :1]], -1)
    said = network(x, torch.tensor([1.0, 0.5, 0.2, 0.1]))
    assert said.shape == (4, 30, 8)
    torch.testing.assert_close(said.mean(dim=(0, 1)), torch.tensor([20.0, 5, 40, 30, 20, 5, 40, 30]), rtol=0.5, atol=0)
    said.square().sum().backward()
    assert [name for name, p in network.named_parameters() if not p.grad.abs().sum() > 0] == []


def test_subjects_have_the_authors_numbers_and_no_others():
    assert [subject_number(place) for place in (0, 4, 9)] == [1.0, 0.6, 0.1]
    for place in (-1, 10):
        with pytest.raises(ValueError, match="subject"):
            subject_number(place)


def test_numbers_survive_a_card_and_impossible_ones_do_not():
    config = ConditionedConfig(n_dimensions=2, window_steps=10)
    assert ConditionedConfig.from_dict(config.to_dict()) == config
    for wrong in ({"n_dimensions": 4}, {"n_heads": 7}, {"kernel_steps": 8}, {"dropout": 1}):
        with pytest.raises(CheckpointMismatchError):
            ConditionedConfig.from_dict(config.to_dict() | wrong)
