from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.bundled import POSE_MODEL, POSE_MODEL_SHA256
from mia_core.capture.demo_camera import DemoCamera, DemoTruth
from mia_core.errors import PoseModelError
from mia_core.pose.mediapipe_estimator import MediaPipeEstimator
from mia_core.samples import Frame
from mia_core.skeleton import LIMB_JOINTS, MIRROR

N_FRAMES = 45


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    camera = DemoCamera(realtime=False)
    camera.open()
    read = [camera.read() for _ in range(N_FRAMES)]
    camera.close()
    return [frame for frame in read if frame is not None]


@pytest.fixture
def estimator() -> Iterator[MediaPipeEstimator]:
    instance = MediaPipeEstimator()
    yield instance
    instance.close()


def test_the_shipped_bundle_is_the_pinned_one() -> None:
    assert hashlib.sha256(POSE_MODEL.read_bytes()).hexdigest() == POSE_MODEL_SHA256


def test_the_demo_subject_is_found_where_it_is(estimator: MediaPipeEstimator, frames: list[Frame]) -> None:
    truth = DemoTruth.load()
    poses = [estimator.estimate(frame) for frame in frames]
    assert all(pose is not None for pose in poses)
    errors_px = [
        np.linalg.norm(pose.keypoints_px - truth.keypoints_px[frame.index], axis=1)[list(LIMB_JOINTS)]
        for pose, frame in zip(poses, frames, strict=True)
        if pose is not None
    ]
    height_px = np.ptp(truth.keypoints_px[0, :, 1])
    assert np.median(errors_px) < 0.03 * height_px
    assert all(pose.timestamp_s == frame.timestamp_s for pose, frame in zip(poses, frames, strict=True) if pose)


@pytest.mark.parametrize("view", ["flipped", "cropped", "every second pixel"])
def test_pictures_with_strides_give_the_same_as_plain_ones(frames: list[Frame], view: str) -> None:
    """The library ignores strides and would see garbage; a view and its copy must come out alike."""
    image = frames[10].image
    strided = {"flipped": image[:, ::-1], "cropped": image[20:, 40:-40], "every second pixel": image[::2, ::2]}[view]
    results = []
    for picture in (strided, np.ascontiguousarray(strided)):
        estimator = MediaPipeEstimator()
        results.append(estimator.estimate(replace(frames[10], image=picture)))
        estimator.close()
    assert results[0] is not None
    assert results[1] is not None
    assert np.array_equal(results[0].keypoints_px, results[1].keypoints_px)


def test_a_mirrored_picture_gives_the_mirrored_person(frames: list[Frame]) -> None:
    straight, mirrored = MediaPipeEstimator(), MediaPipeEstimator()
    image = frames[10].image
    a = straight.estimate(frames[10])
    b = mirrored.estimate(replace(frames[10], image=np.ascontiguousarray(image[:, ::-1])))
    straight.close()
    mirrored.close()
    assert a is not None
    assert b is not None
    back = b.keypoints_px[MIRROR].copy()
    back[:, 0] = image.shape[1] - back[:, 0]
    assert np.median(np.linalg.norm(back - a.keypoints_px, axis=1)[list(LIMB_JOINTS)]) < 12


def test_an_empty_picture_has_nobody_and_a_person_is_found_again(
    estimator: MediaPipeEstimator, frames: list[Frame]
) -> None:
    nobody = np.zeros_like(frames[0].image)
    seen = [
        estimator.estimate(frame if not 5 <= frame.index < 10 else replace(frame, image=nobody)) is not None
        for frame in frames[:15]
    ]
    assert seen == [not 5 <= index < 10 for index in range(15)]


def test_repeated_and_reversed_time_stamps_do_no_harm(estimator: MediaPipeEstimator, frames: list[Frame]) -> None:
    for frame in frames[:5]:
        assert estimator.estimate(replace(frame, timestamp_s=0.0)) is not None


def test_after_a_reset_the_person_is_found_again(estimator: MediaPipeEstimator, frames: list[Frame]) -> None:
    estimator.estimate(frames[0])
    estimator.reset()
    assert estimator.estimate(frames[1]) is not None


@pytest.mark.parametrize("content", [None, b"", b"not a bundle"])
def test_a_bad_bundle_is_refused_with_advice(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "pose.task"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PoseModelError, match=r"pose\.task") as caught:
        MediaPipeEstimator(path)
    assert caught.value.advice
