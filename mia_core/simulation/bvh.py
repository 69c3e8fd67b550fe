"""Motion capture in Biovision's BVH format: a strict reader, joint positions, and the files below a folder.

The format is described by Meredith and Maddock (2001, Motion capture file formats explained, University of Sheffield).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError

Array = NDArray[np.float64]

_CHANNELS: Final = tuple(f"{axis}{kind}" for kind in ("position", "rotation") for axis in "XYZ")


class BvhError(MiaError):
    """A BVH file can't be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is not a readable BVH motion: {reason}.", "Take it out, or export it again.")
        self.path = path
        self.reason = reason


class MotionFolderError(MiaError):
    """A folder of BVH files can't be used."""


@dataclass(frozen=True, slots=True)
class BvhJoint:
    """One joint of a hierarchy, or the end of a limb.

    Attributes:
        name: As in the file; `<parent> end` for the end of a limb.
        parent: Index of the joint that carries it, -1 for a root.
        offset: Place in the parent's axes, in the file's units.
        channels: Such as `Zrotation`, in the file's order.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BvhMotion:
    """A skeleton and what it does in T frames.

    Attributes:
        joints: Parents before their children.
        frame_s: Seconds from frame to frame.
        values: (T, number of channels) in the file's units and degrees, in the order of the joints' channels.
    """

    joints: tuple[BvhJoint, ...]
    frame_s: float
    values: Array = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the joints in order."""
        return tuple(joint.name for joint in self.joints)

    @property
    def duration_s(self) -> float:
        """Length of the motion in seconds."""
        return len(self.values) * self.frame_s

    def without_reference_pose(self) -> Self:
        """Return the motion without first frames that only show the skeleton in its reference pose.

        Converters put one there, and leave a few where the performer was not seen yet. They are told by most of their
        rotations being exactly 0.
        """
        rotations = [channel.endswith("rotation") for joint in self.joints for channel in joint.channels]
        moves = (self.values[:, rotations] == 0.0).sum(axis=1) <= sum(rotations) / 2
        first = int(np.argmax(moves)) if moves.any() else 0
        return type(self)(self.joints, self.frame_s, self.values[first:])

    def frames(self) -> tuple[Array, Array]:
        """Return where the joints are and how they are turned, in the file's axes (usually y up).

        Returns:
            (T, number of joints, 3) positions in the file's unit and (T, number of joints, 3, 3) rotations. The unit is
            nowhere said; that of files from the CMU motion capture database is 0.056444 m.
        """
        positions = np.zeros((len(self.values), len(self.joints), 3))
        rotations: list[Array] = []
        column = 0
        for index, joint in enumerate(self.joints):
            own = self.values[:, column : column + len(joint.channels)]
            column += len(joint.channels)
            place, rotation = _local_frame(joint, own)
            if joint.parent >= 0:
                carrier = rotations[joint.parent]
                place = positions[:, joint.parent] + (carrier @ place[:, :, None])[:, :, 0]
                rotation = carrier @ rotation
            positions[:, index] = place
            rotations.append(rotation)
        return positions, np.stack(rotations, axis=1)


@dataclass(frozen=True, slots=True)
class MotionFile:
    """A BVH file of a collection.

    Attributes:
        path: The file.
        name: Its name without ending, such as `02_01`.
        subject: What precedes the first underscore of the name, such as `02`.
    """

    path: Path
    name: str
    subject: str


def list_motions(folder: Path) -> tuple[MotionFile, ...]:
    """Return the BVH files in a folder and all folders below it, sorted by name.

    Raises:
        MotionFolderError: There are none, or two have the same name.
    """
    paths = sorted((path for path in folder.rglob("*") if path.suffix.lower() == ".bvh"), key=lambda path: path.stem)
    if not paths:
        raise MotionFolderError(f"{folder} holds no motions.", "Give a folder with .bvh files in it, or below it.")
    for one, other in itertools.pairwise(paths):
        if one.stem == other.stem:
            advice = "Rename one, so that their clips can be told."
            raise MotionFolderError(f"{one} and {other} have the same name.", advice)
    return tuple(MotionFile(path, path.stem, path.stem.split("_")[0]) for path in paths)


