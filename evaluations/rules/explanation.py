"""Why a rule came out as it did: the answers that fix it, or those that are still missing."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluations.rules.answers import NO, PARTLY, UNKNOWN, VERDICTS, YES, Answer, Verdict, answer
from evaluations.rules.evaluation import answer_codes, code_bounds, settled
from evaluations.rules.phrases import join, label
from evaluations.rules.syntax import (
    Leaf,
    Negation,
    ParsedRule,
    Threshold,
    criteria,
    occurrences,
    parse,
)

MOST_TO_TRY: Final = 12
"""Known criteria up to which every subset is tried, where a criterion stands twice."""
MOST_STEPS: Final = 2**MOST_TO_TRY * MOST_TO_TRY
"""Subsets times places in the rule up to which they are tried: anybody may ask about any rule."""
LONGEST_EXACT_LIST: Final = 40

_VERDICT_WORDS: Final[Mapping[str, str]] = {
    "yes": "reasoning",
    "partly": "partly reasoning",
    "no": "not reasoning",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict with its reasons.

    `decisive`: the smallest set of criteria whose answers alone fix the verdict, in the rule's
    order; empty while undetermined. `open`: while undetermined, the criteria without a known
    answer that can still change it; else empty. `lower` and `upper` bound what the answer can
    still become. `sentence` says this in words, for a page.
    """

    answer: Answer
    verdict: Verdict
    lower: Answer
    upper: Answer
    decisive: tuple[str, ...]
    open: tuple[str, ...]
    sentence: str


def explain(
    rule: object, answers: Mapping[str, str], titles: Mapping[str, str] | None = None
) -> Explanation:
    """Explain the verdict of a rule; `titles` maps criterion keys to the words to show.

    A set of answers fixes a verdict when the rule, with all others unknown, still evaluates to
    it. `decisive` has the fewest members possible if every criterion stands once in the rule
    and no "at_least" between all and any lists over LONGEST_EXACT_LIST entries, and also if at
    most MOST_TO_TRY criteria are known and trying them takes at most MOST_STEPS. Beyond that no
    member can be left out, though a smaller set may exist. `open` may name too many, never too
    few, where a criterion stands twice. Errors as in `evaluate`.
    """
    parsed = parse(rule)
    known = answer_codes(parsed, answers)
    lower, upper = code_bounds(parsed, known)
    result = answer(settled((lower, upper)))
    decisive: tuple[str, ...] = ()
    still_open: tuple[str, ...] = ()
    if result == "cannot-tell":
        wanted = {key for level in (PARTLY, YES) for key in _pivotal(parsed, level, known)}
        still_open = tuple(key for key in criteria(parsed) if key in wanted)
        words = _open_sentence(answer(lower), answer(upper), still_open, titles)
    else:
        smallest = _decisive(parsed, lower, known)
        decisive = tuple(key for key in criteria(parsed) if key in smallest)
        words = _decisive_sentence(result, decisive, known, titles)
    return Explanation(
        answer=result,
        verdict=VERDICTS[result],
        lower=answer(lower),
        upper=answer(upper),
        decisive=decisive,
        open=still_open,
        sentence=words,
    )


def _decisive(rule: ParsedRule, value: int, known: Mapping[str, int]) -> frozenset[str]:
    places = list(occurrences(rule))
    if len(places) == len(set(places)) and not _has_long_list(rule):
        proofs = _proofs(rule, value, known)
        if proofs.exactly is not None:
            return proofs.exactly
    if len(known) <= MOST_TO_TRY and 2 ** len(known) * len(places) <= MOST_STEPS:
        return _smallest_by_trial(rule, value, known)
    return _thinned(rule, value, known)


def _fixes(rule: ParsedRule, value: int, known: Mapping[str, int]) -> bool:
    return code_bounds(rule, known) == (value, value)


def _smallest_by_trial(rule: ParsedRule, value: int, known: Mapping[str, int]) -> frozenset[str]:
    for size in range(len(known)):
        for keys in itertools.combinations(known, size):
            if _fixes(rule, value, {key: known[key] for key in keys}):
                return frozenset(keys)
    return frozenset(known)


def _thinned(rule: ParsedRule, value: int, known: Mapping[str, int]) -> frozenset[str]:
    kept = dict(known)
    for key in reversed(list(known)):
        code = kept.pop(key)
        if not _fixes(rule, value, kept):
            kept[key] = code
    return frozenset(kept)


def _has_long_list(rule: ParsedRule) -> bool:
    match rule:
        case Leaf():
            return False
        case Negation(child):
            return _has_long_list(child)
        case Threshold(n=n, children=children):
            long = 1 < n < len(children) and len(children) > LONGEST_EXACT_LIST
            return long or any(_has_long_list(child) for child in children)


