"""Which of several replies a plan keeps: what most of them answer, or what a grader likes best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.grading.exact import normal_form
from evaluations.grading.grade import GradingError
from evaluations.grading.numeric import stated_number
from evaluations.grading.parameters import NONE, Parameters
from evaluations.grading.registry import grade_reply
from evaluations.grading.statement import statement, undecorated
from evaluations.inference.answer import find_answer
from evaluations.inference.plans import Done

CHOOSING_VERSION = 2


@dataclass(frozen=True)
class Choice:
    """Which reply is kept, from 0, and why. `tied` are the replies that would do as well.

    `found` says of each reply what it counted as: its answer, or its score; None where it gave
    none.
    """

    kept: int
    found: list[str | float | None]
    tied: list[int]
    note: str = ""


def majority(replies: Sequence[Done], strategy: str) -> Choice:
    """The first reply with the answer that most give (Wang et al. 2022, arXiv:2203.11171).

    Numbers are compared by value, other answers as words without case, articles and punctuation.
    A reply without an answer has no vote. Of answers with equally many the one that came first is
    kept, and the first replies of the others are tied with it.
    """
    found = [_answer(reply, strategy) for reply in replies]
    votes = Counter(answer for answer in found if answer is not None)
    if not votes:
        return Choice(0, list(found), [], "No reply gave an answer: the first is kept.")
    most = max(votes.values())
    leading = [answer for answer, count in votes.items() if count == most]
    kept, *tied = [found.index(answer) for answer in leading]
    return Choice(kept, list(found), tied)


def best(
    replies: Sequence[Done],
    strategy: str,
    *,
    grader: str,
    reference: str,
    parameters: Parameters = NONE,
) -> Choice:
    """The first reply that a grader scores highest; the others with that score are tied.

    One that cannot be graded, as where the grader takes too long, is not kept while another is.
    """
    scores: list[float | None] = []
    faults: list[str] = []
    for reply in replies:
        try:
            grade = grade_reply(
                grader,
                reply.whole,
                strategy,
                reference,
                parameters,
                thinking=reply.thinking,
                finished=reply.stop_reason == "stop",
                own=reply.own,
            )
        except GradingError as error:
            faults.append(str(error))
            scores.append(None)
        else:
            scores.append(grade.score)
    if len(faults) == len(scores):
        return Choice(0, [*scores], [], f"Not graded: {faults[0]}. The first is kept.")
    top = max(score for score in scores if score is not None)
    kept, *tied = [number for number, score in enumerate(scores) if score == top]
    note = ""
    if faults:
        note = f"Of {len(scores)} replies {len(faults)} could not be graded: {faults[0]}."
    return Choice(kept, [*scores], tied, note)


def _answer(reply: Done, strategy: str) -> str | None:
    span = find_answer(
        reply.whole,
        strategy,
        thinking=reply.thinking,
        finished=reply.stop_reason == "stop",
        own=reply.own,
    )
    stated = statement(reply.whole, span)
    if (number := stated_number(stated)) and number.value is not None:
        return str(number.value)
    first = undecorated(next(iter(stated.sentences()), ""))
    # A choice letter "A" is an article to the normal form.
    return normal_form(first) or first.strip().casefold() or None
