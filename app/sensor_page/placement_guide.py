"""Tells where a muscle's sensor goes: a picture, the steps in words, and whose recommendation it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.live_page.body_figure import BodyFigure
from app.live_page.panel import caption
from app.sensor_page.placement_picture import PlacementPicture
from app.theme import Palette
from mia_core.muscles import Placement
from mia_core.seniam import ATTACHMENT, ELECTRODE_DISTANCE_MM, SITES, SKIN, SOURCE

_NOTHING_CHOSEN = "Choose a muscle to see where its sensor goes."


class PlacementGuide(QScrollArea):
    """Picture and text of one placement; scrolls when it is higher than its place.

    Args:
        figure: The drawing of the body map.
        colours: The theme's colours.
    """

    def __init__(self, figure: BodyFigure, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._placement: Placement | None = None
        self._title = _wrapped("panelTitle")
        self._picture = PlacementPicture(figure, colours)
        self._rows = {
            name: _wrapped()
            for name in ("Muscle", "Posture", "Place", "Direction", "Skin and sensor", "Test", "Reference", "Instead")
        }
        self._captions = {name: caption(name) for name in self._rows}
        self._source = _wrapped("caption")
        self._source.setOpenExternalLinks(True)

        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._picture)
        for name, label in self._rows.items():
            column.addSpacing(4)
            column.addWidget(self._captions[name])
            column.addWidget(label)
        column.addSpacing(6)
        column.addWidget(self._source)
        column.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self.setAccessibleName("Placement of the sensor")
        self.show_placement(None)

    @property
    def picture(self) -> PlacementPicture:
        """The picture."""
        return self._picture

    def show_placement(self, placement: Placement | None) -> None:
        """Show where the sensor of this muscle goes; None when no muscle is chosen."""
        self._placement = placement
        self._picture.show_placement(placement)
        self._picture.setVisible(placement is not None)
        self._source.setVisible(placement is not None)
        texts = dict.fromkeys(self._rows, "")
        self._title.setText(_NOTHING_CHOSEN)
        if placement is not None:
            site = SITES[placement.muscle]
            self._title.setText(placement.label)
            texts = {
                "Muscle": f"{site.head}.",
                "Posture": site.posture,
                "Place": f"{site.location} A is {site.origin.description}; B is {site.end.description}.",
                "Direction": f"{site.orientation} Electrodes {ELECTRODE_DISTANCE_MM:.0f} mm apart.",
                "Skin and sensor": f"{SKIN} {ATTACHMENT}",
                "Test": f"{site.contraction} The signal must rise.",
                "Reference": f"If the sensor has a separate one: {site.reference[0].lower()}{site.reference[1:]}",
                "Instead": f"{site.alternative} Keep to one choice in all sessions." if site.alternative else "",
            }
        for name, label in self._rows.items():
            label.setText(texts[name])
            label.setVisible(bool(texts[name]))
            self._captions[name].setVisible(bool(texts[name]))
        lines = [self._title.text(), *(f"{name}: {text}" for name, text in texts.items() if text)]
        self.setAccessibleDescription("\n".join(lines))
        self._show_source()

    def set_look(self, colours: Palette) -> None:
        """Take over another theme."""
        self._colours = colours
        self._picture.set_look(colours)
        self._show_source()

    def _show_source(self) -> None:
        if self._placement is not None:
            url = SITES[self._placement.muscle].url
            link = f'<a href="{url}" style="color: {self._colours.accent}">{url.removeprefix("http://")}</a>'
            self._source.setText(f"After {SOURCE}. This muscle: {link}")


def _wrapped(name: str = "") -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
