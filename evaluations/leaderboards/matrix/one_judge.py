"""One judge alone in a matrix, and in which manners model judges were asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import Count, Q

from evaluations.judgments.models import ImportedOpinion, Opinion
from evaluations.leaderboards.matrix.answers import (
    Answers,
    Column,
    Combined,
    Integers,
    Kept,
    Selection,
)
from evaluations.leaderboards.matrix.columns import MOST_FIGURES, Matrix

Parts = Mapping[Column, Answers]


class Alone(Matrix):
    """A matrix in which one judge alone answered; the rest is the whole one's."""

    def __init__(self, whole: Matrix, on_outputs: Parts, on_prompts: Parts) -> None:
        self.whole, self.process = whole, whole.process
        self.on_outputs, self.on_prompts, self.direct = on_outputs, on_prompts, {}
        self.combined, self.rulings, self.figures = (Kept(MOST_FIGURES) for _ in range(3))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def found(self, column: Column) -> Combined:
        return self.whole.found(column)


def alone(matrix: Matrix, columns: Iterable[Column], selection: Selection) -> dict[int, Alone]:
    """A matrix for each judge whose answers to these columns a selection counts."""
    columns = set(columns)
    parts = [
        {column: held[column].counted(selection) for column in columns if column in held}
        for held in (matrix.on_outputs, matrix.on_prompts)
    ]
    given = [answers.judge for part in parts for answers in part.values()]
    judges = np.unique(np.concatenate([np.empty(0, np.int64), *given])).tolist()
    return {judge: Alone(matrix, *(of_judge(part, judge) for part in parts)) for judge in judges}


def of_judge(part: Parts, judge: int) -> Parts:
    return {column: answers.only(answers.judge == judge) for column, answers in part.items()}


Asked = tuple[Any, int | None, int | None]
"""A manner, with the output or the prompt about which was asked in it."""


def manners_of(judges: Sequence[int], keys: Sequence[str], matrix: Matrix) -> dict[int, Integers]:
    """Number of the manner in which each output was asked about, of those judges that were asked
    in several, shape (outputs,)."""
    current = Q(judgment__answers__is_current=True, judgment__answers__criterion__key__in=keys)
    here = Opinion.objects.filter(current, judge__in=judges).order_by()
    manner = ("judge", "prompt_version", "asked_as__run__recipe", "asked_as__run__samples")
    several: dict[int, int] = defaultdict(int)
    for judge, *_ in here.values_list(*manner).distinct():
        several[judge] += 1
    rows: dict[int, list[Asked]] = defaultdict(list)
    many = [judge for judge, count in several.items() if count > 1]
    if many:
        about = ("output", "judgment__answers__prompt")
        for judge, *way, output, prompt in (
            here.filter(judge__in=many).values_list(*manner, *about).distinct()
        ):
            rows[judge].append((tuple(way), output, prompt))
    samples = ImportedOpinion.objects.filter(
        judge__in=judges, criterion_version__criterion__key__in=keys
    )
    asked = samples.order_by().values_list("judge", "output", "criterion_version__criterion")
    for judge, output, criterion, count in asked.annotate(Count("pk")):
        rows[judge].append(((criterion, count), output, None))
    return {judge: numbered_manners(asked, matrix) for judge, asked in rows.items()}


def numbered_manners(asked: Iterable[Asked], matrix: Matrix) -> Integers:
    """A number for all the manners in which an output was asked about together."""
    outputs: dict[Any, list[int]] = defaultdict(list)
    prompts: dict[Any, list[int]] = defaultdict(list)
    for manner, output, prompt in asked:
        outputs[manner].append(output or 0)
        prompts[manner].append(prompt or 0)
    flags = [
        np.isin(matrix.output, outputs[manner]) | np.isin(matrix.prompt, prompts[manner])
        for manner in outputs
    ]
    _, number = np.unique(np.stack(flags), axis=1, return_inverse=True)
    return number.reshape(-1).astype(np.int64)
