"""A rule in words, and as a tree for a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evaluations.rules.answers import Answer, answer
from evaluations.rules.evaluation import answer_codes, code_bounds, settled
from evaluations.rules.phrases import label
from evaluations.rules.syntax import Leaf, Negation, ParsedRule, Threshold, parse


@dataclass(frozen=True, slots=True)
class Node:
    """One part of a rule, for a template.

    `key` is the criterion's, empty for an operator; `n` is the number of an at_least, else
    None; `value` is the part's answer under the answers given, None where none were given.
    """

    kind: Literal["all", "any", "not", "at_least", "criterion"]
    label: str
    key: str
    n: int | None
    children: tuple["Node", ...]
    value: Answer | None


def describe(rule: object, titles: Mapping[str, str] | None = None) -> str:
    """The rule as one sentence without capital and full stop, naming every criterion.

    For example "all of: states a conclusion; and at least one of (abduction; induction)".
    `titles` maps criterion keys to the words to use; a key without a title is shown with
    spaces for its hyphens. InvalidRule for a rule that cannot be read.
    """
    parsed = _without_lists_of_one(parse(rule))
    if not isinstance(parsed, Threshold):
        return _phrase(parsed, titles)
    phrases = [_phrase(child, titles) for child in parsed.children]
    if parsed.operator != "at_least":
        phrases[-1] = f"{'and' if parsed.operator == 'all' else 'or'} {phrases[-1]}"
    return f"{_heading(parsed)}: {'; '.join(phrases)}"


def tree(
    rule: object,
    answers: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Node:
    """The rule as nested nodes; with `answers`, each node has its own value.

    Errors as in `evaluate`.
    """
    parsed = parse(rule)
    known = None if answers is None else answer_codes(parsed, answers)
    return _node(parsed, known, titles)


def _node(
    part: ParsedRule, known: Mapping[str, int] | None, titles: Mapping[str, str] | None
) -> Node:
    value = None if known is None else answer(settled(code_bounds(part, known)))
    match part:
        case Leaf(key):
            return Node("criterion", label(key, titles), key, None, (), value)
        case Negation(child):
            return Node("not", "not", "", None, (_node(child, known, titles),), value)
        case Threshold(operator=operator, n=n, children=children):
            below = tuple(_node(child, known, titles) for child in children)
            number = n if operator == "at_least" else None
            return Node(operator, _heading(part), "", number, below, value)


def _heading(part: Threshold) -> str:
    match part.operator:
        case "all":
            return "all of"
        case "any":
            return "at least one of"
        case "at_least":
            return f"at least {part.n} of"


def _phrase(part: ParsedRule, titles: Mapping[str, str] | None) -> str:
    match part:
        case Leaf(key):
            return label(key, titles)
        case Negation(child):
            return f"not ({_phrase(child, titles)})"
        case Threshold(children=children):
            only = _without_lists_of_one(part)
            if only is not part:
                return _phrase(only, titles)
            phrases = [_phrase(child, titles) for child in children]
            return f"{_heading(part)} ({'; '.join(phrases)})"


def _without_lists_of_one(part: ParsedRule) -> ParsedRule:
    while isinstance(part, Threshold) and len(part.children) == 1:
        part = part.children[0]
    return part
