"""The graders by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from evaluations.grading import choice, exact, numeric
from evaluations.grading.grade import Grade, UnknownGrader, wrong


class CheckReference(Protocol):
    def __call__(self, reference: str) -> None: ...


class GradeAnswer(Protocol):
    def __call__(self, answer: str, reference: str) -> Grade: ...


class Grader(NamedTuple):
    title: str
    check_reference: CheckReference
    grade: GradeAnswer


GRADERS: Final[Mapping[str, Grader]] = MappingProxyType(
    {
        "numeric": Grader("numeric equivalence", numeric.check_reference, numeric.grade),
        "exact": Grader("exact text", exact.check_reference, exact.grade),
        "choice": Grader("choice letter", choice.check_reference, choice.grade),
    }
)


def check_reference(grader: str, reference: str) -> None:
    """Raise UnknownGrader or UnusableReference where `grade` would for any answer."""
    _grader(grader).check_reference(reference)


def grade(grader: str, output_answer: str, reference: str) -> Grade:
    """Score an answer against the reference answer: 1 right, 0 wrong, empty or unreadable.

    `output_answer` is what the model gave as its answer, without its trace; any text is graded,
    in time linear in its length. Raises UnknownGrader for a name not in `GRADERS`, and
    UnusableReference where the grader cannot read the reference.
    """
    found = _grader(grader)
    found.check_reference(reference)
    if not output_answer.strip():
        return wrong("", "the answer is empty")
    return found.grade(output_answer, reference)


def _grader(name: str) -> Grader:
    try:
        return GRADERS[name]
    except KeyError:
        known = ", ".join(GRADERS)
        raise UnknownGrader(f"no grader is called {name!r}; there are {known}") from None
