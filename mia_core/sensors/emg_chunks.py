"""Several chunks of sEMG as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from mia_core.samples import EmgChunk


def joined(chunks: Sequence[EmgChunk]) -> EmgChunk:
    """Return at least one chunk as one, in their order."""
    columns = ([getattr(chunk, field.name) for chunk in chunks] for field in fields(EmgChunk))
    return EmgChunk(*(np.concatenate(column) for column in columns))
