"""Definitions in the terms of logic: their rules on the questions that they mean."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from evaluations.definitions.models import CriterionVersion, DefinitionVersion, Follows
from evaluations.definitions.postulates import key_of, postulates, variable
from evaluations.rules import (
    Answer,
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
from evaluations.rules.syntax import renamed

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
        forward, backward = entails(one, other, postulated), entails(other, one, postulated)
    except TooLarge:
        return Follows.TOO_LARGE
    return Follows(int(forward) + 2 * int(backward))


def follows_in_both_ways(one: Stated, other: Stated) -> tuple[Follows, Follows]:
    """The same by the rules alone, and with the catalogue's postulates."""
    alone = follows(one, other)
    if alone in (Follows.BOTH, Follows.TOO_LARGE):
        return alone, alone
    return alone, follows(one, other, postulates())


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
