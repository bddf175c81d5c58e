"""The graders by name, and what they say of a text or of a whole reply."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from evaluations.grading import choice, contains, exact, numeric
from evaluations.grading.grade import Grade, UnknownGrader, UnusableReference, wrong
from evaluations.grading.statement import Statement, statement
from evaluations.inference.answer import AnswerSpan, find_answer, find_statement
from evaluations.inference.thought import Tags


class CheckReference(Protocol):
    def __call__(self, reference: str) -> None: ...


class GradeStatement(Protocol):
    def __call__(self, stated: Statement, reference: str) -> Grade: ...


class Grader(NamedTuple):
    """`version` rises with any change that could grade a reply differently."""

    title: str
    version: int
    check_reference: CheckReference
    grade: GradeStatement


GRADERS: Final[Mapping[str, Grader]] = MappingProxyType(
    {
        name: Grader(title, module.VERSION, module.check_reference, module.grade)
        for name, title, module in (
            ("numeric", "numeric equivalence", numeric),
            ("exact", "exact text", exact),
            ("choice", "choice letter", choice),
            ("contains", "short answer in a sentence", contains),
        )
    }
)
_STATED: Final = (
    *("{}", "Answer: {}", "**Answer:** {}", "The answer is {}.", "\\boxed{{{}}}"),
    *("### Answer\n\n{}", "<answer>{}</answer>", "The final answer is: {}\n\nThat took 3 steps."),
)
"""Ways to state an answer in which a reference must be recognised."""


def check_reference(grader: str, reference: str) -> None:
    """Raise UnknownGrader, or UnusableReference where not even the reference itself would be right.

    That is tried: stated behind each kind of marker, the reference must be graded 1.
    """
    found = _grader(grader)
    found.check_reference(reference)
    balanced = reference.count("{") == reference.count("}")
    for form in _STATED if balanced else [form for form in _STATED if "boxed" not in form]:
        text = form.format(reference)
        span = find_statement(text)
        unmarked = form != "{}" and span.how == "last-line"
        if unmarked or found.grade(statement(text, span), reference).score < 1:
            said = text.replace("\n", " ")
            raise UnusableReference(
                f"the reference {reference!r} is not recognised by the grader {grader!r} in an "
                f"answer that says “{said}”"
            )


def grade(grader: str, text: str, reference: str) -> Grade:
    """Score a text that is all answer against the reference: 1 right, 0 wrong or unreadable.

    Any text is graded, in time linear in its length. Raises UnknownGrader for a name not in
    `GRADERS`, and UnusableReference where the grader cannot read the reference.
    """
    return _graded(grader, text, find_statement(text), reference)


def grade_reply(
    grader: str,
    text: str,
    strategy: str,
    reference: str,
    *,
    thinking: bool = False,
    finished: bool = True,
    own: Tags | None = None,
) -> Grade:
    """Score a model's whole reply; this is what is stored with an output.

    The answer is looked for behind the thought, as `evaluations.inference.answer` finds it. Raises
    as `grade` does.
    """
    span = find_answer(text, strategy, thinking=thinking, finished=finished, own=own)
    return _graded(grader, text, span, reference)


def _graded(grader: str, text: str, span: AnswerSpan, reference: str) -> Grade:
    found = _grader(grader)
    found.check_reference(reference)
    stated = statement(text, span)
    if not stated.text.strip():
        return replace(wrong("", "the answer is empty"), span=span)
    return replace(found.grade(stated, reference), span=span)


def _grader(name: str) -> Grader:
    try:
        return GRADERS[name]
    except KeyError:
        known = ", ".join(GRADERS)
        raise UnknownGrader(f"no grader is called {name!r}; there are {known}") from None
