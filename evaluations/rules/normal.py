"""One form for rules that evaluate alike, however they were written."""

import json
from collections.abc import Sequence
from typing import Any

from evaluations.rules.syntax import Leaf, Negation, ParsedRule, Threshold, parse


def normal(rule: object) -> Any:
    """The rule as JSON with `not` at criteria alone, sorted, without nesting or repetition.

    Rules with one normal form have the same bounds under all answers. Not every two rules that
    evaluate alike have one: a part that can never decide is not looked for.
    """
    return _normal(parse(rule), negated=False)


def _normal(node: ParsedRule, *, negated: bool) -> Any:
    match node:
        case Leaf(key):
            return {"not": key} if negated else key
        case Negation(child):
            return _normal(child, negated=not negated)
        case Threshold(n=n, children=children):
            # The n-th greatest, turned round, is the n-th smallest of what is turned round.
            place = len(children) + 1 - n if negated else n
            return _joined(place, [_normal(child, negated=negated) for child in children])


def _joined(n: int, parts: Sequence[Any]) -> Any:
    if 1 < n < len(parts):
        return {"at_least": n, "of": sorted(parts, key=json.dumps)}
    operator = "any" if n == 1 else "all"
    once: dict[str, Any] = {}
    for part in parts:
        inner = part.get(operator) if isinstance(part, dict) else None
        once.update((json.dumps(each), each) for each in inner or [part])
    sole, *more = (once[text] for text in sorted(once))
    return {operator: [sole, *more]} if more else sole
