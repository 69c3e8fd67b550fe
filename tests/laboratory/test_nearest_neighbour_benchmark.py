import pytest

from mia_core.laboratory.nearest_neighbour_benchmark import measure_nearest


def test_every_checked_index_is_that_of_the_exhaustive_search():
    outcome = measure_nearest(n_gallery=3000, n_queries=300, loop_rows=6, checked=60)
    assert (outcome.checked, outcome.agreeing) == (60, 60)
    assert (outcome.gallery, outcome.queries, outcome.dimensions) == (3000, 300, 1500)
    assert outcome.loop_s == pytest.approx(300 * outcome.loop_row_ms / 1e3)
    assert outcome.processor_speed_up > 5


@pytest.mark.heavy
def test_is_thirty_times_as_fast_as_the_loop_at_the_size_of_the_published_data():
    outcome = measure_nearest()
    assert outcome.agreeing == outcome.checked
    assert outcome.processor_speed_up >= 30
