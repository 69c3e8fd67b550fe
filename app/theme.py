"""Every colour of the window, in a dark and a light palette, and the style sheet made from it."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Final

from PySide6.QtWidgets import QApplication


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, as `#rrggbb`.

    Attributes:
        name: `dark` or `light`.
        window: Behind everything.
        surface: Panels.
        raised: Buttons and fields on panels.
        hover: A raised thing under the pointer.
        line: Borders and grid lines.
        text: What must be read.
        muted: Captions; still at least 4.5:1 on `surface`.
        accent: The one colour of controls and predicted traces.
        on_accent: Text on `accent` and on `error`.
        reference: Reference traces.
        good: A healthy state.
        warning: A state to look at.
        error: A failure.
        badge: Behind the provenance badge.
        on_badge: Text of the provenance badge.
        stage: Behind the camera image.
        body: The figure of the body map.
        plate: Muscles of the figure that are not measured.
        body_line: Outline of the figure.
        muscle_line: Outline of the eight muscles.
        unknown: Fill of a muscle without a value.
        unknown_line: Hatching of a muscle without a value.
    """

    name: str
    window: str
    surface: str
    raised: str
    hover: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    reference: str
    good: str
    warning: str
    error: str
    badge: str
    on_badge: str
    stage: str
    body: str
    plate: str
    body_line: str
    muscle_line: str
    unknown: str
    unknown_line: str


DARK: Final = Palette(
    name="dark",
    window="#0f1319",
    surface="#171d26",
    raised="#222b37",
    hover="#2c3746",
    line="#2b3542",
    text="#e9eef5",
    muted="#93a2b5",
    accent="#58b4ff",
    on_accent="#06131f",
    reference="#c9d3df",
    good="#4cc38a",
    warning="#f0b445",
    error="#ff7369",
    badge="#3a2f14",
    on_badge="#ffd479",
    stage="#0a0d12",
    body="#2a3441",
    plate="#364251",
    body_line="#4a5868",
    muscle_line="#0f1319",
    unknown="#3a4553",
    unknown_line="#8796a8",
)

LIGHT: Final = Palette(
    name="light",
    window="#eef1f5",
    surface="#ffffff",
    raised="#eef2f6",
    hover="#e1e8ef",
    line="#d6dde5",
    text="#16202c",
    muted="#566475",
    accent="#0a66c9",
    on_accent="#ffffff",
    reference="#4d5a69",
    good="#1b7f4f",
    warning="#9c6300",
    error="#c62f26",
    badge="#fff1cf",
    on_badge="#6f4a00",
    stage="#dfe5ec",
    body="#d9e0e8",
    plate="#c8d1db",
    body_line="#a5b1bf",
    muscle_line="#3c4856",
    unknown="#e6ebf0",
    unknown_line="#8b98a7",
)

_PALETTES: Final = {palette.name: palette for palette in (DARK, LIGHT)}

# What is drawn over a camera image can't follow the theme: it must stand out from any picture.
OVER_IMAGE_LINE: Final = "#ffffff"
OVER_IMAGE_HALO: Final = "#10151c"
OVER_IMAGE_UNKNOWN: Final = "#c3ccd6"


def palette(name: str) -> Palette:
    """Return the palette of that name, or the dark one when there is none (a setting of another version)."""
    return _PALETTES.get(name, DARK)


def dress(application: QApplication, colours: Palette) -> None:
    """Give the whole application the look of a palette; nothing happens when it has it."""
    sheet = style_sheet(colours)
    if application.styleSheet() != sheet:
        application.setStyle("Fusion")  # the same on every system: native styles mix badly with own colours
        application.setStyleSheet(sheet)


def style_sheet(colours: Palette) -> str:
    """Return the application's style sheet in one palette."""
    return _STYLE.substitute({name: getattr(colours, name) for name in Palette.__slots__})


