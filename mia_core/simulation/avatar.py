"""A rendered person that moves exactly as the muscle model does, in a plain room.

Rendering needs OpenGL; without a display set the environment variable `MUJOCO_GL` to `egl` (or `osmesa`) before
starting Python.
"""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Image
from mia_core.simulation.avatar_looks import GLOSS, Looks
from mia_core.simulation.avatar_person import person
from mia_core.simulation.avatar_shape import Shape
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.virtual_camera import VirtualCameras

Array = NDArray[np.float64]

_SOLE_M: Final = 0.017  # shoes lift the foot of the muscle model, which stands on the floor barefoot
_WALL_M: Final = 1.7


class Avatar:
    """The person and the room, seen by one camera.

    Args:
        body: The muscle model that leads.
        camera: One camera; also says the size of pictures. The room's wall is straight ahead of it, behind the person.
        looks: Colours and light.
        supersampling: Pixels drawn for every pixel of the picture, in each direction: smooth edges.

    Attributes:
        size_px: Width and height of pictures.
    """

    def __init__(
        self, body: MuscleBody, camera: VirtualCameras, looks: Looks | None = None, supersampling: int = 2
    ) -> None:
        mj = body.mj
        body.place(body.complete(body.neutral.copy()))
        names = [body.model.body(i).name for i in range(body.model.nbody)]
        joints = {name: np.array(body.data.xpos[i]) for i, name in enumerate(names)}
        shapes = person(joints)
        self._bodies = sorted({shape.body for shape in shapes})
        self._leaders = np.array([names.index(name) for name in self._bodies])
        self._neutral = np.array([body.data.xmat[i].reshape(3, 3) for i in self._leaders])
        width, height = (int(x) for x in camera.size_px[0])
        self.size_px = (width, height)
        self._model = mj.MjModel.from_xml_string(_scene(shapes, self._bodies, joints, camera, looks or Looks()))
        drawn = height * supersampling, width * supersampling
        self._model.vis.global_.offheight, self._model.vis.global_.offwidth = drawn
        self._supersampling = supersampling
        self._data = mj.MjData(self._model)
        self._renderer = mj.Renderer(self._model, *drawn)
        self._renderer.scene.flags[mj.mjtRndFlag.mjRND_REFLECTION] = 0
        self._body, self._mj = body, mj

    def render(self, configuration: Array) -> Image:
        """Return the (height, width, 3) RGB picture of a (129,) configuration."""
        self._body.place(configuration)
        data = self._body.data
        for index, leader in enumerate(self._leaders):
            turn = data.xmat[leader].reshape(3, 3) @ self._neutral[index].T
            self._data.mocap_pos[index] = data.xpos[leader]
            self._mj.mju_mat2Quat(self._data.mocap_quat[index], turn.flatten())
        self._mj.mj_forward(self._model, self._data)
        self._renderer.update_scene(self._data, camera="view")
        return _reduced(self._renderer.render(), self._supersampling)

    def close(self) -> None:
        """Release the graphics context."""
        self._renderer.close()


