"""Reads the drawing of the body map: outlines, muscles and where their names go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainterPath

from mia_core.errors import MiaError
from mia_core.muscles import MONTAGE

_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_TOKEN: Final = re.compile(r"([MLCZ])|(-?\d+(?:\.\d+)?)")


class BodyFigureError(MiaError):
    """The drawing of the body map can't be used."""


@dataclass(frozen=True, slots=True)
class BodyFigure:
    """The drawing in its own units.

    Attributes:
        bounds: The drawing's view box.
        bodies: Outlines of the figure, one per view (front first).
        plates: Muscles of the figure that are not measured, one path per view.
        muscles: One outline per channel of `MONTAGE`; may have several parts.
        leaders: One line per channel, from the muscle to its name.
    """

    bounds: QRectF
    bodies: tuple[QPainterPath, ...]
    plates: tuple[QPainterPath, ...]
    muscles: tuple[QPainterPath, ...]
    leaders: tuple[QLineF, ...]

    @classmethod
    def load(cls, path: Path) -> BodyFigure:
        """Read the drawing.

        Raises:
            BodyFigureError: The file is missing, is no SVG, or lacks a muscle.
        """
        advice = "Install the application again: its body map is damaged."
        try:
            root = ElementTree.parse(path).getroot()
            box = [float(number) for number in root.attrib["viewBox"].split()]
            views = root.findall(f"{_NAMESPACE}g")
            by_id = {element.get("id", ""): element for element in root.iter()}
            return cls(
                QRectF(*box),
                tuple(_merged(view, "body") for view in views),
                tuple(_merged(view, "plate") for view in views),
                tuple(painter_path(by_id[name].attrib["d"]) for name in MONTAGE.names),
                tuple(_line(by_id[f"{name}_leader"]) for name in MONTAGE.names),
            )
        except (OSError, ElementTree.ParseError) as error:
            raise BodyFigureError(f"{path} can't be read as a drawing ({error}).", advice) from error
        except KeyError as error:
            raise BodyFigureError(f"{path} lacks {error}.", advice) from error


def painter_path(data: str) -> QPainterPath:
    """Return the path of SVG path data with absolute M, L, C and Z only, as the drawing is written."""
    path = QPainterPath()
    tokens = [(letter, number) for letter, number in _TOKEN.findall(data)]
    numbers = (float(number) for _, number in tokens if number)
    command = ""
    index = 0
    while index < len(tokens):
        if tokens[index][0]:
            command = tokens[index][0]
            index += 1
        index += _draw(path, command, numbers)
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


def _draw(path: QPainterPath, command: str, numbers: Iterator[float]) -> int:
    """Draw one command and return how many numbers it took."""
    match command:
        case "M":
            path.moveTo(next(numbers), next(numbers))
            return 2
        case "L":
            path.lineTo(next(numbers), next(numbers))
            return 2
        case "C":
            path.cubicTo(*(next(numbers) for _ in range(6)))
            return 6
        case _:
            path.closeSubpath()
            return 0


def _merged(view: ElementTree.Element, kind: str) -> QPainterPath:
    path = QPainterPath()
    for element in view.iter(f"{_NAMESPACE}path"):
        if element.get("class") == kind:
            path.addPath(painter_path(element.attrib["d"]))
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


def _line(element: ElementTree.Element) -> QLineF:
    return QLineF(*(float(element.attrib[name]) for name in ("x1", "y1", "x2", "y2")))
