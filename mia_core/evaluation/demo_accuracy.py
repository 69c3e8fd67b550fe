"""How well the whole chain does on the demo subject, whose joints and simulated muscles are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mia_core.capture.demo_camera import DemoTruth
from mia_core.muscles import MONTAGE
from mia_core.recording.session_reader import Session
from mia_core.skeleton import BODY_25, INDEX, LIMB_JOINTS


@dataclass(frozen=True, slots=True)
class MuscleAccuracy:
    """Predicted against simulated activation of one muscle over the demo.

    Attributes:
        r: Pearson's correlation, NaN when either does not vary.
        rmse: Root-mean-square error, in activation (1 = maximal).
        rmse_of_mean: The same for always saying the demo's own mean, the best constant there is.
    """

    r: float
    rmse: float
    rmse_of_mean: float

    @property
    def beats_mean(self) -> bool:
        """Whether the prediction is better than the best constant."""
        return self.rmse < self.rmse_of_mean


@dataclass(frozen=True, slots=True)
class DemoAccuracy:
    """The outcome.

    Attributes:
        detected: Share of frames in which the person was found.
        joint_error: Median distance of detected from true joints over hips, knees, ankles, shoulders, elbows and
            wrists, as a share of body height.
        joint_errors: The same for each of these joints.
        steps: Steps that were compared, counted over all muscles: known, not warming up, and not among the few where
            the simulation's physics did not add up.
        muscles: Accuracy by muscle.
    """

    detected: float
    joint_error: float
    joint_errors: dict[str, float]
    steps: int
    muscles: dict[str, MuscleAccuracy]


def demo_accuracy(session: Session, truth: DemoTruth) -> DemoAccuracy:
    """Compare a session of one round of the demo with what is true."""
    found = ~np.isnan(session.keypoints_px[:, 0, 0])
    true_px = truth.keypoints_px[session.frame_index % len(truth.keypoints_px)]
    errors_px = np.linalg.norm(session.keypoints_px - true_px, axis=2)[found]  # (n_found, 25)
    errors = errors_px / _body_height_px(truth)
    true_activation = np.stack([truth.at(t) for t in session.step_timestamps_s])  # (n_steps, 8)
    trusted = np.array([truth.is_valid(t) for t in session.step_timestamps_s], bool)
    settled = ~session.warming_up & trusted
    muscles = {
        name: _compare(session.activation[settled, channel], true_activation[settled, channel])
        for channel, name in enumerate(MONTAGE.names)
    }
    return DemoAccuracy(
        detected=float(found.mean()),
        joint_error=float(np.median(errors[:, list(LIMB_JOINTS)])),
        joint_errors={BODY_25[joint]: float(np.median(errors[:, joint])) for joint in LIMB_JOINTS},
        steps=int((~np.isnan(session.activation[settled])).sum()),
        muscles=muscles,
    )


def _body_height_px(truth: DemoTruth) -> float:
    """Return the standing height in the picture from heels to nose: a little less than the body's, so a strict unit."""
    heels = truth.keypoints_px[:, [INDEX["left_heel"], INDEX["right_heel"]], 1].max(axis=1)
    return float(np.percentile(heels - truth.keypoints_px[:, INDEX["nose"], 1], 90))


def _compare(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> MuscleAccuracy:
    known = ~np.isnan(predicted)
    predicted, true = predicted[known], true[known]
    if len(predicted) < 2:
        return MuscleAccuracy(np.nan, np.nan, np.nan)
    varies = predicted.std() > 0 and true.std() > 0
    r = float(np.corrcoef(predicted, true)[0, 1]) if varies else np.nan
    return MuscleAccuracy(r, float(np.sqrt(np.mean((predicted - true) ** 2))), float(true.std()))
