"""The band of an interval behind a trace.

This module imports pyqtgraph, which takes 0.2 s: import it when the window is on the screen.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QPainterPath

Array = NDArray[np.float64]


def band_path(x: Array, low: Array, high: Array) -> QPainterPath:
    """Return the area between two lines, in pieces where one of them is unknown.

    Args:
        x: (n,) growing.
        low: (n,) lower edge, NaN where unknown.
        high: (n,) upper edge, NaN where unknown.
    """
    path = QPainterPath()
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        if len(run) > 1:
            around_x = np.concatenate([x[run], x[run][::-1]])
            around_y = np.concatenate([high[run], low[run][::-1]])
            piece: QPainterPath = pg.arrayToQPath(around_x, around_y)
            piece.closeSubpath()
            path.addPath(piece)
    return path
