"""The boards of a study, from exactly the answers that go out with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluations.definitions.models import Criterion, DefinitionVersion
from evaluations.exchange.studies.records import Record
from evaluations.exchange.studies.study import Study
from evaluations.exchange.studies.terms import study_findings, versions_of
from evaluations.judgments.models import Way
from evaluations.leaderboards.boards.reliability import agreement_by_group
from evaluations.leaderboards.boards.standings import Groups, Question
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.snapshots.boards import board_of
from evaluations.leaderboards.snapshots.matrix import EVERY_ROW, matrix_of_rows
from evaluations.leaderboards.snapshots.rows import (
    each_answer_named,
    findings_named,
    outputs_named,
)

ROADS = ("computed", "direct")
WORDS_ALONE = ("name", "in_doubt", "graded_by", "judgments")


@dataclass(frozen=True)
class StudyBoard:
    """One definition's board on a study: its records, as the site's own files have them."""

    version: DefinitionVersion
    road: str
    records: list[dict[str, Any]]


def counted_answers(study: Study) -> list[int]:
    """Keys of the answers that boards count unless they are asked otherwise."""
    rows = study.answers.current().not_apart().filter(is_holistic=False, judge__kind="person")
    rows = rows.filter(judgment__blind=True).exclude(judgment__way=Way.CHOSEN).order_by()
    return sorted(rows.values_list("pk", flat=True))


def matrix_of(study: Study) -> Matrix:
    """The study's outputs with these answers and the findings that concern them."""
    outputs = study.outputs.distinct_samples().order_by()
    made = matrix_of_rows(
        answers=each_answer_named(counted_answers(study)),
        findings=findings_named(study_findings(study).values_list("pk", flat=True)),
        outputs=outputs_named(outputs.values_list("pk", flat=True)),
    )
    keys = Criterion.objects.filter(process=True).values_list("key", flat=True)
    made.process = frozenset(keys)
    return made


def boards_of(study: Study, made: Matrix) -> Iterator[StudyBoard]:
    """A board of each definition that was asked anywhere, by its rule and as it is worded."""
    for version in versions_of(study):
        for road in ROADS:
            if road == "direct" and version.pk not in made.direct:
                continue
            board = board_of(version, made, Question(selection=EVERY_ROW, road=road))
            if any(record["n"] for record in board.rows["records"]):
                yield StudyBoard(version, road, board.rows["records"])


def board_lines(boards: list[StudyBoard]) -> Iterator[Record]:
    """A row of a board a line, the highest rank first."""
    for board in boards:
        for record in board.records:
            kept = {name: value for name, value in record.items() if name != "in_doubt"}
            yield {**kept, "road": board.road}


def agreement_lines(study: Study, made: Matrix) -> Iterator[Record]:
    """How far judges agree on each question, over all outputs of the study."""
    places = np.arange(made.size)
    everything = Groups(places, np.zeros(made.size, np.intp), [0], [0])
    for key, meaning in sorted({*made.on_outputs, *made.on_prompts}):
        asked = (("output", key, meaning), ("prompt", key, meaning))
        ((alpha, items, values, raw),) = agreement_by_group(made, asked, EVERY_ROW, everything)
        yield {
            "criterion": key,
            "meaning": meaning,
            "alpha": alpha,
            "alpha_items": items,
            "alpha_values": values,
            "raw_agreement": raw.share,
        }


def matrix_rows(boards: list[StudyBoard]) -> tuple[list[str], list[dict[str, Any]]]:
    """The shares at a glance: columns, and a row for each definition by its rule."""
    columns = ["definition", "definition_version"]
    rows = []
    for board in boards:
        if board.road != "computed":
            continue
        row: dict[str, Any] = {
            "definition": board.version.definition.slug,
            "definition_version": board.version.number,
        }
        for record in sorted(board.records, key=lambda each: (each["model"], each["recipe"])):
            called = f"{record['model']} + {record['recipe']}"
            columns += [name for name in (called, f"{called}, n") if name not in columns]
            row |= {called: record["share"], f"{called}, n": record["n"]}
        rows.append(row)
    return columns, rows
