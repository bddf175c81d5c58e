"""What models at endpoints cost by the day, and what outputs cost there at their full budget."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q
from django.db.models.functions import Length, TruncDate

from evaluations.inference.plans import most_read
from evaluations.runs.models import Attempt, LanguageModel, Price, Recipe

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


def guessed_in(recipe: Recipe, letters: int) -> int:
    """Tokens that one output reads at most, guessed by the letters of what is sent.

    Args:
        letters: of the prompt.
    """
    reading = most_read(recipe.way, "x" * letters)
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


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Outputs of one recipe that a model is asked for on a day, whose prompts are equally long."""

    model: LanguageModel
    recipe: Recipe
    letters: int
    day: dt.date
    outputs: int = 1


def at_full_budget(asked: Iterable[Asked]) -> FullBudget:
    """What outputs would cost at most. Makes a query for each model and day."""
    outputs = read = written = unpriced = 0
    dollars = Decimal(0)
    prices: dict[tuple[int, dt.date], Price | None] = {}
    for each in asked:
        model, most = each.model, each.recipe.most_tokens
        outputs += each.outputs
        written += most * each.outputs
        if model.endpoint_id is None:
            continue
        if (model.pk, each.day) not in prices:
            prices[model.pk, each.day] = price_on(model, each.day)
        price = prices[model.pk, each.day]
        guessed = guessed_in(each.recipe, each.letters)
        read += guessed * each.outputs
        if price is None:
            unpriced += each.outputs
        else:
            dollars += price.dollars(guessed, most) * each.outputs
    return FullBudget(
        outputs=outputs, read=read, written=written, dollars=dollars, unpriced=unpriced
    )


def lost_by(column: str, keys: Collection[int]) -> dict[int, FullBudget]:
    """What attempts at endpoints that were lost with their worker may have cost: as much as they
    were let.

    One query; where any were lost two more, and one for each price. Reads no texts of prompts.

    Args:
        column: of an attempt, by which they are added up, such as `output__run`.
        keys: of these alone; those that lost none are left out.
    """
    model, recipe = "output__run__model", "output__run__recipe"
    rows = (
        Attempt.objects.filter(LOST, **{f"{column}__in": keys})
        .order_by()
        .annotate(letters=Length("output__prompt__text"), day=TruncDate("ended_at"))
        .values(column, model, recipe, "letters", "day")
        .annotate(outputs=Count("pk"))
    )
    found = list(rows)
    if not found:
        return {}
    models = LanguageModel.objects.in_bulk({row[model] for row in found})
    recipes = Recipe.objects.in_bulk({row[recipe] for row in found})
    asked: dict[int, list[Asked]] = defaultdict(list)
    for row in found:
        asked[row[column]].append(
            Asked(
                model=models[row[model]],
                recipe=recipes[row[recipe]],
                letters=row["letters"],
                day=row["day"],
                outputs=row["outputs"],
            )
        )
    return {key: at_full_budget(each) for key, each in asked.items()}