def read_bvh(path: Path) -> BvhMotion:
    """Read a BVH file.

    Raises:
        BvhError: The file can't be read, or is not a whole, well-formed BVH file.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BvhError(path, f"it can't be read ({error})") from error
    starts = [number for number, line in enumerate(lines) if line.strip() == "MOTION"]
    if not starts:
        raise BvhError(path, "it has no MOTION section")
    joints = _Hierarchy(path, " ".join(lines[: starts[0]]).split()).read()
    body = [line for line in lines[starts[0] + 1 :] if line.strip()]
    n_frames, frame_s = _frame_count_and_time(path, body)
    return BvhMotion(joints, frame_s, _values(path, body[2:], n_frames, sum(len(joint.channels) for joint in joints)))


def _local_frame(joint: BvhJoint, values: Array) -> tuple[Array, Array]:
    """Return the (T, 3) place and (T, 3, 3) rotation of a joint in its parent; position channels replace the offset."""
    from scipy.spatial.transform import Rotation

    place = np.tile(np.array(joint.offset), (len(values), 1))
    turns = []
    for column, channel in enumerate(joint.channels):
        if channel.endswith("position"):
            place[:, "XYZ".index(channel[0])] = values[:, column]
        else:
            turns.append(column)
    if not turns or not len(values):
        return place, np.tile(np.eye(3), (len(values), 1, 1))
    order = "".join(joint.channels[column][0] for column in turns)
    return place, np.asarray(Rotation.from_euler(order, values[:, turns], degrees=True).as_matrix())


class _Hierarchy:
    """Reads the words of the HIERARCHY section."""

    def __init__(self, path: Path, words: list[str]) -> None:
        self._path = path
        self._words: Iterator[str] = iter(words)
        self._joints: list[BvhJoint] = []

    def read(self) -> tuple[BvhJoint, ...]:
        self._expect("HIERARCHY")
        self._expect("ROOT")
        carriers = [-1]
        self._joint(self._next(), -1)
        carriers.append(0)
        while len(carriers) > 1:
            word = self._next()
            if word == "}":
                carriers.pop()
            elif word == "JOINT":
                self._joint(self._next(), carriers[-1])
                carriers.append(len(self._joints) - 1)
            elif word == "End":
                self._end(carriers[-1])
            else:
                raise BvhError(self._path, f"its hierarchy has {word!r} where a joint should begin or end")
        rest = next(self._words, None)
        if rest is not None:
            raise BvhError(self._path, f"its hierarchy goes on with {rest!r} after the end of its root")
        return tuple(self._joints)

    def _joint(self, name: str, parent: int) -> None:
        if any(joint.name == name for joint in self._joints):
            raise BvhError(self._path, f"two of its joints are called {name}")
        self._expect("{")
        offset = self._offset()
        self._expect("CHANNELS")
        n = self._next()
        if n not in "0123456":
            raise BvhError(self._path, f"{name} has {n!r} channels instead of 0 to 6")
        channels = tuple(self._next() for _ in range(int(n)))
        if len(set(channels)) < len(channels) or not set(channels) <= set(_CHANNELS):
            raise BvhError(self._path, f"{name} has the channels {' '.join(channels)}")
        self._joints.append(BvhJoint(name, parent, offset, channels))

    def _end(self, parent: int) -> None:
        self._expect("Site")
        self._expect("{")
        self._joints.append(BvhJoint(f"{self._joints[parent].name} end", parent, self._offset(), ()))
        self._expect("}")

    def _offset(self) -> tuple[float, float, float]:
        self._expect("OFFSET")
        words = [self._next() for _ in range(3)]
        x, y, z = _numbers(self._path, words)
        return x, y, z

    def _next(self) -> str:
        word = next(self._words, None)
        if word is None:
            raise BvhError(self._path, "its hierarchy breaks off")
        return word

    def _expect(self, word: str) -> None:
        found = self._next()
        if found != word:
            raise BvhError(self._path, f"its hierarchy has {found!r} where {word} should be")


def _frame_count_and_time(path: Path, lines: list[str]) -> tuple[int, float]:
    """Return the number of frames and the seconds between them, from the first two lines of the MOTION section."""
    found = []
    for label, line in zip(("Frames:", "Frame Time:"), (*lines[:2], "", ""), strict=False):
        if not line.strip().startswith(label):
            raise BvhError(path, f"{label!r} is missing below MOTION")
        found += _numbers(path, [line.strip().removeprefix(label).strip()])
    frames, frame_s = found
    if frames < 1 or frames % 1 or frame_s <= 0:
        raise BvhError(path, f"it claims {frames:g} frames of {frame_s:g} s")
    return int(frames), frame_s


def _values(path: Path, lines: list[str], n_frames: int, n_channels: int) -> Array:
    if len(lines) != n_frames:
        raise BvhError(path, f"it has {len(lines)} of the {n_frames} frames it claims")
    rows = [line.split() for line in lines]
    for number, row in enumerate(rows):
        if len(row) != n_channels:
            raise BvhError(path, f"frame {number} has {len(row)} values for {n_channels} channels")
    return np.array(_numbers(path, [word for row in rows for word in row])).reshape(n_frames, n_channels)


def _numbers(path: Path, words: list[str]) -> list[float]:
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        raise BvhError(path, f"there is text where a number should be ({error})") from error
    if not np.isfinite(numbers).all():
        raise BvhError(path, "it has a value that is not finite")
    return numbers
