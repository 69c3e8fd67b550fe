"""The table of how well sample times are recovered."""

from __future__ import annotations

import numpy as np

from mia_core.sensors.clock_benchmark import LINKS, main, score


def test_a_link_delays_and_loses_as_its_model_says():
    link = LINKS["50 ms, 3 % stalls, 0.2 % loss"]
    taken_s, arrived_s, numbers = link.arrivals(20_000, np.random.default_rng(1), ppm=30.0)
    assert (arrived_s >= taken_s).all()
    assert (np.diff(arrived_s) >= 0).all()
    assert (np.diff(numbers) >= 1).all()
    assert abs(1 - len(numbers) / (numbers[-1] + 1) - link.lost) < 0.001
    assert np.isclose(np.diff(taken_s).min(), 0.1 * (1 + 30e-6), rtol=1e-7)


def test_the_lost_are_counted():
    link = LINKS["50 ms, 3 % stalls, 0.2 % loss"]
    result = score(link, n_runs=2, n_samples=600, seed=1)
    rng = np.random.default_rng(1)
    lost = 0
    for _ in range(2):
        _, _, numbers = link.arrivals(600, rng, ppm=rng.uniform(-40, 40))
        lost += int(numbers[-1]) + 1 - len(numbers)
    assert result.n_lost == lost


def test_the_table_has_every_link(capsys):
    main(n_runs=1, n_samples=200)
    printed = capsys.readouterr().out
    assert all(name in printed for name in LINKS)
    assert printed.count("dejittered") == printed.count("live  ") == len(LINKS)
