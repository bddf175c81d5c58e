"""Freezing a collection: its contents of a day under a hash, so that it can be cited; and forks."""

import uuid
from typing import Final

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.events import tell
from evaluations.common.texts.unseen import without_hidden
from evaluations.curation.actions import (
    NOT_PUBLIC,
    CollectionRefused,
    check_owner,
    in_a_line,
    locked,
    make_collection,
)
from evaluations.curation.closed import closed_among
from evaluations.curation.contents import contents_of
from evaluations.curation.models import Collection, CollectionVersion, Placement, Shown
from evaluations.curation.ranks import spread
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.listing.verdicts import verdicts_on
from evaluations.leaderboards.snapshots.hash import whole_digest

UNTITLED: Final = "Untitled collection"
"""The title of a fork of what has none that can be seen."""


@transaction.atomic
def freeze(*, collection: Collection, actor: User, words: str = "") -> CollectionVersion:
    """Keep a collection as it is now, for good. The same contents of one day are one version.

    Raises:
        PermissionError: unless it is one's own.
        CollectionRefused: for a private or an empty one, and while an item is not public.
    """
    kept = locked(collection)
    check_owner(kept, actor)
    if kept.visibility == Shown.PRIVATE:
        raise CollectionRefused("Nobody could read what is cited: make it unlisted or public.")
    if closed_among(kept.placements.select_related("prompt")):
        raise CollectionRefused(f"{NOT_PUBLIC} Nobody could read it in what is cited.")
    contents = contents_of(kept)
    if not contents["items"]:
        raise CollectionRefused("There is nothing in it to cite yet.")
    day, digest = timezone.now().date(), whole_digest(contents)
    if known := kept.versions.filter(day=day, digest=digest).first():
        return known
    last = kept.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = CollectionVersion.objects.create(
        collection=kept, number=last + 1, day=day, digest=digest, contents=contents,
        words=in_a_line(words), created_by=actor,
    )  # fmt: skip
    tell(
        "collection-frozen", version, actor=actor, title=kept.title, number=version.number,
        words=version.words,
    )  # fmt: skip
    return version


def changed_since(version: CollectionVersion) -> tuple[int, int]:
    """How many of the verdicts that a version froze read differently now, and how many it froze.

    One query, and the matrix's.
    """
    frozen = [each for item in version.contents["items"] for each in item["verdicts"]]
    versions = DefinitionVersion.objects.filter(
        pk__in={each["version_key"] for each in frozen}
    ).with_pins()
    now = verdicts_on({each["output"] for each in frozen}, versions)
    changed = [
        each
        for each in frozen
        if (found := now.get((each["output"], each["version_key"]))) is None
        or found.word != each["verdict"]
    ]
    return len(changed), len(frozen)


@transaction.atomic
def fork(
    *,
    actor: User,
    title: str,
    items: list[tuple[Placement, list[DefinitionVersion]]],
    version: CollectionVersion | None = None,
    built_by: str = "",
    form_token: uuid.UUID | None = None,
) -> Collection:
    """A collection of one's own that begins with the items of another's version, or of a rule.

    Notes come along and stay credited to who wrote them.

    Args:
        title: of what is forked; characters that no title may hold are left out.
        items: placements that nobody saved yet, in order, each with its lens.

    Raises:
        PermissionError, CollectionRefused: as `make_collection`.
    """
    made = make_collection(
        owner=actor,
        title=without_hidden(title) or UNTITLED,
        forked_from=version,
        built_by=built_by,
        form_token=form_token,
    )
    if made.placements.exists():  # as the first sending of the form left it
        return made
    for (item, lens), rank in zip(items, spread(len(items)), strict=True):
        item.collection, item.rank = made, rank
        item.noted_at = version.created_at if version else None
        item.save(force_insert=True)
        item.lens.set(lens)
    if version is not None:
        tell(
            "collection-forked", version, actor=actor, title=version.collection.title,
            number=version.number, concerns=[version.collection.owner_id],
        )  # fmt: skip
    return made
