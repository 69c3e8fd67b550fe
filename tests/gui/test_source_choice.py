from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.live_page.source_choice import SourceChoice, SourceChoiceError, SourceKind

_TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1)


@settings(deadline=None)
@given(_TEXT)
def test_camera_round_trip(stable_id: str) -> None:
    choice = SourceChoice.camera(stable_id)
    assert SourceChoice.parse(str(choice)) == choice


@settings(deadline=None)
@given(_TEXT)
def test_anything_else_is_a_file_and_comes_back(name: str) -> None:
    if name == "." or name.startswith("camera:"):
        return
    choice = SourceChoice.file(Path(name))
    again = SourceChoice.parse(str(choice))
    assert again.kind is SourceKind.FILE
    assert Path(again.target) == Path(choice.target)


def test_demo_round_trip() -> None:
    assert SourceChoice.parse("demo") == SourceChoice.demo()
    assert str(SourceChoice.demo()) == "demo"


def test_a_file_called_demo_stays_a_file() -> None:
    assert SourceChoice.parse(str(SourceChoice.file(Path("demo")))).kind is SourceKind.FILE


@pytest.mark.parametrize("text", ["", "   ", "camera:", "camera:  "])
def test_no_source(text: str) -> None:
    with pytest.raises(SourceChoiceError) as error:
        SourceChoice.parse(text)
    assert "camera:ID" in error.value.advice
