"""The demo subject: a one-minute medley of exercises, filmed, with the truth beside it.

Its subject and its noise come from a stream of random numbers that no data set draws from, so no trained model has seen
this minute. But its exercises, its body and its physics are those of the training data: how well a model does here says
that the chain works, not how well it does on real people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MissingExtraError
from mia_core.motion_clip import ENVELOPE_HZ, MOTION_HZ, MotionClip
from mia_core.simulation.avatar import Avatar
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.data_set_plan import DEMO_STREAM
from mia_core.simulation.emg_model import VirtualSubject, counts, envelope
from mia_core.simulation.exercise_scripts import SCRIPTS, Style
from mia_core.simulation.inverse_dynamics import explain
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.motions import slow_wobble
from mia_core.simulation.posture import HANGING, MotionScript, Posture, step_between
from mia_core.simulation.targets import targets_of
from mia_core.simulation.virtual_camera import VirtualCameras

Array = NDArray[np.float64]

VIDEO: Final = "demo.mp4"
TRUTH: Final = "demo_truth.npz"


@dataclass(frozen=True, slots=True)
class Segment:
    """One exercise of the medley, in seconds of the video."""

    exercise: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What the demo shows.

    Attributes:
        medley: Exercise, repetitions, tempo (`Style.tempo`), and the direction in degrees that the subject faces.
        duration_s: Length of the video.
        width_px: Width of the picture.
        height_px: Height of the picture.
        distance_m: Distance of the camera.
        view_deg: Its vertical angle of view.
        elevation_deg: How much it looks down.
        seed: Seed of the subject and of the noise.
    """

    medley: tuple[tuple[str, int, float, float], ...] = (
        ("squat", 2, 1.0, 0.0),
        ("front_kick", 2, 1.0, 12.0),
        ("hook_punch", 2, 1.3, 30.0),
        ("side_lunge", 2, 1.0, 10.0),
        ("knee_kick", 2, 1.0, -10.0),
        ("twist", 2, 1.0, -30.0),
        ("woodchop", 2, 1.05, -15.0),
        ("leg_back", 2, 1.0, -35.0),
    )
    duration_s: float = 60.0
    width_px: int = 640
    height_px: int = 480
    distance_m: float = 3.3
    view_deg: float = 41.0
    elevation_deg: float = 3.0
    seed: int = 0

    def camera(self) -> VirtualCameras:
        """Return the one camera, which stands still in front."""
        focal = self.height_px / 2 / np.tan(np.radians(self.view_deg) / 2)
        return VirtualCameras.look_at(
            np.array([[0.0, 0.0, 1.06]]),
            yaw=np.zeros(1),
            elevation=np.radians([self.elevation_deg]),
            roll=np.zeros(1),
            distance_m=np.array([self.distance_m]),
            focal_px=np.array([focal]),
            size_px=np.array([[self.width_px, self.height_px]]),
        )


def medley(settings: DemoSettings) -> tuple[MotionScript, tuple[Segment, ...]]:
    """Return the whole minute's motion and where in it each exercise lies.

    Raises:
        ValueError: The exercises do not fit into the duration.
    """
    script, segments = MotionScript(Posture()).append(0.8, Posture()), []
    for exercise, repetitions, tempo, degrees in settings.medley:
        turn = float(np.radians(degrees))
        plain = SCRIPTS[exercise](Style(tempo=tempo)).mapped(partial(_facing, turn))
        rest = replace(plain.postures[0], lead_arm=HANGING, trail_arm=HANGING)
        script.extend(step_between(script.last, rest, 0.2)).append(0.4, rest).append(0.3, plain.postures[0])
        start_s = script.duration_s
        for repetition in range(repetitions):
            ready = plain.postures[0]
            other_side = repetition % 2 and ready.swapped() == ready
            script.extend(plain.mapped(Posture.swapped) if other_side else plain)
        segments.append(Segment(exercise, round(start_s, 3), round(script.duration_s, 3)))
    script.extend(step_between(script.last, Posture(), 0.2))
    if script.duration_s > settings.duration_s:
        raise ValueError(f"the medley lasts {script.duration_s:.1f} s, more than {settings.duration_s} s")
    return script.append(settings.duration_s - script.duration_s, script.last), tuple(segments)


