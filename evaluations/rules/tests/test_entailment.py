"""What follows from what, against an oracle that tries all answers one by one."""

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.rules import (
    Many,
    Postulate,
    Stated,
    TooLarge,
    apply_absence_policy,
    clashes,
    criteria,
    entails,
    equivalent,
    evaluate,
    separator,
    stated,
    weight,
)
from evaluations.rules.tests.strategies import KEYS, rules

KNOWN = ("no", "partly", "yes")

postulates = st.lists(
    st.builds(
        Postulate,
        key=st.sampled_from(KEYS),
        needs=st.sampled_from(KEYS),
        least=st.sampled_from(["yes", "partly"]),
        partly=st.booleans(),
    ).filter(lambda each: each.key != each.needs),
    max_size=3,
)
small_rules = rules(max_leaves=7)


def all_answers(
    postulated: Sequence[Postulate], also_open: frozenset[str] = frozenset()
) -> Iterator[dict[str, str]]:
    """Every allowed answer to KEYS; those also open may be cannot-tell, if some answer is left."""
    choices = [(*KNOWN, "cannot-tell") if key in also_open else KNOWN for key in KEYS]
    for values in itertools.product(*choices):
        found = dict(zip(KEYS, values, strict=True))
        unknown = [key for key in KEYS if found[key] == "cannot-tell"]
        completions = (
            found | dict(zip(unknown, more, strict=True))
            for more in itertools.product(KNOWN, repeat=len(unknown))
        )
        if any(not clashes(postulated, each) for each in completions):
            yield found


def says(rule: Stated, answers: dict[str, str], visibility: str = "hidden") -> str:
    """What the site says: the rule's answer after its absence policy."""
    policy = "must-be-shown" if rule.hidden else "may-be-latent"
    seen = apply_absence_policy(answers, policy=policy, visibility=visibility, process=rule.hidden)
    return evaluate(rule.rule, seen)


def naive(a: Stated, b: Stated, postulated: Sequence[Postulate]) -> tuple[bool, bool]:
    """Whether b says yes wherever a does, and whether it can say no there.

    An answer is left open only where a policy makes it a *no*, and a trace is shown or withheld.
    """
    found = set()
    for visibility, may_be_open in (("full", frozenset[str]()), ("hidden", a.hidden | b.hidden)):
        for each in all_answers(postulated, may_be_open):
            if says(a, each, visibility) == "yes":
                found.add(says(b, each, visibility))
    return found <= {"yes"}, "no" in found


def size(pattern: dict[str, Any]) -> tuple[int, int]:
    return len(pattern), sum(value == "yes" for value in pattern.values())


@settings(max_examples=150, deadline=None)
@given(small_rules, small_rules, postulates)
def test_entailment_is_what_all_answers_say(a: Any, b: Any, postulated: list[Postulate]) -> None:
    holds, _ = naive(stated(a), stated(b), postulated)
    assert entails(a, b, postulated) == holds


@settings(max_examples=150, deadline=None)
@given(small_rules, small_rules, postulates)
def test_a_separator_exists_where_entailment_fails_and_evaluates_as_it_says(
    a: Any, b: Any, postulated: list[Postulate]
) -> None:
    pattern = separator(a, b, postulated)
    holds, can_say_no = naive(stated(a), stated(b), postulated)
    assert (pattern is None) == holds
    if pattern is not None:
        assert evaluate(a, pattern) == "yes"
        said = evaluate(b, pattern)
        assert said == "no" if can_say_no else said in {"cannot-tell", "partly"}
        assert any(pattern.items() <= each.items() for each in all_answers(postulated))


@settings(max_examples=60, deadline=None)
@given(rules(max_leaves=5), rules(max_leaves=5), postulates)
def test_no_smaller_pattern_separates(a: Any, b: Any, postulated: list[Postulate]) -> None:
    pattern = separator(a, b, postulated)
    if pattern is None or evaluate(b, pattern) != "no":
        return
    allowed = list(all_answers(postulated))
    for values in itertools.product((None, "yes", "no"), repeat=len(KEYS)):
        other = {key: value for key, value in zip(KEYS, values, strict=True) if value}
        if size(other) < size(pattern) and any(other.items() <= each.items() for each in allowed):
            assert (evaluate(a, other), evaluate(b, other)) != ("yes", "no")


@settings(max_examples=150, deadline=None)
@given(small_rules, small_rules, st.booleans(), st.booleans(), postulates)
def test_a_policy_that_answers_for_a_withheld_trace_is_heard(
    a: Any, b: Any, a_shown: bool, b_shown: bool, postulated: list[Postulate]
) -> None:
    one, other = (
        stated(rule, policy="must-be-shown" if shown else "may-be-latent", process=KEYS[:3])
        for rule, shown in ((a, a_shown), (b, b_shown))
    )
    holds, can_say_no = naive(one, other, postulated)
    assert entails(one, other, postulated) == holds
    pattern = separator(one, other, postulated)
    assert (pattern is None) == holds
    if pattern is not None:
        is_open = "cannot-tell" in pattern.values()
        may_be_open = one.hidden | other.hidden if is_open else frozenset[str]()
        fitting = [
            each for each in all_answers(postulated, may_be_open) if pattern.items() <= each.items()
        ]
        visibility = "hidden" if is_open else "full"
        assert {says(one, each, visibility) for each in fitting} == {"yes"}
        said = {says(other, each, visibility) for each in fitting}
        assert said == {"no"} if can_say_no else said - {"yes"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(small_rules, st.booleans()), max_size=4), small_rules, postulates)
