from typing import Any

import pytest
from hypothesis import given

from evaluations.rules import criteria, describe, evaluate, tree
from evaluations.rules.description import Node
from evaluations.rules.tests.strategies import KEYS, answers_to, rules

TITLES = {key: f"title of {key}, in words" for key in KEYS}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("makes-inference", "makes inference"),
        ({"not": "novel-item"}, "not (novel item)"),
        ({"all": ["coherent"]}, "coherent"),
        (
            {"all": ["states-conclusion", {"any": ["abduction", "induction"]}]},
            "all of: states conclusion; and at least one of (abduction; induction)",
        ),
        ({"any": ["a", "b", {"not": {"all": ["c"]}}]}, "at least one of: a; b; or not (c)"),
        ({"at_least": 2, "of": ["a", "b", "c"]}, "at least 2 of: a; b; c"),
    ],
)
def test_descriptions_read_well(rule: Any, words: str) -> None:
    assert describe(rule) == words


def test_titles_replace_keys() -> None:
    assert describe({"all": ["a", "x-y"]}, {"a": "States it"}) == "all of: States it; and x y"


@given(rules())
def test_every_criterion_is_mentioned(rule: Any) -> None:
    words = describe(rule, TITLES)
    assert all(TITLES[key] in words for key in criteria(rule))
    assert "\n" not in words


@given(rules(), answers_to(KEYS))
def test_each_node_of_the_tree_has_its_own_value(rule: Any, answers: dict[str, str]) -> None:
    def matches(node: Node, part: Any) -> None:
        assert node.value == evaluate(part, answers)
        if isinstance(part, str):
            assert (node.kind, node.key, node.children) == ("criterion", part, ())
            return
        assert node.key == ""
        assert node.kind in part
        below = [part["not"]] if "not" in part else part.get("of") or part[node.kind]
        assert node.n == part.get("at_least")
        for child, inner in zip(node.children, below, strict=True):
            matches(child, inner)

    matches(tree(rule, answers), rule)


def test_a_tree_without_answers_has_no_values() -> None:
    found = tree({"at_least": 1, "of": ["a", {"not": "b"}]}, titles={"a": "A!"})
    assert (found.label, found.value) == ("at least 1 of", None)
    assert [child.label for child in found.children] == ["A!", "not"]
    assert found.children[1].children[0].label == "b"
