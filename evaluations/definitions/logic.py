"""Definitions in the terms of logic: their rules on the questions that they mean."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from evaluations.definitions.models import CriterionVersion, DefinitionVersion, Follows
from evaluations.definitions.postulates import key_of, postulates, variable
from evaluations.rules import (
    Answer,
    Many,
    Postulate,
    Stated,
    TooLarge,
    criteria,
    entails,
    parse,
    separator,
    stated,
)
from evaluations.rules.phrases import join, label
from evaluations.rules.syntax import Negation, renamed

Column: TypeAlias = tuple[str, int]
"""A criterion key and a meaning: one question."""
Pattern: TypeAlias = dict[Column, Answer]
"""The answers that part two rules; questions that it does not name may be answered in any way."""

ANSWER_WORDS: Mapping[str, str] = {
    "yes": "yes",
    "partly": "partly",
    "no": "no",
    "cannot-tell": "cannot tell, as the trace is withheld",
}


def stated_with(
    rule: Any, meanings: Mapping[str, int], absence_policy: str, process: Collection[str]
) -> Stated:
    """A rule for logic.

    Args:
        meanings: criterion key to the meaning in which it is asked; 1 where it is missing.
        process: keys of the criteria that ask about the working.
    """
    names = {key: variable(key, meanings.get(key, 1)) for key in criteria(rule)}
    hidden = [names[key] for key in process if key in names]
    return stated(renamed(parse(rule), names), policy=absence_policy, process=hidden)


def stated_version(version: DefinitionVersion) -> Stated:
    """A stored version's rule for logic. Reads the prefetched pins."""
    return stated_on(version.rule, version.absence_policy, version.wordings.values())


def stated_on(rule: Any, absence_policy: str, wordings: Iterable[CriterionVersion]) -> Stated:
    """A rule for logic, on some wordings of its criteria; joins their criteria."""
    named = {wording.criterion.key: wording for wording in wordings}
    return stated_with(
        rule,
        {key: wording.meaning for key, wording in named.items()},
        absence_policy,
        {key for key, wording in named.items() if wording.criterion.process},
    )


def follows(one: Stated, other: Stated, postulated: tuple[Postulate, ...] = ()) -> Follows:
    """What two rules are to each other."""
    try:
        return joined(entails(one, other, postulated), entails(other, one, postulated))
    except TooLarge:
        return Follows.TOO_LARGE


def joined(forward: bool | None, backward: bool | None) -> Follows:
    """What two rules are to each other, by which entails which; None: too large to tell."""
    if forward is None or backward is None:
        return Follows.TOO_LARGE
    return Follows(int(forward) + 2 * int(backward))


def turned(way: Follows) -> Follows:
    """The same relation, seen from the other side."""
    return {Follows.FORWARD: Follows.BACKWARD, Follows.BACKWARD: Follows.FORWARD}.get(way, way)


def follows_to_many(
    one: Stated, others: Sequence[Stated], postulated: tuple[Postulate, ...] = ()
) -> list[Follows]:
    """What one rule is to each of many others: as `follows`, in some tenths of the time."""
    backward, ahead = Many(others).entailing(one, postulated), Many([one])
    forward = [ahead.entailing(other, postulated)[0] for other in others]
    return [joined(*ways) for ways in zip(forward, backward, strict=True)]


def follows_among(
    rules: Sequence[Stated], postulated: tuple[Postulate, ...] = ()
) -> list[list[Follows]]:
    """What many rules are to one another, row by row: as `follows`, a hundred times as fast."""
    many = Many(rules)
    entailed_by = [many.entailing(rule, postulated) for rule in rules]
    # Turned round, a column is what one rule entails and a row is what entails it.
    entailing = list(zip(*entailed_by, strict=True))
    return [
        [joined(*ways) for ways in zip(forward, backward, strict=True)]
        for forward, backward in zip(entailing, entailed_by, strict=True)
    ]


def follows_in_both_ways(one: Stated, other: Stated) -> tuple[Follows, Follows]:
    """The same by the rules alone, and with the catalogue's postulates."""
    alone = follows(one, other)
    if alone in (Follows.BOTH, Follows.TOO_LARGE):
        return alone, alone
    return alone, follows(one, other, postulates())


def says_no_alike(one: Stated, other: Stated) -> bool:
    """Whether two rules say no to the same, postulates taken for granted; else one says partly."""
    first, second = (Stated(Negation(each.rule), each.hidden) for each in (one, other))
    return follows(first, second, postulates()) is Follows.BOTH


@dataclass(frozen=True)
class Parted:
    """By logic: what two rules are to each other, and the smallest cases that part them.

    `first_only` makes the first say yes and the second not, `second_only` the other way round;
    None where there is no such case. They respect the postulates.
    """

    by_rules: Follows
    by_postulates: Follows
    first_only: Pattern | None
    second_only: Pattern | None


def parted(one: Stated, other: Stated) -> Parted:
    """Two rules by logic; takes some milliseconds, or some seconds for very large rules."""
    by_rules, by_postulates = follows_in_both_ways(one, other)
    if by_postulates is Follows.TOO_LARGE:
        return Parted(by_rules, by_postulates, None, None)
    return Parted(by_rules, by_postulates, pattern_of(one, other), pattern_of(other, one))


def pattern_of(one: Stated, other: Stated) -> Pattern | None:
    """The smallest case that the first counts and the second does not; None for none or unknown."""
    try:
        found = separator(one, other, postulates())
    except TooLarge:
        return None
    return None if found is None else {key_of(name): value for name, value in found.items()}


def pattern_in_words(pattern: Mapping[Column, str], titles: Mapping[str, str]) -> str:
    """A case as a sentence without its full stop: “states a conclusion”: yes; “…”: no."""
    parts = [
        f"“{label(key, titles)}”: {ANSWER_WORDS[value]}" for (key, _), value in pattern.items()
    ]
    return join(parts)
