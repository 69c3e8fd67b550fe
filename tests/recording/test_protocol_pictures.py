"""Pictures that a protocol's own file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from mia_core.recording.protocol import PAPER_PROTOCOL, Protocol, ProtocolError

OWN = """
name = "Own"
[[exercises]]
name = "squat"
[[exercises]]
name = "toe_stand"
label = "Toe stand"
prompt = "Stand on your toes."
takes = 2
picture = {picture!r}
"""


def own(folder: Path, picture: str) -> Protocol:
    path = folder / "own.toml"
    path.write_text(OWN.format(picture=picture), encoding="utf-8")
    return Protocol.load(path)


def test_a_picture_is_found_beside_or_below_the_plan(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    picture = tmp_path / "pictures" / "toes.PNG"
    picture.write_bytes(b"")
    protocol = own(tmp_path, "pictures/toes.PNG")
    assert [trial.picture for trial in protocol.trials] == [None, picture, picture]
    assert "picture" not in str(protocol.to_json()), "a session does not keep where pictures lie"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.png", "is missing"),
        ("../secret.png", "beside or below"),
        ("/etc/secret.png", "beside or below"),
        ("link.png", "beside or below"),
        ("folder.png", "is missing"),
        ("toes.txt", r"one of \.png"),
        ("", "needs a text 'picture'"),
    ],
)
def test_another_picture_is_refused_with_a_reason(tmp_path: Path, name: str, message: str) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "folder.png").mkdir()
    with pytest.raises(ProtocolError, match=message):
        own(folder, name)


def test_the_papers_exercises_name_no_picture_of_their_own() -> None:
    assert {trial.picture for trial in PAPER_PROTOCOL.trials} == {None}
