"""The map of definitions: the order that stored relations give, and what each one's entry says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.db.models import Q

from evaluations.definitions.catalogue.gaps import unparted
from evaluations.definitions.logic import follows_to_many, stated_version, turned
from evaluations.definitions.models import AnsweredBy, DefinitionVersion, Follows, Relation
from evaluations.definitions.postulates import digest, postulates
from evaluations.leaderboards.logic.order import Order, order_of
from evaluations.leaderboards.matrix.answers import Kept
from evaluations.rules import Stated, TooLarge, weight

Ways = dict[tuple[int, int], Follows]
"""Pairs of version keys that tell something, in both orders."""


@dataclass(frozen=True)
class Facts:
    """What is said of a version by itself, and never changes."""

    counts: float | None
    needs_findings: bool


FACTS: Final = Kept(5_000)
STATED: Final = Kept(5_000)
GAPS: Final = Kept(200)


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

    @cached_property
    def classes(self) -> list[list[DefinitionVersion]]:
        """The definitions of each class of the order."""
        by_pk = {version.pk: version for version in self.versions}
        return [[by_pk[pk] for pk in members] for members in self.order.classes]


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


def all_are_stored(keys: Sequence[int]) -> bool:
    """Whether every pair of some versions is stored by the postulates of today. One query."""
    stored = Relation.objects.filter(one__in=keys, other__in=keys, postulates=digest())
    return stored.count() == len(keys) * (len(keys) - 1) // 2


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
    others = [each for each in versions if each.pk != edited.pk]
    found = follows_to_many(rule, stated_of(others), postulates() if with_postulates else ())
    for other, way in zip(others, found, strict=True):
        if way is not Follows.CROSSES:
            kept[edited.pk, other.pk], kept[other.pk, edited.pk] = way, turned(way)
    return kept


def map_of(versions: Sequence[DefinitionVersion], ways: Ways) -> DefinitionMap:
    """The map of some versions, in their order. Queries as `facts_of`."""
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
    facts = facts_of(versions)
    entries = [
        Entry(
            version=version,
            same=ways_of[Follows.BOTH],
            stricter_than=ways_of[Follows.FORWARD],
            laxer_than=ways_of[Follows.BACKWARD],
            crosses=len(versions) - 1 - sum(map(len, ways_of.values())),
            unknown=len(ways_of[Follows.TOO_LARGE]),
            counts=facts[version.pk].counts,
            needs_findings=facts[version.pk].needs_findings,
        )
        for version, ways_of in ((each, found[each.pk]) for each in versions)
    ]
    return DefinitionMap(versions, ways, order, entries)


def facts_of(versions: Sequence[DefinitionVersion]) -> Mapping[int, Facts]:
    """What is said of each version by itself. Queries only for those that nobody asked about."""
    missing = [version.pk for version in versions if version.pk not in FACTS]
    if missing:
        for pk, version in DefinitionVersion.objects.with_pins().in_bulk(missing).items():
            judged = {each.criterion.answered_by for each in version.wordings.values()}
            FACTS[pk] = Facts(share_of_answers(version), bool(judged - {AnsweredBy.JUDGE}))
    return {version.pk: FACTS[version.pk] for version in versions}


def stated_of(versions: Sequence[DefinitionVersion]) -> list[Stated]:
    """The rules of published versions for logic, which never change. Queries as `facts_of`."""
    missing = [version.pk for version in versions if version.pk not in STATED]
    if missing:
        for pk, version in DefinitionVersion.objects.with_pins().in_bulk(missing).items():
            STATED[pk] = stated_version(version)
    return [STATED[version.pk] for version in versions]


def share_of_answers(version: DefinitionVersion) -> float | None:
    """The weight of a version's rule by itself; None where it is too large."""
    try:
        return weight(version.rule)
    except TooLarge:
        return None


def gaps_of(versions: Sequence[DefinitionVersion]) -> list[tuple[int, int]]:
    """The keys of the pairs that no worked case parts, kept for the next who asks."""
    key = tuple(version.pk for version in versions)
    found: list[tuple[int, int]] = GAPS.once(
        key, lambda: [(one.pk, other.pk) for one, other in unparted(with_pins(versions))]
    )
    return found


def with_pins(versions: Sequence[DefinitionVersion]) -> Sequence[DefinitionVersion]:
    """The same versions, with their pins read in two queries where they were not yet."""
    DefinitionVersion.read_pins(versions)
    return versions