_STYLE: Final = Template("""
* { font-size: 13px; outline: none; }
QMainWindow, QDialog { background: $window; }
QWidget { color: $text; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }

#toolbar { background: $surface; border: none; border-bottom: 1px solid $line; }
#rail { background: $surface; border: none; border-right: 1px solid $line; }
#rail QToolButton {
    background: transparent; color: $muted; border: none; border-left: 3px solid transparent; border-radius: 0;
    padding: 7px 3px 6px 0; font-size: 11px;
}
#rail QToolButton:hover { background: $raised; color: $text; }
#rail QToolButton:checked { color: $text; font-weight: 600; border-left: 3px solid $accent; background: $raised; }
#rail QToolButton:focus { color: $accent; }
#panel { background: $surface; border: 1px solid $line; border-radius: 8px; }
#panelTitle { font-size: 13px; font-weight: 600; }
#caption { color: $muted; font-size: 11px; }
#productName { font-size: 15px; font-weight: 700; }

QToolButton, QPushButton {
    background: $raised; color: $text; border: 1px solid $line; border-radius: 6px; padding: 5px 10px;
}
QToolButton:hover, QPushButton:hover { background: $hover; }
QToolButton:focus, QPushButton:focus, QComboBox:focus { border: 1px solid $accent; }
QToolButton:disabled, QPushButton:disabled { color: $muted; background: transparent; }
QToolButton:checked { border: 1px solid $accent; color: $accent; }
QToolButton#small { padding: 2px 8px; font-size: 12px; }
QToolButton::menu-indicator, QPushButton::menu-indicator { image: none; width: 0; }
QToolButton#quiet { background: transparent; border: 1px solid transparent; padding: 5px; }
QToolButton#quiet:hover { background: $hover; }
QToolButton#quiet:checked { background: $raised; border: 1px solid $accent; }
QToolButton#quiet:focus { border: 1px solid $accent; }
QToolButton#primary, QPushButton#primary {
    background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600;
}
QToolButton#primary:disabled, QPushButton#primary:disabled {
    background: $raised; color: $muted; border: 1px solid $line;
}
QToolButton#primary:focus, QPushButton#primary:focus { border: 1px solid $text; }

#bigRecord { background: $error; color: $on_accent; border: 1px solid $error; font-size: 15px; font-weight: 700; }
#bigRecord:hover { border: 1px solid $text; }
#bigRecord:disabled { background: $raised; color: $muted; border: 1px solid $line; }
#bigRecord:focus { border: 1px solid $text; }
#recordingWord { color: $error; font-size: 12px; font-weight: 700; }
#takeTime { font-size: 46px; font-weight: 700; }
#fieldName { color: $muted; font-size: 11px; font-weight: 600; }
QScrollArea#bare, QScrollArea#bare > QWidget, #bareInside { background: transparent; border: none; }
#alarmTitle { color: $on_accent; font-size: 15px; font-weight: 700; }
#alarmText { color: $on_accent; }
#summaryTitle { font-size: 20px; font-weight: 700; }
#exercise { font-size: 28px; font-weight: 700; }
#exercisePrompt { font-size: 16px; }
#streamCell { background: $window; border: 1px solid $line; border-radius: 8px; }
QComboBox QLineEdit { background: transparent; border: none; padding: 0; }
QCheckBox { spacing: 8px; }
QCheckBox#small { font-size: 11px; color: $muted; spacing: 5px; }
QCheckBox:focus { color: $accent; }

QToolButton#record:checked { background: $error; color: $on_accent; border: 1px solid $error; font-weight: 600; }

QPushButton#segment, QPushButton#segmentFirst, QPushButton#segmentLast { border-radius: 0; padding: 5px 6px; }
QPushButton#segmentFirst { border-top-left-radius: 6px; border-bottom-left-radius: 6px; }
QPushButton#segmentLast { border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QPushButton#segment { border-left: none; border-right: none; }
QPushButton#segment:checked, QPushButton#segmentFirst:checked, QPushButton#segmentLast:checked {
    background: $accent; color: $on_accent; font-weight: 600;
}
QPushButton#segment:focus, QPushButton#segmentFirst:focus, QPushButton#segmentLast:focus { border: 1px solid $text; }

#notice { background: $raised; border: 1px solid $line; border-radius: 8px; }
#noticeTitle { font-weight: 600; }
#rowName { font-weight: 600; }
#chip { background: $window; color: $text; border-radius: 4px; padding: 1px 6px; font-size: 11px; }
#sensorList { background: transparent; }
#sensorList::item { border-bottom: 1px solid $line; }
#sensorList::item:hover { background: $raised; }
#sensorList::item:selected { background: $hover; border: 1px solid $accent; border-radius: 6px; }
#signalTable { background: transparent; font-size: 12px; selection-background-color: $hover; selection-color: $text; }
#signalTable QHeaderView { background: transparent; border: none; border-bottom: 1px solid $line; }
#signalTable QHeaderView::section {
    background: transparent; color: $muted; border: none; padding: 3px 7px; font-size: 11px;
}
QLineEdit, QPlainTextEdit {
    background: $window; color: $text; border: 1px solid $line; border-radius: 6px; padding: 4px 8px;
    selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $muted;
}
QLineEdit:focus, QPlainTextEdit:focus { border: 1px solid $accent; }
QLineEdit:read-only, QPlainTextEdit:read-only { background: transparent; color: $muted; }
#sessionTable {
    background: transparent; alternate-background-color: transparent; selection-background-color: $hover;
    selection-color: $text;
}
#sessionTable::item { border-bottom: 1px solid $line; padding: 0 7px; }
#sessionTable::item:hover { background: $raised; }
#sessionTable::item:selected { background: $hover; }
#sessionTable QHeaderView, #numberTable QHeaderView {
    background: transparent; border: none; border-bottom: 1px solid $line;
}
#sessionTable QHeaderView::section, #numberTable QHeaderView::section {
    background: transparent; color: $muted; border: none; padding: 4px 10px; font-size: 11px;
}
#numberTable { background: transparent; font-size: 12px; gridline-color: $line; }
#card, #cardArea { background: transparent; }
#trialList { background: transparent; }
#trialList::item { border-bottom: 1px solid $line; }
#trialList::item:hover { background: $raised; }
#trialList::item:selected { background: $hover; border: 1px solid $accent; border-radius: 6px; }
QProgressBar { background: $raised; border: none; border-radius: 2px; }
#notice QProgressBar { background: $line; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QScrollBar:vertical { background: transparent; width: 8px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 4px; min-height: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }

QComboBox { background: $raised; border: 1px solid $line; border-radius: 6px; padding: 3px 8px; min-height: 20px; }
QComboBox:hover { background: $hover; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: none; border: none; }
QComboBox QAbstractItemView {
    background: $raised; border: 1px solid $line; selection-background-color: $accent; selection-color: $on_accent;
    padding: 2px;
}

QMenu { background: $raised; border: 1px solid $line; border-radius: 6px; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $muted; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::icon { padding-left: 8px; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 4px; margin: 1px; min-height: 30px; }
QScrollBar::handle:vertical:hover { background: $muted; }
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical { height: 0; }
QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical { background: transparent; }

QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $line; border-radius: 3px; }

#statusStrip { background: $surface; border-top: 1px solid $line; }
#statCaption { color: $muted; font-size: 10px; }
#statValue { font-size: 12px; font-weight: 600; }
#badge {
    background: $badge; color: $on_badge; border-radius: 8px; padding: 2px 8px; font-size: 11px; font-weight: 600;
}

#banner { background: $surface; border: 1px solid $line; border-radius: 10px; }
#bannerTitle { font-size: 14px; font-weight: 600; }
#bannerText { color: $muted; }
#welcomeTitle { font-size: 20px; font-weight: 700; }
#shortcutKey {
    background: $raised; border: 1px solid $line; border-radius: 5px; padding: 2px 7px;
    font-size: 12px; font-weight: 600;
}
#sectionTitle { color: $muted; font-size: 11px; font-weight: 700; }
""")
