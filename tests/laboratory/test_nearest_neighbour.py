import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.laboratory.nearest_neighbour import NearestNeighbour, nearest_rows
from mia_core.laboratory.predictors import PredictorError
from tests.laboratory.some_windows import EXERCISES, some_windows


def exhaustive(gallery, queries):
    wide = gallery.astype(np.float64)
    return np.array([np.square(wide - query).sum(axis=1).argmin() for query in queries.astype(np.float64)], np.intp)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 200),
    m=st.integers(0, 150),
    dimensions=st.sampled_from([1, 2, 50, 1500]),
    offset=st.sampled_from([0.0, 1.0, 1e4]),
    grid=st.sampled_from([None, 0.5, 1e-3]),
)
def test_is_the_exhaustive_search_also_among_near_ties(seed, n, m, dimensions, offset, grid):
    """On a coarse grid many distances are equal; far from zero float32 alone can't tell neighbours apart."""
    generator = np.random.default_rng(seed)
    gallery = generator.normal(0, 1, (n, dimensions)) + offset
    queries = generator.normal(0, 1, (m, dimensions)) + offset
    if grid:
        gallery, queries = np.round(gallery / grid) * grid, np.round(queries / grid) * grid
    gallery, queries = gallery.astype(np.float32), queries.astype(np.float32)
    np.testing.assert_array_equal(nearest_rows(gallery, queries), exhaustive(gallery, queries))


def test_float32_alone_would_be_wrong_where_the_search_is_right():
    generator = np.random.default_rng(3)
    one = generator.normal(0, 1, 1500)
    gallery = (one + generator.normal(0, 1e-4, (1000, 1500))).astype(np.float32)
    queries = (one + generator.normal(0, 1e-4, (40, 1500))).astype(np.float32)
    truth = exhaustive(gallery, queries)
    np.testing.assert_array_equal(nearest_rows(gallery, queries), truth)
    alone = (np.square(gallery).sum(axis=1) - 2 * queries @ gallery.T).argmin(axis=1)
    assert np.mean(alone != truth) > 0.1


def test_takes_the_first_of_equal_windows():
    gallery = np.tile(np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32), (3, 1))
    np.testing.assert_array_equal(nearest_rows(gallery, gallery), np.tile(np.arange(40), 3))
    same = np.ones((5000, 4), np.float32)
    np.testing.assert_array_equal(nearest_rows(same, same[:3]), [0, 0, 0])


@pytest.mark.parametrize("bad", [np.nan, -np.inf, 1e30])
def test_refuses_what_is_no_number(bad):
    fine, broken = np.ones((3, 4), np.float32), np.ones((3, 4), np.float32)
    broken[1, 2] = bad
    for pair in ((fine, broken), (broken, fine)):
        with pytest.raises(PredictorError, match="no place in a picture"):
            nearest_rows(*pair)
    with pytest.raises(PredictorError, match="no window"):
        nearest_rows(np.empty((0, 4), np.float32), fine)


def test_a_known_exercise_keeps_the_search_to_it():
    train, test = some_windows(per_exercise=10), some_windows(per_exercise=6, seed=4)
    known, unknown = NearestNeighbour(known_exercise=True), NearestNeighbour(known_exercise=False)
    for predictor in (known, unknown):
        predictor.fit(train, 0)
    rows = known.neighbours(test)
    np.testing.assert_array_equal(train.exercise[rows], test.exercise)
    flat_train, flat_test = train.keypoints.reshape(30, -1), test.keypoints.reshape(18, -1)
    for number in range(len(EXERCISES)):
        theirs = np.flatnonzero(train.exercise == number)
        mine = test.exercise == number
        np.testing.assert_array_equal(rows[mine], theirs[exhaustive(flat_train[theirs], flat_test[mine])])
    np.testing.assert_array_equal(unknown.neighbours(test), exhaustive(flat_train, flat_test))
    np.testing.assert_array_equal(known.predict(test), train.emg[rows])


def test_an_exercise_that_is_to_be_known_and_is_not_is_an_error():
    known = NearestNeighbour(known_exercise=True)
    known.fit(some_windows(), 0)
    with pytest.raises(PredictorError, match="pirouette"):
        known.predict(some_windows(exercises=("pirouette",)))
