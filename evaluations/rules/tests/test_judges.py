import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.rules import (
    ANSWERS,
    CODES,
    combine_judges,
    combine_judges_codes,
    combine_judges_grouped,
    combine_verdicts,
    combine_verdicts_codes,
    verdict_per_judge,
)

grids = st.integers(0, 6).flatmap(
    lambda judges: st.lists(
        st.lists(st.sampled_from(ANSWERS), min_size=judges, max_size=judges),
        min_size=1,
        max_size=5,
    )
)


def columns_of(rows: list[list[str]]) -> np.ndarray:
    """Rows of answers, one an output, as codes of shape (judges, outputs)."""
    return np.array([[CODES[value] for value in row] for row in rows], np.int8).T


@pytest.mark.parametrize(
    ("values", "combined"),
    [
        ([], "cannot-tell"),
        (["cannot-tell", "cannot-tell"], "cannot-tell"),
        (["cannot-tell", "yes"], "yes"),
        (["yes", "no"], "no"),
        (["yes", "partly"], "partly"),
        (["yes", "no", "partly"], "partly"),
        (["yes", "yes", "no", "no"], "no"),
        (["yes", "yes", "partly", "no"], "partly"),
        (["yes", "yes", "no"], "yes"),
    ],
)
def test_the_median_takes_the_lower_of_a_tie(values: list[str], combined: str) -> None:
    assert combine_judges(values) == combined


@given(grids)
def test_median_of_arrays_agrees(rows: list[list[str]]) -> None:
    expected = [CODES[combine_judges(row)] for row in rows]
    found = combine_judges_codes(columns_of(rows).reshape(len(rows[0]), len(rows)))
    assert found.dtype == np.int8
    assert found.tolist() == expected


@given(grids)
def test_median_of_groups_agrees(rows: list[list[str]]) -> None:
    codes = [CODES[value] for row in rows for value in row]
    groups = np.array([index for index, row in enumerate(rows) for _ in row], np.intp)
    found = combine_judges_grouped(np.array(codes, np.int8), groups, len(rows) + 1)
    assert found.tolist() == [CODES[combine_judges(row)] for row in rows] + [-1]


@pytest.mark.parametrize(
    ("verdicts", "how", "combined"),
    [
        ([], "majority", "cannot-tell"),
        (["yes", "yes", "no"], "majority", "yes"),
        (["yes", "no"], "majority", "cannot-tell"),
        (["yes", "partly", "no"], "majority", "cannot-tell"),
        (["yes", "cannot-tell", "cannot-tell"], "majority", "yes"),
        (["no", "partly"], "any", "partly"),
        (["no", "yes", "cannot-tell"], "any", "yes"),
        (["no", "partly", "cannot-tell"], "any", "cannot-tell"),
        (["yes", "partly"], "all", "partly"),
        (["yes", "no", "cannot-tell"], "all", "no"),
        (["yes", "cannot-tell"], "all", "cannot-tell"),
        ([], "all", "cannot-tell"),
        (["cannot-tell"], "any", "cannot-tell"),
    ],
)
def test_votes_over_verdicts(verdicts: list[str], how: str, combined: str) -> None:
    assert combine_verdicts(verdicts, how=how) == combined


@given(grids, st.sampled_from(["majority", "any", "all"]))
def test_votes_in_arrays_agree(rows: list[list[str]], how: str) -> None:
    codes = columns_of(rows).reshape(len(rows[0]), len(rows))
    expected = [CODES[combine_verdicts(row, how=how)] for row in rows]
    assert combine_verdicts_codes(codes, how=how).tolist() == expected
    counted = np.ones(codes.shape, np.bool_)
    counted[1:] = False
    expected = [CODES[combine_verdicts(row[:1], how=how)] for row in rows]
    assert combine_verdicts_codes(codes, how=how, counted=counted).tolist() == expected


def test_only_judges_who_answered_the_whole_rule_count() -> None:
    rule = {"all": ["a", "b"]}
    judges = [{"a": "yes", "b": "yes"}, {"a": "no"}, {"a": "no"}, {"b": "no"}]
    assert verdict_per_judge(rule, judges, how="majority") == "yes"
    assert verdict_per_judge(rule, [*judges, {"a": "no", "b": "cannot-tell"}], how="all") == "no"
    assert verdict_per_judge(rule, judges[1:], how="any") == "cannot-tell"


def test_judges_of_different_blocks_add_up_only_per_criterion() -> None:
    blocks = [{"a": "yes"}, {"b": "partly"}]
    together = {key: combine_judges([row[key] for row in blocks if key in row]) for key in "ab"}
    assert together == {"a": "yes", "b": "partly"}
    assert verdict_per_judge({"all": ["a", "b"]}, blocks, how="any") == "cannot-tell"


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="majority, any, all"):
        combine_verdicts(["yes"], how="mean")
    with pytest.raises(ValueError, match="judges, n"):
        combine_judges_codes(np.zeros(3, np.int8))
    with pytest.raises(ValueError, match="0 to 1"):
        combine_judges_grouped(np.zeros(1, np.int8), np.array([2], np.intp), 2)
    with pytest.raises(ValueError, match="an answer"):
        combine_judges(["perhaps"])
