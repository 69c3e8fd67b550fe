import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mia_core.processing.normalization import Normalization, NormalizationKind
from mia_core.skeleton import INDEX

ROOT_TORSO = Normalization()
IMAGE = Normalization(NormalizationKind.IMAGE)
BODY = Normalization(NormalizationKind.BODY)
SURE = np.ones((30, 25), np.float32)
seeds = st.integers(0, 2**32 - 1)


def person_px(seed: int, shape: tuple[int, ...] = ()) -> np.ndarray:
    """A rough upright person moving through the image: (*shape, 30, 25, 2)."""
    rng = np.random.default_rng(seed)
    points = rng.normal((320, 240), (30, 60), (*shape, 30, 25, 2))
    points[..., INDEX["neck"], :] = (320, 180)
    points[..., INDEX["mid_hip"], :] = (320, 260)
    walk = np.linspace(0, 50, 30)[:, None, None] * (1, 0)
    return (points + walk).astype(np.float32)


@given(seed=seeds, scale=st.floats(0.2, 8), x=st.floats(-500, 4000), y=st.floats(-500, 4000))
def test_root_torso_ignores_place_and_size_in_the_image(seed, scale, x, y):
    points = person_px(seed)
    moved = (points * scale + np.array([x, y])).astype(np.float32)
    np.testing.assert_allclose(
        ROOT_TORSO.apply(moved, (1, 1), SURE), ROOT_TORSO.apply(points, (640, 480), SURE), atol=5e-3
    )


@given(seed=seeds, scale=st.sampled_from([0.5, 2, 4]))
def test_image_ignores_resolution_but_not_place(seed, scale):
    points = person_px(seed)
    np.testing.assert_allclose(
        IMAGE.apply(points * np.float32(scale), (640 * scale, 480 * scale), SURE),
        IMAGE.apply(points, (640, 480), SURE),
        rtol=1e-5,
    )
    assert not np.allclose(IMAGE.apply(points + 10, (640, 480), SURE), IMAGE.apply(points, (640, 480), SURE))


def test_root_torso_has_its_origin_in_the_hips_and_the_torso_as_unit():
    points = person_px(0)
    normalised = ROOT_TORSO.apply(points, (640, 480), SURE)
    np.testing.assert_allclose(normalised[:, INDEX["mid_hip"]].mean(axis=0), 0, atol=1e-5)
    torso = np.linalg.norm(normalised[:, INDEX["neck"]] - normalised[:, INDEX["mid_hip"]], axis=-1)
    np.testing.assert_allclose(torso, 1, rtol=1e-5)
    assert normalised[-1, INDEX["mid_hip"], 0] - normalised[0, INDEX["mid_hip"], 0] > 0.5, "the way is kept"
    assert normalised[0, INDEX["neck"], 1] < 0, "y stays down"


def test_image_divides_x_by_width_and_y_by_height():
    points = np.zeros((30, 25, 2), np.float32) + np.float32([320, 120])
    np.testing.assert_allclose(IMAGE.apply(points, (640, 480), SURE), np.broadcast_to([0.5, 0.25], (30, 25, 2)))


@given(seed=seeds)
def test_a_batch_is_its_windows_one_by_one(seed):
    points = person_px(seed, (2, 3)) * np.random.default_rng(seed).uniform(0.5, 2, (2, 3, 1, 1, 1)).astype(np.float32)
    sizes = np.random.default_rng(seed).uniform(300, 2000, (2, 3, 2))
    sure = np.random.default_rng(seed).uniform(0, 1, (2, 3, 30, 25)).astype(np.float32)
    for normalization in (ROOT_TORSO, IMAGE, BODY):
        batch = normalization.apply(points, sizes, sure)
        assert batch.dtype == np.float32
        for i in range(2):
            for j in range(3):
                np.testing.assert_allclose(
                    batch[i, j], normalization.apply(points[i, j], sizes[i, j], sure[i, j]), rtol=1e-5, atol=1e-6
                )


@given(points=arrays(np.float32, (30, 25, 2), elements=st.floats(-(2**20), 2**20, width=32), fill=st.just(0.0)))
def test_finite_and_bounded_for_anything_finite(points):
    normalised = ROOT_TORSO.apply(points, (640, 480), SURE)
    assert np.isfinite(normalised).all()
    # Nothing is further from the origin than the extent, and the unit is at least a tenth of the extent.
    assert np.abs(normalised).max() <= 10.1


def test_finite_when_every_keypoint_is_one_point():
    for value in (0.0, 777.0):
        assert not ROOT_TORSO.apply(np.full((30, 25, 2), value, np.float32), (640, 480), SURE).any()
