"""Storing what versions are to each other by logic."""

from collections.abc import Iterable
from itertools import combinations

from django.db import transaction

from evaluations.definitions.logic import (
    follows_among,
    follows_to_many,
    stated_version,
    turned,
)
from evaluations.definitions.models import DefinitionVersion, Follows, Relation
from evaluations.definitions.postulates import digest, postulates

AT_ONCE = 5_000


def relate_version(*, version: DefinitionVersion) -> int:
    """Relate a version that came into force to all others in force; returns how many.

    Makes four queries and writes rows in one; 300 others take some tenths of a second.
    """
    listed = DefinitionVersion.objects.published().with_pins()
    others = list(listed.exclude(definition=version.definition_id))
    own = DefinitionVersion.objects.with_pins().get(pk=version.pk)
    rule, rules = stated_version(own), [stated_version(each) for each in others]
    by_rules, by_postulates = (
        follows_to_many(rule, rules, postulated) for postulated in ((), postulates())
    )
    return _store(
        _row(version.pk, other.pk, *ways)
        for other, *ways in zip(others, by_rules, by_postulates, strict=True)
    )


@transaction.atomic
def relate_all() -> int:
    """Relate every two versions in force that are not yet, or were by other postulates.

    Returns how many pairs were worked out: none where all are known. All at once, so that 300
    versions, 44,850 pairs, take a few seconds.
    """
    versions = list(DefinitionVersion.objects.published().with_pins())
    known = set(
        Relation.objects.filter(postulates=digest()).values_list("one_id", "other_id").iterator()
    )
    pairs = [
        (one, other)
        for one, other in combinations(sorted(version.pk for version in versions), 2)
        if (one, other) not in known
    ]
    new = {pk for pair in pairs for pk in pair}
    rules = {version.pk: stated_version(version) for version in versions if version.pk in new}
    place = {pk: number for number, pk in enumerate(rules)}
    by_rules, by_postulates = (
        follows_among(list(rules.values()), postulated) for postulated in ((), postulates())
    )
    return _store(
        _row(
            one,
            other,
            by_rules[place[one]][place[other]],
            by_postulates[place[one]][place[other]],
        )
        for one, other in pairs
    )


def _row(one: int, other: int, by_rules: Follows, by_postulates: Follows) -> Relation:
    """What a version is to another one, stored from the side of the earlier."""
    if one > other:
        one, other, by_rules, by_postulates = other, one, turned(by_rules), turned(by_postulates)
    return Relation(
        one_id=one,
        other_id=other,
        by_rules=by_rules,
        by_postulates=by_postulates,
        postulates=digest(),
    )


def _store(rows: Iterable[Relation]) -> int:
    return len(
        Relation.objects.bulk_create(
            rows,
            batch_size=AT_ONCE,
            update_conflicts=True,
            unique_fields=["one", "other"],
            update_fields=["by_rules", "by_postulates", "postulates"],
        )
    )
