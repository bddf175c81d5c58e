"""Agreement on one criterion over all outputs: alpha with its interval, AC1, and from how many."""

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.review.agreement import Agreement, MeasuredQuestion, measured
from evaluations.leaderboards.matrix.answers import Column, Selection
from evaluations.leaderboards.matrix.columns import Matrix

KNOWN = 3
"""Answers that are known: no, partly and yes."""


def agreement_on(
    matrix: Matrix, wording: CriterionVersion, selection: Selection | None = None
) -> Agreement:
    """How far the counted judges agree on a criterion in this meaning; kept with the matrix.

    Outputs and prompts are items alike; cannot tell counts as no answer. Makes no query.
    """
    selection = selection or Selection()
    column = (wording.criterion.key, wording.meaning)
    return matrix.rulings.once(
        ("agreement", column, selection),
        lambda: measured(
            MeasuredQuestion(wording.criterion.key, wording.title),
            counts_on(matrix, column, selection),
            judges=judges_on(matrix, column, selection),
            left_out=0,
        ),
    )


def counts_on(matrix: Matrix, column: Column, selection: Selection) -> npt.NDArray[np.int64]:
    """How often each known answer was given, shape (outputs and prompts, 3)."""
    parts = [
        matrix.counts_of((about, *column), selection)[:, :KNOWN].astype(np.int64)
        for about, held in (("output", matrix.on_outputs), ("prompt", matrix.on_prompts))
        if column in held
    ]
    return np.concatenate([np.zeros((0, KNOWN), np.int64), *parts])


def judges_on(matrix: Matrix, column: Column, selection: Selection) -> int:
    """How many judges answered."""
    judges = [
        rows.judge[rows.mask(selection)]
        for held in (matrix.on_outputs, matrix.on_prompts)
        if (rows := held.get(column)) is not None
    ]
    return len(np.unique(np.concatenate([np.zeros(0, np.int64), *judges])))
