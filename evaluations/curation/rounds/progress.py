"""How far a round is, as its owner sees it while it goes on: counts, and no names."""

from dataclasses import dataclass

from django.db.models import Count

from evaluations.curation.models import Round
from evaluations.judgments.models import Judge, Judgment, Member


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


def progress_of(found: Round) -> Progress:
    """Makes three queries."""
    members = list(Member.objects.filter(protocol=found.protocol).values_list("judge", flat=True))
    finished = (
        Judgment.objects.standing()
        .filter(item__version__protocol=found.protocol, finishes_item=True, judge__in=members)
        .order_by()
        .values_list("judge")
        .annotate(n=Count("item", distinct=True))
    )
    by_judge = dict(finished)
    outputs = found.protocol.versions.get(is_current=True).items.count()
    return Progress(outputs, sorted((by_judge.get(who, 0) for who in members), reverse=True))


def finished_by(found: Round, judge: Judge | None) -> int:
    """How many outputs of a round somebody finished. One query."""
    mine = Judgment.objects.standing().filter(
        item__version__protocol=found.protocol, finishes_item=True, judge=judge
    )
    return mine.values("item").distinct().count() if judge is not None else 0
