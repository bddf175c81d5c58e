import itertools
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluations.rules import bounds, criteria, evaluate, explain
from evaluations.rules.tests.strategies import (
    KEYS,
    answers_to,
    rules,
    rules_with_each_criterion_once,
)

LEVELS = ("no", "partly", "yes")


def verdicts_under(rule: Any, given: dict[str, str]) -> set[str]:
    """Answers of the rule over all ways to answer the criteria that are not given."""
    open_keys = [key for key in criteria(rule) if key not in given]
    rows = itertools.product(LEVELS, repeat=len(open_keys))
    return {evaluate(rule, given | dict(zip(open_keys, row, strict=True))) for row in rows}


def known(answers: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in answers.items() if value != "cannot-tell"}


def all_known(keys: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({key: st.sampled_from(LEVELS) for key in keys})


@given(rules(max_leaves=8), answers_to(KEYS))
def test_the_decisive_answers_fix_the_verdict(rule: Any, answers: dict[str, str]) -> None:
    found = explain(rule, answers)
    assert found.answer == evaluate(rule, answers)
    if found.answer == "cannot-tell":
        assert found.decisive == ()
    else:
        fixed = {key: answers[key] for key in found.decisive}
        assert verdicts_under(rule, fixed) == {found.answer}


@given(rules(max_leaves=8), answers_to(KEYS) | all_known(KEYS))
def test_no_smaller_set_of_answers_fixes_the_verdict(rule: Any, answers: dict[str, str]) -> None:
    found = explain(rule, answers)
    assume(found.answer != "cannot-tell")
    usable = known(answers)
    for smaller in itertools.combinations(usable, len(found.decisive) - 1):
        fewer = {key: usable[key] for key in smaller}
        assert evaluate(rule, fewer) != found.answer


@given(rules_with_each_criterion_once(), st.data())
def test_where_each_criterion_stands_once_no_smaller_set_leaves_one_outcome(
    rule: Any, data: st.DataObject
) -> None:
    keys = criteria(rule)
    assume(len(keys) <= 6)
    answers = data.draw(answers_to(keys) | all_known(keys))
    found = explain(rule, answers)
    if found.answer != "cannot-tell":
        usable = known(answers)
        for smaller in itertools.combinations(usable, len(found.decisive) - 1):
            assert len(verdicts_under(rule, {key: usable[key] for key in smaller})) > 1


@given(rules_with_each_criterion_once(max_leaves=5), st.data())
def test_open_criteria_are_those_that_can_change_the_answer(rule: Any, data: st.DataObject) -> None:
    keys = criteria(rule)
    assume(len(keys) <= 5)
    answers = known(data.draw(answers_to(keys)))
    found = explain(rule, answers)
    unknown = [key for key in keys if key not in answers]
    matters = set()
    for key in unknown:
        others = [other for other in unknown if other != key]
        for row in itertools.product(LEVELS, repeat=len(others)):
            rest = answers | dict(zip(others, row, strict=True))
            if len({evaluate(rule, rest | {key: level}) for level in LEVELS}) > 1:
                matters.add(key)
    assert set(found.open) == matters
    assert (found.answer == "cannot-tell") == bool(matters)


@given(rules(), answers_to(KEYS))
def test_an_open_criterion_is_named_whenever_there_is_one(
    rule: Any, answers: dict[str, str]
) -> None:
    found = explain(rule, answers)
    assert (found.lower, found.upper) == bounds(rule, answers)
    assert bool(found.open) == (found.answer == "cannot-tell")
    assert all(answers.get(key, "cannot-tell") == "cannot-tell" for key in found.open)


def test_a_partly_needs_proof_in_both_directions() -> None:
    rule = {"all": ["a", "b", "c"]}
    found = explain(rule, {"a": "yes", "b": "partly", "c": "partly"})
    assert found.decisive == ("a", "b", "c")
    found = explain({"any": [rule, "d"]}, {"a": "no", "d": "partly"})
    assert found.decisive == ("a", "d")


@pytest.mark.parametrize(
    ("rule", "value", "decisive"),
    [
        ({"any": [{"all": ["a", "b", "c"]}, {"all": ["d", "e"]}]}, "yes", ("d", "e")),
        ({"all": [{"any": ["a", "b", "c"]}, {"any": ["d", "e"]}]}, "no", ("d", "e")),
        ({"all": [{"any": ["a", "b", "c"]}, "d"]}, "partly", ("a", "d")),
        ({"any": [{"all": ["a", "b", "c"]}, "d"]}, "partly", ("a", "d")),
        ({"all": ["d", {"any": ["a", "b", "c"]}]}, "partly", ("d", "a")),
        ({"not": {"all": ["d", {"any": ["a", "b"]}]}}, "partly", ("d", "a")),
        ({"at_least": 2, "of": [{"any": ["a", "b", "c"]}, "d", "e"]}, "partly", ("d", "e")),
    ],
)
def test_the_shorter_of_two_proofs_is_shown(
    rule: Any, value: str, decisive: tuple[str, ...]
) -> None:
    found = explain(rule, dict.fromkeys("abcde", value))
    assert (found.answer, found.decisive) == (value, decisive)


def test_a_criterion_in_two_places_counts_once() -> None:
    rule = {"all": [{"any": ["a", "b"]}, {"any": ["a", "c"]}]}
    assert explain(rule, {"a": "yes", "b": "yes", "c": "yes"}).decisive == ("a",)


def test_many_repeated_criteria_leave_a_set_without_spare_members() -> None:
    keys = [f"k{index}" for index in range(40)]
    pairs = [{"any": [left, right]} for left, right in itertools.pairwise(keys)]
    answers = dict.fromkeys(keys, "yes")
    found = explain({"all": pairs}, answers)
    assert len(found.decisive) < 40
    for spare in found.decisive:
        fewer = {key: "yes" for key in found.decisive if key != spare}
        assert evaluate({"all": pairs}, fewer) == "cannot-tell"


@pytest.mark.parametrize("length", [40, 480])
def test_a_long_list_is_explained_quickly(length: int) -> None:
    keys = [f"k{index}" for index in range(length)]
    answers = {key: LEVELS[index % 3] for index, key in enumerate(keys)}
    found = explain({"at_least": length // 2, "of": keys}, answers)
    # Half the list shows "at least partly", half and one shows "at most"; one can serve both.
    assert found.answer == "partly"
    assert length // 2 <= len(found.decisive) <= length


def test_sentences_read_well() -> None:
    rule = {"all": ["states-conclusion", "makes-inference", {"not": "novel-item"}]}
    titles = {"states-conclusion": "States a conclusion"}
    answers = {"states-conclusion": "yes", "makes-inference": "yes", "novel-item": "no"}
    assert explain(rule, answers, titles).sentence == (
        "Reasoning, because States a conclusion and makes inference are answered yes "
        "and novel item is answered no."
    )
    assert explain(rule, {"makes-inference": "no"}).sentence == (
        "Not reasoning, because makes inference is answered no."
    )
    assert explain(rule, {"makes-inference": "partly", "novel-item": "no"}).sentence == (
        "Undetermined: it can become not reasoning or partly reasoning, "
        "depending on states conclusion."
    )
    assert explain("coherent", {}).sentence == (
        "Undetermined: it can become anything from not reasoning to reasoning, "
        "depending on coherent."
    )
    assert explain("coherent", {}).verdict == "undetermined"
