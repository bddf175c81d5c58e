"""Flags: what is flagged, what waits for a moderator, and what readers folded meanwhile.

Three established people who flag abuse or personal data fold a thing, until a moderator decides
or three days are over. There is no score and nothing to set: what folds is said in one sentence.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, Q
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from evaluations.accounts.models import User
from evaluations.activity.models import Decision, Flag
from evaluations.activity.people import with_page
from evaluations.activity.querysets import GRAVE
from evaluations.common.folding import FOLDED
from evaluations.common.lookups import found_or_404
from evaluations.curation.closed import CLOSED, told_name
from evaluations.curation.models import Collection, Placement, Shown, Suggestion
from evaluations.debates.models import Statement

Target = Collection | Placement | Suggestion | Statement | User
COLUMN_OF: Final[dict[type[Model], str]] = {
    Collection: "collection",
    Placement: "placement",
    Suggestion: "suggestion",
    Statement: "statement",
    User: "person",
}
"""The column of a flag for each model; in addresses and on pages a placement is an item."""
WORD_OF: Final = {
    "collection": "collection",
    "placement": "item",
    "suggestion": "suggestion",
    "statement": "statement",
    "person": "person",
}


def folded(model: type[Model], keys: frozenset[int], reader: Any = None) -> dict[int, str]:
    """Which rows of a model are folded now; one query, none for a model without flags."""
    column = COLUMN_OF.get(model)
    if column is None:
        return {}
    return dict.fromkeys(Flag.objects.folding(column, keys), FOLDED)


def under_flags(model: type[Model], keys: frozenset[int]) -> set[int]:
    """Which rows of a model are flagged, and nobody decided about them yet; one query, none for a
    model without flags."""
    column = COLUMN_OF.get(model)
    if column is None:
        return set()
    rows = Flag.objects.waiting().filter(**{f"{column}__in": keys})
    return set(rows.values_list(column, flat=True))


def asked_for_other_words(about: Model) -> bool:
    """Whether moderators last asked for other words of a statement, and no appeal undid that; one
    query. Their asking is about one row: what its author makes of it is another."""
    if not isinstance(about, Statement):
        return False
    decisions = Decision.objects.filter(statement=about).exclude(verb="let stand")
    return decisions.order_by("-pk").values_list("verb", flat=True).first() == "ask to reword"


def target_or_404(request: HttpRequest, what: str, pk: int) -> Target:
    """What an address names, where the visitor may see it; joins the collection and its owner.

    Moderators find what waits for them, also where its author took it back, or has no page.
    """
    missing = f"There is no {what} {pk}."
    moderates = request.user.is_authenticated and request.user.may_moderate
    seen = Collection.objects.visible_to(request.user).exclude(visibility=Shown.PRIVATE)
    match what:
        case "collection":
            return found_or_404(seen, missing, pk=pk)
        case "item":
            items = Placement.objects.select_related("collection__owner", "added_by")
            return found_or_404(items.filter(collection__in=seen), missing, pk=pk)
        case "suggestion":
            rows = Suggestion.objects.for_list().select_related("collection__owner")
            if not moderates:
                own = request.user.pk
                rows = rows.filter(Q(author=own) | Q(collection__owner=own))
            return found_or_404(rows.filter(collection__in=seen), missing, pk=pk)
        case "statement":
            said = Statement.objects.select_related("author", "version__definition")
            if not moderates:
                said = said.filter(is_current=True, retired_at=None)
            return found_or_404(said, missing, pk=pk)
        case "person":
            return found_or_404(User.objects.all() if moderates else with_page(), missing, pk=pk)
    raise Http404("Collections, their items, suggestions, statements and people can be flagged.")


def writers_of(target: Target) -> set[int | None]:
    """Keys of those whose words a target is; None among them is nobody's."""
    match target:
        case Placement():
            return {target.added_by_id, target.collection.owner_id}
        case Suggestion() | Statement():
            return {target.author_id}
        case User():
            return {target.pk}
    return {target.owner_id}


def own_flag(about: Model, actor: User) -> str:
    """Why somebody does not decide about a row that they flagged; empty where they may. One query.

    Staff may, since a small site has nobody else.
    """
    column = COLUMN_OF.get(type(about))
    if column is None or actor.is_staff:
        return ""
    flagged = Flag.objects.filter(flagger=actor, **{column: about.pk}).exists()
    return "You flagged it, so somebody else decides about it." if flagged else ""


def column_of(target: Target) -> dict[str, Target]:
    """The column of a flag that a target fills."""
    return {COLUMN_OF[type(target)]: target}


def label_of(target: Target) -> str:
    """What a thing is called in the log and the queue."""
    match target:
        case Statement():
            return target.label
        case Collection():
            return target.title
        case User():
            return target.get_username()
    return told_name(target)


