import numpy as np
import piqp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.simulation.bounded_least_squares import BoundedLeastSquares, NoSolutionError


def random_problem(rng, n=60, m=8):
    columns = rng.normal(size=(n, m)) * np.exp(rng.normal(size=(n, 1)))
    cost = np.exp(rng.uniform(-6, 1, n))
    lower = np.where(rng.random(n) < 0.7, 0.01, 0.0)
    wanted = rng.normal(scale=10 ** rng.uniform(-1, 2), size=m)
    return columns, wanted, np.exp(rng.normal(size=m)), cost, lower, lower + rng.uniform(0.1, 3.0, n)


def price(x, columns, wanted, weight, cost, *_):
    return cost @ x**2 + weight @ (wanted - x @ columns) ** 2


def by_quadratic_programme(columns, wanted, weight, cost, lower, upper):
    hessian = 2 * (columns @ (weight[:, None] * columns.T) + np.diag(cost))
    solver = piqp.DenseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-10
    solver.setup(hessian, -2 * (columns @ (weight * wanted)), None, None, None, None, None, lower, upper)
    solver.solve()
    return np.array(solver.result.x)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_it_finds_what_an_interior_point_solver_finds(seed):
    problem = random_problem(np.random.default_rng(seed))
    x, _ = BoundedLeastSquares(*problem).solve(np.zeros(8))
    other = by_quadratic_programme(*problem)
    np.testing.assert_allclose(x, other, atol=2e-3)
    assert price(x, *problem) <= price(np.clip(other, *problem[4:]), *problem) * (1 + 1e-9)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_the_solution_is_exact_and_does_not_depend_on_the_start(seed):
    rng = np.random.default_rng(seed)
    columns, wanted, weight, cost, lower, upper = problem = random_problem(rng)
    x, pull = BoundedLeastSquares(*problem).solve(rng.normal(scale=5.0, size=8))
    again, _ = BoundedLeastSquares(*problem).solve(np.zeros(8))
    np.testing.assert_allclose(x, again, atol=1e-5)
    residual = wanted - x @ columns
    np.testing.assert_allclose(pull, weight * residual, atol=1e-5)
    optimal = np.clip(columns @ (weight * residual) / cost, lower, upper)
    np.testing.assert_allclose(x, optimal, atol=1e-3)


def test_without_a_pull_variables_rest_at_their_lower_bounds():
    rng = np.random.default_rng(0)
    columns, _, weight, cost, lower, upper = random_problem(rng)
    x, _ = BoundedLeastSquares(columns, lower @ columns, weight, cost, lower, upper).solve(np.zeros(8))
    np.testing.assert_allclose(x, lower)


def test_values_that_are_not_finite_are_refused():
    columns, wanted, *rest = random_problem(np.random.default_rng(0))
    wanted[3] = np.nan
    with pytest.raises(NoSolutionError, match="not found"):
        BoundedLeastSquares(columns, wanted, *rest).solve(np.zeros(8))
