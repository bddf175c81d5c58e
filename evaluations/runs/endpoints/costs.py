"""What asking models at endpoints costs, by the tokens counted and the price of the day."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from decimal import Decimal

import structlog
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluations.inference.engine import Engine, Result
from evaluations.runs.endpoints.prices import LOST, FullBudget, lost_by, price_on
from evaluations.runs.models import Attempt, LanguageModel, Run, Stage
from evaluations.runs.querysets import OutputQuerySet
from evaluations.runs.queue import Spent

log = structlog.get_logger(__name__)

ASKED = Q(calls__isnull=False)
PAID = (Attempt, Stage)
"""What has a cost. An attempt holds what its last stage cost, each stage before it its own."""


def spent_on(model: LanguageModel | None, result: Result) -> Spent:
    """What the calls for a result cost, failed ones too; without a price or a count nobody knows.

    Reads the price, in one query.
    """
    counted = [one for one in result.tries if one.tokens_out is not None]
    tokens_in = sum(one.tokens_in or 0 for one in counted) if counted else None
    tokens_out = sum(one.tokens_out or 0 for one in counted) if counted else None
    price = price_on(model, timezone.localdate()) if model is not None and counted else None
    cost = price.dollars(tokens_in or 0, tokens_out or 0) if price is not None else None
    text = result.text if result.stop_reason == "error" else ""
    return Spent(text, tokens_in, tokens_out, cost, [asdict(one) for one in result.tries])


def spent_in_vain(
    engine: Engine | None, model: LanguageModel | None, ids: Collection[int]
) -> dict[int, Spent]:
    """Have an engine forget outputs: of those that it called for, what that cost.

    Nothing is known of an engine that is broken and does not answer this either.
    """
    try:
        made = engine.cancel([str(id) for id in ids]) if engine is not None else []
    except Exception as error:
        log.warning("The engine does not say what it called.", error=str(error))
        made = []
    return {int(result.id): spent_on(model, result) for result in made or ()}


@dataclass(frozen=True)
class Cost:
    """Dollars that are known, and how many attempts at an endpoint have no known cost.

    Of those that were `lost` with their worker, the dollars that they may have cost at most.
    """

    dollars: Decimal
    unknown: int
    lost: int = 0
    lost_dollars: Decimal = Decimal(0)


def with_cost(outputs: OutputQuerySet) -> OutputQuerySet:
    """Outputs with the known `cost` of their attempts and stages; None where none is known."""
    attempts, stages = (
        Subquery(
            rows.objects.filter(output=OuterRef("pk"))
            .order_by()
            .values("output")
            .annotate(dollars=Sum("cost"))
            .values("dollars")
        )
        for rows in PAID
    )
    return outputs.annotate(cost=Coalesce(attempts + stages, attempts, stages))


def cost_of(run: Run) -> Cost | None:
    """What a run cost so far, by its attempts and the stages before them; None where no endpoint
    was asked.

    What a worker had asked of one that was lost with its lease, nobody knows; with a price it
    counts at its full budget. Makes three queries, and where any was lost two more, and one for
    each price of these.
    """
    paid = [
        rows.objects.filter(asked, output__run=run).aggregate(
            dollars=Sum("cost"), unknown=Count("pk", filter=Q(cost=None)), all=Count("pk")
        )
        for rows, asked in ((Attempt, ASKED | LOST), (Stage, ASKED))
    ]
    if not any(one["all"] for one in paid):
        return None
    dollars = sum((one["dollars"] or Decimal(0) for one in paid), Decimal(0))
    lost = lost_by("output__run", [run.pk]).get(run.pk, FullBudget())
    bounded = lost.outputs - lost.unpriced
    return Cost(dollars, sum(one["unknown"] for one in paid) - bounded, bounded, lost.dollars)
