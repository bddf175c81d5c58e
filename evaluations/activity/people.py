"""Who has a public page, and what stands on it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from evaluations.accounts.models import User
from evaluations.curation.models import Collection
from evaluations.definitions.models import DefinitionVersion, Proposal
from evaluations.judgments.items.claims import count_left
from evaluations.judgments.me.figures import Counts, counts
from evaluations.judgments.models import Judge, Protocol, ProtocolVersion


def with_page() -> QuerySet[User]:
    """Accounts whose names stand under something public and are not hidden; others have no page."""
    wrote = DefinitionVersion.objects.of_everyone().order_by().select_related(None)
    listed = Collection.objects.filter(visibility="public", retired_at=None)
    return User.objects.filter(
        Exists(wrote.filter(author=OuterRef("pk")))
        | Exists(wrote.filter(definition__owner=OuterRef("pk")))
        | Exists(Proposal.objects.filter(proposer=OuterRef("pk")))
        | Exists(listed.filter(owner=OuterRef("pk"))),
        is_active=True,
        hides_name=False,
    )


def listed_people() -> QuerySet[User]:
    """Of these, whoever lets searches, feeds and followers find them."""
    return with_page().filter(is_unlisted=False)


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
