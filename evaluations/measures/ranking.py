"""Orders of models: how alike two are, and which rows cannot be told apart."""

import numpy as np
import numpy.typing as npt

from evaluations.measures.agreement import Undefined

FEWEST_ROWS = 3


def kendall_tau(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Kendall's tau-b between two rankings of the same rows (Kendall, 1945).

    `a` and `b`, of shape (rows,), are scores in the same order of rows, larger for better. Pairs
    tied in one of them count in neither direction; 1 is the same order, −1 the reverse.

    Raises:
        Undefined: below three rows, and where all scores of one side are equal.
        ValueError: for unequal shapes, or scores that are no finite numbers.
    """
    one, other = (np.asarray(scores, np.float64) for scores in (a, b))
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"a and b must both have shape (rows,), not {one.shape} and {other.shape}")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("a and b must be finite numbers")
    if one.size < FEWEST_ROWS:
        raise Undefined(f"an order of fewer than {FEWEST_ROWS} rows says too little")
    signs = [np.sign(scores[:, None] - scores[None, :]) for scores in (one, other)]
    untied = [float(np.sum(sign * sign)) for sign in signs]
    if not all(untied):
        raise Undefined("all rows are equal under one of the two")
    # One root of a product: of two equal orders it is exact, and tau is 1 and no less.
    return float(np.sum(signs[0] * signs[1]) / np.sqrt(untied[0] * untied[1]))
