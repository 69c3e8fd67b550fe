"""The formats that sessions can be exported in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mia_core.export.bids_exporter import BidsExporter
from mia_core.export.c3d_exporter import C3dExporter
from mia_core.export.csv_exporter import CsvExporter
from mia_core.export.edf_exporter import BdfExporter, EdfExporter
from mia_core.export.exporter import ExporterFactory
from mia_core.export.mia_exporter import MiaExporter
from mia_core.export.opensim_exporter import StoExporter, TrcExporter
from mia_core.export.packed_exporter import PackedExporter
from mia_core.export.parquet_exporter import ParquetExporter

EXPORTERS: Final[Mapping[str, ExporterFactory]] = {
    "mia": MiaExporter,
    "packed": PackedExporter,
    "csv": CsvExporter,
    "parquet": ParquetExporter,
    "bids": BidsExporter,
    "edf": EdfExporter,
    "bdf": BdfExporter,
    "trc": TrcExporter,
    "sto": StoExporter,
    "c3d": C3dExporter,
}
"""Makes an exporter by the name of its format."""
