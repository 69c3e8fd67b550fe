from dataclasses import replace

import numpy as np
import pytest

from mia_core.simulation.detector_noise import DETECTOR_NOISE, HELD_OUT_DETECTIONS, DetectorNoise
from mia_core.simulation.detector_recording import DetectorRecording, load_together, save_together, simulated_again
from mia_core.simulation.noise_fit import fit
from mia_core.simulation.noise_measurement import D_MIRROR, Measurement
from mia_core.simulation.noise_parameters import SWAPS, NoiseParameters
from mia_core.skeleton import INDEX, MIRROR


@pytest.fixture(scope="module")
def recordings():
    return load_together(HELD_OUT_DETECTIONS)


def exact(recordings):
    return simulated_again(DetectorNoise.none(), recordings, np.random.default_rng(0))


def test_a_fit_to_simulated_recordings_finds_the_parameters_again(recordings):
    truth = NoiseParameters.load(DETECTOR_NOISE)[0]
    found = fit(simulated_again(DetectorNoise(truth), recordings * 3, np.random.default_rng(1)))
    views = np.concatenate([Measurement.of(recording).azimuth for recording in recordings])
    seen = np.bincount(np.round(np.abs(views) * 6 / np.pi).astype(int) % 12, minlength=7) > 200  # frames per view
    away = np.abs(found.bias - truth.bias)[:7][seen[:7]]
    assert np.median(away) < 0.012  # trunk lengths
    for name, tolerance in (("steady", 1.5), ("slow", 1.6), ("fast", 1.6)):
        sizes = [np.sqrt((getattr(p, name) ** 2).sum(axis=0)) for p in (found, truth)]
        ratio = np.median(sizes[0] / sizes[1])
        assert 1 / tolerance < ratio < tolerance, name
    assert np.abs(found.lag_s - truth.lag_s).max() < 0.012
    assert np.median(np.abs(found.visibility - truth.visibility)[:7][seen[:7]]) < 0.5


def test_exact_keypoints_measure_as_exact(recordings):
    for recording in exact(recordings[:3]):
        clip = Measurement.of(recording)
        assert np.abs(clip.error[clip.known.nonzero()[0], :, clip.known.nonzero()[1]]).max() < 1e-4
        assert not clip.lost.any()
        assert not clip.swapped.any()


@pytest.mark.parametrize("event", range(len(SWAPS)))
def test_confused_sides_are_recognised(recordings, event):
    joints = {
        "legs": ("knee", "ankle", "heel", "big_toe"),
        "arms": ("elbow", "wrist"),
        "body": ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "big_toe", "eye", "ear"),
    }[SWAPS[event]]
    indices = [INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in joints]
    told, recognised, mistaken = 0, 0, 0
    for recording in exact(recordings):
        swapped = recording.keypoints_px.copy()
        swapped[:, indices] = recording.keypoints_px[:, MIRROR[indices]]
        clip = Measurement.of(replace(recording, keypoints_px=swapped))
        told += clip.decidable[:, event].sum()
        recognised += clip.swapped[:, event].sum()
        mistaken += np.delete(clip.swapped, event, axis=1)[clip.decidable[:, event]].sum()
    assert told > 100
    assert recognised > 0.95 * told
    assert mistaken < 0.02 * told


def test_following_something_else_counts_as_nobody_found(recordings):
    recording = exact(recordings[:1])[0]
    clip = Measurement.of(replace(recording, keypoints_px=recording.keypoints_px + 200))
    assert clip.lost.all()
    assert not clip.known.any()


def test_a_measurement_mirrored_twice_is_the_same(recordings):
    clip = Measurement.of(recordings[0])
    once = clip.mirrored()
    np.testing.assert_allclose(once.error[:, 0], -clip.error[:, 0, D_MIRROR])
    for name in Measurement.__slots__:
        np.testing.assert_array_equal(getattr(once.mirrored(), name), getattr(clip, name))


def test_recordings_survive_files(recordings, tmp_path):
    save_together(tmp_path / "some.npz", recordings[:2])
    recordings[1].save(tmp_path / "one.npz")
    for again in (load_together(tmp_path / "some.npz")[1], DetectorRecording.load(tmp_path / "one.npz")):
        assert again.kind == recordings[1].kind
        np.testing.assert_allclose(again.joints_m, recordings[1].joints_m, atol=3e-4)
        np.testing.assert_allclose(again.keypoints_px, recordings[1].keypoints_px, atol=0.02)
        np.testing.assert_array_equal(again.found, recordings[1].found)
        np.testing.assert_array_equal(again.camera.position_m, recordings[1].camera.position_m)
