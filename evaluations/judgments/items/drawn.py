"""Out of which outputs a protocol draws what it serves."""

from collections.abc import Iterable

from django.db.models import Q

from evaluations.judgments.models import ProtocolVersion

LOOKUPS = {
    "models": "run__model__slug__in",
    "recipes": "run__recipe__slug__in",
    "prompt_sets": "prompt__prompt_set__slug__in",
    "stop_reasons": "stop_reason__in",
    "outputs": "pk__in",
}
"""What `filling.FILTERS` are in the words of a queryset of outputs."""


def drawn_from(protocols: Iterable[int]) -> Q:
    """Condition on outputs that each of these protocols could have served; one query.

    A sample is a random part of what its version selects, so that it narrows nothing. Versions
    that nobody judged under do not count.
    """
    versions = ProtocolVersion.objects.filter(protocol__in=protocols, frozen_at__isnull=False)
    found = Q()
    for selection in versions.values_list("selection", flat=True):
        for name, lookup in LOOKUPS.items():
            if (selection or {}).get(name):
                found &= Q(**{lookup: selection[name]})
    return found