_Proof = frozenset[str] | None
"""Criteria whose answers show something; None where no answers show it."""


@dataclass(frozen=True, slots=True)
class _Proofs:
    """Smallest proofs that a part of the rule is at least, at most and exactly some value."""

    at_least: _Proof
    at_most: _Proof
    exactly: _Proof


def _proofs(node: ParsedRule, value: int, known: Mapping[str, int]) -> _Proofs:
    """Smallest proofs about one part, from those of its parts; each criterion stands once."""
    match node:
        case Leaf(key):
            code = known.get(key, UNKNOWN)
            shown = frozenset({key})
            at_least = frozenset[str]() if value == NO else shown if code >= value else None
            at_most = frozenset[str]() if value == YES else shown if NO <= code <= value else None
            return _Proofs(at_least, at_most, shown if code == value else None)
        case Negation(child):
            turned = _proofs(child, YES - value, known)
            return _Proofs(turned.at_most, turned.at_least, turned.exactly)
        case Threshold(n=n, children=children):
            parts = [_proofs(child, value, known) for child in children]
            # The n-th greatest is at most v where all but n - 1 of them are.
            others = len(parts) - n + 1
            at_least = _cheapest([part.at_least for part in parts], n)
            at_most = _cheapest([part.at_most for part in parts], others)
            if value == NO:
                return _Proofs(at_least, at_most, at_most)
            if value == YES:
                return _Proofs(at_least, at_most, at_least)
            return _Proofs(at_least, at_most, _cheapest_both(parts, n, others))


def _cheapest(proofs: Sequence[_Proof], count: int) -> _Proof:
    found = sorted((proof for proof in proofs if proof is not None), key=len)
    if len(found) < count:
        return None
    return frozenset().union(*found[:count])


def _cheapest_both(parts: Sequence[_Proofs], low: int, high: int) -> _Proof:
    """Fewest criteria that show `low` parts at least, and `high` parts at most, the value."""
    best: dict[tuple[int, int], frozenset[str]] = {(0, 0): frozenset()}
    for index, part in enumerate(parts):
        after = len(parts) - index - 1
        longer: dict[tuple[int, int], frozenset[str]] = {}
        for (lows, highs), shown in best.items():
            choices: tuple[tuple[int, int, _Proof], ...] = (
                (0, 0, frozenset()),
                (1, 0, part.at_least),
                (0, 1, part.at_most),
                (1, 1, part.exactly),
            )
            for more_lows, more_highs, proof in choices:
                state = (min(lows + more_lows, low), min(highs + more_highs, high))
                if proof is None or state[0] + after < low or state[1] + after < high:
                    continue
                together = shown | proof
                if state not in longer or len(together) < len(longer[state]):
                    longer[state] = together
        best = longer
    return best.get((low, high))


def _pivotal(node: ParsedRule, level: int, known: Mapping[str, int]) -> Iterator[str]:
    """Unknown criteria on which it still depends whether the part reaches the level."""
    match node:
        case Leaf(key):
            if key not in known:
                yield key
        case Negation(child):
            # not x reaches v where x stays below 3 - v.
            yield from _pivotal(child, YES + 1 - level, known)
        case Threshold(n=n, children=children):
            ranges = [code_bounds(child, known) for child in children]
            certain = sum(lower >= level for lower, _ in ranges)
            possible = sum(upper >= level for _, upper in ranges)
            for child, (lower, upper) in zip(children, ranges, strict=True):
                # A child tips the balance where exactly n - 1 others can be the ones that reach.
                if certain - (lower >= level) <= n - 1 <= possible - (upper >= level):
                    yield from _pivotal(child, level, known)


def _decisive_sentence(
    result: Answer,
    decisive: Sequence[str],
    known: Mapping[str, int],
    titles: Mapping[str, str] | None,
) -> str:
    clauses = []
    for code in (YES, PARTLY, NO):
        names = [label(key, titles) for key in decisive if known[key] == code]
        if names:
            verb = "is" if len(names) == 1 else "are"
            clauses.append(f"{join(names)} {verb} answered {answer(code)}")
    verdict = _VERDICT_WORDS[result]
    return f"{verdict.capitalize()}, because {join(clauses)}."


def _open_sentence(
    lower: Answer, upper: Answer, still_open: Sequence[str], titles: Mapping[str, str] | None
) -> str:
    names = join([label(key, titles) for key in still_open])
    span = f"anything from {_VERDICT_WORDS[lower]} to {_VERDICT_WORDS[upper]}"
    if (lower, upper) != ("no", "yes"):
        span = f"{_VERDICT_WORDS[lower]} or {_VERDICT_WORDS[upper]}"
    return f"Undetermined: it can become {span}, depending on {names}."
