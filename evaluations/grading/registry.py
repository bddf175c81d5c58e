"""The graders by name, and what they say of a text or of a whole reply."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol

from evaluations.grading import (
    choice,
    combination,
    constraint,
    contains,
    exact,
    item_list,
    math_verify,
    numeric,
    reasoning_gym,
    regex,
    simulator,
)
from evaluations.grading.grade import Grade, NotGraded, UnknownGrader, UnusableReference, wrong
from evaluations.grading.parameters import NONE, Parameter, Parameters, checked
from evaluations.grading.statement import Statement, statement
from evaluations.inference.answer import AnswerSpan, find_answer, find_statement, whole_list
from evaluations.inference.thought import Tags


class CheckReference(Protocol):
    def __call__(self, reference: str, parameters: Parameters) -> None: ...


class GradeStatement(Protocol):
    def __call__(self, stated: Statement, reference: str, parameters: Parameters) -> Grade: ...


_STATED: Final = (
    *("{}", "Answer: {}", "**Answer:** {}", "The answer is {}.", "\\boxed{{{}}}"),
    *("### Answer\n\n{}", "<answer>{}</answer>", "The final answer is: {}\n\nThat took 3 steps."),
)
"""Ways to state an answer in which a reference must be recognised."""
_AS_IT_IS: Final = ("{}",)
"""For answers of several lines, and those of which the very wording counts."""


class Grader(NamedTuple):
    """`version` rises with any change that could grade a reply differently.

    `over_lines` is for answers that are lists: the lines that belong to one are read together.
    What is `apart` works in a process of its own, which costs more and may time out. Without
    `grade` an answer is graded part by part.
    """

    title: str
    version: int
    check_reference: CheckReference
    grade: GradeStatement | None
    parameters: tuple[Parameter, ...] = ()
    stated: tuple[str, ...] = _STATED
    over_lines: bool = False
    apart: bool = False


def _without_parameters(
    check: Callable[[str], None], grades: Callable[[Statement, str], Grade]
) -> tuple[CheckReference, GradeStatement]:
    return (
        lambda reference, parameters: check(reference),
        lambda stated, reference, parameters: grades(stated, reference),
    )


def _check_parts(reference: str, parameters: Parameters) -> None:
    for part in combination.parts_of(parameters):
        check_reference(part.grader, part.reference, part.parameters)


_SINGLE: Final = (
    {
        "numeric": Grader(
            "numeric equivalence", numeric.VERSION, numeric.check_reference, numeric.grade,
            numeric.PARAMETERS,
        ),
        **{
            name: Grader(
                title, module.VERSION, *_without_parameters(module.check_reference, module.grade)
            )
            for name, title, module in (
                ("exact", "exact text", exact),
                ("choice", "choice letter", choice),
                ("contains", "short answer in a sentence", contains),
            )
        },
        "regex": Grader(
            "pattern", regex.VERSION, regex.check_reference, regex.grade, regex.PARAMETERS,
            apart=True,
        ),
        "list": Grader(
            "list of items", item_list.VERSION, item_list.check_reference, item_list.grade,
            item_list.PARAMETERS, _AS_IT_IS, over_lines=True,
        ),
        "constraint": Grader(
            "rules to keep", constraint.VERSION, constraint.check_reference, constraint.grade,
            constraint.PARAMETERS, _AS_IT_IS,
        ),
        "simulator": Grader(
            "moves in a simulated world", simulator.VERSION, simulator.check_reference,
            simulator.grade, simulator.PARAMETERS, _AS_IT_IS, over_lines=True,
        ),
        "math-verify": Grader(
            "expression in LaTeX", math_verify.VERSION, math_verify.check_reference,
            math_verify.grade, math_verify.PARAMETERS, ("{}", "Answer: {}", "The answer is {}."),
            apart=True,
        ),
        "reasoning-gym": Grader(
            "verifier of reasoning-gym", reasoning_gym.VERSION, reasoning_gym.check_reference,
            reasoning_gym.grade, reasoning_gym.PARAMETERS, _AS_IT_IS, over_lines=True, apart=True,
        ),
    }
)  # fmt: skip
GRADERS: Final[Mapping[str, Grader]] = MappingProxyType(
    {
        **_SINGLE,
        combination.NAME: Grader(
            "several graders",
            # It changes with each of its parts.
            combination.VERSION + sum(grader.version for grader in _SINGLE.values()),
            _check_parts, None, combination.PARAMETERS, _AS_IT_IS, apart=True,
        ),
    }
)  # fmt: skip


def check_reference(grader: str, reference: str, parameters: Parameters = NONE) -> None:
    """Refuse what a prompt could not be graded by.

    That is tried: stated behind each kind of marker, the reference must be graded 1.

    Raises:
        UnknownGrader: for a name not in `GRADERS`.
        BadParameters: where the grader cannot work with what it is told.
        UnusableReference: where not even the reference itself would be right.
        NotGraded: where the grader needs what is not installed here, or takes too long.
    """
    found = _grader(grader)
    found.check_reference(reference, checked(parameters, found.parameters))
    balanced = reference.count("{") == reference.count("}")
    for form in found.stated if balanced else [f for f in found.stated if "boxed" not in f]:
        text = form.format(reference)
        span = find_statement(text)
        unmarked = form != "{}" and span.how == "last-line"
        if unmarked or _graded(grader, text, span, reference, parameters).score < 1:
            said = text.replace("\n", " ")
            raise UnusableReference(
                f"the reference {reference!r} is not recognised by the grader {grader!r} in an "
                f"answer that says “{said}”"
            )


def grade(grader: str, text: str, reference: str, parameters: Parameters = NONE) -> Grade:
    """Score a text that is all answer against the reference: 1 right, 0 wrong or unreadable.

    Any text is graded, in time linear in its length, or in a process that is killed at its limit.

    Raises:
        UnknownGrader: for a name not in `GRADERS`.
        BadParameters: where the grader cannot work with what it is told.
        UnusableReference: where the grader cannot read the reference.
        NotGraded: where nothing can be said of this text, such as TimedOut.
    """
    check_told(grader, reference, parameters)
    return _graded(grader, text, find_statement(text), reference, parameters)


def grade_reply(
    grader: str,
    text: str,
    strategy: str,
    reference: str,
    parameters: Parameters = NONE,
    *,
    thinking: bool = False,
    finished: bool = True,
    own: Tags | None = None,
) -> Grade:
    """Score a model's whole reply; this is what is stored with an output.

    The answer is looked for behind the thought, as `evaluations.inference.answer` finds it. Raises
    as `grade` does.
    """
    check_told(grader, reference, parameters)
    span = find_answer(text, strategy, thinking=thinking, finished=finished, own=own)
    return _graded(grader, text, span, reference, parameters)


def check_told(grader: str, reference: str, parameters: Parameters) -> None:
    """Raise as `grade` does for what the grader is told; tries nothing in another process."""
    found = _grader(grader)
    told = checked(parameters, found.parameters)
    if not found.apart:
        found.check_reference(reference, told)


def _graded(
    grader: str, text: str, span: AnswerSpan, reference: str, parameters: Parameters
) -> Grade:
    found = _grader(grader)
    told = checked(parameters, found.parameters)
    if found.grade is None:
        return replace(_by_parts(text, span, told), span=span)
    if found.over_lines:
        span = whole_list(text, span)
    stated = statement(text, span)
    if not stated.text.strip():
        return replace(wrong("", "the answer is empty"), span=span)
    return replace(found.grade(stated, reference, told), span=span)


def _by_parts(text: str, span: AnswerSpan, told: dict[str, Any]) -> Grade:
    parts = combination.parts_of(told)
    grades: list[Grade | NotGraded] = []
    for part in parts:
        check_told(part.grader, part.reference, part.parameters)
        try:
            grades.append(_graded(part.grader, text, span, part.reference, part.parameters))
        except NotGraded as why:
            grades.append(why)
    return combination.joined(parts, grades, told["how"])


def _grader(name: str) -> Grader:
    try:
        return GRADERS[name]
    except KeyError:
        known = ", ".join(GRADERS)
        raise UnknownGrader(f"no grader is called {name!r}; there are {known}") from None
