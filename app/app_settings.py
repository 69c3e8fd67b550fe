"""What the window remembers between two starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, TypeVar

from PySide6.QtCore import QByteArray, QSettings

from app.live_page.source_choice import SourceChoice, SourceChoiceError
from mia_core.colour_scale import COLOUR_SCALES, DEFAULT_FULL_SCALE
from mia_core.recording.recording_manifest import Privacy

PRODUCT: Final = "MIA Live"
"""Name of the application, by which the system keeps its settings."""
PAGES: Final = ("live", "sensors", "record", "sessions", "review")
THEMES: Final = ("dark", "light")
SCALE_NAMES: Final = tuple(scale.name for scale in COLOUR_SCALES)
LOOKAHEAD_STEPS: Final = (0, 1, 2, 4)
TRACE_LENGTHS_S: Final = (5, 10, 30)
FULL_SCALES: Final = (0.1, 0.25, 0.5, 1.0)
PREDICTED: Final = "predicted"
MEASURED: Final = "measured"
MUSCLE_VALUES: Final = (PREDICTED, MEASURED)
PRIVACIES: Final = tuple(privacy.value for privacy in Privacy)
RECENT_FILES: Final = 6

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AppSettings:
    """All remembered choices.

    Attributes:
        page: The page that was shown, one of `PAGES`.
        theme: One of `THEMES`.
        colour_scale: Name of a `ColourScale`, one of `SCALE_NAMES`.
        full_scale: Activation that gets the last colour, one of `FULL_SCALES`. The default suits everyday movements and
            the paper's look: see `DEFAULT_FULL_SCALE`.
        muscle_values: What the body map shows when there are sensors, one of `MUSCLE_VALUES`.
        lookahead_steps: How many 0.1 s steps of the future the model may see, one of `LOOKAHEAD_STEPS`.
        trace_length_s: Seconds that the traces show, one of `TRACE_LENGTHS_S`.
        mirror_camera: Whether cameras are shown like a mirror.
        mirror_file: Whether files and the demo are.
        last_source: The last source, in the form that `SourceChoice.parse` reads; empty before the first.
        last_label: Its name for people.
        pose_model: Path of the pose model, empty for the one that ships.
        activation_model: Path of the activation model, empty for the one that ships.
        activation_model_before: The one that was chosen before it, to go back to.
        recent_files: Paths of the last files, newest first.
        subject: Id of the subject that was recorded last.
        privacy: What of the picture is written, one of `PRIVACIES`.
        protocol: What subjects are led through: `paper`, the path of a file, or empty for nothing.
        keeps_past: Whether the last seconds are kept in memory, to begin a recording with.
        moves_pictures: Whether pictures of exercises move.
        optional_streams: Which streams a recording may lack without being asked about.
        geometry: The window's place, as Qt packs it.
        columns: Where the splitter between image and body map stands, as Qt packs it.
        rows: Where the splitter above the traces stands, as Qt packs it.
    """

    page: str = "live"
    theme: str = "dark"
    colour_scale: str = "paper"
    full_scale: float = DEFAULT_FULL_SCALE
    muscle_values: str = PREDICTED
    lookahead_steps: int = 2
    trace_length_s: int = 10
    mirror_camera: bool = True
    mirror_file: bool = False
    last_source: str = ""
    last_label: str = ""
    pose_model: str = ""
    activation_model: str = ""
    activation_model_before: str = ""
    recent_files: tuple[str, ...] = ()
    subject: str = ""
    privacy: str = "full"
    protocol: str = ""
    keeps_past: bool = False
    moves_pictures: bool = True
    optional_streams: tuple[str, ...] = ()
    geometry: bytes = b""
    columns: bytes = b""
    rows: bytes = b""

    @property
    def last_choice(self) -> SourceChoice | None:
        """The last source, None before the first."""
        return replace(SourceChoice.parse(self.last_source), label=self.last_label) if self.last_source else None

    def with_activation_model(self, path: str) -> AppSettings:
        """Return the settings with another activation model; the present one is remembered."""
        if path == self.activation_model:
            return self
        return replace(self, activation_model=path, activation_model_before=self.activation_model)

    def with_recent_file(self, path: str) -> AppSettings:
        """Return the settings with a file at the head of the recent ones."""
        others = tuple(other for other in self.recent_files if other != path)
        return replace(self, recent_files=(path, *others)[:RECENT_FILES])


def own_settings() -> SettingsStore:
    """Return the settings of the application, where the system keeps them."""
    return SettingsStore(QSettings(PRODUCT, PRODUCT))


def next_of(choices: Sequence[T], present: T) -> T:
    """Return the choice after the present one, around the end."""
    return choices[(choices.index(present) + 1) % len(choices)] if present in choices else choices[0]


def neighbour_of(choices: Sequence[T], present: T, step: int) -> T:
    """Return the choice beside the present one, not around the end."""
    return choices[min(max(choices.index(present) + step, 0), len(choices) - 1)]


class SettingsStore:
    """Reads and writes `AppSettings` where the system keeps settings.

    A value that is missing, of another type or no longer offered becomes the default: settings never stop a start.
    """

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def load(self) -> AppSettings:
        """Return what was saved last."""
        default = AppSettings()
        read = {field.name: self._read(field.name, getattr(default, field.name)) for field in fields(AppSettings)}
        read["page"] = _offered(read["page"], PAGES, default.page)
        read["theme"] = _offered(read["theme"], THEMES, default.theme)
        read["colour_scale"] = _offered(read["colour_scale"], SCALE_NAMES, default.colour_scale)
        read["last_source"] = _source_or_none(read["last_source"])
        read["full_scale"] = _offered(read["full_scale"], FULL_SCALES, default.full_scale)
        read["muscle_values"] = _offered(read["muscle_values"], MUSCLE_VALUES, default.muscle_values)
        read["lookahead_steps"] = _offered(read["lookahead_steps"], LOOKAHEAD_STEPS, default.lookahead_steps)
        read["privacy"] = _offered(read["privacy"], PRIVACIES, default.privacy)
        read["trace_length_s"] = _offered(read["trace_length_s"], TRACE_LENGTHS_S, default.trace_length_s)
        return AppSettings(**read)

    def save(self, settings: AppSettings) -> None:
        """Write all values."""
        for field in fields(AppSettings):
            value = getattr(settings, field.name)
            if isinstance(value, bytes):
                value = QByteArray(value)
            elif isinstance(value, tuple):
                value = list(value)
            self._settings.setValue(field.name, value)
        self._settings.sync()

    def _read(self, name: str, default: T) -> T:
        raw = self._settings.value(name)
        value: object = default
        match default:
            case bool():  # before int, which bool is
                value = {"true": True, "false": False}.get(str(raw).lower(), default)
            case int() | float():
                value = _number(raw, default)
            case bytes():
                value = bytes(raw.data()) if isinstance(raw, QByteArray) else default
            case tuple():
                value = tuple(str(item) for item in ([raw] if isinstance(raw, str) else raw or ()))
            case str():
                value = raw if isinstance(raw, str) else default
        return value  # type: ignore[return-value]  # each branch keeps the default's type


def _number(raw: object, default: float) -> float:
    try:
        return type(default)(str(raw))
    except ValueError:
        return default


def _offered(value: T, offered: tuple[T, ...], default: T) -> T:
    return value if value in offered else default


def _source_or_none(text: str) -> str:
    try:
        return str(SourceChoice.parse(text))
    except SourceChoiceError:
        return ""
