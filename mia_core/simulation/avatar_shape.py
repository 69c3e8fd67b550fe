"""Soft closed surfaces: tapered limbs and ellipsoids, as triangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_RING_POINTS: Final = 28


@dataclass(frozen=True, slots=True)
class Shape:
    """One visible piece that moves with a body of the muscle model.

    Attributes:
        body: Name of that body.
        material: Name of its material.
        vertices: (n, 3) metres in the neutral pose.
        faces: (m, 3) vertex indices, counterclockwise from outside.
    """

    body: str
    material: str
    vertices: Array
    faces: NDArray[np.intp]


def limb(body: str, material: str, start: Array, end: Array, profile: Sequence[tuple[float, float, float]]) -> Shape:
    """Return a tapered, round-ended piece between two points.

    Args:
        body: What it moves with.
        material: Its material.
        start: (3,) metres.
        end: (3,) metres.
        profile: Along the way, (share of the way, half-width sideways, half-depth), metres.
    """
    axis = (end - start) / np.linalg.norm(end - start)
    reference = np.array([1.0, 0.0, 0.0]) if abs(axis[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    across = reference - (reference @ axis) * axis
    across /= np.linalg.norm(across)
    depth = np.cross(axis, across)
    shares, widths, depths = np.array(profile).T
    dense = np.linspace(shares[0], shares[-1], 24)
    rings = [
        (
            start + share * (end - start),
            float(np.interp(share, shares, widths)),
            float(np.interp(share, shares, depths)),
        )
        for share in dense
    ]
    caps = np.array([0.995, 0.92, 0.75, 0.5, 0.2])  # rings of a hemisphere at either end
    out = np.sqrt(1 - caps**2)
    first, last = rings[0], rings[-1]
    begin = [(first[0] - o * min(first[1:]) * axis, c * first[1], c * first[2]) for c, o in zip(caps, out, strict=True)]
    finish = [(last[0] + o * min(last[1:]) * axis, c * last[1], c * last[2]) for c, o in zip(caps, out, strict=True)]
    return _loft(body, material, [*begin[::-1], *rings, *finish], across, depth)


def ellipsoid(body: str, material: str, centre: Array, radii: tuple[float, float, float]) -> Shape:
    """Return an axis-parallel ellipsoid: (3,) centre and radii sideways, in depth and in height."""
    angles = np.linspace(0.12, np.pi - 0.12, 22)
    rings = [
        (centre - [0.0, 0.0, radii[2] * np.cos(a)], radii[0] * float(np.sin(a)), radii[1] * float(np.sin(a)))
        for a in angles
    ]
    return _loft(body, material, rings, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))


def _loft(body: str, material: str, rings: Sequence[tuple[Array, float, float]], across: Array, depth: Array) -> Shape:
    """Return the closed surface through ellipses, whose order goes along `across` x `depth`."""
    turn = np.linspace(0, 2 * np.pi, _RING_POINTS, endpoint=False)
    vertices = np.concatenate(
        [
            centre + width * np.cos(turn)[:, None] * across + deep * np.sin(turn)[:, None] * depth
            for centre, width, deep in rings
        ]
        + [rings[0][0][None], rings[-1][0][None]]
    )
    here = np.arange(_RING_POINTS)
    there = np.roll(here, -1)
    faces = []
    for ring in range(len(rings) - 1):
        low, high = ring * _RING_POINTS, (ring + 1) * _RING_POINTS
        faces += [
            np.stack([low + here, low + there, high + there], 1),
            np.stack([low + here, high + there, high + here], 1),
        ]
    bottom, top = len(vertices) - 2, len(vertices) - 1
    last = (len(rings) - 1) * _RING_POINTS
    faces.append(np.stack([np.full(_RING_POINTS, bottom), there, here], 1))
    faces.append(np.stack([np.full(_RING_POINTS, top), last + here, last + there], 1))
    return Shape(body, material, vertices, np.concatenate(faces))
