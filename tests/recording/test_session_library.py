"""The folder of sessions: what is listed, and that nothing is lost, overwritten or touched outside of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mia_core.recording.found_sessions import Part, Presence, SessionState
from mia_core.recording.recording_manifest import Privacy, RecordedCounts, RecordingManifest, Subject
from mia_core.recording.session_json import write_json
from mia_core.recording.session_library import LibraryError, SessionLibrary
from mia_core.recording.session_writers import claim

MANIFEST = RecordingManifest(
    "mia-live 0", "2026-11-28T14:15:00+00:00", "ses-1", Subject("A", "left-handed"), tags=("pilot",), complete=True
)


def add(root: Path, subject: str, name: str, manifest: RecordingManifest = MANIFEST) -> Path:
    folder = root / f"sub-{subject}" / name
    folder.mkdir(parents=True)
    write_json(folder / "session.json", replace(manifest, subject=Subject(subject), session_id=name).to_json())
    (folder / "pose.csv").write_text(f"{subject} {name}", encoding="utf-8")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_folder_that_is_not_there_is_an_empty_library(tmp_path: Path) -> None:
    library = SessionLibrary(tmp_path / "none")
    assert library.sessions() == library.discarded() == ()
    assert library.subjects() == ()
    assert library.empty_trash() == 0


def test_sessions_are_listed_newest_first(tmp_path: Path) -> None:
    for subject, name in (("B", "ses-2"), ("A", "ses-1"), ("A", "ses-3")):
        add(tmp_path, subject, name)
    (tmp_path / "sub-C").mkdir()
    (tmp_path / "sub-A" / "notes.txt").write_text("no session", encoding="utf-8")
    library = SessionLibrary(tmp_path)
    assert [(entry.subject, entry.folder.name) for entry in library.sessions()] == [
        ("A", "ses-3"),
        ("B", "ses-2"),
        ("A", "ses-1"),
    ]
    assert library.subjects() == ("A", "B")


def test_a_damaged_session_is_listed_with_its_problem(tmp_path: Path) -> None:
    (add(tmp_path, "A", "ses-1") / "session.json").write_text("{", encoding="utf-8")
    (add(tmp_path, "A", "ses-2") / "session.json").unlink()
    future = add(tmp_path, "A", "ses-3")
    write_json(future / "session.json", {**MANIFEST.to_json(), "schema_version": 99})
    add(tmp_path, "A", "ses-4", replace(MANIFEST, complete=False))
    library = SessionLibrary(tmp_path)
    found = {entry.folder.name: entry for entry in library.sessions()}
    assert "99" in found["ses-3"].problem
    assert found.pop("ses-4").state is SessionState.UNFINISHED
    assert {entry.state for entry in found.values()} == {SessionState.UNREADABLE}
    assert all(entry.problem for entry in found.values())
    for entry in library.sessions():
        with pytest.raises(LibraryError):
            library.set_tags(entry, ("x",))
    assert len([library.discard(entry) for entry in library.sessions()]) == 4
    assert library.sessions() == ()


def test_what_a_session_has_is_told_from_its_manifest(tmp_path: Path) -> None:
    bare = add(tmp_path, "A", "ses-1", replace(MANIFEST, privacy=Privacy.KEYPOINTS_ONLY))
    counts = RecordedCounts(detected=3, samples={"left_biceps": 5})
    whole = add(
        tmp_path,
        "A",
        "ses-2",
        replace(
            MANIFEST,
            counts=counts,
            sensors={"montage": "lab"},
            calibration={"version": 1},
            protocol={"name": "Twenty"},
            sync={"accepted": True},
        ),
    )
    (whole / "video.mkv").write_bytes(b"video")
    entries = {entry.folder: entry.parts for entry in SessionLibrary(tmp_path).sessions()}
    assert set(entries[whole].values()) == {Presence.THERE}
    assert entries[bare][Part.VIDEO] is Presence.UNWANTED
    assert {part for part, presence in entries[bare].items() if presence is Presence.MISSING} == set(Part) - {
        Part.VIDEO
    }


@pytest.mark.parametrize("way", ["sync", "light_sync"])
@pytest.mark.parametrize("accepted", [True, False])
def test_either_way_of_sync_counts_when_it_is_accepted(tmp_path: Path, way: str, accepted: bool) -> None:
    contents = {"sync": {"accepted": False}, way: {"accepted": accepted}}
    add(tmp_path, "A", "ses-1", replace(MANIFEST, **contents))
    (entry,) = SessionLibrary(tmp_path).sessions()
    assert entry.parts[Part.SYNC] is (Presence.THERE if accepted else Presence.MISSING)


def test_a_search_finds_every_word_anywhere(tmp_path: Path) -> None:
    folder = add(tmp_path, "A7", "ses-20261128T141500Z")
    (entry,) = SessionLibrary(tmp_path).sessions()
    assert entry.folder == folder
    assert all(entry.matches(text) for text in ("", "pilot", "PILOT a7", "20261128", "sub-A7 2026-11-28"))
    assert not entry.matches("pilot b7")


def test_tags_and_notes_are_kept(tmp_path: Path) -> None:
    add(tmp_path, "A", "ses-1")
    library = SessionLibrary(tmp_path)
    entry = library.set_tags(library.sessions()[0], (" good ", "good", "", "knee"))
    library.set_subject_notes(entry, "sore knee")
    (read,) = library.sessions()
    assert read.manifest is not None
    assert read.manifest.tags == ("good", "knee")
    assert read.manifest.subject.notes == "sore knee"


def test_a_session_moves_to_another_subject_whole(tmp_path: Path) -> None:
    pose = (add(tmp_path, "A", "ses-1") / "pose.csv").read_bytes()
    library = SessionLibrary(tmp_path)
    moved = library.move(library.sessions()[0], "B")
    assert moved.folder == tmp_path / "sub-B" / "ses-1"
    assert (moved.folder / "pose.csv").read_bytes() == pose
    assert library.subjects() == ("B",)
    assert not (tmp_path / "sub-A").exists()


@pytest.mark.parametrize("subject_id", ["", "../x", "a b", "ä", "x" * 65, "/etc"])
def test_a_wrong_subject_is_refused_and_nothing_moves(tmp_path: Path, subject_id: str) -> None:
    add(tmp_path, "A", "ses-1")
    library = SessionLibrary(tmp_path)
    before = files(tmp_path)
    with pytest.raises(LibraryError, match="no subject id"):
        library.move(library.sessions()[0], subject_id)
    assert files(tmp_path) == before


def test_nothing_is_moved_over_another_session(tmp_path: Path) -> None:
    add(tmp_path, "A", "ses-1")
    add(tmp_path, "B", "ses-1")
    library = SessionLibrary(tmp_path)
    before = files(tmp_path)
    mine = next(entry for entry in library.sessions() if entry.subject == "A")
    with pytest.raises(LibraryError, match="already has"):
        library.move(mine, "B")
    assert files(tmp_path) == before


def test_the_trash_gives_back_what_it_got(tmp_path: Path) -> None:
    add(tmp_path, "A", "ses-1")
    library = SessionLibrary(tmp_path)
    before = files(tmp_path)
    discarded = library.discard(library.sessions()[0])
    assert discarded.is_discarded
    assert library.sessions() == ()
    assert [entry.subject for entry in library.discarded()] == ["A"]
    library.restore(library.discarded()[0])
    assert files(tmp_path) == before


def test_a_session_in_a_folder_of_its_own_comes_back_to_it(tmp_path: Path) -> None:
    add(tmp_path / "older", "A", "ses-1")
    write_json(tmp_path / "session.part", {})
    (tmp_path / "run").mkdir()
    write_json(tmp_path / "run" / "session.json", MANIFEST.to_json())
    library = SessionLibrary(tmp_path)
    before = files(tmp_path)
    assert [library.discard(entry).folder for entry in library.sessions()] == [
        tmp_path / ".trash" / "older" / "sub-A" / "ses-1",
        tmp_path / ".trash" / "run",
    ]
    for entry in library.discarded():
        library.restore(entry)
    assert files(tmp_path) == before


@pytest.mark.parametrize("linked", [".trash", "sub-B"])
def test_no_session_is_moved_through_a_link(tmp_path: Path, linked: str) -> None:
    root = tmp_path / "recordings"
    add(root, "A", "ses-1")
    (tmp_path / "elsewhere").mkdir()
    (root / linked).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    library = SessionLibrary(root)
    (entry,) = library.sessions()
    with pytest.raises(LibraryError, match="is not one of"):
        library.discard(entry) if linked == ".trash" else library.move(entry, "B")
    assert not list((tmp_path / "elsewhere").iterdir())
    assert entry.folder.is_dir()


@pytest.mark.parametrize("name", ["session.part", "session.json"])
def test_tags_are_not_written_through_a_link(tmp_path: Path, name: str) -> None:
    folder = add(tmp_path, "A", "ses-1")
    library = SessionLibrary(tmp_path)
    (entry,) = library.sessions()
    outside = tmp_path / "not mine"
    (folder / name).rename(outside) if name == "session.json" else outside.write_bytes(b"precious")
    before = outside.read_bytes()
    (folder / name).symlink_to(outside)
    if name == "session.json":
        with pytest.raises(LibraryError, match="a link"):
            library.set_tags(entry, ("good",))
    else:
        assert library.set_tags(entry, ("good",)).manifest is not None
    assert outside.read_bytes() == before


def test_what_is_still_written_is_not_changed(tmp_path: Path) -> None:
    claim(add(tmp_path, "A", "ses-1", replace(MANIFEST, complete=False)))
    library = SessionLibrary(tmp_path)
    (entry,) = library.sessions()
    assert entry.state is SessionState.RECORDING
    with pytest.raises(LibraryError, match="still being recorded"):
        library.set_tags(entry, ("x",))


def test_nothing_is_restored_over_another_session(tmp_path: Path) -> None:
    add(tmp_path, "A", "ses-1")
    library = SessionLibrary(tmp_path)
    discarded = library.discard(library.sessions()[0])
    add(tmp_path, "A", "ses-1")
    with pytest.raises(LibraryError, match="another"):
        library.restore(discarded)


def test_deleting_a_subject_deletes_all_of_it_and_only_that(tmp_path: Path) -> None:
    for subject, name in (("A", "ses-1"), ("A", "ses-2"), ("B", "ses-3")):
        add(tmp_path, subject, name)
    library = SessionLibrary(tmp_path)
    library.discard(next(entry for entry in library.sessions() if entry.folder.name == "ses-1"))
    assert library.delete_subject("A") == 2
    assert [entry.subject for entry in library.sessions()] == ["B"]
    assert not any("sub-A" in str(path) for path in tmp_path.rglob("*"))


def test_links_are_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    elsewhere = add(outside, "X", "ses-9")
    root = tmp_path / "root"
    inside = add(root, "A", "ses-1")
    (root / "sub-X").symlink_to(outside / "sub-X")
    (root / "sub-A" / "ses-2").symlink_to(elsewhere)
    (inside / "link").symlink_to(outside)
    before = files(outside)
    library = SessionLibrary(root)
    assert [entry.folder for entry in library.sessions()] == [inside]
    assert library.delete_subject("X") == 0
    assert library.delete_subject("A") == 1
    assert files(outside) == before
    (stranger,) = SessionLibrary(outside).sessions()
    with pytest.raises(LibraryError, match="not one of the sessions"):
        library.discard(stranger)
    assert files(outside) == before


def test_an_emptied_trash_is_gone(tmp_path: Path) -> None:
    add(tmp_path, "A", "ses-1")
    library = SessionLibrary(tmp_path)
    library.discard(library.sessions()[0])
    assert library.empty_trash() == 1
    assert files(tmp_path) == {}