@dataclass(frozen=True, slots=True)
class Flagged:
    """One thing that waits for a decision, as the queue shows it."""

    what: str
    pk: int
    name: str
    text: str
    address: str
    flags: tuple[Flag, ...]
    is_grave: bool
    is_folded: bool
    gone: str
    """What became of it, or of the collection that it lies in."""

    @property
    def asked_at(self) -> dt.datetime | None:
        """When a moderator asked for the other words that never came; None where none did."""
        return max((flag.decided_at for flag in self.flags if flag.decided_at), default=None)

    @property
    def reasons(self) -> list[str]:
        """What readers say against it, each once, those that most say first."""
        said = Counter(flag.get_reason_display() for flag in self.flags)
        return [f"{words}, {n} times" if n > 1 else words for words, n in said.most_common()]


def as_flagged(
    target: Target, flags: list[Flag], *, whole: bool = False, is_folded: bool | None = None
) -> Flagged:
    """A target with the flags that wait on it.

    Args:
        is_folded: where that is known already.
        whole: for moderators who decide about it: with a note, which could tell others what an
            output is before they judge it, though nobody is told anything of what is not public;
            and with what moderators see of an account, whether or not that has a page.
    """
    match target:
        case Statement():
            name, text, address = capfirst(target.label), target.shown, target.get_absolute_url()
        case Collection():
            name, text, address = target.title, target.why, target.get_absolute_url()
        case User():
            name, text = label_of(target), target.about
            account = reverse("moderation-account", args=[target.pk])
            address = account if whole or target.hides_name else reverse("person", args=[name])
        case Placement() | Suggestion():
            name, address = told_name(target), target.collection.get_absolute_url()
            shown = whole and name != CLOSED
            text = (target.note or target.text) if shown else ""
    if is_folded is None:
        is_folded = target.pk in folded(type(target), frozenset([target.pk]))
    return Flagged(
        what=WORD_OF[COLUMN_OF[type(target)]],
        pk=target.pk,
        name=name,
        text=text,
        address=address,
        flags=tuple(flags),
        is_grave=any(flag.reason in GRAVE for flag in flags),
        is_folded=is_folded,
        gone=fate_of(target),
    )


def fate_of(target: Target) -> str:
    """What became of a statement, or of the collection that a thing is or lies in; empty while it
    is in use.

    A flag on what nobody reads any more is not in the queue: it waits again with it.
    """
    match target:
        case Collection():
            found, noun = target, "it"
        case Placement() | Suggestion():
            found, noun = target.collection, "its collection"
        case Statement() if not target.is_current:
            return "Its author reworded it: merged or retired, the new words go with these."
        case _:
            return ""
    if found.retired_at is None:
        return ""
    if found.withheld:
        return f"A moderator retired {noun}: nobody reads it any more."
    return f"Its owner retired {noun}: what was frozen of it is still read."


def waiting_things() -> list[tuple[str, int]]:
    """Column and key of what waits for a moderator: abuse and personal data first, then the longest
    waiting. One query.

    Not what nobody reads now, such as the items of a collection that was retired meanwhile.
    """
    grave: dict[tuple[str, int], bool] = {}
    flags = Flag.objects.for_moderators().on_what_is_read().order_by("pk")
    for reason, *keys in flags.values_list("reason", *Flag.TARGETS):
        thing = next(
            (column, key) for column, key in zip(Flag.TARGETS, keys, strict=True) if key is not None
        )
        grave[thing] = grave.get(thing, False) or reason in GRAVE
    return sorted(grave, key=lambda thing: not grave[thing])


def queue(things: Iterable[tuple[str, int]] | None = None) -> list[Flagged]:
    """Some of what waits, or all of it, as the queue shows it; a query and one for each kind of
    thing, and two for each item or suggestion among them."""
    wanted = list(waiting_things() if things is None else things)
    here = Q(pk__in=[])
    for column in Flag.TARGETS:
        here |= Q(**{f"{column}__in": [key for name, key in wanted if name == column]})
    groups: dict[tuple[str, int], list[Flag]] = defaultdict(list)
    for flag in Flag.objects.for_moderators().filter(here).with_targets().order_by("pk"):
        groups[COLUMN_OF[type(flag.target)], flag.target.pk].append(flag)
    behind = {
        column: folded(model, frozenset(key for name, key in wanted if name == column))
        for model, column in COLUMN_OF.items()
        if any(name == column for name, _ in wanted)
    }
    return [
        as_flagged(groups[thing][0].target, groups[thing], is_folded=thing[1] in behind[thing[0]])
        for thing in wanted
        if thing in groups
    ]


def record_of(person: User) -> tuple[int, int]:
    """How many of somebody's flags moderators upheld, and how many they decided; one query."""
    decided = Flag.objects.filter(flagger=person, decided_at__isnull=False)
    upheld = list(decided.values_list("upheld", flat=True))
    return sum(bool(each) for each in upheld), len(upheld)
