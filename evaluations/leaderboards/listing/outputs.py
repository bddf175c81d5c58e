"""Which outputs answer what is asked of them: PostgreSQL knows what they are, the matrix what
definitions say of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet

from evaluations.common.searching import Found
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge, Judgment, Reveal
from evaluations.leaderboards.boards.standings import (
    VERDICT_OF,
    Question,
    matrix_for,
    outputs_with,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.runs.models import Output

NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Asked:
    """A definition, and what it is to say: a verdict, `NOT_ASKED`, or any verdict where empty."""

    version: DefinitionVersion
    verdict: str = ""


@dataclass(frozen=True)
class Filters:
    """What outputs are asked for: those that a board's question looks at, of these narrowed by
    the verdicts of definitions, words in them, how much of the working shows, and judged or not."""

    question: Question
    asked: tuple[Asked, ...] = ()
    words: str = ""
    trace: str = ""
    judged: str = ""

    @property
    def are_in_matrix(self) -> bool:
        """Whether the matrix of everybody knows all that is asked beside verdicts."""
        return self.question.beyond is None and not (self.words or self.trace or self.judged)


def is_judged() -> Exists:
    """Whether a judgment of an output stands that everybody may know of."""
    told = Judgment.objects.standing().under_what_is_told()
    return Exists(told.filter(output=OuterRef("pk")))


def by_what_they_are(filters: Filters) -> QuerySet[Output]:
    """Outputs that anybody may read, narrowed by all but verdicts; joins the run, at most the
    prompt and its set. Of a run that is named, all: a question names none that its asker may not
    read."""
    scope = filters.question.scope
    where = {
        "prompt__prompt_set__domain": scope.domain,
        "prompt__prompt_set": scope.prompt_set,
        "run__model": scope.model,
        "run__recipe": scope.recipe,
        "run": scope.run,
        "trace_visibility": filters.trace,
    }
    open_to_all = Output.objects.written() if scope.run else Output.objects.finished()
    found = open_to_all.filter(**{name: it for name, it in where.items() if it})
    if scope.people is False:
        found = found.filter(run__model__is_people=False)
    if filters.judged:
        found = found.filter(is_judged() if filters.judged == "yes" else ~is_judged())
    if filters.words:
        found = found.filter(Found(filters.words, "runs_output.search"))
    return found


def listed(filters: Filters) -> QuerySet[Output, int] | Sequence[int]:
    """Keys of the outputs, the newest first."""
    found = by_what_they_are(filters).order_by("-pk").values_list("pk", flat=True)
    if not filters.asked and not filters.words:
        return found
    if filters.asked:
        held = matrix_for(filters.question)
        here: Flags = np.logical_and.reduce(
            [verdict_is(asked, held, filters.question) for asked in filters.asked]
        )
        if filters.are_in_matrix:
            within = held.within(filters.question.scope) & held.written
            if filters.question.scope.people is False:
                within &= ~held.by_people
            known: list[int] = held.output[here & within][::-1].tolist()
            return known
    # All keys at once: to find a few of the newest, PostgreSQL would read every text there is.
    keys = sorted(found.order_by(), reverse=True)
    if not filters.asked:
        return keys
    chosen = set(held.output[here].tolist())
    return [key for key in keys if key in chosen]


def verdict_is(asked: Asked, held: Matrix, question: Question) -> Flags:
    """Outputs of the matrix of which a definition says what is asked, shape (outputs,)."""
    ruling = rule_on_outputs(asked.version, held, question)
    if asked.verdict == NOT_ASKED:
        return ~ruling.asked
    if not asked.verdict:
        return ruling.asked
    code = next(code for code, word in VERDICT_OF.items() if word == asked.verdict)
    said: Flags = ruling.asked & (ruling.verdicts == code)
    return said


def verdicts_for(filters: Filters) -> list[dict[int, str]]:
    """Of each definition that is asked, output to verdict, where its rule was asked."""
    held = matrix_for(filters.question)
    return [outputs_with(asked.version, held, filters.question) for asked in filters.asked]


def seen_by(judge: Judge | None, outputs: Iterable[int]) -> set[int]:
    """Those of some outputs that somebody judged, or whose answers they had shown to them.

    Makes two queries, none for somebody who never judged.
    """
    if judge is None:
        return set()
    these = {"judge": judge, "output__in": list(outputs)}
    judged = Judgment.objects.standing().filter(**these).values_list("output", flat=True)
    shown = Reveal.objects.filter(**these).values_list("output", flat=True)
    return {key for key in (*judged, *shown) if key is not None}
