"""What is stored as the grade of an output, whether it was just written or is graded anew."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from evaluations.grading import GRADERS, GradingError, grade_reply
from evaluations.grading import grade as grade_text
from evaluations.inference.answer import ANSWER_VERSION
from evaluations.inference.thought import Tags
from evaluations.runs.models import Grade, Output

LONGEST_NOTE = 200


class Graded(NamedTuple):
    """The columns of a grade; no `grader` where the prompt has none."""

    grader: str = ""
    grader_version: int | None = None
    answer_version: int | None = None
    start: int | None = None
    end: int | None = None
    how: str = ""
    score: float | None = None
    note: str = ""


def graded(
    *,
    grader: str,
    reference: str,
    text: str,
    answer: str,
    strategy: str,
    stop_reason: str,
    environment: Mapping[str, Any],
) -> Graded:
    """The grade of an output, by the versions of this code.

    The answers of imported outputs came apart, so they are graded without a place in the text.
    """
    if grader not in GRADERS:
        return Graded(grader, note=f"not graded: no grader is called {grader}" if grader else "")
    made = Graded(grader, GRADERS[grader].version, ANSWER_VERSION)
    imported = "imported_from" in environment
    tags = environment.get("thought_tags")
    try:
        if imported:
            found = grade_text(grader, answer, reference)
        else:
            found = grade_reply(
                grader,
                text,
                strategy,
                reference,
                thinking=bool(environment.get("thought_opened")),
                finished=stop_reason == "stop",
                own=Tags(*map(tuple, tags)) if tags else None,
            )
    except GradingError as error:
        return made._replace(note=f"not graded: {error}"[:LONGEST_NOTE])
    made = made._replace(score=found.score, note=found.note[:LONGEST_NOTE])
    if imported:
        return made
    return made._replace(start=found.span.start, end=found.span.end, how=found.span.how)


def graded_output(output: Output) -> Graded:
    """The grade of a stored output; reads its prompt, recipe and environment."""
    return graded(
        grader=output.prompt.grader,
        reference=output.prompt.reference,
        text=output.text,
        answer=output.answer,
        strategy=output.run.recipe.strategy,
        stop_reason=output.stop_reason,
        environment=output.environment.data if output.environment else {},
    )


def graded_as(grade: Grade) -> Graded:
    """The columns of a stored grade."""
    return Graded(*(getattr(grade, name) for name in Graded._fields))
