from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QSettings

from app.app_settings import (
    FULL_SCALES,
    LOOKAHEAD_STEPS,
    PAGES,
    RECENT_FILES,
    SCALE_NAMES,
    THEMES,
    TRACE_LENGTHS_S,
    AppSettings,
    SettingsStore,
)

_WORDS = st.text(st.characters(exclude_categories=("C",)), max_size=12)
_SETTINGS = st.builds(
    AppSettings,
    page=st.sampled_from(PAGES),
    theme=st.sampled_from(THEMES),
    colour_scale=st.sampled_from(SCALE_NAMES),
    full_scale=st.sampled_from(FULL_SCALES),
    lookahead_steps=st.sampled_from(LOOKAHEAD_STEPS),
    trace_length_s=st.sampled_from(TRACE_LENGTHS_S),
    mirror_camera=st.booleans(),
    mirror_file=st.booleans(),
    last_source=st.sampled_from(("", "demo", "camera:usb:1", "/videos/squat.mp4")),
    last_label=_WORDS,
    pose_model=_WORDS,
    activation_model=_WORDS,
    activation_model_before=_WORDS,
    recent_files=st.lists(_WORDS.filter(bool), max_size=RECENT_FILES, unique=True).map(tuple),
    geometry=st.binary(max_size=20),
    columns=st.binary(max_size=20),
    rows=st.binary(max_size=20),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "settings.ini"


@settings(deadline=None)
@given(saved=_SETTINGS)
def test_what_was_saved_is_loaded_by_the_next_start(path: Path, saved: AppSettings) -> None:
    SettingsStore(QSettings(str(path), QSettings.Format.IniFormat)).save(saved)
    assert SettingsStore(QSettings(str(path), QSettings.Format.IniFormat)).load() == saved


def test_the_model_before_is_remembered_when_another_one_is_chosen() -> None:
    chosen = AppSettings(activation_model="a").with_activation_model("b")
    assert (chosen.activation_model, chosen.activation_model_before) == ("b", "a")
    assert chosen.with_activation_model("b") == chosen, "choosing it again does not forget the one before"
    back = chosen.with_activation_model("a")
    assert (back.activation_model, back.activation_model_before) == ("a", "b")


def test_nothing_saved_gives_the_defaults(store: SettingsStore) -> None:
    assert store.load() == AppSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "of another version"),
        ("theme", "of another version"),
        ("colour_scale", "of another version"),
        ("last_source", "camera:"),
        ("lookahead_steps", "3"),
        ("lookahead_steps", "soon"),
        ("full_scale", "nan"),
        ("trace_length_s", "-1"),
        ("mirror_camera", "perhaps"),
        ("geometry", "not bytes"),
    ],
)
def test_a_damaged_value_becomes_the_default(tmp_path: Path, name: str, value: str) -> None:
    raw = QSettings(str(tmp_path / "damaged.ini"), QSettings.Format.IniFormat)
    raw.setValue(name, value)
    assert SettingsStore(raw).load() == AppSettings()


def test_recent_files_are_newest_first_without_repeats_and_few() -> None:
    settings = AppSettings()
    for index in (*range(10), 7):
        settings = settings.with_recent_file(f"{index}.mp4")
    assert settings.recent_files == ("7.mp4", "9.mp4", "8.mp4", "6.mp4", "5.mp4", "4.mp4")
