"""A frozen study: its files with every board, and what it takes to check and to cite them."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from evaluations import measures, rules
from evaluations.common.tables import csv_cell
from evaluations.exchange.studies import check_release, release_numbers
from evaluations.exchange.studies.archive import Archive, Place
from evaluations.exchange.studies.boards import (
    StudyBoard,
    agreement_lines,
    board_lines,
    boards_of,
    matrix_of,
    matrix_rows,
)
from evaluations.exchange.studies.study import Study
from evaluations.exchange.studies.writing import Report, write_study
from evaluations.leaderboards.snapshots.citations import SITE, entry

PURE: Final = {"rules": rules, "measures": measures}
"""The packages whose code goes along, unchanged."""


def write_frozen(
    study: Study,
    place: Place,
    *,
    site: str,
    report: Report | None = None,
    beside: Callable[[Archive, list[StudyBoard]], None] | None = None,
) -> dict[str, Any]:
    """Write a study as it is now with its boards, and give its manifest.

    Args:
        beside: writes what a release has beside these, from the boards.
    """

    def more(study: Study, archive: Archive) -> None:
        boards = add_boards(study, archive)
        add_code(archive)
        add_citation(study, archive, site)
        if beside is not None:
            beside(archive, boards)

    return write_study(study, place, site=site, report=report, more=more)


def add_boards(study: Study, archive: Archive) -> list[StudyBoard]:
    made = matrix_of(study)
    boards: list[StudyBoard] = list(boards_of(study, made))
    archive.add_lines("boards.jsonl", board_lines(boards))
    archive.add_lines("agreement.jsonl", agreement_lines(study, made))
    columns, rows = matrix_rows(boards)
    if rows:
        add_table(archive, "matrix.csv", columns, rows)
    return boards


def add_table(
    archive: Archive, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """A CSV file; what has no value is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(row.get(column)) for column in columns] for row in rows)
    archive.add_text(name, written.getvalue())


def add_code(archive: Archive) -> None:
    """The check, and the code that it calls: the numbers, the rules and the measures."""
    archive.add_text("check_release.py", Path(check_release.__file__).read_bytes())
    within = release_numbers.__name__.split(".")
    for depth in range(1, len(within)):
        archive.add_text(f"{'/'.join(within[:depth])}/__init__.py", "")
    numbers = Path(release_numbers.__file__).read_bytes()
    archive.add_text(f"{'/'.join(within)}.py", numbers)
    for name, package in PURE.items():
        for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            archive.add_text(f"evaluations/{name}/{path.name}", path.read_bytes())


def add_citation(study: Study, archive: Archive, site: str) -> None:
    """BibTeX, and CITATION.cff as GitHub and Zenodo read it."""
    day = timezone.now().date()
    address = f"{site}{study.path}"
    title = f"{study.title}: a study of {SITE}"
    author = study.by or SITE
    answers = archive.files.get("answers.jsonl", {})
    note = f"Frozen on {day.isoformat()}, {answers.get('lines', 0)} answers"
    if answers:
        note += f"; SHA-256 of answers.jsonl {answers['sha256']}"
    key = f"bywhatdefinition-{study.name}-{day.isoformat()}"
    cited = entry(key, title=title, author=author, day=day, address=address, note=note)
    archive.add_text("citation.bib", cited)
    archive.add_text("CITATION.cff", citation_file(title, author, day, address, note))


def citation_file(title: str, author: str, day: dt.date, address: str, note: str) -> str:
    """Each value is a JSON string, which YAML reads as it stands."""
    values = {
        "message": "Please cite this study as below.",
        "title": title,
        "date-released": day.isoformat(),
        "license": "CC-BY-4.0",
        "notes": note,
    }
    lines = ["cff-version: 1.2.0", "type: dataset"]
    lines += [f"{name}: {quoted(value)}" for name, value in values.items() if name != "notes"]
    if address.startswith("http"):
        lines.append(f"url: {quoted(address)}")
    lines += ["authors:", f"  - name: {quoted(author)}", f"abstract: {quoted(note)}"]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
