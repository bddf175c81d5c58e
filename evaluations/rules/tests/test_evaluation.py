import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluations.rules import (
    ANSWERS,
    CODES,
    InvalidRule,
    array_bounds,
    bounds,
    criteria,
    evaluate,
    evaluate_arrays,
)
from evaluations.rules.tests.strategies import (
    KEYS,
    answers_to,
    rules,
    rules_with_each_criterion_once,
)

KNOWN = ("no", "partly", "yes")


def completions(answers: dict[str, str], keys: tuple[str, ...]) -> list[dict[str, str]]:
    choices = [
        KNOWN if answers.get(key, "cannot-tell") == "cannot-tell" else (answers[key],)
        for key in keys
    ]
    return [dict(zip(keys, row, strict=True)) for row in itertools.product(*choices)]


@given(rules(), st.lists(answers_to(KEYS), min_size=1, max_size=8), st.data())
def test_scalar_and_array_agree(rule: Any, rows: list[dict[str, str]], data: st.DataObject) -> None:
    columns = {
        key: np.array([CODES[row.get(key, "cannot-tell")] for row in rows], np.int8) for key in KEYS
    }
    for key in data.draw(st.sets(st.sampled_from(KEYS))):
        if (columns[key] == -1).all():
            del columns[key]
    found = evaluate_arrays(rule, columns, length=len(rows))
    lower, upper = array_bounds(rule, columns, length=len(rows))
    assert found.dtype == np.int8
    for index, row in enumerate(rows):
        assert found[index] == CODES[evaluate(rule, row)]
        assert (lower[index], upper[index]) == tuple(CODES[end] for end in bounds(rule, row))


@given(st.lists(rules(max_leaves=4), min_size=1, max_size=4), answers_to(KEYS))
def test_de_morgan(parts: list[Any], answers: dict[str, str]) -> None:
    negated = [{"not": part} for part in parts]
    assert bounds({"not": {"all": parts}}, answers) == bounds({"any": negated}, answers)
    assert bounds({"not": {"any": parts}}, answers) == bounds({"all": negated}, answers)


@given(st.lists(rules(max_leaves=3), min_size=1, max_size=5), answers_to(KEYS))
def test_at_least_spans_any_to_all(parts: list[Any], answers: dict[str, str]) -> None:
    assert bounds({"at_least": 1, "of": parts}, answers) == bounds({"any": parts}, answers)
    everyone = {"at_least": len(parts), "of": parts}
    assert bounds(everyone, answers) == bounds({"all": parts}, answers)


@given(rules(negated=False), answers_to(KEYS), st.sampled_from(KEYS), st.sampled_from(KNOWN))
def test_bounds_never_fall_when_an_answer_rises(
    rule: Any, answers: dict[str, str], key: str, risen: str
) -> None:
    before = answers.get(key, "cannot-tell")
    assume(before == "cannot-tell" or CODES[risen] >= CODES[before])
    # An unknown rises only by becoming yes: becoming no or partly lowers its upper end.
    assume(before != "cannot-tell" or risen == "yes")
    lower, upper = (CODES[end] for end in bounds(rule, answers))
    new_lower, new_upper = (CODES[end] for end in bounds(rule, {**answers, key: risen}))
    assert new_lower >= lower
    assert new_upper >= upper


@given(rules(), answers_to(KEYS), st.sampled_from(KEYS), st.sampled_from(KNOWN))
def test_an_answer_more_only_narrows_the_bounds(
    rule: Any, answers: dict[str, str], key: str, new: str
) -> None:
    assume(answers.get(key, "cannot-tell") == "cannot-tell")
    lower, upper = (CODES[end] for end in bounds(rule, answers))
    new_lower, new_upper = (CODES[end] for end in bounds(rule, {**answers, key: new}))
    assert lower <= new_lower <= new_upper <= upper


@given(rules_with_each_criterion_once(max_leaves=5), st.data())
def test_bounds_are_what_the_rule_can_become(rule: Any, data: st.DataObject) -> None:
    keys = criteria(rule)
    assume(len(keys) <= 6)
    answers = data.draw(answers_to(keys))
    values = [CODES[evaluate(rule, row)] for row in completions(answers, keys)]
    assert tuple(CODES[end] for end in bounds(rule, answers)) == (min(values), max(values))


def test_a_part_keeps_its_range_within_the_whole() -> None:
    # all(partly, unknown) is partly at most, so beside another partly it decides nothing.
    rule = {"any": [{"all": ["a", "b"]}, "a"]}
    assert evaluate(rule, {"a": "partly"}) == "partly"


def test_answers_to_other_criteria_are_ignored() -> None:
    assert evaluate("a", {"a": "yes", "b": "nonsense"}) == "yes"


def test_wrong_answers_and_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="yes, partly, no, cannot-tell, not 'maybe'"):
        evaluate("a", {"a": "maybe"})
    with pytest.raises(InvalidRule, match=r"all\[0\].any"):
        evaluate({"all": [{"any": []}]}, {})


def test_arrays_without_any_column_need_a_length() -> None:
    assert evaluate_arrays("a", {}, length=3).tolist() == [-1, -1, -1]
    assert evaluate_arrays("a", {"a": np.zeros(0, np.int8)}).tolist() == []
    with pytest.raises(ValueError, match="length"):
        evaluate_arrays("a", {"b": np.zeros(3, np.int8)})


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": np.zeros(2, np.int8), "b": np.zeros(3, np.int8)}, "one length"),
        ({"a": np.zeros((2, 2), np.int8)}, "one dimension"),
        ({"a": np.array([3], np.int8)}, "between -1 and 2"),
        ({"a": np.array([0.5])}, "whole numbers"),
    ],
)
def test_wrong_columns_are_refused(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        evaluate_arrays({"all": ["a", "b"]}, columns)


def test_columns_are_left_alone() -> None:
    columns = {"a": np.array([-1, 2], np.int8), "b": np.array([1, 0], np.int8)}
    for rule in ("a", {"all": ["a", "b"]}, {"any": ["a", "b"]}, {"not": "a"}):
        evaluate_arrays(rule, columns)
    assert columns["a"].tolist() == [-1, 2]
    assert columns["b"].tolist() == [1, 0]


def test_long_lists_are_counted_without_overflow() -> None:
    keys = [f"k{index}" for index in range(300)]
    columns = {key: np.array([2], np.int8) for key in keys}
    assert evaluate_arrays({"at_least": 280, "of": keys}, columns).tolist() == [2]


def test_wider_integers_are_accepted() -> None:
    assert evaluate_arrays("a", {"a": np.array([-1, 2])}).tolist() == [-1, 2]


def test_every_pair_of_answers_under_every_operator() -> None:
    order = {"no": 0, "partly": 1, "yes": 2}
    for left, right in itertools.product(ANSWERS, repeat=2):
        answers = {"a": left, "b": right}
        if "cannot-tell" not in (left, right):
            assert evaluate({"all": ["a", "b"]}, answers) == min(left, right, key=order.__getitem__)
            assert evaluate({"any": ["a", "b"]}, answers) == max(left, right, key=order.__getitem__)
        else:
            settles_all = "no" if "no" in (left, right) else "cannot-tell"
            settles_any = "yes" if "yes" in (left, right) else "cannot-tell"
            assert evaluate({"all": ["a", "b"]}, answers) == settles_all
            assert evaluate({"any": ["a", "b"]}, answers) == settles_any