def test_many_rules_at_once_entail_what_each_does(
    some: list[tuple[Any, bool]], other: Any, postulated: list[Postulate]
) -> None:
    ready = [
        stated(rule, policy="must-be-shown" if shown else "may-be-latent", process=KEYS[:3])
        for rule, shown in some
    ]
    shown = stated(other, policy="must-be-shown", process=KEYS[1:4])
    for each in (stated(other), shown):
        alone = [entails(rule, each, postulated) for rule in ready]
        assert Many(ready).entailing(each, postulated) == alone


def test_what_is_forced_may_be_left_open_where_the_working_must_be_shown() -> None:
    """A judge cannot tell, and the policy says no: what would follow by meaning is not there."""
    shown, needs = stated("b", policy="must-be-shown", process=["b"]), [Postulate("a", "b")]
    assert entails("a", "b", needs)
    assert not entails("a", shown, needs)
    assert separator("a", shown, needs) == {"a": "yes", "b": "cannot-tell"}
    assert says(shown, {"a": "yes", "b": "cannot-tell"}) == "no"


def test_what_must_be_shown_leaves_open_what_may_be_latent() -> None:
    """A withheld trace makes the one say yes, and the other can only be left open."""
    rule = {"all": ["a", {"not": "b"}]}
    shown = stated(rule, policy="must-be-shown", process=["b"])
    assert entails(rule, shown)
    assert separator(shown, rule) == {"a": "yes", "b": "cannot-tell"}


@settings(max_examples=100, deadline=None)
@given(small_rules, small_rules, small_rules, postulates)
def test_entailment_is_reflexive_and_transitive(
    a: Any, b: Any, c: Any, postulated: list[Postulate]
) -> None:
    assert entails(a, a, postulated)
    assert equivalent(a, {"any": [a, {"all": [a, b]}]}, postulated)
    if entails(a, b, postulated) and entails(b, c, postulated):
        assert entails(a, c, postulated)


@settings(max_examples=80, deadline=None)
@given(small_rules, postulates)
def test_weight_is_the_share_of_allowed_answers(rule: Any, postulated: list[Postulate]) -> None:
    keys = criteria(rule)
    allowed = {tuple(each[key] for key in keys) for each in all_answers(postulated)}
    met = [values for values in allowed if evaluate(rule, dict(zip(keys, values))) == "yes"]  # noqa: B905
    assert weight(rule, postulated) == pytest.approx(len(met) / len(allowed))


def test_postulates_reach_through_criteria_that_no_rule_names() -> None:
    chain = [Postulate("a", "m"), Postulate("m", "b")]
    assert entails("a", "b", chain)
    assert not entails("a", "b")
    assert not entails("b", "a", chain)
    assert entails({"not": "b"}, {"not": "a"}, [Postulate("a", "b", partly=True)])
    assert not entails({"not": "b"}, {"not": "a"}, [Postulate("a", "b")])


def test_a_smallest_case_has_fewest_criteria_then_fewest_yes() -> None:
    a = {"any": [{"all": ["a", "b"]}, {"all": ["c", {"not": "d"}]}]}
    assert separator(a, "e") == {"c": "yes", "d": "no", "e": "no"}
    assert separator("a", {"any": ["b", {"not": "b"}]}) == {"a": "yes"}


def test_rules_of_fourteen_criteria_are_exact_and_quick() -> None:
    keys = [f"k{number}" for number in range(14)]
    seven = {"at_least": 7, "of": keys}
    since = time.monotonic()
    assert entails({"at_least": 8, "of": keys}, seven)
    assert separator(seven, {"all": keys}) is not None
    assert entails({"all": keys}, {"all": keys[::-1]})
    assert time.monotonic() - since < 5


def test_what_would_take_too_long_says_how_much_it_is() -> None:
    keys = [f"k{number}" for number in range(30)]
    since = time.monotonic()
    with pytest.raises(TooLarge, match="at most") as refused:
        entails({"at_least": 15, "of": keys}, "k0")
    assert refused.value.found > refused.value.most
    assert Many([{"at_least": 15, "of": keys}, "k0"]).entailing("k0") == [None, True]
    with pytest.raises(TooLarge, match="30 criteria"):
        weight({"all": keys})
    assert time.monotonic() - since < 5
    assert entails({"all": keys}, "k0"), "many criteria alone are no harm"


def test_clashes_name_the_postulates_that_answers_go_against() -> None:
    strict, loose = Postulate("a", "b", partly=True), Postulate("a", "c", least="partly")
    assert clashes([strict, loose], {"a": "yes", "b": "partly", "c": "no"}) == [strict, loose]
    assert clashes([strict, loose], {"a": "partly", "b": "no", "c": "no"}) == [strict]
    assert clashes([strict, loose], {"a": "yes", "b": "cannot-tell"}) == []
