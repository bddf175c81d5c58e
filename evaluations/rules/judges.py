"""Several judges, one verdict: a median per criterion, or a vote over whole verdicts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluations.rules.answers import (
    NO,
    PARTLY,
    UNKNOWN,
    YES,
    Answer,
    Codes,
    answer,
    as_codes,
    code,
    count_codes,
    one_of,
)
from evaluations.rules.evaluation import evaluate
from evaluations.rules.syntax import criteria, parse

VERDICT_RULES: Final = ("majority", "any", "all")


def combine_judges(values: Sequence[str]) -> Answer:
    """Median of the known answers of several judges to one criterion.

    An even tie takes the lower of the middle two; with none known it is cannot-tell.
    ValueError for an answer outside the four.
    """
    known = sorted(value for value in map(code, values) if value != UNKNOWN)
    return answer(known[(len(known) - 1) // 2]) if known else "cannot-tell"


def combine_judges_codes(codes: npt.ArrayLike) -> Codes:
    """`combine_judges` down each column of int8 codes of shape (judges, n); shape (n,)."""
    array = as_codes(codes)
    if array.ndim != 2:
        raise ValueError(f"codes must have shape (judges, n), not {array.shape}")
    return _lower_median(
        np.count_nonzero(array == NO, axis=0),
        np.count_nonzero(array == PARTLY, axis=0),
        np.count_nonzero(array != UNKNOWN, axis=0),
    )


def combine_judges_grouped(codes: npt.ArrayLike, groups: npt.NDArray[np.intp], count: int) -> Codes:
    """`combine_judges` within each group of rows: one code per group, shape (count,).

    `codes` and `groups` have shape (rows,); `groups` numbers the rows' outputs from 0 to
    count - 1. A group without a row is -1. ValueError for unequal shapes or other numbers.
    """
    no, partly, yes, _ = count_codes(as_codes(codes), groups, count)
    return _lower_median(no, partly, no + partly + yes)


def _lower_median(
    no: npt.NDArray[np.intp], partly: npt.NDArray[np.intp], known: npt.NDArray[np.intp]
) -> Codes:
    # The lower median exceeds a value exactly where fewer than half of the answers do not.
    above_no = (2 * no < known).astype(np.int8)
    above_partly = (2 * (no + partly) < known).astype(np.int8)
    return np.where(known > 0, above_no + above_partly, np.int8(UNKNOWN))


def verdict_per_judge(
    rule: object, answers_by_judge: Sequence[Mapping[str, str]], *, how: str
) -> Answer:
    """Each judge's own verdict under the rule, then combined by `combine_verdicts`.

    Only judges who answered every criterion of the rule count; cannot-tell is an answer.
    Answers that an absence policy supplied count as given, so apply the policy first. With no
    such judge it is cannot-tell.
    """
    parsed = parse(rule)
    needed = set(criteria(parsed))
    verdicts = [evaluate(parsed, answers) for answers in answers_by_judge if needed <= set(answers)]
    return combine_verdicts(verdicts, how=how)


def combine_verdicts(verdicts: Sequence[str], *, how: str) -> Answer:
    """One verdict from the verdicts of several judges, all given as answers.

    majority: the one that more than half of the known verdicts name, else cannot-tell.
    any: the greatest, all: the least, with cannot-tell as the unknown that it is in a rule, so
    that a single yes settles "any" and a single no settles "all". cannot-tell when there are
    none. ValueError for another word.
    """
    one_of("how", how, VERDICT_RULES)
    codes = [code(verdict) for verdict in verdicts]
    known = [value for value in codes if value != UNKNOWN]
    if not known:
        return "cannot-tell"
    if how == "majority":
        value, votes = Counter(known).most_common(1)[0]
        return answer(value) if 2 * votes > len(known) else "cannot-tell"
    settling = YES if how == "any" else NO
    if len(known) < len(codes):
        return answer(settling) if settling in known else "cannot-tell"
    return answer(max(known) if how == "any" else min(known))


def combine_verdicts_codes(
    codes: npt.ArrayLike, *, how: str, counted: npt.NDArray[np.bool_] | None = None
) -> Codes:
    """`combine_verdicts` down each column of int8 codes of shape (judges, n); shape (n,).

    `counted`, of the same shape, is false where a judge did not answer the whole rule.
    """
    one_of("how", how, VERDICT_RULES)
    array = as_codes(codes)
    if array.ndim != 2 or (counted is not None and counted.shape != array.shape):
        raise ValueError("codes, and counted where given, must have one shape (judges, n)")
    here = np.ones(array.shape, np.bool_) if counted is None else counted
    votes = [np.count_nonzero(here & (array == value), axis=0) for value in (NO, PARTLY, YES)]
    unknown = np.count_nonzero(here & (array == UNKNOWN), axis=0)
    known = votes[NO] + votes[PARTLY] + votes[YES]
    result = np.full(array.shape[1], UNKNOWN, np.int8)
    if how == "majority":
        for value in (NO, PARTLY, YES):
            result[2 * votes[value] > known] = value
        return result
    # From the least to the most telling value, so that the later one overwrites.
    order = (NO, PARTLY, YES) if how == "any" else (YES, PARTLY, NO)
    for value in order:
        certain = (unknown == 0) if value != order[-1] else np.True_
        result[(votes[value] > 0) & certain] = value
    return result