def _reduced(image: NDArray[np.uint8], factor: int) -> Image:
    """Average blocks of pixels: smooth edges whatever the graphics driver can do."""
    total = np.zeros((image.shape[0] // factor, image.shape[1] // factor, 3), np.uint16)
    for row in range(factor):
        for column in range(factor):
            total += image[row::factor, column::factor]
    return np.asarray((total + factor**2 // 2) // factor**2, dtype=np.uint8)


def _numbers(values: Any) -> str:
    return " ".join(f"{value:.6g}" for value in np.asarray(values).ravel())


def _scene(
    shapes: list[Shape], bodies: list[str], joints: dict[str, Array], camera: VirtualCameras, looks: Looks
) -> str:
    """Return the MuJoCo XML of room, person and camera."""
    root = ElementTree.Element("mujoco")
    _add_quality(root, looks)
    assets = ElementTree.SubElement(root, "asset")
    _add_assets(assets, looks)
    world = ElementTree.SubElement(root, "worldbody")
    right, down, ahead = camera.rotation[0]
    turn = np.arctan2(-ahead[0], ahead[1]) / 2
    room = ElementTree.SubElement(world, "body", quat=_numbers([np.cos(turn), 0.0, 0.0, np.sin(turn)]))
    _add_room(room, looks)
    fovy = 2 * np.degrees(np.arctan(camera.size_px[0, 1] / 2 / camera.focal_px[0]))
    ElementTree.SubElement(
        world, "camera", name="view", fovy=f"{fovy:.6f}",
        pos=_numbers(camera.position_m[0]), xyaxes=_numbers([right, -down]),
    )  # fmt: skip
    elements = {
        name: ElementTree.SubElement(world, "body", name=name, mocap="true", pos=_numbers(joints[name]))
        for name in bodies
    }
    for number, shape in enumerate(shapes):
        name = f"shape{number}"
        ElementTree.SubElement(
            assets, "mesh", name=name, inertia="shell",
            vertex=_numbers(shape.vertices - joints[shape.body]), face=" ".join(map(str, shape.faces.ravel())),
        )  # fmt: skip
        ElementTree.SubElement(
            elements[shape.body], "geom", type="mesh", mesh=name, material=shape.material,
            contype="0", conaffinity="0",
        )  # fmt: skip
    return ElementTree.tostring(root, encoding="unicode")


def _add_quality(root: ElementTree.Element, looks: Looks) -> None:
    ElementTree.SubElement(root, "statistic", extent="1.7", center="0 0 .9")  # what shadows are drawn for
    visual = ElementTree.SubElement(root, "visual")
    ElementTree.SubElement(visual, "quality", shadowsize="2048", offsamples="0")
    ElementTree.SubElement(
        visual, "headlight", ambient=_numbers([looks.ambient] * 3), diffuse=".30 .30 .30", specular="0 0 0",
    )  # fmt: skip


def _add_assets(assets: ElementTree.Element, looks: Looks) -> None:
    ElementTree.SubElement(
        assets, "texture", name="boards", type="2d", builtin="checker", width="512", height="512",
        rgb1=_numbers(looks.floor), rgb2=_numbers(0.93 * np.array(looks.floor)),
        mark="edge", markrgb=_numbers(0.78 * np.array(looks.floor)),
    )  # fmt: skip
    ElementTree.SubElement(assets, "material", name="boards", texture="boards", texrepeat="10 3", specular=".1")
    ElementTree.SubElement(
        assets, "texture", name="wall", type="skybox", builtin="gradient", width="256", height="256",
        rgb1=_numbers(looks.wall), rgb2=_numbers(0.84 * np.array(looks.wall)),
    )  # fmt: skip
    ElementTree.SubElement(assets, "material", name="skirting", rgba=".93 .93 .92 1", specular=".1")
    for name, colour in looks.colours.items():
        ElementTree.SubElement(
            assets, "material", name=name, rgba=_numbers([*colour, 1.0]), specular=f"{GLOSS[name]}", shininess=".3"
        )


def _add_room(room: ElementTree.Element, looks: Looks) -> None:
    ElementTree.SubElement(
        room, "light", pos="-1.5 -2.9 3.6", dir=_numbers(looks.light), diffuse=".52 .51 .49", specular=".3 .3 .3",
        directional="true", castshadow="true",
    )  # fmt: skip
    ElementTree.SubElement(
        room, "light", pos="2.5 -2.5 3", dir="-.6 .6 -.5", diffuse=".18 .19 .21", specular="0 0 0",
        directional="true", castshadow="false",
    )  # fmt: skip
    floor = f"0 {_WALL_M - 6} {-_SOLE_M}"  # ends at the wall, which is the sky behind it: evenly lit, no shadows
    ElementTree.SubElement(room, "geom", type="plane", size="6 6 .1", pos=floor, material="boards")
    skirting = f"0 {_WALL_M} .03"
    ElementTree.SubElement(room, "geom", type="box", size="6 .01 .05", pos=skirting, material="skirting")
