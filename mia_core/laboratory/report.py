"""The report of an evaluation: one page that needs nothing else, and its numbers as CSV, JSON and SVG beside it."""

from __future__ import annotations

import json
import math
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from mia_core.bundled import RESOURCES
from mia_core.errors import MiaError
from mia_core.laboratory.figures import draw, figure_csv
from mia_core.laboratory.report_tables import table_html
from mia_core.laboratory.results import Evaluation, Figure, Table
from mia_core.laboratory.svg import colour_rules, words
from mia_core.whole_file import whole_file

REPORT_PAGE: Final = "report.html"
REPORT_NUMBERS: Final = "report.json"
_STYLE: Final = RESOURCES / "laboratory" / "report.css"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PACKAGES: Final = ("mia-live", "numpy", "scipy", "torch")


class ReportError(MiaError):
    """A report can't be written."""


def write_report(folder: Path, evaluation: Evaluation) -> Path:
    """Write the page, its tables and figures.

    Each file appears whole or not at all, the page last. CSV and SVG are the same for the same numbers; when and how
    long it took is in the page and the JSON only. What an earlier report has there and this one has not, is taken
    away, so that all that lies beside a page is its own.

    Args:
        folder: Where to; made if missing. Files of the same names are replaced.
        evaluation: What to show.

    Returns:
        Path of the page.

    Raises:
        ReportError: A name is none that a file can have, two are the same, or the disk refuses.
    """
    names = [*(table.name for table in evaluation.tables), *(figure.name for figure in evaluation.figures)]
    for name in names:
        if not _NAME.fullmatch(name) or names.count(name) > 1 or name == Path(REPORT_PAGE).stem:
            raise ReportError(f"{name!r} can't name a table or figure.", "Use small letters, and each name once.")
    pictures = {figure.name: draw(figure) for figure in evaluation.figures}
    made = datetime.now(UTC)
    files = {f"{table.name}.csv": table.to_csv() for table in evaluation.tables}
    files |= {f"{figure.name}.csv": figure_csv(figure) for figure in evaluation.figures}
    files |= {f"{figure.name}.svg": draw(figure, alone=True) for figure in evaluation.figures}
    content = {"made": made.isoformat(timespec="seconds"), "software": software(), **asdict(evaluation)}
    files[REPORT_NUMBERS] = json.dumps(_plain(content), indent=1, allow_nan=False) + "\n"
    files[REPORT_PAGE] = report_page(evaluation, pictures, made)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _files_there(folder) - files.keys():
            (folder / name).unlink(missing_ok=True)
        for name, text in files.items():
            _write(folder / name, text)
    except OSError as error:
        raise ReportError(f"The report can't be written to {folder} ({error}).", "Choose another folder.") from error
    return folder / REPORT_PAGE


def _files_there(folder: Path) -> set[str]:
    """Return the names of the tables' and figures' files of the report in a folder; none where it can't be read."""
    try:
        told = json.loads((folder / REPORT_NUMBERS).read_text(encoding="utf-8"))
        names = [str(part["name"]) for kind in ("tables", "figures") for part in told[kind]]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {f"{name}.{ending}" for name in names if _NAME.fullmatch(name) for ending in ("csv", "svg")}


