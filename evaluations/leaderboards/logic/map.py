"""The map of definitions: the order that stored relations give, and what each one's entry says."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Q

from evaluations.definitions.logic import follows_in_both_ways, stated_version
from evaluations.definitions.models import AnsweredBy, DefinitionVersion, Follows, Relation
from evaluations.leaderboards.logic.order import Order, order_of
from evaluations.rules import ParsedRule, Stated, TooLarge, weight

Ways = dict[tuple[int, int], Follows]
"""Pairs of version keys that tell something, in both orders."""


@dataclass(frozen=True)
class Entry:
    """One definition among those on the map; `counts` is the share of all answers that it counts.

    It crosses those of which neither follows from the other; `unknown` are too large to tell.
    """

    version: DefinitionVersion
    same: Sequence[DefinitionVersion]
    stricter_than: Sequence[DefinitionVersion]
    laxer_than: Sequence[DefinitionVersion]
    crosses: int
    unknown: int
    counts: float | None
    needs_findings: bool


@dataclass(frozen=True)
class DefinitionMap:
    versions: Sequence[DefinitionVersion]
    ways: Ways
    order: Order
    entries: Sequence[Entry]

    def in_class(self, number: int) -> list[DefinitionVersion]:
        """The definitions of one class of the order, in their order here."""
        members = set(self.order.classes[number])
        return [version for version in self.versions if version.pk in members]


def turned(way: Follows) -> Follows:
    """The same relation, seen from the other side."""
    return {Follows.FORWARD: Follows.BACKWARD, Follows.BACKWARD: Follows.FORWARD}.get(way, way)


def stored_ways(*, with_postulates: bool, of: DefinitionVersion | None = None) -> Ways:
    """What is stored of versions in force, or of one of them. Makes one query."""
    field = "by_postulates" if with_postulates else "by_rules"
    rows = Relation.objects.that_tell().filter(one__is_current=True, other__is_current=True)
    if of is not None:
        rows = rows.filter(Q(one=of) | Q(other=of))
    found: Ways = {}
    for one, other, way in rows.values_list("one_id", "other_id", field).iterator():
        if way != Follows.CROSSES:
            found[one, other] = Follows(way)
            found[other, one] = turned(Follows(way))
    return found


def with_edit(
    ways: Ways,
    versions: Sequence[DefinitionVersion],
    edited: DefinitionVersion,
    rule: Stated,
    *,
    with_postulates: bool,
) -> Ways:
    """The relations that there would be if one version had another rule."""
    kept = {pair: way for pair, way in ways.items() if edited.pk not in pair}
    for other in versions:
        if other.pk != edited.pk:
            way = follows_in_both_ways(rule, stated_version(other))[int(with_postulates)]
            if way is not Follows.CROSSES:
                kept[edited.pk, other.pk], kept[other.pk, edited.pk] = way, turned(way)
    return kept


def map_of(versions: Sequence[DefinitionVersion], ways: Ways) -> DefinitionMap:
    """The map of some versions, in their order. Reads the prefetched pins."""
    shown = {version.pk: version for version in versions}
    strict = (Follows.FORWARD, Follows.BOTH)
    entailments = [pair for pair, way in ways.items() if way in strict and {*pair} <= shown.keys()]
    order = order_of(list(shown), entailments)
    found: dict[int, dict[Follows, list[DefinitionVersion]]] = {
        pk: {way: [] for way in Follows} for pk in shown
    }
    # In the order of the versions; most pairs cross and are only counted.
    place = {version.pk: number for number, version in enumerate(versions)}
    told = [pair for pair in ways if {*pair} <= shown.keys()]
    for one, other in sorted(told, key=lambda pair: place[pair[1]]):
        found[one][ways[one, other]].append(shown[other])
    entries = [
        Entry(
            version=version,
            same=ways_of[Follows.BOTH],
            stricter_than=ways_of[Follows.FORWARD],
            laxer_than=ways_of[Follows.BACKWARD],
            crosses=len(versions) - 1 - sum(map(len, ways_of.values())),
            unknown=len(ways_of[Follows.TOO_LARGE]),
            counts=share_of_answers(stated_version(version).rule),
            needs_findings=needs_findings(version),
        )
        for version, ways_of in ((each, found[each.pk]) for each in versions)
    ]
    return DefinitionMap(versions, ways, order, entries)


def needs_findings(version: DefinitionVersion) -> bool:
    """Whether its rule names a criterion that judges do not answer. Reads the prefetched pins."""
    return any(
        wording.criterion.answered_by != AnsweredBy.JUDGE for wording in version.wordings.values()
    )


@lru_cache(2048)
def share_of_answers(rule: ParsedRule) -> float | None:
    """A rule's weight by itself; None where it is too large."""
    try:
        return weight(rule)
    except TooLarge:
        return None
