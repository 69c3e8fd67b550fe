"""The formats that sessions can be exported in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mia_core.export.csv_exporter import CsvExporter
from mia_core.export.exporter import ExporterFactory

EXPORTERS: Final[Mapping[str, ExporterFactory]] = {
    "csv": CsvExporter,
}
"""Makes an exporter by the name of its format."""