def report_page(evaluation: Evaluation, pictures: Mapping[str, str], made: datetime) -> str:
    """Return the page, well-formed as HTML and as XML; it loads nothing and runs nothing.

    Args:
        evaluation: What to show.
        pictures: SVG by the name of the figure.
        made: When, in UTC.
    """
    parts: list[Table | Figure] = [*evaluation.tables, *evaluation.figures]
    place = _place(evaluation.order)
    first = {part.title: place(part) for part in sorted(parts, key=place, reverse=True)}
    parts.sort(key=lambda part: (first[part.title], place(part)))  # parts of one title stand together
    sections = [list(of_one) for _, of_one in groupby(parts, key=lambda part: part.title)]
    links = "\n".join(f'<li><a href="#{of[0].name}">{words(of[0].title)}</a></li>' for of in sections)
    shown = "\n".join(_section(of, pictures, evaluation.setting) for of in sections)
    spent = {part: _duration(seconds) for part, seconds in evaluation.seconds.items()}
    spent["all together"] = _duration(sum(evaluation.seconds.values()))
    return f"""<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>{words(evaluation.title)}</title>
<link rel="icon" href="data:," />
<style>
{colour_rules()}{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>{words(evaluation.title)}</h1>
<p class="lead">{words(evaluation.lead)}{" " if evaluation.lead else ""}Bold on green is the lowest error of its group
in a row; a dash is unknown. Made by mia-live on {made:%Y-%m-%d} at {made:%H:%M} UTC.</p>
{_setting(evaluation.setting)}
</header>
<nav aria-label="Contents"><ol>
{links}
<li><a href="#made-with">What it was made with</a></li>
</ol></nav>
<main>
{shown}
<section id="made-with">
<h2>What it was made with</h2>
<h3>Configuration</h3>
{_listed(evaluation.configuration)}
<h3>Time spent</h3>
{_listed(spent)}
<h3>Software</h3>
{_listed(software())}
</section>
</main>
<footer>All numbers of this page lie beside it as {REPORT_NUMBERS}, its tables and figures as CSV and SVG.</footer>
</body>
</html>
"""


def software() -> dict[str, str]:
    """Return the versions of what computes the numbers; a package that is not installed is left out."""
    versions = {"Python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # the packaged application carries no metadata of some
            continue
    return versions


def _place(order: Sequence[str]) -> Callable[[Table | Figure], int]:
    """Return what to sort parts by; those that the order does not name come last, tables first."""
    return lambda part: order.index(part.name) if part.name in order else len(order)


def _section(parts: Sequence[Table | Figure], pictures: Mapping[str, str], of_page: str) -> str:
    """Return parts of one title; what is said of several of them is said once, after the last."""
    notes = [part.note for part in parts]
    shown = []
    for number, part in enumerate(parts):
        setting = _setting(_brief(part.setting) if part.setting == of_page else part.setting)
        if isinstance(part, Table):
            content, files = table_html(part), f"{part.name}.csv"
        else:
            content, files = f"<figure>\n{pictures[part.name]}</figure>", f"{part.name}.svg, {part.name}.csv"
        note = (
            f'<p class="note">{_prose(part.note)}</p>\n' if part.note and part.note not in notes[number + 1 :] else ""
        )
        heading = "" if number else f"<h2>{words(part.title)}</h2>\n"
        head = heading + ("" if number and part.setting == parts[number - 1].setting else setting)
        shown.append(f'<div id="{part.name}">\n{head}{content}\n{note}<p class="files">{files}</p>\n</div>')
    return "<section>\n" + "\n".join(shown) + "\n</section>"


def _brief(setting: str) -> str:
    """Return the sentences of a setting up to their colon; the page says the rest at its head."""
    return " ".join(re.sub(r":[^.]*\.", ".", f"{sentence}.") for sentence in re.findall(r"[^.]+", setting)).strip()


def _prose(text: str) -> str:
    """Return text for the page; what stands between back quotes is a name."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", words(text))


def _setting(setting: str) -> str:
    return f'<p class="setting">{words(setting[0].upper() + setting[1:])}</p>\n' if setting else ""


def _listed(values: Mapping[str, Any]) -> str:
    """Return names and values as a list, lists inside lists."""
    if not values:
        return "<p>\N{EN DASH}</p>"
    rows = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            shown = _listed(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            shown = words(", ".join(str(item) for item in value))
        else:
            shown = words(f"{value:g}" if isinstance(value, float) else str(value))
        rows.append(f"<dt>{words(str(name).replace('_', ' '))}</dt><dd>{shown}</dd>")
    return "<dl>\n" + "\n".join(rows) + "\n</dl>"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _plain(value: Any) -> Any:
    """Return what JSON can hold: unknown numbers as null, anything else that it does not know as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as file:
        file.write(text.encode())
