"""Prompts as CSV and as JSON Lines: reading what somebody wrote, and writing what is stored.

A file that was written here is read again as the same prompts.
"""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evaluations.common.tables import RISKY
from evaluations.prompts.drafts import TOO_DEEP, Draft, drafted, in_a_row, unstorable
from evaluations.prompts.models import Prompt

COLUMNS: Final = (
    "title", "text", "reference", "grader", "parameters", "family", "relation", "licence", "note",
    "origin",
)  # fmt: skip
FILE_COLUMNS: Final = ("slug", *COLUMNS)
OBJECTS: Final = ("parameters", "origin")
"""Columns that hold a JSON object."""
ALSO_CALLED: Final = {"prompt": "text", "question": "text", "answer": "reference"}
PASSED_OVER: Final = frozenset({"slug", "prompt_set", "outputs"})
"""Columns of files that are written here which say nothing of a new prompt."""
MOST_PROMPTS: Final = 1000
MOST_BYTES: Final = 2_000_000
"""Of a text as a form sends it: in UTF-8, with two bytes for the end of a line."""
# One limit for the whole process; a whole text is bounded before the module csv sees it.
csv.field_size_limit(max(csv.field_size_limit(), MOST_BYTES))
DELIMITERS: Final = (",", ";", "\t")
TEMPLATE: Final[tuple[dict[str, Any], ...]] = (
    {
        "title": "Apples in a basket",
        "text": "Ada has 3 apples and buys 4 more. How many apples does she have?",
        "reference": "7",
        "grader": "numeric",
        "family": "apples",
        "relation": "original",
        "note": "Lines without a family, a grader or a reference leave these cells empty.",
    },
    {
        "title": "Apples in a basket, two of them green",
        "text": "Ada has 3 apples and buys 4 more. 2 of them are green. How many apples does she "
        "have?",
        "reference": "7",
        "grader": "numeric",
        "family": "apples",
        "relation": "irrelevant-clause",
        "note": "The green apples change nothing.",
    },
)
"""Two lines that show what goes where."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line is no prompt. Lines count from 1; a prompt over several has that of its first."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Read:
    """The prompts of a text, each with its line, and the lines that are none."""

    drafts: list[Draft]
    lines: list[int]
    refused: list[Refused]


def read(text: str) -> Read:
    """The prompts that a text holds as CSV with a head line, or as JSON Lines."""
    found = Read([], [], [])
    text = text.removeprefix("\ufeff")
    if (size := bytes_of(text)) > MOST_BYTES:
        sentence = f"It has {size:,} bytes in UTF-8; {MOST_BYTES:,} are the most at once."
        return Read([], [], [Refused(1, sentence)])
    if not text.strip():
        return Read([], [], [Refused(1, "There is nothing in it.")])
    lines = json_lines(text) if text.lstrip().startswith("{") else csv_lines(text)
    for line, fields in lines:
        if len(found.drafts) == MOST_PROMPTS:
            sentence = f"{MOST_PROMPTS:,} prompts are the most at once; the rest was not read."
            found.refused.append(Refused(line, sentence))
            break
        if isinstance(fields, str):
            found.refused.append(Refused(line, fields))
        else:
            found.drafts.append(drafted(**fields))
            found.lines.append(line)
    if not found.drafts and not found.refused:
        found.refused.append(Refused(1, "It has a head line and no prompt."))
    return found


def bytes_of(text: str) -> int:
    lines = text.replace("\r\n", "\n")
    return len(lines.encode("utf-8", "surrogatepass")) + lines.count("\n")


def csv_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line's number with the fields of its prompt, or with why it is none."""
    head_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=head_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    head: list[str] = []
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"From here on it is no CSV: {error}."
            return
        at, line = line, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if not head:
            head = [column_of(cell) for cell in cells]
            if why := head_fault(head):
                yield at, why
                return
        elif len(cells) > len(head):
            yield at, f"It has {len(cells)} cells, and the head line names {len(head)} columns."
        else:
            yield at, from_cells(dict(zip(head, map(unguarded, cells), strict=False)))


def column_of(name: str) -> str:
    name = name.strip().lower()
    return ALSO_CALLED.get(name, name)


