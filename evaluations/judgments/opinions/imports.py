"""Opinions of model judges that were asked elsewhere, as CSV or JSON Lines: what a line says."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from evaluations.definitions.models import CriterionVersion, Level
from evaluations.judgments.models import ImportedOpinion, Value
from evaluations.prompts.drafts import unstorable
from evaluations.prompts.files import bytes_of
from evaluations.runs.models import Output

COLUMNS: Final = ("output", "criterion", "answer", "judge", "sample")
MOST_BYTES: Final = settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 9 // 10
"""Of a text as the form sends it, with two bytes for the end of a line; the rest is the form's."""
MOST_JUDGMENTS: Final = 500
MOST_LINES: Final = 20_000
MOST_SAMPLE: Final = 1000
MOST_NAME: Final = 80
TOO_MANY: Final = (
    f"{MOST_JUDGMENTS} outputs with new answers are the most at once, of each judge counted anew; "
    "send the rest in another file."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One answer of one sample. Lines count from 1."""

    line: int
    output: int
    criterion: str
    answer: str
    judge: str
    sample: int

    @property
    def asked(self) -> tuple[str, int, str, int]:
        """What can be answered once only."""
        return self.judge, self.output, self.criterion, self.sample


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line is no opinion."""

    line: int
    sentence: str


@dataclass
class Read:
    """What a text holds: opinions that are new, how many are known, and the lines refused."""

    new: list[Line]
    known: int
    refused: list[Refused]
    wordings: dict[str, CriterionVersion]

    @property
    def judges(self) -> list[str]:
        return sorted({line.judge for line in self.new})

    @property
    def outputs(self) -> int:
        return len({line.output for line in self.new})

    @property
    def samples(self) -> int:
        """The most samples of one output by one judge."""
        return max((line.sample for line in self.new), default=0)


def read(text: str) -> Read:
    """Read a text and compare it with what is stored. Makes three queries.

    Refused are lines in another form, about outputs that are not public or written and criteria
    that judges do not answer about outputs, and lines that contradict another or what was
    imported before. What was imported before with the same answer is known, and adds nothing.
    """
    return compared(*parsed(text))


def parsed(text: str) -> tuple[list[Line], list[Refused]]:
    """The lines of a text by themselves, and those in another form. No queries."""
    lines: list[Line] = []
    refused: list[Refused] = []
    if bytes_of(text) > MOST_BYTES:
        refused.append(Refused(1, f"It has more than {MOST_BYTES:,} bytes."))
    else:
        for number, fields in fields_in(text.removeprefix("\ufeff")):
            found = fields if isinstance(fields, str) else line_of(number, fields)
            if isinstance(found, Line):
                lines.append(found)
            else:
                refused.append(Refused(number, found))
            if len(lines) > MOST_LINES:
                refused.append(Refused(number, f"{MOST_LINES:,} lines are the most at once."))
                break
    if not lines and not refused:
        refused.append(Refused(1, "There is no opinion in it."))
    return lines, refused


def compared(lines: list[Line], refused: list[Refused]) -> Read:
    """The lines against each other, and against outputs, criteria and earlier imports."""
    outputs = set(
        Output.objects.written()
        .filter(pk__in={line.output for line in lines})
        .filter(run__visibility="public", run__purpose="answers")
        .values_list("pk", flat=True)
    )
    keys = {line.criterion for line in lines}
    wordings = {
        wording.criterion.key: wording
        for wording in CriterionVersion.objects.for_keys(list(keys)).filter(
            criterion__answered_by="judge", criterion__level=Level.OUTPUT
        )
    }
    stored = {
        (name, output, criterion, sample): value
        for name, output, criterion, meaning, sample, value in ImportedOpinion.objects.filter(
            output__in=outputs, judge__name__in={line.judge for line in lines}
        ).values_list(
            "judge__name",
            "output",
            "criterion_version__criterion__key",
            "criterion_version__meaning",
            "sample",
            "value",
        )
        if criterion in wordings and meaning == wordings[criterion].meaning
    }
    seen: dict[Any, Line] = {}
    new, known = [], 0
    judgments: set[tuple[str, int]] = set()
    for line in lines:
        earlier = seen.setdefault(line.asked, line)
        if line.output not in outputs:
            refused.append(Refused(line.line, f"There is no public output {line.output}."))
        elif line.criterion not in wordings:
            sentence = f"“{line.criterion}” is no criterion that judges answer about outputs."
            refused.append(Refused(line.line, sentence))
        elif earlier is not line:
            refused.append(Refused(line.line, f"Line {earlier.line} is the same sample."))
        elif stored.get(line.asked, line.answer) != line.answer:
            sentence = f"This sample was imported before with the answer {stored[line.asked]}."
            refused.append(Refused(line.line, sentence))
        elif line.asked in stored:
            known += 1
        else:
            new.append(line)
            judgments.add((line.judge, line.output))
            if len(judgments) > MOST_JUDGMENTS:
                refused.append(Refused(line.line, TOO_MANY))
                break
    refused.sort(key=lambda each: each.line)
    return Read(new, known, refused, wordings)


def fields_in(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line's number with its fields, or with why it has none."""
    if text.lstrip().startswith("{"):
        yield from json_fields(text.split("\n"))
        return
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    head: list[str] = []
    line = 1
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"From here on it is no CSV: {error}."
            return
        at, line = line, rows.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if not head:
            head = [cell.strip().lower() for cell in cells]
            if missing := [name for name in COLUMNS[:4] if name not in head]:
                columns = ", ".join(COLUMNS)
                yield at, f"The head line lacks “{missing[0]}”. The columns are {columns}."
                return
        elif len(cells) != len(head):
            yield at, f"It has {len(cells)} cells, and the head line names {len(head)} columns."
        else:
            yield at, dict(zip(head, cells, strict=True))


def json_fields(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            yield number, "It is not JSON."
            continue
        yield number, value if isinstance(value, dict) else "It is not a JSON object."


def line_of(number: int, fields: dict[str, Any]) -> Line | str:
    """A line's opinion, or why it is none."""
    said = {name: str(fields.get(name) or "").strip() for name in COLUMNS}
    for name, value in said.items():
        if why := unstorable(value):
            return f"“{name}” {why}."
    answer = said["answer"].lower().replace(" ", "-")
    sample = said["sample"] or "1"
    if not is_count(said["output"], 10**18):
        return f"“{said['output'][:20]}” is no number of an output."
    if answer not in Value.values:
        return f"“{said['answer'][:20]}” is no answer: yes, partly, no or cannot-tell."
    if not said["judge"] or len(said["judge"]) > MOST_NAME:
        return f"Name the judge, in at most {MOST_NAME} letters."
    if not is_count(sample, MOST_SAMPLE):
        return f"“{sample[:20]}” is no number of a sample, 1 to {MOST_SAMPLE:,}."
    return Line(number, int(said["output"]), said["criterion"], answer, said["judge"], int(sample))


def is_count(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) <= most
