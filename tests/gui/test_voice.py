"""What a subject hears: the system's voice is asked to speak, whatever the words are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.record_page.usual_access import voice_of_system
from tests.fakes.waiting import wait_until

WORDS = "-x <Curl>; \"left\" $HOME & 'again'. Größe."


@pytest.mark.skipif(sys.platform == "win32", reason="the voice is a shell script here")
@pytest.mark.parametrize(
    ("system", "program"),
    [("linux", "spd-say"), ("linux", "espeak"), ("darwin", "say"), ("win32", "powershell")],
)
def test_the_voice_of_each_system_gets_the_words(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, program: str
) -> None:
    voice, heard = tmp_path / program, tmp_path / "heard"
    voice.write_text(f'#!/bin/sh\nprintf "%s\\n" "$MIA_LIVE_SAYS" "$@" > "{heard}.part"; mv "{heard}.part" "{heard}"\n')
    voice.chmod(0o755)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("shutil.which", lambda name: str(voice) if name == program else None)
    say = voice_of_system()
    assert say is not None
    say(WORDS)
    wait_until(heard.exists)
    words, *arguments = heard.read_text(encoding="utf-8").splitlines()
    assert words == WORDS
    if system == "win32":
        assert arguments[-2:] == [
            "-Command",
            "[void](New-Object -ComObject SAPI.SpVoice).Speak($env:MIA_LIVE_SAYS, 16)",
        ]
    else:
        assert arguments == (["--", WORDS] if system == "linux" else [WORDS])


def test_without_a_voice_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert voice_of_system() is None
