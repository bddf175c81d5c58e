"""Who has a public page, and what stands on it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from evaluations.accounts.models import User
from evaluations.curation.folds import with_folding
from evaluations.curation.models import Collection, Placement
from evaluations.debates.models import Statement
from evaluations.definitions.models import DefinitionVersion, Proposal
from evaluations.judgments.items.claims import count_left
from evaluations.judgments.me.figures import Counts, counts
from evaluations.judgments.models import Judge, Protocol, ProtocolVersion


def with_page() -> QuerySet[User]:
    """Accounts whose names stand under something public and are not hidden; others have no page.

    What that is: definitions and amendments, statements, protocols that were opened, collections
    that are listed, items in these that are credited, and their choice for the front page.
    """
    here = OuterRef("pk")
    wrote = DefinitionVersion.objects.of_everyone().order_by().select_related(None)
    return User.objects.filter(
        Exists(wrote.filter(author=here))
        | Exists(wrote.filter(definition__owner=here))
        | Exists(Proposal.objects.filter(proposer=here))
        | Exists(said().filter(author=here))
        | Exists(Collection.objects.shown().filter(owner=here))
        | Exists(credited().filter(added_by=here))
        | Exists(Collection.objects.shown().filter(featured_by=here))
        | Exists(ran().filter(owner=here)),
        is_active=True,
        hides_name=False,
    )


def said() -> QuerySet[Statement]:
    """Statements that stand, but for those of the archive, which name their source alone."""
    return Statement.objects.standing().filter(source="")


def credited() -> QuerySet[Placement]:
    """Items in others' collections, where these are listed."""
    shown = Collection.objects.shown().values("pk")
    return Placement.objects.filter(collection__in=shown).exclude(added_by=F("collection__owner"))


def ran() -> QuerySet[Protocol]:
    """Protocols that everybody finds in the list of them."""
    return Protocol.objects.public().filter(opened_at__isnull=False)


def listed_people() -> QuerySet[User]:
    """Of these, whoever lets searches, feeds and followers find them."""
    return with_page().filter(is_unlisted=False)


@dataclass(frozen=True, slots=True)
class Named:
    """A place under somebody else's name at which somebody is named, and as what."""

    title: str
    href: str
    role: str


def named_elsewhere(person: User, reader: Any, most: int) -> list[Named]:
    """Where else somebody is named: their protocols, and others' collections that credit them with
    items or that they chose for the front page. Three queries, and those of folding."""
    shown = Collection.objects.shown().select_related("owner")
    added = shown.filter(pk__in=credited().filter(added_by=person).values("collection"))
    chose = shown.filter(featured_by=person).order_by("-featured_at")
    found = [
        Named(each.title, each.get_absolute_url(), "a protocol of theirs")
        for each in ran().filter(owner=person)[:most]
    ]
    for rows, role in ((added, "has items of theirs"), (chose, "chosen by them")):
        found += [
            Named(each.name, each.get_absolute_url(), role)
            for each in with_folding(rows[:most], reader)
        ]
    return found


@dataclass(frozen=True, slots=True)
class Judged:
    """How much somebody judged of what is public."""

    counts: Counts
    days: int
    protocols: int
    """Public ones of which nothing is left to do for them."""


def judged_by(person: User) -> Judged | None:
    """How much somebody judged; None for who never did."""
    judge = Judge.objects.filter(user=person).first()
    if judge is None:
        return None
    standing = judge.judgments.standing().for_everybody()
    days = standing.annotate(day=TruncDate("created_at")).order_by().values("day").distinct()
    return Judged(counts(judge), days.count(), finished_by(judge))


def finished_by(judge: Judge) -> int:
    """Public protocols under which somebody judged, and has nothing left to do in the version in
    force; two queries and one for each of them."""
    forms = judge.judgments.standing().filter(item__isnull=False)
    pairs = judge.comparisons.filter(withdrawn_at=None, item__isnull=False)
    begun = {
        protocol
        for rows in (forms, pairs)
        for protocol in rows.order_by().values_list("item__version__protocol", flat=True).distinct()
    }
    versions = ProtocolVersion.objects.filter(
        is_current=True, protocol__in=Protocol.objects.public().filter(pk__in=begun)
    ).select_related("protocol")
    chosen = (each for each in versions if not each.protocol.is_default)
    return sum(count_left(version, judge)[0] == 0 for version in chosen)
