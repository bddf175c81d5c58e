"""What happens to the items of a collection: placed, noted, marked, moved, taken out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.common.folding import folded_among
from evaluations.common.texts.unseen import shows_something
from evaluations.curation.actions import (
    CollectionRefused,
    acts_as_owner,
    check_owner,
    keeping_the_bar,
    leave_the_front_page,
    locked,
)
from evaluations.curation.bar import lacks
from evaluations.curation.closed import told_name
from evaluations.curation.models import Collection, Placement, Shown
from evaluations.curation.ranks import LONGEST, between, spread
from evaluations.curation.targets import saved
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.marks import NotThere, part_text, place_of, quoted
from evaluations.judgments.models import Part
from evaluations.runs.models import Output

MOST_ITEMS: Final = 500
MOST_AT_ONCE: Final = 200
MOST_NOTE: Final = 500
MOST_LENS: Final = 3
MOST_QUOTE: Final = 2000
FULL = (
    f"A collection holds {MOST_ITEMS} items at most. Split it: make another, and move some there."
)
TAKEN_OUT: Final = "This item was taken out meanwhile."


class NoteNeeded(CollectionRefused):
    """What joins a public collection says why it is there."""


def begun(collection: Collection, actor: User) -> Collection:
    kept = locked(collection)
    check_owner(kept, actor)
    return kept


def checked_note(note: str) -> str:
    """A note as it is kept; one that shows nothing is none.

    Raises:
        CollectionRefused: when it is too long.
    """
    note = note.replace("\0", "").strip()
    if len(note) > MOST_NOTE:
        raise CollectionRefused(
            f"A note has at most {MOST_NOTE} characters; this has {len(note):,}."
        )
    return note if shows_something(note) else ""


def reason_to_join(kept: Collection, note: str, *, needed: bool = True) -> str:
    """The note of something that joins a collection; a public one takes nothing without."""
    note = checked_note(note)
    if needed and not note and kept.visibility == Shown.PUBLIC:
        raise NoteNeeded(
            "The collection is public, where each item but a text has a note: say why it belongs."
        )
    return note


@transaction.atomic
def place(
    *,
    collection: Collection,
    actor: User,
    target: Mapping[str, Any],
    note: str = "",
    came_from: str = "",
    credited: User | None = None,
) -> Placement:
    """Put something at the end of one's collection.

    Args:
        target: columns as `targets.target_from` gives them.
        credited: who suggested it, where that is not *actor*.

    Raises:
        PermissionError, CollectionRefused: as `check_owner`; when it is there already, when the
            collection is full, or when the note is too long.
        NoteNeeded: without a note, where the collection is public.
    """
    kept = begun(collection, actor)
    note = reason_to_join(kept, note, needed=not target.get("text"))
    if kept.placements.filter(**saved(target)).exists():
        raise CollectionRefused(f"“{kept.title}” has this already.")
    if kept.placements.count() >= MOST_ITEMS:
        raise CollectionRefused(FULL)
    last = kept.placements.order_by("-rank").values_list("rank", flat=True).first() or ""
    made = Placement.objects.create(
        collection=kept,
        rank=between(last, ""),
        note=note,
        came_from=came_from[:500],
        added_by=credited or actor,
        **target,
    )
    if len(made.rank) > LONGEST:
        rank_anew(kept.placements.order_by("rank", "pk"))
    Collection.objects.filter(pk=kept.pk).update(used_at=timezone.now())
    return made


@transaction.atomic
def place_many(
    *, collection: Collection, actor: User, outputs: Sequence[int], note: str, came_from: str
) -> tuple[int, int]:
    """Put outputs of a list at the end, with one note; how many, and how many were there already.

    Outputs that were withdrawn meanwhile are passed by.

    Raises:
        PermissionError, CollectionRefused, NoteNeeded: as `place`; for more than `MOST_AT_ONCE`.
    """
    kept = begun(collection, actor)
    note = reason_to_join(kept, note)
    if len(outputs) > MOST_AT_ONCE:
        raise CollectionRefused(
            f"At most {MOST_AT_ONCE} can be added at once, and these are {len(outputs):,}. Narrow "
            "the list."
        )
    there = set(kept.placements.filter(output__in=outputs).values_list("output", flat=True))
    written = set(Output.objects.finished().filter(pk__in=outputs).values_list("pk", flat=True))
    fresh = [key for key in dict.fromkeys(outputs) if key in written - there]
    before = list(kept.placements.order_by("rank", "pk"))
    if len(before) + len(fresh) > MOST_ITEMS:
        raise CollectionRefused(FULL)
    ranks = spread(len(before) + len(fresh))
    Placement.objects.bulk_create(
        Placement(
            collection=kept, rank=rank, output_id=key, note=note,
            came_from=came_from[:500], added_by=actor,
        )
        for key, rank in zip(fresh, ranks[len(before):], strict=True)
    )  # fmt: skip
    rank_anew(before, ranks)
    Collection.objects.filter(pk=kept.pk).update(used_at=timezone.now())
    return len(fresh), len(there)


def rank_anew(items: Iterable[Placement], ranks: Sequence[str] = ()) -> None:
    """Give items, in order, short ranks; the first of those given, or as many as there are."""
    items = list(items)
    for item, rank in zip(items, ranks or spread(len(items)), strict=False):
        item.rank = rank
    Placement.objects.bulk_update(items, ["rank"])


def item_of(kept: Collection, item: Placement) -> Placement:
    """An item as it is stored now; errors when it was taken out meanwhile."""
    found = kept.placements.filter(pk=item.pk).select_related("output__prompt").first()
    if found is None:
        raise CollectionRefused(TAKEN_OUT)
    return found


@transaction.atomic
def annotate(*, item: Placement, actor: User, note: str) -> Placement:
    """Say why an item is here, in Markdown of at most `MOST_NOTE` characters.

    Raises:
        PermissionError, CollectionRefused: as `place`; a public collection keeps its notes.
    """
    kept = begun(item.collection, actor)
    stored = item_of(kept, item)
    if (note := checked_note(note)) != stored.note:
        stored.note, stored.noted_at = note, timezone.now()
    with keeping_the_bar(kept):
        stored.save(update_fields=["note", "noted_at"])
    return stored


@transaction.atomic
def excerpt(*, item: Placement, actor: User, part: str, quote: str) -> Placement:
    """Mark the words of an output that carry the point, or none of them where *quote* is empty.

    The words are found in the part as it is stored; their place is kept in code points.

    Raises:
        PermissionError, CollectionRefused: as `place`; when the words do not stand there, or
            stand there more than once; for an output that not everybody reads.
    """
    kept = begun(item.collection, actor)
    stored = item_of(kept, item)
    columns: dict[str, Any] = {
        "part": "", "start": None, "end": None, "quote": "", "prefix": "", "suffix": "",
        "text_sha256": "",
    }  # fmt: skip
    quote = quote.replace("\r\n", "\n").strip()
    if quote:
        columns = {"part": part, **span_of(stored.output, part, quote)}
    for name, value in columns.items():
        setattr(stored, name, value)
    stored.save(update_fields=list(columns))
    return stored


def span_of(output: Output | None, part: str, quote: str) -> dict[str, Any]:
    if output is None or part not in Part.values:
        raise CollectionRefused("An excerpt is of the working, the answer or the prompt.")
    if not Output.objects.finished().filter(pk=output.pk).exists():
        # Else it would say of each guess whether it stands in a text that nobody may read.
        raise CollectionRefused("This output cannot be read any more, so nothing is marked in it.")
    if len(quote) > MOST_QUOTE:
        raise CollectionRefused(f"An excerpt has at most {MOST_QUOTE:,} characters.")
    text = part_text(output, part)
    try:
        return quoted(text, *place_of(text, quote, Part(part).label))
    except NotThere as error:
        raise CollectionRefused(str(error)) from error


@transaction.atomic
def look_through(
    *, items: Sequence[Placement], actor: User, versions: Sequence[DefinitionVersion]
) -> None:
    """Choose the definitions whose verdicts items of one collection show: none, or up to
    `MOST_LENS`. The same number of queries however many items there are.

    Raises:
        PermissionError, CollectionRefused: as `place`; for more of them, for drafts, and when all
            of the items were taken out meanwhile.
    """
    versions = list(dict.fromkeys(versions))
    if len(versions) > MOST_LENS:
        raise CollectionRefused(f"A lens has at most {MOST_LENS} definitions.")
    if any(version.state == "draft" for version in versions):
        raise CollectionRefused("A draft cannot be a lens: nobody else can read it.")
    if not items:
        return
    kept = begun(items[0].collection, actor)
    keys = list(
        kept.placements.filter(pk__in=[item.pk for item in items]).values_list("pk", flat=True)
    )
    if not keys:
        raise CollectionRefused(TAKEN_OUT)
    seen_by = Placement.lens.through._default_manager
    there = seen_by.filter(placement__in=keys)
    there.exclude(definitionversion__in=versions).delete()
    seen_by.bulk_create(
        (
            seen_by.model(placement_id=key, definitionversion_id=version.pk)
            for version in versions
            for key in keys
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def move(*, item: Placement, actor: User, to: int) -> int:
    """Put an item at a place, counted from 1; beyond the ends means the end. The place it has.

    Writes one row, but for the rare time when ranks grew too long.

    Raises:
        PermissionError, CollectionRefused: as `place`.
    """
    kept = begun(item.collection, actor)
    stored = item_of(kept, item)
    others = list(kept.placements.exclude(pk=stored.pk).order_by("rank", "pk"))
    index = min(max(to, 1), len(others) + 1) - 1
    before = others[index - 1].rank if index else ""
    after = others[index].rank if index < len(others) else ""
    if after and before >= after:
        # Equal ranks, as two windows may have made: all anew.
        rank_anew([*others[:index], stored, *others[index:]])
        return index + 1
    stored.rank = between(before, after)
    stored.save(update_fields=["rank"])
    if len(stored.rank) > LONGEST:
        rank_anew([*others[:index], stored, *others[index:]])
    return index + 1


@transaction.atomic
def strike(*, item: Placement, actor: User, sentence: str, code: str) -> None:
    """Take an item out of somebody's collection for what is written there: a moderator's decision.

    Frozen versions keep what they froze. A public collection that then lacks something is unlisted.

    Args:
        sentence: public; its owner and whoever added it read it.
        code: of the reason in the public log.

    Raises:
        PermissionError: unless *actor* moderates and does not own the collection.
        CollectionRefused: when it was taken out meanwhile.
    """
    kept = locked(item.collection)
    if not actor.may_moderate or acts_as_owner(kept, actor):
        raise PermissionError("A moderator who does not own a collection strikes its items.")
    stored = item_of(kept, item)
    # Told before the row is gone, with which the flags on it lose what they are about.
    decided.send(
        Placement, about=stored, actor=actor, verb="retire", kind="item", label=told_name(stored),
        url=kept.get_absolute_url(), reason=code, sentence=sentence,
        concerns=[kept.owner_id, stored.added_by_id],
    )  # fmt: skip
    stored.delete()
    if kept.visibility == Shown.PUBLIC and lacks(kept):
        kept.visibility = Shown.UNLISTED
        leave_the_front_page(kept)
        kept.save()


@transaction.atomic
def take_out(*, item: Placement, actor: User) -> None:
    """Take an item out of a collection; frozen versions keep theirs.

    Raises:
        PermissionError, CollectionRefused: as `place`; a public collection keeps as many items as
            it takes, and what readers folded stays until a moderator decided.
    """
    kept = begun(item.collection, actor)
    stored = item_of(kept, item)
    if folded_among(Placement, [stored.pk], None):
        raise CollectionRefused(
            "Readers folded this, wherever it was frozen too: a moderator decides about it first."
        )
    with keeping_the_bar(kept):
        stored.delete()
