"""What an edited rule would change: the board before and after, and the outputs that flip."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.leaderboards.boards.standings import Reading, Ruled, reading_of
from evaluations.rules import criteria
from evaluations.rules.editing import joined, without


def reading_with(
    version: DefinitionVersion,
    rule: Any,
    absence_policy: str,
    partly_policy: str,
    wordings: Sequence[CriterionVersion],
) -> Reading:
    """An edited rule on what its criteria mean.

    What the version pins stays pinned, so that nothing flips but for the edit; criteria that it
    does not name have the meaning in force.
    """
    pinned = {w.criterion.key: w.meaning for w in version.pinned}
    meaning = {w.criterion.key: w.meaning for w in wordings} | pinned
    return Reading(
        rule=rule,
        columns={key: (key, meaning.get(key, 1)) for key in criteria(rule)},
        absence_policy=absence_policy,
        partly_policy=partly_policy,
    )


def asked_anew(reading: Reading, wordings: Sequence[CriterionVersion]) -> list[CriterionVersion]:
    """Wordings in force that ask a criterion of the rule anew: answers here are to the old one."""
    return [
        wording
        for wording in wordings
        if wording.criterion.key in reading.columns
        and reading.columns[wording.criterion.key][1] != wording.meaning
    ]


"""What a CSV file holds: the outputs on which two rules part, or both boards."""


@dataclass(frozen=True)
class QuickEdit:
    """One criterion of the rule before or after, and the rules that one press would give.

    `toggled` leaves it out, or puts it back; None where nothing would be left. `negated` asks
    for its opposite; None where it is not in the rule.
    """

    key: str
    title: str
    inside: bool
    toggled: Any | None
    negated: Any | None


def quick_edits(before: Any, after: Any, titles: Mapping[str, str]) -> list[QuickEdit]:
    """The criteria of both rules, each with its quick edits."""
    inside = criteria(after)
    found = []
    for key in dict.fromkeys((*criteria(before), *inside)):
        found.append(
            QuickEdit(
                key=key,
                title=titles.get(key) or key.replace("-", " "),
                inside=key in inside,
                toggled=without(after, key) if key in inside else put_back(before, after, key),
                negated=negated(after, key) if key in inside else None,
            )
        )
    return found


def put_back(before: Any, after: Any, key: str) -> Any:
    """The rule with a criterion of the rule before in it again.

    At its old place where nothing but leaving out was done; else beside all the rest.
    """
    gone = [other for other in criteria(before) if other not in criteria(after)]
    if without_all(before, gone) == after:
        return without_all(before, [other for other in gone if other != key])
    return joined("all", after, key)


def without_all(rule: Any, keys: Sequence[str]) -> Any | None:
    """The rule without any mention of some criteria; None when nothing is left."""
    for key in keys:
        if rule is None:
            return None
        rule = without(rule, key)
    return rule


def negated(rule: Any, key: str) -> Any:
    """The rule with every mention of a criterion turned into its opposite."""
    if isinstance(rule, str):
        return {"not": rule} if rule == key else rule
    if rule.get("not") == key:
        return key
    return {
        name: part
        if name == "at_least"
        else [negated(entry, key) for entry in part]
        if isinstance(part, list)
        else negated(part, key)
        for name, part in rule.items()
    }


def compact(rule: Any) -> str:
    """A rule as JSON without spaces, for a URL."""
    return json.dumps(rule, separators=(",", ":"))


def same_reading(one: Ruled, other: Ruled) -> bool:
    """Whether two readings have one rule, the same meanings and the same policies."""
    a, b = reading_of(one), reading_of(other)
    return (a.rule, dict(a.columns), a.absence_policy, a.partly_policy) == (
        b.rule,
        dict(b.columns),
        b.absence_policy,
        b.partly_policy,
    )
