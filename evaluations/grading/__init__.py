"""Graders: how the answer of a prompt with one right answer is checked, 0 to 1.

A grade says whether an answer is right. It is kept apart from every human verdict, and it never
sees a trace: the caller hands over the answer text alone.
"""

from evaluations.grading.grade import Grade, GradingError, UnknownGrader, UnusableReference
from evaluations.grading.registry import GRADERS, check_reference, grade

__all__ = [
    "GRADERS",
    "Grade",
    "GradingError",
    "UnknownGrader",
    "UnusableReference",
    "check_reference",
    "grade",
]
