"""Which versions graded each output, as one whole number in the matrix, and in words."""

import numpy as np

from evaluations.grading import GRADERS
from evaluations.grading.versions import Versions, in_words
from evaluations.leaderboards.matrix.answers import Integers

NAMES = sorted(GRADERS)
MOST = 1000
"""Versions are below this; 0 is one that was not kept."""

PLACES = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(NAMES, start=1))
GRADED_BY = f"""CASE WHEN g.score IS NULL THEN 0 ELSE coalesce(g.answer_version, 0)
    + {MOST} * (coalesce(g.grader_version, 0) + {MOST} * CASE g.grader {PLACES} ELSE 0 END) END"""
"""SQL over a grade `g`: 0 without a score."""


def graders_in_words(numbers: Integers) -> str:
    """As in “choice 2, numeric 3 · answers found by 2”; empty where nothing was graded."""
    found = []
    for number in np.unique(numbers[numbers > 0]).tolist():
        grader, answer_version = divmod(number, MOST)
        place, grader_version = divmod(grader, MOST)
        name = NAMES[place - 1] if place else "an unknown grader"
        found.append(Versions(name, grader_version or None, answer_version or None))
    return in_words(found)
