import pytest

from mia_core.simulation.body import MuscleBody


@pytest.fixture(scope="session")
def body():
    return MuscleBody()
