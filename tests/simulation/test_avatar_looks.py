import numpy as np

from mia_core.simulation.avatar_looks import GLOSS, Looks


def drawn(n=200):
    return [Looks.draw(np.random.default_rng(seed)) for seed in range(n)]


def test_every_material_has_a_colour_and_a_gloss():
    for looks in (Looks(), *drawn(3)):
        assert looks.colours.keys() == GLOSS.keys()


def test_drawn_colours_are_colours_and_differ():
    colours = np.array([[*looks.colours.values(), looks.floor, looks.wall] for looks in drawn()])
    assert colours.min() >= 0
    assert colours.max() <= 1
    assert (colours.std(axis=0).max(axis=1) > 0.05).sum() >= 10  # eyes and lips stay


def test_hair_is_darker_than_skin():
    for looks in drawn():
        assert sum(looks.colours["hair"]) < sum(looks.colours["skin"])


def test_drawing_looks_leaves_the_plain_ones_as_they_are():
    before = dict(Looks().colours)
    Looks.draw(np.random.default_rng(0))
    assert dict(Looks().colours) == before
