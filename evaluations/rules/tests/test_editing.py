"""A criterion left out of a rule, and one more asked."""

from typing import Any

import pytest
from hypothesis import given

from evaluations.rules import check, criteria
from evaluations.rules.editing import joined, without
from evaluations.rules.tests.strategies import rules


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("a", None),
        ("b", "b"),
        ({"not": "a"}, None),
        ({"all": ["a", "b"]}, "b"),
        ({"all": ["a", "b", "c"]}, {"all": ["b", "c"]}),
        ({"any": [{"not": "a"}, {"all": ["a", "b"]}, "c"]}, {"any": ["b", "c"]}),
        ({"at_least": 3, "of": ["a", "b", "c"]}, {"at_least": 2, "of": ["b", "c"]}),
        ({"at_least": 1, "of": ["a", "b", "c"]}, {"at_least": 1, "of": ["b", "c"]}),
    ],
)
def test_every_mention_goes_and_what_ran_empty_goes_with_it(rule: Any, left: Any) -> None:
    assert without(rule, "a") == left


@given(rules())
def test_what_is_left_is_a_rule_without_the_criterion(rule: Any) -> None:
    for key in criteria(rule):
        left = without(rule, key)
        others = [other for other in criteria(rule) if other != key]
        if left is None:
            assert not others
        else:
            assert check(left) == []
            assert key not in criteria(left)
            assert set(criteria(left)) <= set(others)


def test_one_more_is_asked_beside_the_others() -> None:
    assert joined("all", "a", "b") == {"all": ["a", "b"]}
    assert joined("all", {"all": ["a", "b"]}, {"not": "c"}) == {"all": ["a", "b", {"not": "c"}]}
    assert joined("any", {"all": ["a", "b"]}, "c") == {"any": [{"all": ["a", "b"]}, "c"]}
    with pytest.raises(ValueError, match="all or any, not 'not'"):
        joined("not", "a", "b")
