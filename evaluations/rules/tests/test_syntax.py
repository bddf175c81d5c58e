from typing import Any

import pytest
from hypothesis import given

from evaluations.rules import (
    MAX_DEPTH,
    MAX_NODES,
    InvalidRule,
    RuleError,
    check,
    criteria,
    evaluate,
    parse,
)
from evaluations.rules.syntax import MAX_ERRORS
from evaluations.rules.tests.strategies import json_values, rules

KNOWN = ("coherent", "makes-inference", "to-the-point")


def nested(depth: int) -> Any:
    rule: Any = "coherent"
    for _ in range(depth):
        rule = {"not": rule}
    return rule


@pytest.mark.parametrize(
    ("rule", "place", "words"),
    [
        ("makes-inferense", "rule", 'no criterion "makes-inferense". Did you mean "makes-inf'),
        ("zzz", "rule", 'There is no criterion "zzz".'),
        ("", "rule", "key is empty"),
        (None, "rule", "found null"),
        (3, "rule", "found a number"),
        (["coherent"], "rule", "found a list"),
        ({}, "rule", "operator is missing"),
        ({"al": ["coherent"]}, "rule", 'Unknown operator "al". Did you mean "all"?'),
        ({"xor": ["coherent"]}, "rule", "Expected one of all, any, not, at_least"),
        ({"all": ["coherent"], "any": ["coherent"]}, "rule", "Several operators"),
        ({"all": ["coherent"], "of": ["coherent"]}, "rule", '"of" belongs to "at_least"'),
        ({"of": ["coherent"]}, "rule", '"of" needs "at_least"'),
        ({"at_least": 1}, "rule", '"at_least" needs "of"'),
        ({"all": []}, "all", "at least one entry"),
        ({"any": "coherent"}, "any", "needs a list, found a text"),
        ({"not": ["coherent"]}, "not", "found a list"),
        ({"at_least": True, "of": ["coherent"]}, "at_least", "whole number, found true"),
        ({"at_least": 1.0, "of": ["coherent"]}, "at_least", "found a decimal number"),
        ({"at_least": "2", "of": ["coherent"]}, "at_least", "found a text"),
        ({"at_least": 0, "of": ["coherent"]}, "at_least", "from 1 to 1"),
        ({"at_least": 3, "of": ["coherent", "to-the-point"]}, "at_least", "1 to 2"),
        ({"at_least": 10**5000, "of": ["coherent"]}, "at_least", "beyond"),
        ({"at_least": 1, "of": []}, "of", "at least one entry"),
        ({"at_least": 1, "of": [7]}, "of[0]", "found a number"),
        ({"all": ["coherent", {"any": ["x"]}]}, "all[1].any[0]", 'no criterion "x"'),
        ({"not": {"all": [{"any": []}]}}, "not.all[0].any", "at least one entry"),
    ],
)
def test_each_mistake_is_named_with_its_place(rule: Any, place: str, words: str) -> None:
    errors = check(rule, KNOWN)
    assert [error.place for error in errors] == [place]
    assert words in errors[0].message


@pytest.mark.parametrize(
    "rule",
    [
        "coherent",
        {"not": "coherent"},
        {"all": ["coherent", {"any": ["to-the-point"]}]},
        {"at_least": 2, "of": ["coherent", "coherent", "to-the-point"]},
    ],
)
def test_sound_rules_have_no_errors(rule: Any) -> None:
    assert check(rule, KNOWN) == []


def test_every_mistake_is_found_at_once() -> None:
    rule = {"all": ["x", {"at_least": 5, "of": ["coherent", "y"]}, {"any": []}]}
    assert [error.place for error in check(rule, KNOWN)] == [
        "all[0]",
        "all[1].of[1]",
        "all[1].at_least",
        "all[2].any",
    ]


def test_without_known_criteria_any_key_is_accepted() -> None:
    assert check({"all": ["whatever"]}) == []


def test_depth_is_limited() -> None:
    assert check(nested(MAX_DEPTH)) == []
    assert "too deep" in check(nested(MAX_DEPTH + 1))[0].message
    assert len(check(nested(100_000))) == 1


def test_length_is_limited() -> None:
    assert check({"all": ["coherent"] * (MAX_NODES - 1)}) == []
    for count in (MAX_NODES, 10**6):
        errors = check({"all": ["coherent"] * count})
        assert len(errors) == 1
        assert "too long" in errors[0].message


def test_the_number_of_errors_is_limited() -> None:
    assert len(check({"all": ["x"] * 400}, KNOWN)) == MAX_ERRORS


def test_messages_can_be_encoded() -> None:
    for rule in ("\ud800", {"\ud800": 1}):
        check(rule, KNOWN)[0].message.encode()


@given(json_values)
def test_check_never_raises_and_agrees_with_parse(value: Any) -> None:
    errors = check(value)
    assert all(isinstance(error, RuleError) and error.place and error.message for error in errors)
    if errors:
        with pytest.raises(InvalidRule) as caught:
            parse(value)
        assert list(caught.value.errors) == errors
    else:
        assert evaluate(value, {}) == "cannot-tell"


@pytest.mark.parametrize("value", [object(), b"all", {1: 2}, {"all": {"coherent"}}, {("a",): 1}])
def test_check_never_raises_on_what_is_not_json(value: Any) -> None:
    assert check(value)


@given(rules())
def test_a_parsed_rule_stands_for_its_json(rule: Any) -> None:
    assert parse(parse(rule)) is not None
    assert criteria(parse(rule)) == criteria(rule)


def test_criteria_come_once_in_order() -> None:
    rule = {"all": ["b", {"not": "a"}, {"at_least": 1, "of": ["b", "c"]}]}
    assert criteria(rule) == ("b", "a", "c")
