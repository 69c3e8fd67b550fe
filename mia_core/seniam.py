"""Where the electrodes of the eight muscles belong: the recommendations of SENIAM, in our own words.

SENIAM (surface electromyography for the non-invasive assessment of muscles) was the European project that agreed on one
procedure: posture, two bony landmarks, a share of the line between them, a direction, a test contraction. Source:
http://www.seniam.org and Hermens et al. 2000, J Electromyogr Kinesiol 10:361-374, doi:10.1016/S1050-6411(00)00027-4.

The paper (section 3.1) names groups of muscles and no heads. Of heads that SENIAM describes apart, one is chosen here:
of the triceps the lateral one, where a sensor does not rub against the trunk; of the quadriceps the vastus lateralis,
which extends the knee only and gives a better signal than the rectus femoris (Rainoldi et al. 2004, J Neurosci Methods
134:37-43), though its place lies near that muscle (Finni and Cheng 2009, J Appl Biomech 25:396-400); of the hamstrings
the biceps femoris. `alternative` names another head.

Biceps brachii and vastus lateralis were compared with SENIAM's own pages. Of triceps (posture, test) and biceps femoris
(test, reference) only texts that cite these pages were at hand: compare them at `url` before a study rests on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mia_core.muscles import Muscle

ELECTRODE_DISTANCE_MM: Final = 20.0
"""From centre to centre of the two electrodes."""
ELECTRODE_SIZE_MM: Final = 10.0
"""Largest size of an electrode along the fibres."""
SOURCE: Final = "SENIAM (www.seniam.org); Hermens et al. 2000, J Electromyogr Kinesiol 10:361-374"
SKIN: Final = "Shave hair, clean the skin with alcohol and let it dry."
ATTACHMENT: Final = (
    "Put the middle of the electrode pair on the mark; a sensor with electrodes of its own is laid so that the line "
    "through its two electrodes runs along the fibres."
)


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place on the body that can be felt or seen.

    Attributes:
        name: Short, for a picture.
        description: What it is, with its anatomical name.
    """

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ElectrodeSite:
    """Where the middle of an electrode pair belongs, and how to find and test it.

    Attributes:
        head: The muscle or head that is meant.
        origin: Where the line begins.
        end: Where the line ends.
        percent: Share of the line from `origin` to the electrodes, in [0, 100].
        fingers_outwards: Finger widths from the line to the electrodes, away from the midline of the body.
        turned_deg: How far the lower electrode is turned from the line towards the midline of the body. SENIAM tells a
            direction only; where that is not the line's, the angle is ours, for the picture.
        orientation: Direction of the pair.
        posture: In which the landmarks are felt and the mark is made.
        contraction: Contraction that must raise the signal.
        reference: Where a separate reference electrode belongs.
        alternative: Another head of the same group and its place, empty for none.
        url: The recommendation.
    """

    head: str
    origin: Landmark
    end: Landmark
    percent: float
    orientation: str
    posture: str
    contraction: str
    reference: str
    url: str
    fingers_outwards: int = 0
    turned_deg: float = 0.0
    alternative: str = ""

    @property
    def location(self) -> str:
        """The place in one sentence."""
        aside = f", then {self.fingers_outwards} finger widths outwards" if self.fingers_outwards else ""
        return f"{self.percent:.0f} % of the line from A to B{aside}."


_WRIST: Final = "On or around the wrist."
_ANKLE: Final = "On or around the ankle, or on the spinous process of C7."

SITES: Final[Mapping[Muscle, ElectrodeSite]] = MappingProxyType(
    {
        Muscle.BICEPS: ElectrodeSite(
            head="Biceps brachii",
            origin=Landmark("crook of the elbow", "the hollow in front of the elbow (cubital fossa)"),
            end=Landmark("inner edge of acromion", "the inner edge of the bony roof of the shoulder (medial acromion)"),
            percent=100 / 3,
            orientation="Along the line from A to B.",
            posture="Sitting, elbow bent to a right angle, back of the forearm facing down.",
            contraction="Bend the elbow, palm up, against a hand that presses the forearm down.",
            reference=_WRIST,
            url="http://www.seniam.org/bicepsbrachii.html",
        ),
        Muscle.TRICEPS: ElectrodeSite(
            head="Triceps brachii, lateral head",
            origin=Landmark(
                "rear edge of acromion", "the rear edge of the bony roof of the shoulder (posterior acromion)"
            ),
            end=Landmark("tip of the elbow", "the bony tip of the elbow (olecranon)"),
            percent=50.0,
            fingers_outwards=2,
            orientation="Along the line from A to B.",
            posture="Sitting, arm raised sideways to shoulder height, elbow at a right angle, palm down.",
            contraction="Straighten the elbow against a hand that presses the forearm towards bending.",
            reference=_WRIST,
            alternative="Long head: two finger widths inwards from the line instead of outwards.",
            url="http://www.seniam.org/tricepsbrachiilateralhead.html",
        ),
        Muscle.QUADRICEPS: ElectrodeSite(
            head="Quadriceps, vastus lateralis",
            origin=Landmark(
                "front of the hip bone", "the foremost point of the hip bone (anterior superior iliac spine)"
            ),
            end=Landmark("outer edge of kneecap", "the outer edge of the kneecap (lateral patella)"),
            percent=200 / 3,
            turned_deg=15.0,
            orientation="Along the fibres, which run down and slightly inwards.",
            posture="Sitting on a table, knees slightly bent, trunk leaning back a little.",
            contraction="Straighten the knee without turning the thigh, against a hand above the ankle.",
            reference=_ANKLE,
            alternative="Rectus femoris: 50 % of the line from A to the upper edge of the kneecap, along that line.",
            url="http://www.seniam.org/quadricepsfemorisvastuslateralis.html",
        ),
        Muscle.HAMSTRINGS: ElectrodeSite(
            head="Hamstrings, biceps femoris",
            origin=Landmark("sitting bone", "the bone one sits on, under the buttock (ischial tuberosity)"),
            end=Landmark(
                "outer top of shin", "the outer knob of the shin bone, just below the knee (lateral epicondyle)"
            ),
            percent=50.0,
            orientation="Along the line from A to B.",
            posture="Lying face down, thigh on the table, knee bent less than 90°, thigh and shin turned slightly out.",
            contraction="Bend the knee against a hand above the ankle that presses towards straight.",
            reference=_ANKLE,
            alternative="Semitendinosus: 50 % of the line from A to the inner knob of the shin bone, along that line.",
            url="http://www.seniam.org/bicepsfemoris.html",
        ),
    }
)
"""The site of every muscle of the montage, the same on both sides."""
