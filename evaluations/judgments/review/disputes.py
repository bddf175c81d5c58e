"""What judges of a protocol's version disagree on, item by item."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Adjudication, ProtocolVersion, Subject
from evaluations.judgments.protocols.reading import asked_wordings
from evaluations.judgments.review.columns import (
    UNKNOWN,
    Flags,
    InForce,
    Integers,
    Items,
    given_under,
    items_of,
    of_criterion,
    places,
)


@dataclass(frozen=True)
class Dispute:
    """One question that judges of an item answered differently.

    `disagreement` is the mean over pairs of known answers of their squared distance: 1 between
    yes and no, 0.25 between neighbours.
    """

    wording: CriterionVersion
    no: int
    partly: int
    yes: int
    unknown: int
    disagreement: float
    decided: bool

    @property
    def answers(self) -> list[tuple[str, int]]:
        """Each answer with how many judges gave it, the given ones only."""
        counted = (
            ("yes", self.yes),
            ("partly", self.partly),
            ("no", self.no),
            ("cannot-tell", self.unknown),
        )
        return [pair for pair in counted if pair[1]]


@dataclass(frozen=True)
class DisputedItem:
    """An item with its disputes, the worst first; `total` is the sum of their disagreements."""

    pk: int
    output: int | None
    prompt: int | None
    missing: int
    total: float
    disputes: Sequence[Dispute]

    @property
    def settled(self) -> bool:
        return all(dispute.decided for dispute in self.disputes)


@dataclass(frozen=True)
class Disputed:
    """The most disputed items, out of `count`, of which `open` wait for a decision."""

    items: Sequence[DisputedItem] = ()
    count: int = 0
    open: int = 0


@dataclass(frozen=True)
class Ranking:
    """Every disputed question, in columns of shape (disputes,), and its items by rank.

    `place` is the item's in `items`; `counts`, shape (disputes, 4), how often each value was
    given. `order` has the places of the disputed items, the most disputed first, and `total` the
    sum of disagreements by place.
    """

    items: Items
    place: Integers
    question: Integers
    counts: Integers
    disagreement: npt.NDArray[np.float64]
    decided: Flags
    order: Integers
    total: npt.NDArray[np.float64]

    @property
    def open(self) -> Flags:
        """By place, whether an item waits for a decision."""
        return np.bincount(self.place[~self.decided], minlength=self.total.size) > 0


def ranking_of(
    version: ProtocolVersion,
    wordings: Sequence[CriterionVersion],
    given: InForce | None,
    *,
    guests: bool,
) -> Ranking:
    """Makes three queries, one less where the answers were read before."""
    given = given or given_under(version, guests=guests)
    tally, items = given.tally, items_of(version)
    numbers = [of_criterion(wording.criterion_id, wording.meaning) for wording in wordings]
    apart = np.isin(tally.question, numbers) & ((tally.counts[:, :UNKNOWN] > 0).sum(axis=1) > 1)
    place = places_of(items, tally.subject[apart])
    # An output that was withdrawn has no page to decide on.
    kept = ~np.append(items.withdrawn, True)[place]
    question, counts, place = tally.question[apart][kept], tally.counts[apart][kept], place[kept]
    disagreement = disagreement_of(counts)
    total = np.zeros(items.pk.size)
    np.add.at(total, place, disagreement)
    disputed = np.unique(place)
    return Ranking(
        items=items,
        place=place,
        question=question,
        counts=counts,
        disagreement=disagreement,
        decided=decided_in(version, items.pk[place], question),
        order=disputed[np.lexsort((items.pk[disputed], -total[disputed].round(9)))],
        total=total,
    )


def disagreement_of(counts: Integers) -> npt.NDArray[np.float64]:
    """Mean over pairs of known answers of their squared distance, the greatest one 1."""
    no, partly, yes = counts[:, :UNKNOWN].T.astype(np.float64)
    known = no + partly + yes
    apart = (yes * no + 0.25 * partly * (yes + no)) * 2
    mean: npt.NDArray[np.float64] = apart / (known * (known - 1))
    return mean


def places_of(items: Items, subject: Integers) -> Integers:
    """The place of each subject's item in `items`, shape (subjects,); -1 where there is none.

    A question about a prompt belongs to the first item with that prompt, gold apart, else it
    would be disputed again on each.
    """
    ordinary = np.flatnonzero(~items.gold)
    of_prompt = places(items.prompt[ordinary], -subject)
    of_prompt = np.where(of_prompt < 0, -1, np.append(ordinary, -1)[of_prompt])
    return np.where(subject > 0, places(items.output, subject), of_prompt)


def decided_in(version: ProtocolVersion, items: Integers, questions: Integers) -> Flags:
    """Whether there is a decision in force on each question about each item. Makes one query."""
    decisions = Adjudication.objects.filter(item__version=version, is_current=True).order_by()
    decided = {
        (item, of_criterion(criterion, meaning))
        for item, criterion, meaning in decisions.values_list(
            "item_id", "criterion_id", "criterion_version__meaning"
        )
    }
    asked = zip(items.tolist(), questions.tolist(), strict=True)
    return np.array([each in decided for each in asked], np.bool_)


def disputed_items(
    version: ProtocolVersion,
    given: InForce | None = None,
    wordings: Sequence[CriterionVersion] | None = None,
    *,
    guests: bool = False,
    limit: int | None = None,
) -> Disputed:
    """Items on whose criteria people part, the most disputed first. Makes five queries.

    Which answers count is as in `agreement_of`; outputs that were withdrawn are left out.

    Args:
        given: the version's answers, where they were read before.
        wordings: what it asks, where that was read before.
    """
    wordings = asked_wordings(version) if wordings is None else wordings
    if not wordings or version.subject == Subject.PAIR:
        return Disputed()
    ranking = ranking_of(version, wordings, given, guests=guests)
    if not ranking.order.size:
        return Disputed()
    chosen = ranking.order[:limit]
    by_number = {of_criterion(each.criterion_id, each.meaning): each for each in wordings}
    disputes: dict[int, list[Dispute]] = {place: [] for place in chosen.tolist()}
    rows = np.flatnonzero(np.isin(ranking.place, chosen))
    # The worst first, and in one order where two are alike.
    for row in rows[np.lexsort((ranking.question[rows], -ranking.disagreement[rows]))].tolist():
        no, partly, yes, unknown = ranking.counts[row].tolist()
        disputes[int(ranking.place[row])].append(
            Dispute(
                wording=by_number[int(ranking.question[row])],
                no=no,
                partly=partly,
                yes=yes,
                unknown=unknown,
                disagreement=float(ranking.disagreement[row]),
                decided=bool(ranking.decided[row]),
            )
        )
    found = [
        disputed_item(ranking.items, place, float(ranking.total[place]), each)
        for place, each in disputes.items()
    ]
    return Disputed(found, count=ranking.order.size, open=int(ranking.open.sum()))


def disputed_item(
    items: Items, place: int, total: float, disputes: Sequence[Dispute]
) -> DisputedItem:
    output = int(items.output[place]) or None
    return DisputedItem(
        pk=int(items.pk[place]),
        output=output,
        prompt=None if output else int(items.prompt[place]),
        missing=max(int(items.needed[place] - items.done[place]), 0),
        total=total,
        disputes=disputes,
    )


def next_disputed(
    version: ProtocolVersion, *, after: int | None = None, guests: bool = False
) -> int | None:
    """Id of the most disputed item that waits for a decision; None when there is none.

    Args:
        after: id of the item just seen: the one that follows it in the order comes, and the
            first again after the last.

    Makes five queries.
    """
    wordings = asked_wordings(version)
    if not wordings or version.subject == Subject.PAIR:
        return None
    ranking = ranking_of(version, wordings, None, guests=guests)
    waiting: list[int] = ranking.items.pk[ranking.order[ranking.open[ranking.order]]].tolist()
    if after in waiting:
        place = waiting.index(after) + 1
        waiting = waiting[place:] + waiting[:place]
    return waiting[0] if waiting else None
