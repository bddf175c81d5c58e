"""What a collection lacks to be public: properties that anybody can check, and no vote."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from evaluations.common.texts.unseen import shows_something, without_unseen
from evaluations.curation.models import Collection

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
    why, items, notes. What nobody sees counts for nothing. Two queries."""
    return (
        int(not shows_something(collection.title)),
        max(LEAST_WHY - len(without_unseen(collection.why).strip()), 0),
        max(LEAST_ITEMS - collection.placements.count(), 0),
        len(without_note(collection)),
    )


def without_note(collection: Collection) -> list[int]:
    """Keys of the items, in order, whose note shows nothing; a text needs none. A query."""
    notes = collection.placements.filter(text="").order_by("rank", "pk").values_list("pk", "note")
    return [key for key, note in notes if not shows_something(note)]


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
        found += [
            Lack("An item has no note: say what sets it apart.", f"{edit}#item-{key}")
            for key in without_note(collection)[:NAMED_AT_MOST]
        ]
    if bare > NAMED_AT_MOST:
        found.append(Lack(f"{bare - NAMED_AT_MOST} more items have no note.", f"{edit}#items"))
    return found
