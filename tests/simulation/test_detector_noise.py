import time
from dataclasses import fields, replace

import numpy as np
import pytest

from mia_core.simulation.body_view import DETECTED
from mia_core.simulation.detector_noise import CONFUSED, DETECTOR_NOISE, HELD_OUT_DETECTIONS, DetectorNoise
from mia_core.simulation.detector_recording import load_together, simulated_again
from mia_core.simulation.noise_measurement import D_MIRROR, Statistics
from mia_core.simulation.noise_parameters import SWAPS, NoiseParameters, NoiseParametersError
from mia_core.simulation.virtual_camera import CameraSettings, VirtualCameras
from mia_core.skeleton import INDEX
from tests.simulation.standing_person import standing_person

RATE_HZ = 30.0


@pytest.fixture(scope="module")
def parameters():
    return NoiseParameters.load(DETECTOR_NOISE)[0]


def nothing(parameters, **but):
    """Return parameters of a sure and exact detector, but for some."""
    still = {"fast_s", "slow_s", "visibility_s", "swap_s", "loss_s"}
    blank = {f.name: 0 * getattr(parameters, f.name) for f in fields(parameters) if f.name not in still}
    blank["visibility"] += 9.0
    return replace(parameters, **(blank | but))


def cameras(n, seed=0, settings=None):
    centre_m = np.tile([0.0, 0.0, 0.9], (n, 1))
    return VirtualCameras.draw(centre_m, np.random.default_rng(seed), settings or CameraSettings())


def see(noise, joints, seed=0, rate_hz=RATE_HZ):
    return noise.see(cameras(len(joints)), joints, np.random.default_rng(seed), rate_hz)


def test_no_noise_is_exact():
    joints = standing_person(3, 5)
    seen = see(DetectorNoise.none(), joints)
    np.testing.assert_allclose(seen.keypoints_px, cameras(3).project(joints), atol=1e-3)
    small_toes = [INDEX["left_small_toe"], INDEX["right_small_toe"]]
    assert (np.delete(seen.confidence, small_toes, axis=2) == 1).all()
    assert (seen.confidence[:, :, small_toes] == 0).all()


