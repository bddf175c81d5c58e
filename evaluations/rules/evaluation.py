"""The value of a rule under one set of answers.

Answers are ordered no < partly < yes. An unknown answer stands for the whole range, so every
part of a rule has a lower and an upper bound: `all`, `any` and `at_least n` take the n-th
greatest of the lower bounds and of the upper bounds, `not` turns the range round. Where the
bounds meet, that is the value; else it cannot be told. The bounds are what the rule can still
become, exactly, unless a criterion stands both under a `not` and outside one: then they may be
wider, since its two places are bounded each by itself.
"""

from collections.abc import Mapping

from evaluations.rules.answers import NO, UNKNOWN, YES, Answer, answer, code
from evaluations.rules.syntax import Leaf, Negation, ParsedRule, Threshold, criteria, parse


def evaluate(rule: object, answers: Mapping[str, str]) -> Answer:
    """The rule's answer: yes, partly, no or cannot-tell.

    `answers` maps criterion keys to answers; a missing one counts as cannot-tell, others than
    the rule's are ignored. InvalidRule for a rule that cannot be read, ValueError for an
    answer outside the four.
    """
    parsed = parse(rule)
    return answer(settled(code_bounds(parsed, answer_codes(parsed, answers))))


def bounds(rule: object, answers: Mapping[str, str]) -> tuple[Answer, Answer]:
    """The least and the greatest answer that the rule can still have, each yes, partly or no.

    Same arguments and errors as `evaluate`.
    """
    parsed = parse(rule)
    lower, upper = code_bounds(parsed, answer_codes(parsed, answers))
    return answer(lower), answer(upper)


def answer_codes(rule: ParsedRule, answers: Mapping[str, str]) -> dict[str, int]:
    """Codes of the known answers to the rule's criteria; unknown ones are left out."""
    known = ((key, code(answers[key])) for key in criteria(rule) if key in answers)
    return {key: value for key, value in known if value != UNKNOWN}


def settled(bounds: tuple[int, int]) -> int:
    """The code that both bounds name, or -1 where they differ."""
    lower, upper = bounds
    return lower if lower == upper else UNKNOWN


def code_bounds(node: ParsedRule, known: Mapping[str, int]) -> tuple[int, int]:
    """Lower and upper bound of a tree as codes; a key that `known` lacks ranges from 0 to 2."""
    match node:
        case Leaf(key):
            value = known.get(key)
            return (NO, YES) if value is None else (value, value)
        case Negation(child):
            lower, upper = code_bounds(child, known)
            return YES - upper, YES - lower
        case Threshold(n=n, children=children):
            ranges = [code_bounds(child, known) for child in children]
            lowers = sorted((lower for lower, _ in ranges), reverse=True)
            uppers = sorted((upper for _, upper in ranges), reverse=True)
            return lowers[n - 1], uppers[n - 1]
