"""Collections for tests, in one call each."""

from typing import Any

from evaluations.accounts.models import User
from evaluations.curation.actions import make_collection, show
from evaluations.curation.models import Collection, Placement
from evaluations.curation.placement_actions import place
from evaluations.judgments.tests.cast import make_output

WHY = "Three outputs that look alike and are not: what a model writes down is not what it did."


def make(owner: User, title: str = "Three lamps", **fields: Any) -> Collection:
    return make_collection(owner=owner, title=title, **{"why": WHY, **fields})


def add(collection: Collection, note: str = "It says so in its first step.", **target: Any) -> Any:
    """An item; a new output where no other target is given."""
    owner = collection.owner
    assert owner is not None
    target = target or {"output": make_output()}
    return place(collection=collection, actor=owner, target=target, note=note)


def make_shown(owner: User, visibility: str = "public", **fields: Any) -> Collection:
    """A collection of three outputs with notes that others may see."""
    collection = make(owner, **fields)
    for _ in range(3):
        add(collection)
    return show(collection=collection, actor=owner, visibility=visibility)


def order_of(collection: Collection) -> list[int]:
    return list(Placement.objects.filter(collection=collection).values_list("pk", flat=True))
