"""Who has a public page, and what stands on it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from evaluations.accounts.models import User
from evaluations.curation.models import Collection
from evaluations.definitions.models import DefinitionVersion, Proposal
from evaluations.judgments.me.figures import Counts, counts
from evaluations.judgments.models import Judge


def with_page() -> QuerySet[User]:
    """Accounts whose names stand under something public; the others have no page."""
    wrote = DefinitionVersion.objects.of_everyone().order_by().select_related(None)
    listed = Collection.objects.filter(visibility="public", retired_at=None)
    return User.objects.filter(
        Exists(wrote.filter(author=OuterRef("pk")))
        | Exists(wrote.filter(definition__owner=OuterRef("pk")))
        | Exists(Proposal.objects.filter(proposer=OuterRef("pk")))
        | Exists(listed.filter(owner=OuterRef("pk"))),
        is_active=True,
    )


def listed_people() -> QuerySet[User]:
    """Of these, whoever lets searches, feeds and followers find them."""
    return with_page().filter(is_unlisted=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """How much somebody judged of what is public."""

    counts: Counts
    days: int


def judged_by(person: User) -> Judged | None:
    """How much somebody judged; None for who never did."""
    judge = Judge.objects.filter(user=person).first()
    if judge is None:
        return None
    standing = judge.judgments.standing().for_everybody()
    days = standing.annotate(day=TruncDate("created_at")).order_by().values("day").distinct()
    return Judged(counts(judge), days.count())
