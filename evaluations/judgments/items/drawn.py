"""Out of which outputs a protocol draws what it serves."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from evaluations.judgments.models import Item, ProtocolVersion, Subject

LOOKUPS = {
    "models": "run__model__slug__in",
    "recipes": "run__recipe__slug__in",
    "prompt_sets": "prompt__prompt_set__slug__in",
    "stop_reasons": "stop_reason__in",
    "outputs": "pk__in",
}
"""What `filling.FILTERS` are in the words of a queryset of outputs."""


def drawn_from(protocols: Iterable[int]) -> Mapping[int, Sequence[Q]]:
    """Of each of these protocols the conditions on outputs that its versions, each by one, could
    have served; one query.

    A sample is a random part of what its version selected when it was drawn, and it is drawn for
    good with the first judgment: what was written later is in no sample. Versions that nobody
    judged under do not count.
    """
    found: dict[int, list[Q]] = {protocol: [] for protocol in protocols}
    versions = ProtocolVersion.objects.filter(protocol__in=found, frozen_at__isnull=False)
    for version in versions.order_by("pk"):
        selection, about_prompts = version.selection or {}, version.subject == Subject.PROMPT
        condition = Q()
        for name, lookup in LOOKUPS.items():
            if selection.get(name) and (name == "prompt_sets" or not about_prompts):
                condition &= Q(**{lookup: selection[name]})
        if selection.get("sample") is not None:
            written = "prompt__created_at" if about_prompts else "finished_at"
            condition &= Q(**{f"{written}__lte": version.frozen_at})
        found[version.protocol_id].append(condition)
    return found


def not_gold_of(protocol: int) -> Q:
    """Condition on outputs that are no gold items of a protocol, whose answers count nowhere, nor
    their prompts: they were picked."""
    gold = Item.objects.filter(version__protocol=protocol, is_gold=True)
    outputs, prompts = gold.exclude(output=None), gold.exclude(prompt=None)
    return ~Q(pk__in=outputs.values("output")) & ~Q(prompt__in=prompts.values("prompt"))
