"""The log of a session: events are there at once, torn and foreign lines are counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.recording.event_log import EVENT_KINDS, Event, EventLog, read_events

EVENTS = st.builds(
    Event,
    st.integers(0, 2**60),
    st.sampled_from(EVENT_KINDS),
    st.dictionaries(
        st.text(max_size=5).filter(lambda key: key not in ("time_ns", "kind")), st.text(max_size=9) | st.integers()
    ),
)


@given(st.lists(EVENTS, max_size=5), st.binary(max_size=20).filter(lambda tail: b"\n" not in tail))
def test_what_is_written_is_read_back_whatever_tail_is_torn(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event], tail: bytes
) -> None:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    log = EventLog(path)
    for n, event in enumerate(events, 1):
        log.write(event)
        assert read_events(path).events == tuple(events[:n]), "with the system when the call returns"
    log.file.append(tail)
    log.file.close()
    found = read_events(path)
    assert found.events == tuple(events)
    assert found.is_torn == bool(tail)
    assert found.n_bad_lines == 0


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, garbage: bytes) -> None:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    path.write_bytes(b'{"time_ns": 1, "kind": "note"}\n' + garbage + b'\n{"time_ns": 2, "kind": "note"}\n')
    found = read_events(path)
    assert [event.time_ns for event in (found.events[0], found.events[-1])] == [1, 2]
    assert len(found.events) + found.n_bad_lines == garbage.count(b"\n") + 3


@pytest.mark.parametrize(
    "line", ['{"kind": "note"}', '{"time_ns": 1.5, "kind": "note"}', '{"time_ns": NaN}', "[1]", "1"]
)
def test_lines_that_are_no_events_are_counted(tmp_path: Path, line: str) -> None:
    (tmp_path / "events.jsonl").write_text(f"{line}\n")
    assert read_events(tmp_path / "events.jsonl").n_bad_lines == 1
