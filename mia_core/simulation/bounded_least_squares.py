"""Weighted least squares with a cost on every variable and bounds, for many variables and few equations.

Minimises  sum_i cost_i x_i^2 + sum_j weight_j (wanted_j - x . columns_j)^2  within bounds on x. At the optimum every
variable follows from the residuals alone, x_i = clip(columns_i . pull / cost_i) with pull_j = weight_j residual_j, so
only the pull has to be found: as many unknowns as equations, whatever the number of variables. It is the minimum of a
convex, piecewise quadratic function; Newton's method on its gradient ends at the exact solution as soon as it knows
which variables lie on a bound (Qi and Sun 1993, Math Program 58:353, a nonsmooth version of Newton's method).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError

Array = NDArray[np.float64]

_TOLERANCE: Final = 1e-7
_MAX_STEPS: Final = 100
_MAX_SEARCH: Final = 40
_SLOPE_SHARE: Final = 0.1  # a step along a line is long enough once the slope has fallen to this share


class NoSolutionError(MiaError):
    """The solver did not come to an end."""

    def __init__(self, left: float) -> None:
        super().__init__(
            f"The muscle forces of a frame were not found; an imbalance of {left:.1e} is left.",
            "Check the motion for values that are not finite or far from human.",
        )


class BoundedLeastSquares:
    """One problem.

    Args:
        columns: (n, m) how much each variable contributes to each equation.
        wanted: (m,) what the equations should sum to.
        weight: (m,) above 0.
        cost: (n,) above 0.
        lower: (n,) bounds.
        upper: (n,) bounds, above the lower ones.
    """

    def __init__(self, columns: Array, wanted: Array, weight: Array, cost: Array, lower: Array, upper: Array) -> None:
        self._columns, self._wanted = columns, wanted
        self._inverse_weight, self._inverse_cost = 1.0 / weight, 1.0 / cost
        self._cost, self._lower, self._upper = cost, lower, upper
        self._diagonal = np.arange(len(wanted))

    def solve(self, start: Array) -> tuple[Array, Array]:
        """Return the (n,) variables and the (m,) pull that belongs to them.

        Args:
            start: (m,) pull to begin with: that of a similar problem, or zeros.

        Raises:
            NoSolutionError: There is no end in sight, as with values that are not finite.
        """
        from scipy.linalg.lapack import dposv

        pull, left = start, np.inf
        unbounded = self._inverse_cost * (self._columns @ pull)
        for _ in range(_MAX_STEPS):
            x = np.minimum(np.maximum(unbounded, self._lower), self._upper)
            imbalance = self._inverse_weight * pull + x @ self._columns - self._wanted
            left = float(np.abs(imbalance).max())
            if left < _TOLERANCE:
                return x, pull
            free = np.flatnonzero((unbounded > self._lower) & (unbounded < self._upper))
            columns = self._columns[free]
            curvature = columns.T @ (columns * self._inverse_cost[free, None])
            curvature[self._diagonal, self._diagonal] += self._inverse_weight
            step = dposv(curvature, -imbalance)[1]
            along = self._inverse_cost * (self._columns @ step)
            length = self._search(pull, step, unbounded, along, float(imbalance @ step))
            pull = pull + length * step
            unbounded = unbounded + length * along
        raise NoSolutionError(left)

    def _search(self, pull: Array, step: Array, unbounded: Array, along: Array, slope: float) -> float:
        """Return how far to go along a step: to where the function, convex and falling at first, is nearly flat."""
        shortest, longest, length = 0.0, float("inf"), 1.0
        constant = step @ (self._inverse_weight * pull - self._wanted)
        growth = step @ (self._inverse_weight * step)
        reach = self._cost * along
        for _ in range(_MAX_SEARCH):
            there = unbounded + length * along
            x = np.minimum(np.maximum(there, self._lower), self._upper)
            slope_there = float(constant + length * growth + reach @ x)
            if abs(slope_there) <= -_SLOPE_SHARE * slope:
                break
            if slope_there < 0:
                shortest = length
            else:
                longest = length
            free = (there > self._lower) & (there < self._upper)
            length -= slope_there / float(growth + reach[free] @ along[free])
            if not shortest < length < longest:
                length = (shortest + longest) / 2 if np.isfinite(longest) else 2 * shortest
        return length
