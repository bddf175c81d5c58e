"""What a grader returns, and what it refuses."""

from dataclasses import dataclass, field
from typing import Final

from evaluations.inference.answer import AnswerSpan

TIMED_OUT: Final = "timed out"


@dataclass(frozen=True, slots=True)
class Grade:
    """A score between 0 and 1, what was taken to be the answer, and why it scored so.

    `span` is where in the graded text the answer was found.
    """

    score: float
    extracted: str
    note: str
    span: AnswerSpan = field(default=AnswerSpan(0, 0, "none"), compare=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a score lies between 0 and 1, not {self.score}")


class GradingError(ValueError):
    """A prompt cannot be graded as it is set up; nothing is said about any answer."""


class UnknownGrader(GradingError):
    """No grader has this name."""


class UnusableReference(GradingError):
    """The grader cannot read the reference answer."""


class BadParameters(GradingError):
    """The grader cannot work with what it is told beside the reference."""


class NotGraded(GradingError):
    """This answer could not be graded here and now, and no answer is at fault: never a 0."""


class TimedOut(NotGraded):
    """The grader was stopped at its limit of time."""

    def __init__(self) -> None:
        super().__init__(TIMED_OUT)


def right(extracted: str, note: str) -> Grade:
    return Grade(1.0, extracted, note)


def wrong(extracted: str, note: str) -> Grade:
    return Grade(0.0, extracted, note)