def _facing(turn: float, posture: Posture) -> Posture:
    return replace(posture, heading=(turn, turn, turn))


def render_demo(settings: DemoSettings, out_dir: Path, progress: Callable[[float, str], None]) -> tuple[Path, Path]:
    """Write the demo video and its truth.

    The truth is an `.npz` without pickled objects: `timestamps_s` (T,), `keypoints_px` (T, 25, 2), `joints_m`
    (T, 25, 3), `activation` (T, 8) at 30 Hz, `emg_timestamps_s` (T_10,) and `emg_counts` (T_10, 8) at 10 Hz, `valid`
    (T,), and as JSON text `segments` and `meta`.

    Args:
        settings: What to show.
        out_dir: Folder for both files.
        progress: Called with the share done in [0, 1] and what is being done.

    Returns:
        Paths of the video and of the truth.

    Raises:
        MissingExtraError: The packages for simulation or for writing video are not installed.
    """
    progress(0.0, "simulating")
    script, segments = medley(settings)
    rng = np.random.default_rng([DEMO_STREAM, settings.seed])
    subject = replace(VirtualSubject.draw(f"demo-{settings.seed}", rng), strength=1.0)
    body = MuscleBody(subject.strength)
    wobble = slow_wobble(round(settings.duration_s * MOTION_HZ), rng, 0.6)
    configurations = configurations_of(body, targets_of(script, settings.duration_s, wobble))
    effort = explain(body, configurations)
    activation = envelope(body, effort)
    clip = MotionClip(
        joints_m=effort.joints_m.astype(np.float32),
        activation=activation,
        emg_counts=counts(activation, subject, rng),
        joint_angles_rad=effort.joint_angle.astype(np.float32),
        joint_torques_nm=effort.joint_torque.astype(np.float32),
        valid=effort.valid,
        exercise="medley",
        subject=subject.identifier,
    )
    camera = settings.camera()
    video, truth = out_dir / VIDEO, out_dir / TRUTH
    _film(video, Avatar(body, camera), configurations, progress)
    _write_truth(truth, clip, camera, segments, settings, video)
    progress(1.0, "done")
    return video, truth


def _film(path: Path, avatar: Avatar, configurations: Array, progress: Callable[[float, str], None]) -> None:
    """Write H.264 at 30 frames a second, one per configuration."""
    try:
        import av
    except ImportError as error:
        raise MissingExtraError("Writing the demo video", "sim") from error
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=round(MOTION_HZ), options={"crf": "21", "preset": "slow"})
        stream.width, stream.height = avatar.size_px
        stream.pix_fmt = "yuv420p"
        for index, configuration in enumerate(configurations):
            frame = av.VideoFrame.from_ndarray(avatar.render(configuration), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, round(MOTION_HZ))
            container.mux(stream.encode(frame))
            if index % 30 == 0:
                progress(index / len(configurations), "rendering")
        container.mux(stream.encode())
    avatar.close()


def _write_truth(
    path: Path,
    clip: MotionClip,
    camera: VirtualCameras,
    segments: tuple[Segment, ...],
    settings: DemoSettings,
    video: Path,
) -> None:
    meta: dict[str, Any] = {
        "provenance": clip.provenance,
        "subject": clip.subject,
        "seed": settings.seed,
        "settings": asdict(settings),
        "video": video.name,
        "video_sha256": hashlib.sha256(video.read_bytes()).hexdigest(),
    }
    np.savez_compressed(
        path,
        timestamps_s=np.arange(len(clip.joints_m)) / MOTION_HZ,
        keypoints_px=camera.project(clip.joints_m[None])[0],
        joints_m=clip.joints_m,
        activation=clip.activation,
        emg_timestamps_s=np.arange(len(clip.emg_counts)) / ENVELOPE_HZ,
        emg_counts=clip.emg_counts,
        valid=clip.valid,
        segments=np.array(json.dumps([asdict(segment) for segment in segments])),
        meta=np.array(json.dumps(meta)),
    )
