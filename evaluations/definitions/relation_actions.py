"""Storing what versions are to each other by logic."""

from collections.abc import Sequence
from itertools import combinations

from django.db import transaction

from evaluations.definitions.logic import follows_in_both_ways, stated_version
from evaluations.definitions.models import DefinitionVersion, Relation
from evaluations.definitions.postulates import digest

AT_ONCE = 5_000


def relate_version(*, version: DefinitionVersion) -> int:
    """Relate a version that came into force to all others in force; returns how many.

    Makes four queries and writes rows in one; 300 others take some tenths of a second.
    """
    listed = DefinitionVersion.objects.published().with_pins()
    others = list(listed.exclude(definition=version.definition_id))
    own = DefinitionVersion.objects.with_pins().get(pk=version.pk)
    return _store([(own, other) for other in others])


@transaction.atomic
def relate_all() -> int:
    """Relate every two versions in force that are not yet, or were by other postulates.

    Returns how many pairs were worked out: none where all are known.
    """
    versions = list(DefinitionVersion.objects.published().with_pins())
    known = set(
        Relation.objects.filter(postulates=digest()).values_list("one_id", "other_id").iterator()
    )
    missing = [pair for pair in combinations(versions, 2) if tuple(sorted(_pks(pair))) not in known]
    return _store(missing)


def _pks(pair: tuple[DefinitionVersion, DefinitionVersion]) -> tuple[int, int]:
    return pair[0].pk, pair[1].pk


def _store(pairs: Sequence[tuple[DefinitionVersion, DefinitionVersion]]) -> int:
    stated = {version.pk: version for pair in pairs for version in pair}
    rules = {pk: stated_version(version) for pk, version in stated.items()}
    rows = []
    for one, other in (sorted(_pks(pair)) for pair in pairs):
        by_rules, by_postulates = follows_in_both_ways(rules[one], rules[other])
        rows.append(
            Relation(
                one_id=one,
                other_id=other,
                by_rules=by_rules,
                by_postulates=by_postulates,
                postulates=digest(),
            )
        )
    Relation.objects.bulk_create(
        rows,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["one", "other"],
        update_fields=["by_rules", "by_postulates", "postulates"],
    )
    return len(rows)
