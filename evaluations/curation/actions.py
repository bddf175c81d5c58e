"""Making, describing, showing and retiring collections, and featuring them."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from evaluations.accounts.models import User
from evaluations.common.decisions import barred, decided
from evaluations.common.events import tell as record
from evaluations.common.markdown import to_document
from evaluations.common.texts.unseen import hidden_in
from evaluations.curation.bar import Lack, lacks, shortfall
from evaluations.curation.closed import closed_among
from evaluations.curation.models import Collection, CollectionVersion, Shown

MOST_TITLE: Final = 80
MOST_WHY: Final = 4000
MOST_WORDS: Final = 280
STAYS_PUBLIC: Final = (
    "It is public, and would then lack what public collections have. Nothing was changed: make it "
    "unlisted first."
)
NOT_PUBLIC: Final = "An item of it is not public any more: its owner takes that out first."
RESERVED: Final = frozenset({"add", "new", "mine", "edit", "site"})


class CollectionRefused(Exception):
    """It cannot be done; the message says why and what to do."""


class BarNotMet(CollectionRefused):
    """A collection lacks something that public ones have."""

    def __init__(self, missing: list[Lack], words: str = "It cannot be public yet.") -> None:
        super().__init__(words)
        self.missing = missing


def acts_as_owner(collection: Collection, user: object) -> bool:
    """Whether somebody may edit a collection: its owner, and nobody else."""
    return (
        isinstance(user, User)
        and user.is_authenticated
        and collection.owner_id is not None
        and collection.owner_id == user.pk
    )


@contextmanager
def keeping_the_bar(kept: Collection) -> Iterator[None]:
    """In here a collection is changed, and a public one is not made to lack more than it did.

    Raises:
        BarNotMet: when it was; the transaction is then to be undone.
    """
    before = shortfall(kept) if kept.visibility == Shown.PUBLIC else ()
    yield
    if before and any(now > was for now, was in zip(shortfall(kept), before, strict=True)):
        raise BarNotMet(lacks(kept), STAYS_PUBLIC)


def may_not_moderate(collection: Collection, actor: User) -> str:
    """Why somebody may not decide about another's collection; empty where they may. One query."""
    if not actor.may_moderate:
        return "Only its owner and moderators retire a collection."
    return barred(collection, actor)


def check_owner(collection: Collection, actor: User) -> None:
    if not acts_as_owner(collection, actor):
        raise PermissionError("Only its owner edits a collection; others suggest.")
    if collection.retired_at is not None:
        raise CollectionRefused("This collection is retired. Restore it first.")


def in_a_line(sentence: str) -> str:
    """A sentence as it is kept: no longer than there is room, without what no table takes."""
    return sentence.replace("\0", "").strip()[:MOST_WORDS]


def locked(collection: Collection) -> Collection:
    """The collection as it is stored now, locked until the transaction ends; joins the owner."""
    return (
        Collection.objects.select_for_update(of=("self",))
        .select_related("owner")
        .get(pk=collection.pk)
    )


def rendered(text: str) -> SafeString:
    """Markdown as the HTML that is stored beside it; links say that nobody vouches for them."""
    html = to_document(text).html.replace('rel="noopener"', 'rel="noopener nofollow ugc"')
    return mark_safe(html)  # noqa: S308 - cleaned, and no more than the links is changed


def free_slug(owner: User, title: str, besides: Collection | None = None) -> str:
    """An address made of a title that none of the owner's other collections has."""
    stem = slugify(title)[:70].strip("-") or "collection"
    if stem in RESERVED:
        stem = f"{stem}-collection"
    others = Collection.objects.filter(owner=owner, slug__startswith=stem)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    taken = set(others.values_list("slug", flat=True))
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def cleaned(title: str, why: str) -> tuple[str, str]:
    title, why = " ".join(title.split()), why.strip()
    if not 0 < len(title) <= MOST_TITLE:
        raise CollectionRefused(f"A title has 1 to {MOST_TITLE} characters.")
    if hidden := hidden_in(title):
        raise CollectionRefused(f"The title {hidden}.")
    if len(why) > MOST_WHY:
        raise CollectionRefused(f"The why has at most {MOST_WHY:,} characters.")
    return title, why


@transaction.atomic
def make_collection(
    *,
    owner: User,
    title: str,
    why: str = "",
    built_by: str = "",
    forked_from: CollectionVersion | None = None,
    form_token: uuid.UUID | None = None,
) -> Collection:
    """A collection of one's own, which nobody else sees yet.

    Args:
        form_token: of the form, so that a second sending of the same is the collection that was
            made.

    Raises:
        PermissionError: when *owner* is not signed in.
        CollectionRefused: for a title or a why that is empty or too long, and for a title with
            characters that nobody sees.
    """
    if not owner.is_authenticated or not owner.is_active:
        raise PermissionError("Sign in to make a collection.")
    title, why = cleaned(title, why)
    # Two forms at once would take the same address.
    User.objects.select_for_update().get(pk=owner.pk)
    said = {
        "owner": owner,
        "title": title,
        "why": why,
        "built_by": built_by,
        "forked_from": forked_from,
        "form_token": form_token,
    }
    if form_token and (known := Collection.objects.filter(**said).first()) is not None:
        return known
    return Collection.objects.create(slug=free_slug(owner, title), why_html=rendered(why), **said)


