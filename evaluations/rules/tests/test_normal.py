from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.rules import bounds, normal
from evaluations.rules.tests.strategies import KEYS, answers_to, rules


@given(rules(), answers_to(KEYS))
def test_a_rule_evaluates_as_its_normal_form(rule: Any, answers: dict[str, str]) -> None:
    """So rules of one normal form evaluate alike."""
    assert bounds(normal(rule), answers) == bounds(rule, answers)
    assert normal(normal(rule)) == normal(rule)


@given(rules(), st.randoms(use_true_random=False))
def test_other_ways_of_writing_have_the_same_form(rule: Any, dice: Any) -> None:
    def written_otherwise(part: Any) -> Any:
        if isinstance(part, dict):
            part = {
                name: written_otherwise(value)
                if name == "not"
                else dice.sample([written_otherwise(each) for each in value], len(value))
                if name != "at_least"
                else value
                for name, value in part.items()
            }
            for name in ("all", "any"):
                if name in part:
                    part = {name: [*part[name], {name: [dice.choice(part[name])]}]}
        return {"not": {"not": part}} if dice.random() < 0.3 else part

    assert normal(written_otherwise(rule)) == normal(rule)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"all": ["a", "b"]}, {"any": ["a", "b"]}),
        ("a", {"not": "a"}),
        ({"at_least": 2, "of": ["a", "b", "c"]}, {"at_least": 2, "of": ["a", "b", "b"]}),
    ],
)
def test_rules_that_evaluate_otherwise_differ(one: Any, other: Any) -> None:
    assert normal(one) != normal(other)
