"""What long commands show while they work: one bar, and text as it is."""

from __future__ import annotations

import pytest

from app.terminal import plain_console
from app.work_bar import work_bar
from mia_core.errors import MissingExtraError


def test_it_says_how_much_is_done_and_what_is_being_done(capsys: pytest.CaptureFixture[str]) -> None:
    with work_bar() as bar:
        bar.show(0.25, "[filming]")
    assert " 25%" in capsys.readouterr().err
    with work_bar() as bar:
        bar.show(3, "training", total=7, amount="3/7 jobs")
        bar.print("one line")
    told = capsys.readouterr()
    assert not told.out, "what a command prints can be piped"
    assert "3/7 jobs" in told.err
    assert "training" in told.err
    assert told.err.startswith("one line\n")


def test_what_an_earlier_run_did_says_nothing_of_the_speed() -> None:
    with work_bar(is_shown=False) as bar:
        bar.show(5000, total=10000)
        assert bar.speed == "-"


def test_nothing_to_do_is_all_done(capsys: pytest.CaptureFixture[str]) -> None:
    with work_bar() as bar:
        bar.show(0, total=0)
    assert "100%" in capsys.readouterr().err


def test_what_went_wrong_is_said_alone(capsys: pytest.CaptureFixture[str]) -> None:
    def train() -> None:
        with work_bar() as bar:
            bar.show(0.5, "training")
            raise MissingExtraError("Training", "train")

    with pytest.raises(MissingExtraError):
        train()
    assert "training" not in capsys.readouterr().err


def test_only_the_first_of_several_processes_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    with work_bar(is_shown=False) as bar:
        bar.show(0.5, "training")
    assert not capsys.readouterr().err


def test_a_path_is_printed_as_it_is_and_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    path = f"/recordings/[bold]/:x:/{'long' * 30}"
    plain_console().print(f"Session: {path}")
    assert capsys.readouterr().out == f"Session: {path}\n"