def made_before(*, owner: User, form_token: uuid.UUID | None, **said: Any) -> bool:
    """Whether a form made this collection of somebody's already: sent again, it makes none."""
    made = Collection.objects.filter(owner=owner, form_token=form_token, **said)
    return form_token is not None and made.exists()


@transaction.atomic
def describe(*, collection: Collection, actor: User, title: str, why: str) -> Collection:
    """Change title and why; the address follows the title until others may have it.

    Raises:
        PermissionError, CollectionRefused: as `check_owner`, and as making does; for a public
        collection that would lack more of the bar.
    """
    kept = locked(collection)
    check_owner(kept, actor)
    title, why = cleaned(title, why)
    with keeping_the_bar(kept):
        if (title, why) != (kept.title, kept.why):
            kept.worded_at = timezone.now()
        kept.title, kept.why = title, why
        kept.why_html = rendered(kept.why)
        if kept.shown_at is None:
            kept.slug = free_slug(actor, kept.title, kept)
        kept.save(update_fields=["title", "why", "why_html", "slug", "worded_at"])
    return kept


@transaction.atomic
def show(*, collection: Collection, actor: User, visibility: str) -> Collection:
    """Say who comes across a collection.

    Raises:
        PermissionError: unless it is one's own.
        BarNotMet: for a public one that lacks something, with links to it.
        CollectionRefused: for an unknown choice, and for hiding what was frozen to be cited.
    """
    kept = locked(collection)
    check_owner(kept, actor)
    if visibility not in Shown.values:
        raise CollectionRefused("Choose private, unlisted or public.")
    if visibility == Shown.PUBLIC and (missing := lacks(kept)):
        raise BarNotMet(missing)
    if visibility == Shown.PRIVATE and kept.versions.exists():
        raise CollectionRefused(
            "A version of it was frozen to be cited, so it cannot be private again. It can be "
            "unlisted, or retired."
        )
    kept.visibility = visibility
    if visibility != Shown.PRIVATE and kept.shown_at is None:
        kept.shown_at = timezone.now()
    if visibility != Shown.PUBLIC:
        leave_the_front_page(kept)
    kept.save()
    if visibility == Shown.PUBLIC:
        record("collection-shown", kept, actor=actor, title=kept.title)
    return kept


@transaction.atomic
def retire(*, collection: Collection, actor: User, sentence: str, code: str = "") -> Collection:
    """Take a collection off the lists; its address stays and says why.

    Its owner's doing leaves the versions to those who cite them, a moderator's does not.

    Args:
        code: of the reason in the public log, where a moderator retires it.

    Raises:
        PermissionError: unless *actor* owns it, or moderates and did not flag it.
        CollectionRefused: without a sentence, or when it is retired already.
    """
    kept = locked(collection)
    own = acts_as_owner(kept, actor)
    if not own and (why_not := may_not_moderate(kept, actor)):
        raise PermissionError(why_not)
    sentence = in_a_line(sentence)
    if not sentence:
        raise CollectionRefused("Say why it is retired: its page shows the sentence.")
    # What its owner retired is read in its versions, until a moderator retires it.
    if kept.retired_at is not None and (own or kept.withheld):
        raise CollectionRefused("It is retired already.")
    kept.own_retired_at, kept.own_retired_because = kept.retired_at, kept.retired_because
    kept.retired_at, kept.retired_by, kept.retired_because = timezone.now(), actor, sentence
    kept.withheld = not own
    kept.save()
    record("collection-retired", kept, actor=actor, title=kept.title, words=sentence)
    if not own:
        tell(kept, actor, "retire", code, sentence)
    return kept


@transaction.atomic
def restore(*, collection: Collection, actor: User, sentence: str = "") -> Collection:
    """Bring a retired collection back: its owner's own doing, or a moderator's decision.

    What its owner had retired before a moderator did stays retired by its owner.

    Raises:
        PermissionError: for its owner where a moderator retired it, and for others.
        CollectionRefused: when it is not retired.
    """
    kept = locked(collection)
    own = acts_as_owner(kept, actor)
    if kept.retired_at is None:
        raise CollectionRefused("It is not retired.")
    withheld = kept.withheld
    if own == withheld:
        raise PermissionError("Who retired it brings it back: its owner, or else a moderator.")
    if not own and (why_not := may_not_moderate(kept, actor)):
        raise PermissionError(why_not)
    kept.retired_at, kept.retired_because = kept.own_retired_at, kept.own_retired_because
    kept.retired_by = kept.owner if kept.retired_at else None
    kept.own_retired_at, kept.own_retired_because, kept.withheld = None, "", False
    if kept.retired_at is None and kept.visibility == Shown.PUBLIC and lacks(kept):
        kept.visibility = Shown.UNLISTED
    kept.save()
    if kept.retired_at is None:
        record("collection-restored", kept, actor=actor, title=kept.title)
    if withheld:
        tell(kept, actor, "restore", "", in_a_line(sentence))
    return kept


