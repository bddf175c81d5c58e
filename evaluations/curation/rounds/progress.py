"""How far a round is, as its owner sees it while it goes on: counts, and no names."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from evaluations.curation.models import Round
from evaluations.judgments.models import Item, Judge, Judgment, Member
from evaluations.runs.models import Output


@dataclass(frozen=True)
class Progress:
    """`done` has for each person how many outputs they finished, the most first."""

    outputs: int
    done: list[int]

    @property
    def people(self) -> int:
        return len(self.done)

    @property
    def finished(self) -> int:
        """How many people judged all of it."""
        return sum(count >= self.outputs for count in self.done)

    @property
    def judged(self) -> int:
        return sum(self.done)


def items_of(found: Round) -> QuerySet[Item]:
    """The items of a round that can be judged: an output may be withdrawn while it goes on."""
    readable = Output.objects.finished().filter(items__version__protocol=found.protocol)
    return Item.objects.filter(
        version__protocol=found.protocol, version__is_current=True, output__in=readable
    )


def finished_in(found: Round) -> QuerySet[Judgment]:
    """The judgments that finish one of these items."""
    return Judgment.objects.standing().filter(item__in=items_of(found), finishes_item=True)


def progress_of(found: Round, outputs: int) -> Progress:
    """Makes two queries.

    Args:
        outputs: how many of it can be judged.
    """
    members = list(Member.objects.filter(protocol=found.protocol).values_list("judge", flat=True))
    finished = finished_in(found).filter(judge__in=members).order_by().values_list("judge")
    by_judge = dict(finished.annotate(n=Count("item", distinct=True)))
    done = sorted((by_judge.get(who, 0) for who in members), reverse=True)
    return Progress(outputs, done)


def finished_by(found: Round, judge: Judge | None) -> int:
    """How many outputs of a round somebody finished. One query."""
    if judge is None:
        return 0
    return finished_in(found).filter(judge=judge).values("item").distinct().count()