def head_fault(head: list[str]) -> str:
    """Why a head line names no prompts; empty where it does."""
    if unknown := [name for name in head if name not in {*COLUMNS, *PASSED_OVER}]:
        return f"The head line names “{unknown[0]}”. The columns are {in_a_row(COLUMNS)}."
    if twice := [name for name in head if head.count(name) > 1]:
        return f"The head line names “{twice[0]}” twice."
    if "text" not in head:
        return f"The head line does not name “text”. The columns are {in_a_row(COLUMNS)}."
    return ""


def from_cells(cells: Mapping[str, str]) -> dict[str, Any] | str:
    """The fields of a line of CSV, of which some are JSON; or why it has none."""
    fields: dict[str, Any] = {name: cells.get(name, "") for name in COLUMNS}
    for name in OBJECTS:
        fields[name], why = parsed(fields[name].strip() or "{}")
        if why:
            return f"“{name}” {why}."
        if not isinstance(fields[name], dict):
            return f"“{name}” is not a JSON object."
    return fields


def json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line's number with the fields of its prompt, or with why it is none."""
    for line, raw in enumerate(text.split("\n"), start=1):
        if not raw.strip():
            continue
        value, why = parsed(raw)
        yield line, f"It {why}." if why else from_object(value)


def parsed(written: str) -> tuple[Any, str]:
    """The value of a text of JSON; where it has none, the end of a sentence that says why."""
    try:
        return json.loads(written), ""
    except json.JSONDecodeError:
        return None, "is not JSON"
    except RecursionError:
        return None, TOO_DEEP
    except ValueError:
        digits = sys.get_int_max_str_digits()
        return None, f"holds a number with more than {digits:,} digits"


def from_object(value: Any) -> dict[str, Any] | str:
    """The fields of an object; or why it has none. Whole numbers are taken as they are written."""
    if not isinstance(value, dict):
        return "It is not a JSON object."
    if why := next(filter(None, map(unstorable, [*value.keys(), *value.values()])), ""):
        return f"It {why}."
    fields: dict[str, Any] = {}
    for key, held in value.items():
        name = column_of(key)
        if name in PASSED_OVER:
            continue
        if name not in COLUMNS:
            return f"It has “{key}”. The columns are {in_a_row(COLUMNS)}."
        if name in fields:
            return f"It has “{name}” twice."
        if name in OBJECTS:
            if held is not None and not isinstance(held, dict):
                return f"“{name}” is not a JSON object."
        elif isinstance(held, int) and not isinstance(held, bool):
            held = str(held)
        elif held is not None and not isinstance(held, str):
            return f"“{key}” is not text."
        fields[name] = held
    if "text" not in fields:
        return "It has no “text”."
    return fields


def record_of(prompt: Prompt, reference: str) -> dict[str, Any]:
    """A prompt that was read with its family, as a line of a file.

    Args:
        reference: the right answer, empty for who may not read it; then its grader is too, with
            what it is told.
    """
    draft = Draft.of(prompt)
    record = {name: getattr(draft, name) for name in COLUMNS}
    if not reference:
        record |= {"reference": "", "grader": "", "parameters": {}}
    return {"slug": prompt.slug, **record}


def in_cells(record: Mapping[str, Any]) -> dict[str, str]:
    """A record as the cells of a CSV file, before spreadsheets are kept from running them."""
    written = {
        name: json.dumps(record[name], ensure_ascii=False, sort_keys=True)
        if record.get(name)
        else ""
        for name in OBJECTS
    }
    return {name: guarded(value) for name, value in {**record, **written}.items()}


def guarded(cell: str) -> str:
    """A cell whose own apostrophe will not be taken for the one that keeps a formula from running.

    `csv_cell` puts one before what a spreadsheet would run; `unguarded` takes it off again.
    """
    return f"'{cell}" if cell.startswith("'") and cell.lstrip("'").startswith(RISKY) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(RISKY) else cell


def as_json_lines(records: Iterable[Mapping[str, Any]]) -> str:
    """A line for each record, without what is empty."""
    return "".join(
        json.dumps({k: v for k, v in record.items() if v}, ensure_ascii=False) + "\n"
        for record in records
    )
