import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.simulation.bvh import BvhError, BvhJoint, BvhMotion, MotionFolderError, list_motions, read_bvh

WORDS = [f"{axis}{kind}" for kind in ("position", "rotation") for axis in "XYZ"]
numbers = st.floats(-170.0, 170.0).map(lambda x: round(x, 4))

SMALL = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Leg
  {
    OFFSET 0 -2 0
    CHANNELS 1 Xrotation
    End Site
    {
      OFFSET 0 -1 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.5
1 2 3 0 0 0 90
1 2 3 90 0 0 90
"""


@st.composite
def motions(draw):
    joints = []
    for index in range(draw(st.integers(1, 6))):
        parent = draw(st.integers(0, index - 1)) if index else -1
        channels = tuple(draw(st.lists(st.sampled_from(WORDS), unique=True, max_size=6)))
        joints.append(BvhJoint(f"joint{index}", parent, draw(st.tuples(numbers, numbers, numbers)), channels))
    return _depth_first(joints, draw)


def _depth_first(joints, draw):
    order = []

    def visit(index, parent):
        joint = joints[index]
        place = len(order)
        order.append(BvhJoint(joint.name, parent, joint.offset, joint.channels))
        children = [child for child in range(len(joints)) if joints[child].parent == index]
        for child in children:
            visit(child, place)
        if not children:
            order.append(BvhJoint(f"{joint.name} end", place, draw(st.tuples(numbers, numbers, numbers)), ()))

    visit(0, -1)
    n = sum(len(joint.channels) for joint in order)
    frames = draw(st.integers(1, 4))
    values = draw(st.lists(numbers, min_size=frames * n, max_size=frames * n))
    return BvhMotion(tuple(order), draw(st.sampled_from([1 / 120, 1 / 30])), np.array(values).reshape(frames, n))


def bvh_text(motion):
    def block(index):
        joint = motion.joints[index]
        children = [child for child, other in enumerate(motion.joints) if other.parent == index]
        offset = "OFFSET " + " ".join(map(repr, joint.offset))
        if joint.name.endswith(" end"):
            return f"End Site\n{{\n{offset}\n}}\n"
        title = "ROOT" if joint.parent < 0 else "JOINT"
        channels = f"CHANNELS {len(joint.channels)} {' '.join(joint.channels)}"
        return f"{title} {joint.name}\n{{\n{offset}\n{channels}\n{''.join(map(block, children))}}}\n"

    rows = "\n".join(" ".join(map(repr, row.tolist())) for row in motion.values)
    return f"HIERARCHY\n{block(0)}MOTION\nFrames: {len(motion.values)}\nFrame Time: {motion.frame_s!r}\n{rows}\n"


def places_frame_by_frame(motion, frame):
    """Forward kinematics by 4 x 4 matrices, another way than the reader's."""
    places, values = [], iter(motion.values[frame])
    for joint in motion.joints:
        local = np.eye(4)
        local[:3, 3] = joint.offset
        for channel in joint.channels:
            axis, value = "XYZ".index(channel[0]), next(values)
            if channel.endswith("position"):
                local[axis, 3] = value
                continue
            c, s = np.cos(np.radians(value)), np.sin(np.radians(value))
            turn = np.eye(4)
            a, b = (axis + 1) % 3, (axis + 2) % 3
            turn[[a, a, b, b], [a, b, a, b]] = c, -s, s, c
            local = np.block([[local[:3, :3] @ turn[:3, :3], local[:3, 3:]], [0, 0, 0, 1]])
        places.append(local if joint.parent < 0 else places[joint.parent] @ local)
    return np.array(places)


@settings(max_examples=60)
@given(motion=motions())
def test_a_written_motion_is_read_back(motion, tmp_path_factory):
    has_channels = any(joint.channels for joint in motion.joints)
    path = tmp_path_factory.mktemp("bvh") / "motion.bvh"
    path.write_text(bvh_text(motion), encoding="utf-8")
    if not has_channels:
        with pytest.raises(BvhError):
            read_bvh(path)
        return
    found = read_bvh(path)
    assert found.joints == motion.joints
    assert found.frame_s == motion.frame_s
    np.testing.assert_array_equal(found.values, motion.values)


@settings(max_examples=60)
@given(motions())
def test_positions_are_those_of_a_chain_of_matrices(motion):
    positions, rotations = motion.frames()
    for frame in range(len(motion.values)):
        expected = places_frame_by_frame(motion, frame)
        np.testing.assert_allclose(positions[frame], expected[:, :3, 3], atol=1e-6)
        np.testing.assert_allclose(rotations[frame], expected[:, :3, :3], atol=1e-9)


def test_a_limb_hangs_where_its_joints_put_it(tmp_path):
    path = tmp_path / "small.bvh"
    path.write_text(SMALL, encoding="utf-8")
    motion = read_bvh(path)
    assert motion.names == ("Hips", "Leg", "Leg end")
    assert motion.duration_s == 1.0
    positions, _ = motion.frames()
    np.testing.assert_allclose(positions[0], [[1, 2, 3], [1, 0, 3], [1, 0, 2]], atol=1e-12)
    np.testing.assert_allclose(positions[1], [[1, 2, 3], [3, 2, 3], [3, 2, 2]], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("MOTION", "MOVEMENT"), "no MOTION section"),
        (("1 2 3 90 0 0 90\n", ""), "1 of the 2 frames"),
        (("1 2 3 90 0 0 90", "1 2 3 90 0 0"), "6 values for 7 channels"),
        (("1 2 3 90 0 0 90", "1 2 3 90 0 0 nan"), "not finite"),
        (("1 2 3 90 0 0 90", "1 2 3 90 0 0 x"), "text where a number"),
        (("Frames: 2", "Frames: 0"), "claims 0 frames"),
        (("Frame Time: 0.5", "Frame Time: 0"), "claims 2 frames of 0 s"),
        (("Frame Time: 0.5\n", ""), "'Frame Time:' is missing"),
        (("CHANNELS 1", "CHANNELS 2"), "has the channels Xrotation End"),
        (("CHANNELS 1", "CHANNELS many"), "has 'many' channels"),
        (("OFFSET 0 -2 0", "OFFSET 0 -2"), "text where a number"),
        (("JOINT Leg", "JOINT Hips"), "two of its joints"),
        (("}\n  }\n}\nMOTION", "}\n}\nMOTION"), "breaks off"),
        (("}\nMOTION", "}\n}\nMOTION"), "goes on with '}'"),
        (("End Site", "Bone Site"), "has 'Bone' where"),
        (("ROOT", "TREE"), "'TREE' where ROOT"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, change, reason):
    path = tmp_path / "broken.bvh"
    assert SMALL.count(change[0]) == 1
    path.write_text(SMALL.replace(*change), encoding="utf-8")
    with pytest.raises(BvhError, match=reason) as caught:
        read_bvh(path)
    assert "broken.bvh" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.advice


def test_a_missing_or_binary_file_is_an_error(tmp_path):
    with pytest.raises(BvhError, match="can't be read"):
        read_bvh(tmp_path / "none.bvh")
    (tmp_path / "binary.bvh").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BvhError, match="can't be read"):
        read_bvh(tmp_path / "binary.bvh")


def test_motions_are_found_below_a_folder_sorted_by_name(tmp_path):
    for name in ("b/02_10.bvh", "a/02_02.BVH", "01_01.bvh", "a/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(SMALL, encoding="utf-8")
    found = list_motions(tmp_path)
    assert [(file.name, file.subject) for file in found] == [("01_01", "01"), ("02_02", "02"), ("02_10", "02")]


def test_a_folder_without_motions_or_with_two_of_a_name_is_an_error(tmp_path):
    with pytest.raises(MotionFolderError, match="holds no"):
        list_motions(tmp_path)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "01_01.bvh").write_text(SMALL, encoding="utf-8")
    with pytest.raises(MotionFolderError, match="same name"):
        list_motions(tmp_path)


def test_only_first_frames_in_reference_pose_are_taken_away():
    joints = (
        BvhJoint("Hips", -1, (0.0, 0.0, 0.0), ("Yposition", "Zrotation", "Yrotation", "Xrotation")),
        BvhJoint("Leg", 0, (0.0, -1.0, 0.0), ("Zrotation", "Yrotation", "Xrotation")),
    )
    moving = np.full((5, 7), 3.0)
    assert len(BvhMotion(joints, 0.1, moving).without_reference_pose().values) == 5
    first_zero = moving.copy()
    first_zero[0, 1:6] = 0.0
    np.testing.assert_array_equal(BvhMotion(joints, 0.1, first_zero).without_reference_pose().values, moving[1:])
    first_zero[1] = 0.0
    np.testing.assert_array_equal(BvhMotion(joints, 0.1, first_zero).without_reference_pose().values, moving[2:])
    assert len(BvhMotion(joints, 0.1, np.zeros((5, 7))).without_reference_pose().values) == 5
