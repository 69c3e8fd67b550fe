"""Values with their intervals, one below the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mia_core.laboratory.results import Figure
from mia_core.laboratory.svg import FONT_SIZE, N_SERIES, Picture, nice_ticks, text_width, tick_labels

_WIDTH: Final = 760.0
_ROW: Final = 25.0
_TOP: Final = 12.0


def draw_intervals(figure: Figure) -> Picture:
    """Draw a figure of kind `intervals`."""
    items: Sequence[Mapping[str, Any]] = figure.data["items"]
    x_label = str(figure.data["x_label"])
    names = ", ".join(str(item["label"]) for item in items)
    picture = Picture(figure.name, figure.title, f"{x_label} with intervals: {names}.", _WIDTH, 0)
    numbers = [_numbers(item) for item in items]
    left = max((text_width(str(item["label"])) for item in items), default=0.0) + 28
    right = max((text_width(text) for text in numbers), default=0.0) + 20
    known = [item[part] for item in items for part in ("value", "low", "high") if item[part] is not None]
    with_zero = [0.0] if figure.data.get("zero") else []
    ticks = nice_ticks(min([*known, *with_zero], default=0.0), max([*known, *with_zero], default=1.0))
    groups = list(dict.fromkeys(str(item.get("group", "")) for item in items))
    n_rows = len(items) + sum(bool(group) for group in groups)
    bottom = _TOP + n_rows * _ROW + 6

    def across(value: float) -> float:
        return left + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (_WIDTH - left - right)

    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        is_zero = bool(with_zero) and tick == 0
        picture.line([(across(tick), _TOP), (across(tick), bottom)], "muted" if is_zero else "line", 1 + 0.5 * is_zero)
        picture.text(across(tick), bottom + 18, label, anchor="middle", colour="muted")
    picture.text((left + _WIDTH - right) / 2, bottom + 42, x_label, anchor="middle")
    y = _TOP + _ROW / 2
    for number, group in enumerate(groups):
        if group:
            picture.text(6, y + FONT_SIZE / 3, group, bold=True)
            y += _ROW
        for item, text in zip(items, numbers, strict=True):
            if str(item.get("group", "")) == group:
                _item(picture, item, text, y, f"series{number % N_SERIES}", across)
                y += _ROW
    picture.height = bottom + 54
    return picture


def _item(
    picture: Picture, item: Mapping[str, Any], text: str, y: float, colour: str, across: Callable[[float], float]
) -> None:
    picture.text(18, y + FONT_SIZE / 3, str(item["label"]))
    picture.text(_WIDTH - 6, y + FONT_SIZE / 3, text, anchor="end", colour="muted")
    if item["low"] is not None and item["high"] is not None:
        picture.line([(across(item["low"]), y), (across(item["high"]), y)], colour, 2)
        for end in (item["low"], item["high"]):
            picture.line([(across(end), y - 4), (across(end), y + 4)], colour, 2)
    if item["value"] is not None:
        picture.marker(0, across(item["value"]), y, colour, f"{item['label']}: {text}")


def _numbers(item: Mapping[str, Any]) -> str:
    def short(value: float) -> str:
        return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")

    if item["value"] is None:
        return "unknown"
    if item["low"] is None or item["high"] is None:
        return short(item["value"])
    return f"{short(item['value'])} [{short(item['low'])}, {short(item['high'])}]"
