"""Collections and their items as one reader sees them: with what stands in place of their words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluations.common.folding import folded_among
from evaluations.curation.closed import NOTHING, number_of
from evaluations.curation.contents import Record
from evaluations.curation.models import Collection, CollectionVersion, Placement
from evaluations.debates.models import Statement


def with_folding(collections: Iterable[Collection], reader: Any) -> list[Collection]:
    """Collections, each with `folded` as its reader sees it; the queries of `folded_among`."""
    found = list(collections)
    folded = folded_among(Collection, (each.pk for each in found), reader)
    for each in found:
        each.folded = folded.get(each.pk, "")
    return found


def title_of(version: CollectionVersion) -> str:
    """The title of a frozen version, or what stands in its place; its collection is as
    `with_folding` gives it."""
    return version.collection.folded or str(version.contents["title"])


def folds_of(collection: Collection, records: Sequence[Record], reader: Any) -> list[str]:
    """Why each of some items of a collection, of today or frozen, is behind a click for a reader;
    empty where it is not.

    What was frozen is folded while the item of today that shows the same is. Two queries for frozen
    items, and those of folding items and statements.
    """
    keys = [record.get("key") for record in records]
    if None in keys:
        today = keys_by_target(collection)
        now = Statement.objects.stand_now(filter(None, map(number_of, records)))
        keys = [
            key or today.get(target_in(record, now))
            for key, record in zip(keys, records, strict=True)
        ]
    items = folded_among(Placement, filter(None, keys), reader)
    said = folded_among(Statement, filter(None, map(number_of, records)), reader)
    return [
        items.get(key or 0, "") or said.get(number_of(record), "")
        for key, record in zip(keys, records, strict=True)
    ]


def target_in(record: Record, now: Mapping[int, int]) -> tuple[Any, ...]:
    """What a record shows, to be compared.

    Args:
        now: the number of its statement to that of the wording in force.
    """
    return (
        *(output["output"] for output in record["outputs"]),
        record["definition"] and record["definition"]["key"],
        record["prompt"]["slug"] if record["kind"] == "prompt" else None,
        now.get(number_of(record)),
        record["text"],
    )


def keys_by_target(collection: Collection) -> dict[tuple[Any, ...], int]:
    """The items of a collection by what they show, as `target_in` has it. One query."""
    columns = ("output", "left", "right", "definition_version", "prompt__slug", "statement", "text")
    found = {}
    for pk, *outputs_and_rest in collection.placements.values_list("pk", *columns):
        outputs, rest = outputs_and_rest[:3], outputs_and_rest[3:]
        found[(*(key for key in outputs if key is not None), *rest)] = pk
    return found


def without_folded(collection: Collection, contents: Record) -> Record:
    """What a version froze without the items that readers folded. The queries of `folds_of`."""
    items = contents["items"]
    folds = folds_of(collection, items, None)
    kept = [item for item, words in zip(items, folds, strict=True) if not words]
    return {**contents, "items": kept}


def as_folded(collection: Collection, contents: Record) -> Record:
    """All of a collection as its files have it, for every reader: without the words that readers
    folded. The queries of `with_folding` and `folds_of`."""
    with_folding([collection], None)
    items = contents["items"]
    told = {"title": collection.folded, "why": ""} if collection.folded else {}
    return {
        **contents,
        **told,
        "items": [
            {**item, **NOTHING, "kind": "folded", "title": words} if words else item
            for item, words in zip(items, folds_of(collection, items, None), strict=True)
        ],
    }
