"""Protocols: files that say what is to be done, and the leader who has it done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.exercises import EXERCISES
from mia_core.recording.protocol import PAPER_PROTOCOL, Protocol, ProtocolError
from mia_core.recording.protocol_runner import Cue, ProtocolRunner, RunPhase

TWO = """
name = "Two"
countdown_s = 2
work_s = 5
rest_s = 4

[[exercises]]
name = "squat"
takes = 2

[[exercises]]
name = "toe_stand"
label = "Toe stand"
prompt = "Stand on your toes."
work_s = 3
"""


class Run:
    """A runner on a clock that a test turns."""

    def __init__(self, protocol: Protocol) -> None:
        self.log: list[tuple[str, dict[str, Any]]] = []
        self.times_s: list[float | None] = []
        self.runner = ProtocolRunner(protocol, self._note)
        self.now_s = 100.0
        self.heard = list(self.runner.tick(self.now_s))

    def _note(self, kind: str, fields: dict[str, Any], at_s: float | None) -> None:
        self.log.append((kind, fields))
        self.times_s.append(at_s)

    def pass_(self, seconds: float, step_s: float = 0.1) -> list[Cue]:
        heard: list[Cue] = []
        for _ in range(round(seconds / step_s)):
            self.now_s += step_s
            heard += self.runner.tick(self.now_s)
        self.heard += heard
        return heard

    @property
    def phase(self) -> RunPhase:
        return self.runner.view.phase

    def ends(self) -> list[tuple[str, int, int, str]]:
        return [(f["exercise"], f["take"], f["attempt"], f["status"]) for kind, f in self.log if kind == "trial_end"]


def two(folder: Path) -> Protocol:
    path = folder / "two.toml"
    path.write_text(TWO, encoding="utf-8")
    return Protocol.load(path)


@given(steps_s=st.lists(st.floats(0.01, 3.0), min_size=25, max_size=60))
def test_trials_have_their_own_times_however_late_somebody_looks(steps_s: list[float]) -> None:
    protocol = Protocol("Two", PAPER_PROTOCOL.trials[:2], countdown_s=2)
    run = Run(protocol)
    run.runner.go_on()
    for step_s in (*steps_s, 1e3):
        run.pass_(step_s, step_s)
    first, second = protocol.trials
    begins_s = [102.0, 104.0 + first.work_s + first.rest_s]
    ends_s = [begins_s[0] + first.work_s, begins_s[1] + second.work_s]
    assert [kind for kind, _ in run.log] == ["trial_begin", "trial_end"] * 2
    expected_s = [time_s for both in zip(begins_s, ends_s, strict=True) for time_s in both]
    assert run.times_s == pytest.approx(expected_s, abs=1e-6)


def test_a_file_is_read(tmp_path: Path) -> None:
    protocol = two(tmp_path)
    assert [(t.exercise.name, t.take, t.takes, t.work_s, t.rest_s) for t in protocol.trials] == [
        ("squat", 1, 2, 5, 4),
        ("squat", 2, 2, 5, 4),
        ("toe_stand", 1, 1, 3, 4),
    ]
    assert protocol.trials[2].exercise.prompt == "Stand on your toes."
    assert protocol.duration_s == (2 + 5 + 4) * 2 + 2 + 3


def test_the_default_is_the_twenty_exercises_of_the_paper() -> None:
    assert tuple(trial.exercise for trial in PAPER_PROTOCOL.trials) == EXERCISES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'x'", "no \\[\\[exercises\\]\\]"),
        ("[[exercises]]\nname='squat'", "needs a text 'name'"),
        ("name='x'\n[[exercises]]\nname='squat'\nwork=3", "has 'work'"),
        ("name='x'\n[[exercises]]\nname='squat'\nwork_s=nan", "work_s of exercise 1"),
        ("name='x'\n[[exercises]]\nname='squat'\nwork_s=true", "work_s of exercise 1"),
        ("name='x'\n[[exercises]]\nname='squat'\ntakes=0", "takes of exercise 1"),
        ("name='x'\n[[exercises]]\nname='own'", "needs a text 'label'"),
        ("name='x'\n[[exercises]]\nname='../own'\nlabel='a'\nprompt='b'", "small letters"),
        ("name='x'\nexercises=[1]", "no table"),
        ("not toml", "can't be used"),
    ],
)
def test_a_wrong_file_is_refused_with_a_reason(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError, match=message):
        Protocol.load(path)


def test_a_missing_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="can't be read"):
        Protocol.load(tmp_path / "missing.toml")
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProtocolError, match="can't be used"):
        Protocol.load(path)


@given(st.text())
def test_any_text_is_a_protocol_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        n_trials = len(Protocol.load(path).trials)
    except ProtocolError:
        return
    assert n_trials > 0


def test_a_whole_run_goes_by_itself_after_the_first_go(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    assert run.heard == [Cue.ANNOUNCE]
    assert run.pass_(10) == []
    run.runner.go_on()
    heard = run.pass_(run.runner.protocol.duration_s + 1)
    assert run.phase is RunPhase.DONE
    assert heard.count(Cue.BEGIN) == heard.count(Cue.END) == 3
    assert heard[:4] == [Cue.TICK, Cue.TICK, Cue.BEGIN, Cue.TICK]  # a countdown of 2 s has two beeps
    assert heard[-1] is Cue.DONE
    assert [kind for kind, _ in run.log] == ["trial_begin", "trial_end"] * 3
    assert run.ends() == [("squat", 1, 1, "done"), ("squat", 2, 1, "done"), ("toe_stand", 1, 1, "done")]


def test_a_slow_screen_loses_no_phase(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.go_on()
    run.pass_(run.runner.protocol.duration_s + 9, step_s=9.0)
    assert run.phase is RunPhase.DONE
    assert len(run.ends()) == 3


def test_a_trial_is_done_again(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.go_on()
    run.pass_(4)
    assert run.phase is RunPhase.WORK
    run.runner.redo()
    assert run.phase is RunPhase.READY
    run.runner.go_on()
    run.pass_(2 + 5 + 1)
    assert run.phase is RunPhase.REST
    run.runner.redo()  # in the rest: the one just done
    run.runner.go_on()
    run.pass_(2 + 5 + 1)
    assert run.ends() == [("squat", 1, 1, "redo"), ("squat", 1, 2, "done"), ("squat", 1, 3, "done")]
    assert ("trial_redo", {"exercise": "squat", "take": 1, "attempt": 2}) in run.log


def test_the_last_trial_can_be_done_again(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.go_on()
    run.pass_(run.runner.protocol.duration_s + 1)
    run.runner.redo()
    assert run.runner.view.trial is not None
    assert run.runner.view.trial.exercise.name == "toe_stand"
    run.runner.go_on()
    run.pass_(6)
    assert run.phase is RunPhase.DONE
    assert run.ends()[-1] == ("toe_stand", 1, 2, "done")


def test_a_trial_is_skipped_before_during_and_after_it(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.skip()
    run.runner.go_on()
    run.pass_(3)
    run.runner.skip()
    run.runner.go_on()
    run.pass_(6)
    assert run.phase is RunPhase.DONE
    assert run.ends() == [("squat", 1, 1, "skipped"), ("squat", 2, 1, "skipped"), ("toe_stand", 1, 1, "done")]


def test_a_pause_holds_time_and_begins_the_trial_again(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.go_on()
    run.pass_(4)
    run.runner.pause()
    before = run.runner.view
    assert run.pass_(60) == []
    assert run.runner.view == before
    assert before.paused
    assert before.phase is RunPhase.COUNTDOWN
    run.runner.go_on()
    run.pass_(2 + 5 + 1)
    assert run.ends() == [("squat", 1, 1, "redo"), ("squat", 1, 2, "done")]
    assert [kind for kind, _ in run.log if kind in ("pause", "resume")] == ["pause", "resume"]


def test_go_on_ends_a_rest(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.go_on()
    run.pass_(2 + 5 + 1)
    run.runner.go_on()
    run.pass_(0.1)
    assert run.phase is RunPhase.COUNTDOWN
    assert run.runner.view.place == 2


def test_a_stop_ends_the_trial_and_all(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.go_on()
    run.pass_(4)
    run.runner.stop()
    assert run.phase is RunPhase.DONE
    assert run.ends() == [("squat", 1, 1, "stopped")]
    assert run.runner.view.trial is None


def test_what_is_left_and_done_is_told(tmp_path: Path) -> None:
    run = Run(two(tmp_path))
    run.runner.go_on()
    run.pass_(3)
    view = run.runner.view
    assert (view.place, view.n_trials, view.attempt) == (1, 3, 1)
    assert view.remaining_s == pytest.approx(4.0)
    assert view.share == pytest.approx(0.2)
    assert view.next_trial is not None
    assert view.next_trial.take == 2
