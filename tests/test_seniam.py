from __future__ import annotations

import re

import pytest

from mia_core.muscles import MONTAGE, Muscle
from mia_core.seniam import SITES, SOURCE


def test_every_muscle_of_the_montage_has_a_site() -> None:
    assert set(SITES) == {placement.muscle for placement in MONTAGE.placements}


@pytest.mark.parametrize("muscle", Muscle)
def test_a_site_is_complete(muscle: Muscle) -> None:
    site = SITES[muscle]
    assert 0 < site.percent < 100
    assert site.origin != site.end
    for text in (site.orientation, site.posture, site.contraction, site.reference, site.origin.name, site.end.name):
        assert text
    for sentence in (site.location, site.orientation, site.posture, site.contraction, site.reference):
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
    assert re.fullmatch(r"http://www\.seniam\.org/[a-z]+\.html", site.url)


def test_the_recommendations_numbers() -> None:
    assert {muscle: round(site.percent) for muscle, site in SITES.items()} == {
        Muscle.BICEPS: 33,  # from the crook of the elbow
        Muscle.TRICEPS: 50,
        Muscle.QUADRICEPS: 67,
        Muscle.HAMSTRINGS: 50,
    }
    assert SITES[Muscle.TRICEPS].location == "50 % of the line from A to B, then 2 finger widths outwards."
    assert SITES[Muscle.BICEPS].location == "33 % of the line from A to B."


def test_the_source_is_named() -> None:
    assert "www.seniam.org" in SOURCE
    assert "Hermens et al. 2000" in SOURCE


def test_the_data_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        SITES[Muscle.BICEPS] = SITES[Muscle.TRICEPS]  # type: ignore[index]
