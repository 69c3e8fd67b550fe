"""The report: one page that needs nothing else, honest about its setting, and equal numbers beside it."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from mia_core.laboratory.report import ReportError, write_report
from mia_core.laboratory.results import Evaluation, Table
from tests.laboratory.browser import open_page
from tests.laboratory.some_results import BRIEF, EXERCISES, SETTING, an_evaluation

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    assert write_report(out, an_evaluation()) == out / "report.html"
    return out


def _page(folder: Path) -> ET.Element:
    return ET.fromstring((folder / "report.html").read_text(encoding="utf-8"))


def _section(folder: Path, name: str) -> ET.Element:
    """The section that shows a part, heading included."""
    return next(of for of in _page(folder).iter(f"{XHTML}section") if name in {part.get("id") for part in of.iter()})


def _words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _cells(folder: Path, name: str) -> list[list[str]]:
    body = next(_section(folder, name).iter(f"{XHTML}tbody"))
    return [[_words(cell) for cell in row] for row in body]


def test_the_page_is_strictly_well_formed_and_refers_to_nothing_outside(folder: Path) -> None:
    page = _page(folder)
    assert page.tag == f"{XHTML}html"
    loading = {"script", "iframe", "object", "embed", "img", "image", "use", "video", "audio", "base", "form"}
    for element in page.iter():
        assert element.tag.split("}")[1] not in loading
        for name, value in element.attrib.items():
            where = name.split("}")[-1]
            assert where not in ("src", "srcset", "action", "background")
            if where == "href":
                assert value.startswith("#") or value == "data:,"
            assert not where.startswith("on")
            assert "url(" not in value
    style = next(page.iter(f"{XHTML}style")).text or ""
    assert "url(" not in style
    assert "@import" not in style


def test_all_that_the_page_points_to_is_there_once(folder: Path) -> None:
    page = _page(folder)
    ids = [element.attrib["id"] for element in page.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    links = [a.attrib["href"][1:] for a in page.iter(f"{XHTML}a")]
    labels = [name for svg in page.iter(f"{SVG}svg") for name in svg.attrib["aria-labelledby"].split()]
    assert len(labels) == 2 * 6
    assert set(links + labels) <= set(ids)
    first = ["table1", "table2", "table2-curve", "figure7", "metrics"]
    assert links == [*first, "windows", "by-position", "figure8", "figure6", "differences", "made-with"]
    parts = [element.attrib["id"] for element in page.iter(f"{XHTML}div") if "id" in element.attrib]
    assert [*parts, "made-with"] == links


def test_a_browser_has_nothing_to_complain_about_and_asks_nobody(folder: Path, tmp_path: Path) -> None:
    visit = open_page(folder / "report.html", tmp_path)
    assert visit.document.rstrip().endswith("</html>")
    assert visit.console == []
    assert visit.requests == []


def test_a_page_that_does_call_out_would_be_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html><title>p</title><img src="http://127.0.0.1:9/x.png" /><script>console.error("no")</script>'
    )
    visit = open_page(page, tmp_path)
    assert visit.requests == ["http://127.0.0.1:9/x.png"]
    assert any('"no"' in line for line in visit.console)


def test_what_is_not_the_papers_setting_is_said_on_the_page_and_with_every_part(folder: Path, tmp_path: Path) -> None:
    header = next(_page(folder).iter(f"{XHTML}header"))
    assert SETTING in _words(header)
    evaluation = an_evaluation()
    for part in (*evaluation.tables, *evaluation.figures):
        assert (BRIEF in _words(_section(folder, part.name))) == bool(part.setting), part.name
    paper = Evaluation("T", (Table("t", "T", ("a",), (("b",),)),), (), {})
    write_report(tmp_path, paper)
    assert "setting" not in {element.get("class") for element in _page(tmp_path).iter()}


def test_a_part_of_another_setting_than_the_page_says_all_of_it(tmp_path: Path) -> None:
    table = Table("t", "T", ("a",), (("b",),), setting="Recorded data: not the paper's.")
    write_report(tmp_path, Evaluation("T", (table,), (), {}, setting=SETTING))
    assert table.setting in _words(_section(tmp_path, "t"))


def test_a_picture_alone_says_so_too(folder: Path) -> None:
    for figure in an_evaluation().figures:
        picture = ET.fromstring((folder / f"{figure.name}.svg").read_text(encoding="utf-8"))
        assert SETTING in " ".join(text.text or "" for text in picture.iter(f"{SVG}text"))


def test_table_1_marks_the_best_of_each_setting_and_keeps_the_papers_values_apart(folder: Path) -> None:
    section = _section(folder, "table1")
    groups = [_words(th) for th in section.iter(f"{XHTML}th") if th.get("scope") == "colgroup"]
    assert groups == ["In-distribution", "Left-out exercise", "Paper, in-distribution"]
    table = an_evaluation().tables[0]
    rows = list(next(section.iter(f"{XHTML}tbody")))
    assert [_words(row[0]) for row in rows] == [*EXERCISES, "Mean of exercises", "Pooled"]
    for row, values in zip(rows, table.rows, strict=True):
        best = {place for place, cell in enumerate(row) if "best" in cell.get("class", "")}
        known = {place: value for place, value in enumerate(values) if isinstance(value, float)}
        lowest = [min(known[place] for place in places if place in known) for places in (range(1, 5), range(5, 8))]
        assert {place for place in range(1, 8) if known.get(place) in lowest} <= best
        assert all(known[place] < lowest[place > 4] + 0.1 for place in best)
        assert [place for place, cell in enumerate(row) if "paper" in cell.get("class", "")] == [8, 9, 10, 11] or (
            values[8] is None
        )
    assert [row.get("class") for row in rows[-3:]] == [None, "summary", "summary"]
    assert _words(rows[3][5]) == "\N{EN DASH}"  # what is unknown is no number
    assert [_words(cell) for cell in rows[-1]][8:] == ["20.7", "13.2", "9.4", "9.0"]  # as printed


def test_equal_as_shown_is_equally_good_and_alone_is_not_best(tmp_path: Path) -> None:
    rows = (("a", 12.44, 12.41, 13.0), ("b", 9.1, None, None), ("c", 11.0, 10.9, 10.9))
    table = Table("t", "T", ("m", "x", "y", "z"), rows, compare=(("x", "y", "z"),))
    write_report(tmp_path, Evaluation("T", (table,), (), {}))
    body = next(_section(tmp_path, "t").iter(f"{XHTML}tbody"))
    marked = [[place for place, cell in enumerate(row) if "best" in cell.get("class", "")] for row in body]
    assert marked == [[1, 2], [], [2, 3]]


def test_numbers_have_as_many_digits_as_they_deserve_and_a_true_minus(folder: Path) -> None:
    first, second = _cells(folder, "metrics")
    assert first == ["Mean of training", "14.1", "0.31", "0.00", "0.00", "\N{MINUS SIGN}0.02", "0", "0", "\N{EN DASH}"]
    assert second == ["Transformer", "8.9", "0.19", "0.79", "0.74", "0.61", "1", "0", "0.0003"]
    assert "summary" not in ET.tostring(_section(folder, "metrics"), encoding="unicode")


def test_columns_that_are_compared_have_equally_many_digits(tmp_path: Path) -> None:
    rows = (("a", 9.876, 12.34, 0.5, 0.00004, 0.021), ("b", 8.04, 2.0, -0.0041, 0.04, 0.2))
    table = Table("t", "T", ("m", "x: RMSE", "y: RMSE", "r", "p", "y: p"), rows)
    write_report(tmp_path, Evaluation("T", (table,), (), {}))
    cells = _cells(tmp_path, "t")
    assert cells == [["a", "9.9", "12.3", "0.50", "< 0.0001", "0.02"], ["b", "8.0", "2.0", "0.00", "0.04", "0.20"]]
    smaller = replace(table, rows=(("a", 9.876, 2.34, 0.5, 0.002, 1.0),))
    write_report(tmp_path, Evaluation("T", (smaller,), (), {}))
    assert _cells(tmp_path, "t") == [["a", "9.88", "2.34", "0.50", "0.0020", "1.00"]]


def test_digits_are_alike_across_all_columns_of_one_kind(tmp_path: Path) -> None:
    columns = ("m", "known: Random", "known: CNN", "left out: CNN", "left out: r")
    table = Table("t", "T", columns, (("a", 11.8, 4.06, 4.21, 0.73),))
    write_report(tmp_path, Evaluation("T", (table,), (), {}))
    assert _cells(tmp_path, "t") == [["a", "11.8", "4.1", "4.2", "0.73"]]


def test_parts_of_one_title_stand_together_wherever_they_are_in_the_order(tmp_path: Path) -> None:
    curve = next(figure for figure in an_evaluation().figures if figure.name == "table2-curve")
    first, other = (Table(name, title, ("a",), (("b",),)) for name, title in (("t", curve.title), ("o", "Other")))
    order = (first.name, other.name, curve.name)
    write_report(tmp_path, Evaluation("T", (first, other), (curve,), {}, order=order))
    parts = [element.attrib["id"] for element in _page(tmp_path).iter(f"{XHTML}div") if "id" in element.attrib]
    assert parts == [first.name, curve.name, other.name]
    assert len(list(_page(tmp_path).iter(f"{XHTML}h2"))) == 2 + 1


def test_the_page_begins_with_what_was_judged(tmp_path: Path) -> None:
    write_report(tmp_path, Evaluation("T", (), (), {}, lead="anna: 406 windows < 3.0 s"))
    header = next(_page(tmp_path).iter(f"{XHTML}header"))
    assert "anna: 406 windows < 3.0 s Bold on green" in _words(header)


def test_parts_of_one_title_share_heading_note_and_setting(tmp_path: Path) -> None:
    curve = next(figure for figure in an_evaluation().figures if figure.name == "table2-curve")
    table = Table("t2", curve.title, ("a",), (("b",),), note="Said once.", setting=SETTING)
    shown = Evaluation("T", (table,), (replace(curve, note="Said once."),), {}, setting=SETTING)
    write_report(tmp_path, shown)
    section = _section(tmp_path, "t2")
    assert section.find(f".//*[@id='{curve.name}']") is not None
    assert len(list(section.iter(f"{XHTML}h2"))) == 1
    assert (_words(section).count("Said once."), _words(section).count(BRIEF)) == (1, 1)
    assert len([a for a in _page(tmp_path).iter(f"{XHTML}a") if a.attrib["href"] != "#made-with"]) == 1


def test_back_quotes_in_notes_are_names(tmp_path: Path) -> None:
    table = Table("t", "T", ("a",), (("b",),), note="The CNN is `cnn_<repo>`.")
    write_report(tmp_path, Evaluation("T", (table,), (), {}))
    assert next(_section(tmp_path, "t").iter(f"{XHTML}code")).text == "cnn_<repo>"


def test_names_of_others_are_text_and_nothing_else(folder: Path) -> None:
    assert _cells(folder, "windows")[0] == ['Subject <A> & "B"', "12 034", "3 053"]
    rows = list(csv.reader((folder / "windows.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[1] == ['Subject <A> & "B"', "12034", "3053", "paper"]


def test_what_it_was_made_with_is_listed(folder: Path) -> None:
    section = _section(folder, "made-with")
    names = [_words(dt) for dt in section.iter(f"{XHTML}dt")]
    told = dict(zip(names, (_words(dd) for dd in section.iter(f"{XHTML}dd")), strict=True))
    assert told["seeds"] == "1, 2, 3"
    assert told["sha256"] == "5f2c" * 16
    assert told["learning rate"] == "0.0005"
    assert told["training"] == "13 min 32 s"
    assert told["all together"] == "13 min 36 s"
    assert told["numpy"].startswith("2.")


def test_two_runs_differ_in_times_only(folder: Path, tmp_path: Path) -> None:
    slower = replace(an_evaluation(), seconds={"training": 9999.0})
    write_report(tmp_path, slower)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    assert {"report.html", "report.json", "table1.csv", "figure8.csv", "figure8.svg"} <= set(names)
    for name in names:
        same = (folder / name).read_bytes() == (tmp_path / name).read_bytes()
        assert same == (not name.startswith("report.")), name


def test_the_json_holds_everything(folder: Path) -> None:
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert told["setting"] == SETTING
    assert told["seconds"]["training"] == 812.4
    assert told["configuration"]["data"]["sha256"] == "5f2c" * 16
    assert told["software"]["numpy"]
    assert [table["name"] for table in told["tables"]] == ["table1", "table2", "metrics", "windows"]
    assert told["tables"][0]["rows"][3][5] is None
    assert told["figures"][1]["data"]["curves"][0]["label"] == "from scratch"


def test_a_report_written_anew_replaces_the_old_one(folder: Path, tmp_path: Path) -> None:
    write_report(tmp_path, an_evaluation())
    write_report(tmp_path, replace(an_evaluation(), title="Once more"))
    assert next(_page(tmp_path).iter(f"{XHTML}h1")).text == "Once more"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("name", ["../table1", "Table 1", "", "report"])
def test_a_name_that_no_file_should_have_is_refused(name: str, tmp_path: Path) -> None:
    table = Table(name, "T", ("a",), ())
    with pytest.raises(ReportError, match="can't name a table or figure"):
        write_report(tmp_path / "out", Evaluation("T", (table,), (), {}))
    assert not (tmp_path / "out").exists()


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    table = Table("same", "T", ("a",), ())
    with pytest.raises(ReportError, match="'same'"):
        write_report(tmp_path, Evaluation("T", (table, table), (), {}))


def test_a_folder_that_can_not_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="can't be written"):
        write_report(tmp_path / "file" / "out", an_evaluation())


def test_an_evaluation_without_results_is_still_a_page(tmp_path: Path) -> None:
    write_report(tmp_path, Evaluation("Nothing yet", (), (), {}))
    assert next(_page(tmp_path).iter(f"{XHTML}h1")).text == "Nothing yet"


def test_nothing_of_an_earlier_report_is_left_beside_a_page(tmp_path: Path) -> None:
    whole = an_evaluation()
    write_report(tmp_path, whole)
    (tmp_path / "notes.csv").write_text("somebody's own\n")
    write_report(tmp_path, replace(whole, tables=whole.tables[:1], figures=()))
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {"report.html", "report.json", f"{whole.tables[0].name}.csv", "notes.csv"}
    (tmp_path / "report.json").write_text("[1]")
    write_report(tmp_path, whole)
    assert (tmp_path / f"{whole.figures[0].name}.svg").is_file()
