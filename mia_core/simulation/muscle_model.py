"""MyoFullBody without what nobody looks at, so that it computes several times faster.

Of the model's 416 muscles some two thirds move the spine and the fingers, which are not solved for here; and it carries
meshes, sensors and skin. Muscle paths are by far the most expensive thing in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final
from xml.etree import ElementTree

from mia_core.errors import MissingExtraError
from mia_core.joints import SIDES
from mia_core.simulation.muscle_groups import ARM_MUSCLES, FIRST_LEG_MUSCLE, arm_muscle_name

_PATH_REFERENCES: Final = ("site", "geom", "sidesite")
_NOT_NEEDED: Final = ("asset", "contact", "sensor", "visual")


def require_simulator() -> None:
    """See whether subjects can be simulated here.

    Raises:
        MissingExtraError: The optional simulation packages are not installed.
    """
    try:
        import mujoco  # noqa: F401
        import musclemimic_models  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Simulating subjects", "sim") from error


def load_muscle_model() -> tuple[Any, tuple[str, ...]]:
    """Return a new MuJoCo model with the muscles of legs and arms, and their names: both legs, right arm, left arm.

    Bodies, joints and joint couplings are all there, with the masses and inertias of the whole model.

    Raises:
        MissingExtraError: The optional simulation packages are not installed.
    """
    require_simulator()
    import mujoco

    text, muscles = _reduced_model()
    return mujoco.MjModel.from_xml_string(text), muscles


@cache
def _reduced_model() -> tuple[str, tuple[str, ...]]:
    """Return the reduced model as MJCF, and its muscles: made once, since it takes a second."""
    import mujoco
    import musclemimic_models

    specification = mujoco.MjSpec.from_file(str(musclemimic_models.get_xml_path("myofullbody")))
    whole = specification.compile()
    root = ElementTree.fromstring(specification.to_xml())
    names = [whole.actuator(number).name for number in range(whole.nu)]
    muscles = (
        *(name for name in names[names.index(FIRST_LEG_MUSCLE) :] if name.endswith(("_r", "_l"))),
        *(arm_muscle_name(muscle, side) for side in SIDES for muscle in ARM_MUSCLES),
    )
    tendons = _keep(_section(root, "actuator"), "name", muscles, collect="tendon")
    _keep(_section(root, "tendon"), "name", tendons)
    steps = [step for path in _section(root, "tendon") for step in path]
    landmarks = {name for step in steps for key in _PATH_REFERENCES if (name := step.get(key)) is not None}
    for section in [section for section in root if section.tag in _NOT_NEEDED]:
        root.remove(section)
    for element in root.iter():
        element.attrib.pop("material", None)
    world = _section(root, "worldbody")
    for body in world.iter("body"):
        _simplify(body, landmarks, whole)
    for element in [element for element in world if element.tag != "body"]:
        world.remove(element)
    return ElementTree.tostring(root, encoding="unicode"), muscles


def _section(root: ElementTree.Element, tag: str) -> ElementTree.Element:
    return next(section for section in root if section.tag == tag)


def _keep(section: ElementTree.Element, key: str, wanted: Iterable[str], collect: str = "name") -> set[str]:
    """Drop the elements of a section that nobody wants; return an attribute of the others."""
    kept = set(wanted)
    for element in list(section):
        if element.get(key) not in kept:
            section.remove(element)
    return {element.attrib[collect] for element in section}


def _simplify(body: ElementTree.Element, landmarks: set[str], whole: Any) -> None:
    """Strip a body of what no muscle path touches; write out its inertia, which might come from its visible shape."""
    for element in list(body):
        if element.tag not in ("body", "joint", "freejoint") and element.get("name") not in landmarks:
            body.remove(element)
    own = whole.body(body.attrib["name"])
    inertial = {"pos": own.ipos, "quat": own.iquat, "mass": own.mass, "diaginertia": own.inertia}
    written = {key: " ".join(repr(float(value)) for value in values) for key, values in inertial.items()}
    body.insert(0, ElementTree.Element("inertial", written))
