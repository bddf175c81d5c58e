"""What models at endpoints cost by the day, and what outputs cost there at their full budget."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from evaluations.inference.plans import most_read
from evaluations.runs.models import Attempt, LanguageModel, Output, Price, Recipe

LETTERS_A_TOKEN = 3.0
"""Of a model that wrote nothing yet; most have more, so that this counts too many tokens."""
LOST = Q(outcome="lost", output__run__model__endpoint__isnull=False)
"""Attempts at an endpoint that were lost with their worker: what it had called, nobody knows."""


def price_on(model: LanguageModel, day: dt.date) -> Price | None:
    """The price of a model behind an endpoint on a day: its own, else that of all models there.

    Makes one query.
    """
    names = Q(model=model.path) | Q(model="")
    prices = Price.objects.filter(names, endpoint=model.endpoint_id, since__lte=day)
    return prices.order_by("-model", "-since").first()


def guessed_in(recipe: Recipe, prompt: str) -> int:
    """Tokens that one output reads at most, guessed by the letters of what is sent."""
    reading = most_read(recipe.way, prompt)
    return round(reading.tokens(len(reading.text) / LETTERS_A_TOKEN))


@dataclass(frozen=True, kw_only=True)
class FullBudget:
    """Outputs as if each wrote all that its recipe lets it, in one call for each stage.

    `read` are guessed, and like `dollars` of those at endpoints alone. `unpriced` is how many of
    them have no price.
    """

    outputs: int = 0
    read: int = 0
    written: int = 0
    dollars: Decimal = Decimal(0)
    unpriced: int = 0


def at_full_budget(asked: Iterable[tuple[Output, dt.date]]) -> FullBudget:
    """What outputs would cost at most, each asked on a day.

    Their runs, models, recipes and prompts were joined. Makes a query for each model and day.
    """
    outputs = read = written = unpriced = 0
    dollars = Decimal(0)
    prices: dict[tuple[int, dt.date], Price | None] = {}
    for output, day in asked:
        model, recipe = output.run.model, output.run.recipe
        outputs += 1
        written += recipe.most_tokens
        if model.endpoint_id is None:
            continue
        if (model.pk, day) not in prices:
            prices[model.pk, day] = price_on(model, day)
        price, guessed = prices[model.pk, day], guessed_in(recipe, output.prompt.text)
        read += guessed
        if price is None:
            unpriced += 1
        else:
            dollars += price.dollars(guessed, recipe.most_tokens)
    return FullBudget(
        outputs=outputs, read=read, written=written, dollars=dollars, unpriced=unpriced
    )


def lost_attempts(**where: Any) -> QuerySet[Attempt]:
    """Attempts at endpoints that were lost with their worker, with what `lost_cost` reads."""
    joined = ("output__run__model", "output__run__recipe", "output__prompt")
    return Attempt.objects.filter(LOST, **where).select_related(*joined).order_by("pk")


def lost_cost(attempts: Iterable[Attempt]) -> FullBudget:
    """What attempts that were lost may have cost: as much as they were let."""
    return at_full_budget((each.output, timezone.localdate(each.ended_at)) for each in attempts)