def test_the_same_seed_gives_the_same():
    joints = standing_person(4, 30)
    one, same, other = (see(DetectorNoise.load(), joints, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.keypoints_px, same.keypoints_px)
    np.testing.assert_array_equal(one.confidence, same.confidence)
    assert (one.keypoints_px != other.keypoints_px).mean() > 0.99


def test_types_and_ranges():
    seen = see(DetectorNoise.load(), standing_person(8, 93))
    assert seen.keypoints_px.shape == (8, 93, 25, 2)
    assert seen.confidence.shape == (8, 93, 25)
    assert seen.keypoints_px.dtype == seen.confidence.dtype == np.float32
    assert np.isfinite(seen.keypoints_px).all()
    assert (seen.confidence >= 0).all()
    assert (seen.confidence <= 1).all()


def test_derived_keypoints_are_derived_as_the_mapping_does():
    seen = see(DetectorNoise.load(), standing_person(16, 60))
    for middle, joint in (("neck", "shoulder"), ("mid_hip", "hip")):
        sides = [INDEX[f"left_{joint}"], INDEX[f"right_{joint}"]]
        mean = seen.keypoints_px[:, :, sides].mean(axis=2)
        np.testing.assert_allclose(seen.keypoints_px[:, :, INDEX[middle]], mean, rtol=1e-5)
        both = seen.confidence[:, :, sides].min(axis=2)
        inside = both > 0
        np.testing.assert_array_equal(seen.confidence[:, :, INDEX[middle]][inside], both[inside])
    for side in ("left", "right"):
        big, small = INDEX[f"{side}_big_toe"], INDEX[f"{side}_small_toe"]
        np.testing.assert_array_equal(seen.keypoints_px[:, :, small], seen.keypoints_px[:, :, big])
        assert (seen.confidence[:, :, small] == 0).all()


@pytest.mark.parametrize("rate_hz", [10.0, 30.0])
def test_jitter_is_as_large_and_as_persistent_as_its_parameters_say(parameters, rate_hz):
    d = DETECTED.index(INDEX["left_knee"])
    noise = DetectorNoise(
        nothing(parameters, fast=np.eye(42, dtype=np.float32) * 0.02, fast_s=0 * parameters.fast_s + 0.1)
    )
    joints = standing_person(64, 93)
    error = (see(noise, joints, rate_hz=rate_hz).keypoints_px - cameras(64).project(joints))[:, :, DETECTED[d]]
    trunk_px = cameras(64).focal_px * 0.49 / 4
    relative = error / trunk_px[:, None, None]
    assert 0.012 < relative.std() < 0.035  # 0.02 of trunks at distances around 4 m
    correlation = (error[:, 1:] * error[:, :-1]).mean() / (error**2).mean()
    assert abs(correlation - np.exp(-1 / (0.1 * rate_hz))) < 0.05


def test_slow_error_is_smooth(parameters):
    noise = DetectorNoise(
        nothing(parameters, slow=np.eye(42, dtype=np.float32) * 0.05, slow_s=0 * parameters.slow_s + 0.2)
    )
    joints = standing_person(64, 120)
    error = (see(noise, joints).keypoints_px - cameras(64).project(joints))[:, :, INDEX["left_wrist"]]
    assert abs((error[:, 0] ** 2).mean() / (error[:, -1] ** 2).mean() - 1) < 0.5  # as large at the start
    k = np.exp(-1 / (0.2 * RATE_HZ))
    expected = (1 + (1 - k**2) / (1 + k**2)) * k
    assert abs((error[:, 1:] * error[:, :-1]).mean() / (error**2).mean() - expected) < 0.02


def test_a_joint_that_moves_jitters_more_than_one_that_rests():
    joints = standing_person(200, 60)
    swing = 0.4 * np.sin(np.arange(60) / RATE_HZ * 2 * np.pi)
    joints[:, :, INDEX["left_wrist"], 2] += swing.astype(np.float32)
    front = CameraSettings(frontal_share=1.0, frontal_yaw_deg=30.0)
    views = cameras(200, 0, front)
    seen = DetectorNoise.load().see(views, joints, np.random.default_rng(0), RATE_HZ)
    change = np.linalg.norm(np.diff(seen.keypoints_px - views.project(joints), axis=1), axis=-1)
    moving, resting = (np.median(change[:, :, INDEX[f"{side}_wrist"]]) for side in ("left", "right"))
    assert moving > 2 * resting


@pytest.mark.parametrize("event", range(len(SWAPS)))
def test_left_and_right_are_confused_at_the_given_rate(parameters, event):
    rate, duration = 0.5, 0.4
    swap_hz = np.zeros_like(parameters.swap_hz)
    swap_hz[:, event] = rate
    noise = DetectorNoise(nothing(parameters, swap_hz=swap_hz, swap_s=np.full(3, duration, np.float32)))
    joints = standing_person(200, 90)
    seen, exact = (points[:, :, DETECTED] for points in (see(noise, joints).keypoints_px, cameras(200).project(joints)))
    taking_part = CONFUSED[SWAPS[event]][list(DETECTED)]
    unchanged = np.isclose(seen, exact, atol=1e-2).all(axis=(2, 3))
    expected = np.where(taking_part[:, None], exact[:, :, D_MIRROR], exact)
    np.testing.assert_allclose(seen[~unchanged], expected[~unchanged], atol=1e-2)
    share = 1 - unchanged.mean()
    assert abs(share / (rate * duration / (1 + rate * duration)) - 1) < 0.2
    begun = (unchanged[:, :-1] & ~unchanged[:, 1:]).sum() / (unchanged[:, :-1].sum() / RATE_HZ)
    assert abs(begun / rate - 1) < 0.2


def test_while_nobody_is_found_the_last_pose_is_held_without_confidence(parameters):
    noise = DetectorNoise(
        nothing(
            parameters, loss_hz=0 * parameters.loss_hz + 0.5, loss_s=np.array(0.5, np.float32), fast=parameters.fast
        )
    )
    seen = see(noise, standing_person(100, 90))
    lost = (seen.confidence == 0).all(axis=2)
    assert 0.1 < lost.mean() < 0.3
    held = lost[:, 1:] & ~lost.all(axis=1, keepdims=True)
    np.testing.assert_array_equal(
        seen.keypoints_px[:, 1:][held & lost[:, :-1]], seen.keypoints_px[:, :-1][held & lost[:, :-1]]
    )
    at_first = np.nonzero(lost[:, 0] & ~lost.all(axis=1))[0]
    assert len(at_first) > 5
    for clip in at_first:
        first_seen = np.argmin(lost[clip])
        np.testing.assert_array_equal(seen.keypoints_px[clip, 0], seen.keypoints_px[clip, first_seen])


def test_what_is_outside_the_picture_is_unknown():
    joints = standing_person(50, 3) + np.linspace(0, 4, 50)[:, None, None, None] * [1, 0, 0]
    seen = see(DetectorNoise.load(), joints)
    size = cameras(50).size_px[:, None, None]
    outside = ((seen.keypoints_px < 0) | (seen.keypoints_px >= size)).any(axis=-1)
    assert 0.2 < outside.mean() < 0.9
    assert (seen.confidence[outside] == 0).all()


def test_a_hidden_wrist_is_less_sure_and_errs_more():
    joints = standing_person(400, 10)
    joints[:200, :, INDEX["left_wrist"]] = [0.02, 0.2, 1.15]
    joints[200:, :, INDEX["left_wrist"]] = [0.02, -0.2, 1.15]
    front = CameraSettings(frontal_share=1.0, frontal_yaw_deg=10.0)
    seen = DetectorNoise.load().see(cameras(400, 0, front), joints, np.random.default_rng(0), RATE_HZ)
    wrist = INDEX["left_wrist"]
    error = (seen.keypoints_px - cameras(400, 0, front).project(joints))[:, :, wrist]
    behind, before = slice(200), slice(200, None)
    assert np.median(seen.confidence[behind, :, wrist]) < np.median(seen.confidence[before, :, wrist])
    spread = [np.median(np.abs(part - np.median(part, axis=(0, 1)))) for part in (error[behind], error[before])]
    assert spread[0] > 1.03 * spread[1]


def test_left_and_right_are_alike_in_a_mirror(parameters):
    opposite = -np.arange(12) % 12
    bias = parameters.bias[opposite][:, :, D_MIRROR] * np.array([-1, 1])[:, None]
    np.testing.assert_allclose(bias, parameters.bias, atol=1e-4)
    np.testing.assert_allclose(parameters.visibility[opposite][:, D_MIRROR], parameters.visibility, atol=1e-3)
    np.testing.assert_allclose(parameters.swap_hz[opposite], parameters.swap_hz, rtol=0.2, atol=1e-3)
    mirrored = parameters.volatility[:, D_MIRROR][:, :, D_MIRROR]
    np.testing.assert_allclose(mirrored, parameters.volatility, atol=0.01)
    for name in ("lag_s", "haste", "hiding", "doubt", "slow_s", "fast_s"):
        np.testing.assert_allclose(getattr(parameters, name)[D_MIRROR], getattr(parameters, name), rtol=0.05, atol=1e-3)


def test_noise_is_as_the_real_detectors_on_clips_that_it_was_not_fitted_on():
    """Compare with recordings of the detector, with the tolerance that so few clips allow."""
    recordings = load_together(HELD_OUT_DETECTIONS)
    again = simulated_again(DetectorNoise.load(), recordings * 4, np.random.default_rng(0))
    real, simulated = Statistics.of(recordings), Statistics.of(again)

    def ratio(name):
        sides = [(getattr(s, name) + getattr(s, name)[D_MIRROR]) / 2 for s in (simulated, real)]
        return sides[0] / sides[1]

    for name, of_all, of_each in (("rms", 1.15, 1.4), ("steady", 1.15, 1.5), ("jitter", 1.2, 1.6)):
        factor = ratio(name)
        assert 1 / of_all < np.exp(np.log(factor).mean()) < of_all, name
        assert (factor < of_each).all(), (name, factor)
        assert (factor > 1 / of_each).all(), (name, factor)
    assert np.abs(simulated.confidence - real.confidence).max() < 0.06
    assert np.abs(simulated.unsure - real.unsure).mean() < 0.05


def test_parameters_survive_a_file(parameters, tmp_path):
    path = tmp_path / "noise.npz"
    parameters.save(path, {"frames": 7})
    again, meta = NoiseParameters.load(path)
    assert meta == {"frames": 7}
    for field in fields(parameters):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(parameters, field.name))


def test_a_damaged_file_is_refused(parameters, tmp_path):
    path = tmp_path / "noise.npz"
    parameters.save(path, {})
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(NoiseParametersError, match="holds no noise parameters"):
        NoiseParameters.load(path)
    with pytest.raises(NoiseParametersError, match="shape"):
        replace(parameters, lag_s=np.zeros(3, np.float32))


@pytest.mark.heavy
def test_print_what_a_batch_costs():
    noise, views, joints = DetectorNoise.load(), cameras(64), standing_person(64, 93)
    rng, times_ms = np.random.default_rng(0), []
    for _ in range(20):
        start = time.process_time()
        noise.see(views, joints, rng, RATE_HZ)
        times_ms.append(1000 * (time.process_time() - start))
    print(f"64 windows of 93 frames: {np.median(times_ms):.1f} ms of one core")
