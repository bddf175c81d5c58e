"""A board made from named rows alone, whatever became of them since."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge, JudgeKind
from evaluations.leaderboards.boards.rows import BY
from evaluations.leaderboards.boards.sharpened import Refusals
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.matrix.answers import (
    MODEL,
    PERSON,
    SERVED,
    Answers,
    Selection,
)
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.snapshots.boards import FrozenBoard, board_of
from evaluations.leaderboards.snapshots.rows import AnswerRow, Evidence, FindingRow, OutputRow
from evaluations.rules import CODES
from evaluations.rules.absence import WITHHELD

EVERY_ROW = Selection()
"""The rows were selected one by one: each stands as a person's blind answer, or, where model
judges sharpened a board of people, theirs as a model's."""

Placed = dict[Any, "array[int]"]
"""Answers by column, or by version: of each four numbers, the place of what it is about, its judge,
its code and its key. A study has half a million, which take too much memory as rows."""


def board_from(
    evidence: Evidence,
    version: DefinitionVersion,
    process: Iterable[str],
    how: Question,
    by: str = BY[0],
    frozen: Refusals | None = None,
) -> FrozenBoard:
    """The board that exactly these rows make.

    Args:
        version: with its definition and its pins.
        process: keys of the criteria that asked about the working.
        how: gives road, combination and sharpening only.
        by: what a row is, of `boards.BY`.
        frozen: which rows are not sharpened, and why: more than these rows say decided that.
    """
    made = matrix_from(evidence, model_judges(evidence) if how.sharpened else frozenset())
    made.process = frozenset(process)
    everything = Question(
        selection=EVERY_ROW, combine=how.combine, road=how.road, sharpened=how.sharpened
    )
    return board_of(version, made, everything, by, frozen or {})


def model_judges(evidence: Evidence) -> frozenset[int]:
    """The model judges among those who answered; makes one query."""
    judges = Judge.objects.filter(pk__in={row.judge_id for row in evidence.answers})
    return frozenset(judges.filter(kind=JudgeKind.MODEL).values_list("pk", flat=True))


def people_behind(evidence: Evidence, how: Question) -> dict[str, int]:
    """How many judgments and judges a board rests on; model judges that sharpen one of people are
    not among them. Makes a query only where it is sharpened."""
    apart = model_judges(evidence) if how.sharpened else frozenset()
    answers = [row for row in evidence.answers if row.judge_id not in apart]
    return {
        "judgments": len({row.judgment_id for row in answers}),
        "judges": len({row.judge_id for row in answers}),
    }


def matrix_from(evidence: Evidence, models: frozenset[int] = frozenset()) -> Matrix:
    """A matrix of these rows and no others.

    Args:
        models: the judges whose answers stand as those of models.
    """
    return matrix_of_rows(evidence.answers, evidence.findings, evidence.outputs, models)


def matrix_of_rows(
    answers: Iterable[AnswerRow],
    findings: Iterable[FindingRow],
    outputs: Sequence[OutputRow],
    models: frozenset[int] = frozenset(),
) -> Matrix:
    """The same of answers that are read once, and never all held."""
    output = integers(row.id for row in outputs)
    prompt = integers(row.prompt_id for row in outputs)
    prompts, prompt_index = np.unique(prompt, return_inverse=True)
    about_outputs, about_prompts, direct = placed(answers, places_of(output), places_of(prompts))
    return Matrix(
        output=output,
        prompt=prompt,
        model=integers(row.model_id for row in outputs),
        recipe=integers(row.recipe_id for row in outputs),
        run=integers(row.run_id for row in outputs),
        family=integers(row.family_id for row in outputs),
        prompt_set=integers(row.prompt_set_id for row in outputs),
        domain=np.array([row.domain for row in outputs], np.str_),
        written=np.array([row.state == "done" for row in outputs], np.bool_),
        withheld=np.array([row.trace_visibility in WITHHELD for row in outputs], np.bool_),
        grade=numbers(row.grade for row in outputs),
        graded_by=integers(row.graded_by for row in outputs),
        tokens=numbers(row.tokens_out for row in outputs),
        prompts=prompts,
        prompt_index=prompt_index,
        on_outputs={column: as_answers(rows, models) for column, rows in about_outputs.items()},
        on_prompts={column: as_answers(rows, models) for column, rows in about_prompts.items()},
        findings=[(row.column, row.subject, CODES[row.value]) for row in findings],
        direct={version: as_answers(rows, models) for version, rows in direct.items()},
    )


def places_of(keys: npt.NDArray[np.int64]) -> dict[int, int]:
    return {key: place for place, key in enumerate(keys.tolist())}


def placed(
    answers: Iterable[AnswerRow], outputs: dict[int, int], prompts: dict[int, int]
) -> tuple[Placed, Placed, Placed]:
    """Answers by column, about outputs and about prompts, and direct ones by version."""
    about_outputs: Placed = {}
    about_prompts: Placed = {}
    direct: Placed = {}
    for row in answers:
        on_output = row.output_id is not None
        subject = row.output_id if on_output else row.prompt_id
        place = (outputs if on_output else prompts).get(subject or 0)
        if place is None:
            continue  # what it is about was erased
        given = (place, row.judge_id, CODES[row.value], row.id)
        if row.definition_version_id is not None:
            direct.setdefault(row.definition_version_id, array("q")).extend(given)
        elif row.key is not None and row.meaning is not None:
            columns = about_outputs if on_output else about_prompts
            columns.setdefault((row.key, row.meaning), array("q")).extend(given)
    return about_outputs, about_prompts, direct


def as_answers(given: "array[int]", models: frozenset[int]) -> Answers:
    subject, judge, value, row = np.array(given, np.int64).reshape(-1, 4).T.copy()
    count = len(subject)
    return Answers(
        subject=subject,
        judge=judge,
        kind=np.where(np.isin(judge, list(models)), MODEL, PERSON).astype(np.int8),
        blind=np.ones(count, np.bool_),
        apart=np.zeros(count, np.bool_),
        way=np.full(count, SERVED, np.int8),
        value=value.astype(np.int8),
        row=row,
        protocol=np.zeros(count, np.int64),
        day=np.zeros(count, np.int64),
    )


def integers(values: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array(list(values), np.int64)


def numbers(values: Iterable[float | None]) -> npt.NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)
