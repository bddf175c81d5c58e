"""What a collection lacks to be public: properties that anybody can check, and no vote."""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse

from evaluations.curation.models import Collection, Placement

LEAST_WHY: Final = 80
LEAST_ITEMS: Final = 3
NAMED_AT_MOST: Final = 5
TAKES: Final = (
    f"To be public, a collection takes {LEAST_WHY} characters or more here, {LEAST_ITEMS} items or "
    "more, and a note on each but texts. Until then this may stay empty."
)
"""What is missing below, said beforehand beside the why."""


@dataclass(frozen=True)
class Lack:
    """Something that is missing, and where it can be put right."""

    words: str
    href: str


def shortfall(collection: Collection) -> tuple[int, ...]:
    """How much is missing of each thing that a public collection has: a title, characters of its
    why, items, notes. Two queries."""
    return (
        int(not collection.title.strip()),
        max(LEAST_WHY - len(collection.why.strip()), 0),
        max(LEAST_ITEMS - collection.placements.count(), 0),
        without_note(collection).count(),
    )


def without_note(collection: Collection) -> QuerySet[Placement]:
    return collection.placements.filter(note="", text="")


def lacks(collection: Collection) -> list[Lack]:
    """What is missing before a collection may be listed, in the order of its page. Two queries,
    and one where notes are missing.

    A text that stands between items is its own reason and needs no note.
    """
    edit = reverse("collection-edit", args=collection.path)
    untitled, characters, items, bare = shortfall(collection)
    found = []
    if untitled:
        found.append(Lack("It has no title.", f"{edit}#id_title"))
    if characters:
        found.append(
            Lack(
                f"Its why has {LEAST_WHY - characters} characters: say in {LEAST_WHY} or more what "
                "it shows.",
                f"{edit}#id_why",
            )
        )
    if items:
        there = LEAST_ITEMS - items
        found.append(
            Lack(f"It has {there} of the {LEAST_ITEMS} items that make an argument.", f"{edit}#add")
        )
    if bare:
        rows = without_note(collection).order_by("rank", "pk")[:NAMED_AT_MOST]
        found += [
            Lack("An item has no note: say what sets it apart.", f"{edit}#item-{key}")
            for key in rows.values_list("pk", flat=True)
        ]
    if bare > NAMED_AT_MOST:
        found.append(Lack(f"{bare - NAMED_AT_MOST} more items have no note.", f"{edit}#items"))
    return found
