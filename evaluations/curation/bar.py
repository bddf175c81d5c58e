"""What a collection lacks to be public: properties that anybody can check, and no vote."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

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


def lacks(collection: Collection) -> list[Lack]:
    """What is missing before a collection may be listed, in the order of its page. Two queries.

    A text that stands between items is its own reason and needs no note.
    """
    edit = reverse("collection-edit", args=collection.path)
    found = []
    if not collection.title.strip():
        found.append(Lack("It has no title.", f"{edit}#id_title"))
    length = len(collection.why.strip())
    if length < LEAST_WHY:
        found.append(
            Lack(
                f"Its why has {length} characters: say in {LEAST_WHY} or more what it shows.",
                f"{edit}#id_why",
            )
        )
    count = collection.placements.count()
    if count < LEAST_ITEMS:
        found.append(
            Lack(f"It has {count} of the {LEAST_ITEMS} items that make an argument.", f"{edit}#add")
        )
    bare = collection.placements.filter(note="", text="").order_by("rank", "pk")
    keys = list(bare.values_list("pk", flat=True))
    found += [
        Lack("An item has no note: say what sets it apart.", f"{edit}#item-{key}")
        for key in keys[:NAMED_AT_MOST]
    ]
    if len(keys) > NAMED_AT_MOST:
        found.append(Lack(f"{len(keys) - NAMED_AT_MOST} more items have no note.", f"{edit}#items"))
    return found