FEATURED_WHEN: Final = {
    "shows": "It says what it shows.",
    "against": "It includes a case against itself.",
    "excerpts": "Its excerpts carry the point.",
    "models": "Its outputs are from two models, or it says why from one.",
    "stands": "None of its outputs is withdrawn.",
}
"""What a moderator ticks, line by line, before a collection stands on the front page."""
FEATURED: Final = ("featured_at", "featured_by", "featured_because")


@transaction.atomic
def feature(*, collection: Collection, actor: User, ticked: set[str], sentence: str) -> Collection:
    """Choose a public collection for the front page.

    Raises:
        PermissionError: unless *actor* moderates and does not own it.
        CollectionRefused: when it is not public, a line is not ticked, or the sentence is missing;
            when it is featured already, but for a second sending of the same.
    """
    kept = locked(collection)
    if not actor.may_moderate or acts_as_owner(kept, actor):
        raise PermissionError("A moderator who does not own a collection features it.")
    sentence = in_a_line(sentence)
    if kept.featured_at is not None:
        if (kept.featured_by_id, kept.featured_because) == (actor.pk, sentence):
            return kept
        raise CollectionRefused("It is featured already. Take that off first, to say it anew.")
    if kept.visibility != Shown.PUBLIC or kept.retired_at is not None:
        raise CollectionRefused("Only a public collection can be featured.")
    if open_lines := [words for key, words in FEATURED_WHEN.items() if key not in ticked]:
        raise CollectionRefused(f"Not ticked yet: {' '.join(open_lines)}")
    if any(item.is_withdrawn for item in kept.placements.for_reading()):
        raise CollectionRefused("One of its outputs was withdrawn: its owner takes it out first.")
    if closed_among(kept.placements.select_related("prompt")):
        raise CollectionRefused(NOT_PUBLIC)
    if not sentence:
        raise CollectionRefused("Say in a public sentence why it is chosen.")
    kept.featured_at, kept.featured_by, kept.featured_because = timezone.now(), actor, sentence
    kept.save(update_fields=FEATURED)
    record("collection-featured", kept, actor=actor, title=kept.title, words=sentence)
    tell(kept, actor, "feature", "", sentence)
    return kept


@transaction.atomic
def unfeature(*, collection: Collection, actor: User, sentence: str) -> Collection:
    """Take a collection off the front page, and nothing else from it.

    Raises:
        PermissionError: unless *actor* moderates, does not own it and did not flag it.
        CollectionRefused: when it is not featured, and without a sentence.
    """
    kept = locked(collection)
    if not actor.may_moderate or acts_as_owner(kept, actor):
        raise PermissionError("A moderator who does not own a collection takes “featured” off.")
    if why_not := barred(kept, actor):
        raise PermissionError(why_not)
    sentence = in_a_line(sentence)
    if kept.featured_at is None:
        raise CollectionRefused("It is not featured any more.")
    if not sentence:
        raise CollectionRefused("Say in a public sentence why it is featured no more.")
    leave_the_front_page(kept)
    kept.save(update_fields=FEATURED)
    tell(kept, actor, "unfeature", "", sentence)
    return kept


def leave_the_front_page(kept: Collection) -> None:
    """Fill the columns of a collection that is not featured; whoever calls it saves them."""
    kept.featured_at, kept.featured_by, kept.featured_because = None, None, ""


def tell(kept: Collection, actor: User, verb: str, code: str, sentence: str) -> None:
    """Let the public log know what a moderator decided."""
    decided.send(
        Collection, about=kept, actor=actor, verb=verb, kind="collection", label=kept.title,
        url=kept.get_absolute_url(), reason=code, sentence=sentence,
        concerns=[kept.owner_id],
    )  # fmt: skip


def retired_by_others(user: User, since: dt.datetime) -> bool:
    """Whether a moderator retired a collection of this person's since a moment. One query."""
    return Collection.objects.filter(owner=user, withheld=True, retired_at__gte=since).exists()


def forget_private(user: User) -> None:
    """Delete what only its owner ever saw, when the owner leaves; the rest stays without a name."""
    Collection.objects.filter(
        pk__in=Collection.objects.filter(owner=user, shown_at=None).values("pk")
    ).delete()
