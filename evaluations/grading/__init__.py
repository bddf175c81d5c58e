"""Graders: how the answer of a prompt with one right answer is checked, 0 to 1.

A grade says whether an answer is right. It is kept apart from every human verdict, and it reads
nothing but the span in which a reply states its answer (`evaluations.inference.answer`).
"""

from evaluations.grading.grade import (
    BadParameters,
    Grade,
    GradingError,
    NotGraded,
    TimedOut,
    UnknownGrader,
    UnusableReference,
)
from evaluations.grading.registry import GRADERS, check_reference, grade, grade_reply

__all__ = [
    "GRADERS",
    "BadParameters",
    "Grade",
    "GradingError",
    "NotGraded",
    "TimedOut",
    "UnknownGrader",
    "UnusableReference",
    "check_reference",
    "grade",
    "grade_reply",
]
