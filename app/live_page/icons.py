"""Small line icons, drawn in the colours of the theme."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

ICON_PX: Final = 18
_RATIOS: Final = (1.0, 1.5, 2.0, 3.0)

_SHAPES: Final = {
    "play": '<path d="M8 5.5v13l10.5-6.5z" fill="{c}"/>',
    "pause": '<path d="M8.5 6v12M15.5 6v12" stroke-width="3"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="1.5" fill="{c}"/>',
    "step": '<path d="M6.5 6v12l8.5-6z" fill="{c}"/><path d="M18 6v12" stroke-width="2.4"/>',
    "record": '<circle cx="12" cy="12" r="6.2" fill="{c}"/>',
    "camera": '<path d="M3.5 8.5h4l1.6-2.5h5.8l1.6 2.5h4v10.5h-17z"/><circle cx="12" cy="13.4" r="3.3"/>',
    "film": '<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="M8 5v14M16 5v14M3.5 12h4.5M16 12h4.5"/>',
    "person": '<circle cx="12" cy="5.6" r="2.5"/>'
    '<path d="M5.5 10.5l6.5 1 6.5-1M12 11.5v4M12 15.5l-3.5 5.5M12 15.5l3.5 5.5"/>',
    "mirror": '<path d="M12 3.5v17" stroke-dasharray="2.4 2"/>'
    '<path d="M9 7.5v9.5H3.5z" fill="{c}"/><path d="M15 7.5v9.5h5.5z"/>',
    "theme": '<circle cx="12" cy="12" r="7.5"/><path d="M12 4.5a7.5 7.5 0 0 1 0 15z" fill="{c}"/>',
    "settings": '<circle cx="12" cy="12" r="3"/><circle cx="12" cy="12" r="6.6"/>'
    '<path d="M12 2.8v2.6M12 18.6v2.6M2.8 12h2.6M18.6 12h2.6M5.5 5.5l1.8 1.8M16.7 16.7l1.8 1.8M5.5 18.5l1.8-1.8'
    'M16.7 7.3l1.8-1.8" stroke-width="2.6" stroke-linecap="butt"/>',
    "help": '<path d="M9 9.2a3 3 0 1 1 4.6 2.6c-1.2.7-1.6 1.3-1.6 2.5"/>'
    '<circle cx="12" cy="17.6" r=".7" fill="{c}"/>'
    '<circle cx="12" cy="12" r="8.8"/>',
    "fullscreen": '<path d="M4.5 9v-4.5h4.5M15 4.5h4.5v4.5M19.5 15v4.5h-4.5M9 19.5h-4.5v-4.5"/>',
    "warning": '<path d="M12 4.5l8.5 15h-17z"/><path d="M12 10.5v4"/><circle cx="12" cy="17" r=".6" fill="{c}"/>',
    "error": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5"/><circle cx="12" cy="16.3" r=".6" fill="{c}"/>',
    "done": '<circle cx="12" cy="12" r="8.5"/><path d="M8 12.3l2.8 2.8 5.2-6"/>',
    "sensors": '<rect x="8.5" y="9" width="7" height="11" rx="2.5"/><path d="M12 12.5v4"/>'
    '<path d="M6.5 6.5a7.6 7.6 0 0 1 11 0M9.2 4.2a7.6 7.6 0 0 1 5.6 0" stroke-width="1.6"/>',
    "search": '<circle cx="10.8" cy="10.8" r="6"/><path d="M15.4 15.4l4.6 4.6" stroke-width="2.2"/>',
    "undo": '<path d="M8.5 5l-4 4 4 4M5 9h9a5 5 0 0 1 0 10h-4"/>',
    "redo": '<path d="M15.5 5l4 4-4 4M19 9h-9a5 5 0 0 0 0 10h4"/>',
    "refresh": '<path d="M18.8 10a7.2 7.2 0 1 0 .2 4"/><path d="M19.2 4.8v5.4h-5.4"/>',
    "bulb": '<path d="M9.2 16.2a5.8 5.8 0 1 1 5.6 0v1.8H9.2zM10 20.5h4"/>',
    "empty": '<circle cx="12" cy="12" r="8.5"/>',
    "missing": '<circle cx="12" cy="12" r="8.5"/><path d="M8.8 8.8l6.4 6.4M15.2 8.8l-6.4 6.4"/>',
    "take": '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4.2" fill="{c}"/>',
    "flag": '<path d="M6 21V4M6 4.8h11.5l-2.6 4 2.6 4H6" fill="none"/>',
    "sync": '<path d="M4 12h3l2-6 4 12 2-6h5"/>',
    "sessions": '<rect x="4" y="4.5" width="16" height="4.6" rx="1.2"/>'
    '<rect x="4" y="14.9" width="16" height="4.6" rx="1.2"/><path d="M4 12h16"/>',
    "review": '<rect x="3.5" y="5" width="17" height="10.5" rx="2"/><path d="M10.3 7.8v5l4.2-2.5z" fill="{c}"/>'
    '<path d="M3.5 19.2h17"/><circle cx="9" cy="19.2" r="1.7" fill="{c}"/>',
    "export": '<path d="M12 14.5V4M8 7.8L12 3.8l4 4M5 13v6.5h14V13"/>',
    "bin": '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.9 12.5h9.2L17.5 7M10.3 10.5v5.5M13.7 10.5v5.5"/>',
    "step_back": '<path d="M17.5 6v12L9 12z" fill="{c}"/><path d="M6 6v12" stroke-width="2.4"/>',
    "busy": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
}


def icon_pixmap(name: str, colour: str, size_px: int = ICON_PX, ratio: float = 1.0) -> QPixmap:
    """Return one icon of `size_px` logical pixels for a screen of that ratio."""
    body = _SHAPES[name].replace("{c}", colour)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
        f'<g fill="none" stroke="{colour}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">{body}</g>'
        "</svg>"
    )
    side = round(size_px * ratio)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon(name: str, colour: str, disabled_colour: str) -> QIcon:
    """Return an icon, sharp on screens of every usual ratio."""
    made = QIcon()
    for ratio in _RATIOS:
        made.addPixmap(icon_pixmap(name, colour, ratio=ratio))
        made.addPixmap(icon_pixmap(name, disabled_colour, ratio=ratio), QIcon.Mode.Disabled)
    return made
