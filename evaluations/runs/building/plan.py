"""What a grid would ask, write, last and cost, cell by cell, before it is launched.

Tokens and seconds go by earlier outputs of a cell; where there are none, by the recipe's budget,
which is an upper bound, and by the most that the stages of its plan can read. Everything is of
what is still to be asked, without what is taken over.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Avg, Max, Sum
from django.db.models.functions import Length
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility import read_by
from evaluations.inference.counting import counted
from evaluations.inference.plans import most_read
from evaluations.runs.actions import sample_seed
from evaluations.runs.building.cells import Cell
from evaluations.runs.building.reuse import count_reusable
from evaluations.runs.endpoints.prices import LETTERS_A_TOKEN, price_on
from evaluations.runs.models import LanguageModel, Output, Plan
from evaluations.runs.progress import LAST_OUTPUTS, Finish, Pace, in_words, pace

COUNTED, TOKENIZED, ESTIMATED = "counted before", "tokenized", "estimated"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One cell's plan. `outputs` are all, `reused` those that are taken over.

    `tokens_out` and `seconds` are an upper bound where nothing was written yet; `seconds` is None
    where the model has no pace yet, `dollars` where an endpoint has no price. A model that runs
    here costs nothing.
    """

    cell: Cell
    outputs: int
    reused: int
    tokens_in: int
    tokens_in_by: str
    tokens_out: int
    is_bound: bool
    seconds: float | None
    dollars: Decimal | None

    @property
    def time(self) -> str:
        """The seconds in words, behind “about”."""
        return in_words(self.seconds or 0)

    @property
    def costs_nothing(self) -> bool:
        """Whether no price is paid at all: a bound of $0 would sound as if one were."""
        return self.cell.model.endpoint_id is None


@dataclass(frozen=True)
class Totals:
    outputs: int
    reused: int
    tokens_in: int
    tokens_out: int
    is_bound: bool
    seconds: float | None
    dollars: Decimal | None
    costs_nothing: bool

    @property
    def time(self) -> str:
        """The seconds in words, behind “about”."""
        return in_words(self.seconds or 0)


def totals(planned: Sequence[Planned]) -> Totals:
    """Of all cells; seconds and dollars are None where one of them is not known."""
    seconds = [each.seconds for each in planned]
    dollars = [each.dollars for each in planned]
    return Totals(
        sum(each.outputs for each in planned),
        sum(each.reused for each in planned),
        sum(each.tokens_in for each in planned),
        sum(each.tokens_out for each in planned),
        any(each.is_bound for each in planned),
        None if None in seconds else sum(filter(None, seconds)),
        None if None in dollars else sum(filter(None, dollars), Decimal(0)),
        all(each.costs_nothing for each in planned),
    )


def plan_of(
    cells: Sequence[Cell],
    *,
    reader: User | AnonymousUser,
    seed: int | None = None,
    reuses: bool = True,
    visibility: str = "",
    publish_on: dt.date | None = None,
) -> list[Planned]:
    """The plan of each cell, by what *reader* finds in lists. A few queries a cell.

    Args:
        seed: None for one that is still to be drawn.
        visibility: of the runs; empty: as each prompt set is read.
        publish_on: the day from which everybody reads them.
    """
    earlier = Earlier(cells, reader)
    planned = []
    for cell in cells:
        outputs = cell.outputs
        reused = 0
        if reuses and (seed is not None or cell.recipe.is_greedy):
            reused = count_reusable(
                model=cell.model,
                recipe=cell.recipe,
                wanted=wanted(cell, seed or 0),
                readers=read_by(visibility or cell.prompt_set.visibility, publish_on),
                launched_by=reader.pk,
            )
        asked = outputs - reused
        tokens_in, by = earlier.tokens_in(cell)
        tokens_in = round(tokens_in * asked / outputs) if outputs else 0
        mean, pace_here = earlier.mean_out(cell), earlier.pace(cell)
        tokens_out = round(asked * (cell.recipe.most_tokens if mean is None else mean))
        planned.append(
            Planned(
                cell=cell,
                outputs=outputs,
                reused=reused,
                tokens_in=tokens_in,
                tokens_in_by=by,
                tokens_out=tokens_out,
                is_bound=mean is None,
                seconds=tokens_out / pace_here.tokens if pace_here and pace_here.tokens else None,
                dollars=earlier.dollars(cell.model, tokens_in, tokens_out),
            )
        )
    return planned


def wanted(cell: Cell, seed: int) -> list[tuple[int, int, int]]:
    """Prompt, sample and seed of each output of a cell."""
    return [
        (prompt.pk, sample, sample_seed(seed, prompt.slug, sample))
        for sample in range(cell.samples)
        for prompt in cell.prompts
    ]


class Earlier:
    """What the models of some cells wrote before: what is public, and the reader's own."""

    def __init__(self, cells: Sequence[Cell], reader: User | AnonymousUser) -> None:
        models = {cell.model.pk for cell in cells}
        self.outputs = (
            Output.objects.written()
            .listed_for(reader)
            .filter(run__model__in=models, reused_from=None)
            .order_by()
        )
        by_cell = self.outputs.values("run__model", "run__recipe", "run__prompt_set")
        self.means = keyed(by_cell.annotate(value=Avg("tokens_out")))
        asked = {prompt.pk for cell in cells for prompt in cell.prompts}
        by_prompt = self.outputs.filter(prompt__in=asked)
        self.counts = keyed(
            by_prompt.values("run__model", "run__recipe", "prompt").annotate(value=Max("tokens_in"))
        )
        self.letters: dict[int, float] = {}
        # What a plan reads again and again would make tokens look far shorter than they are.
        once = self.outputs.filter(tokens_in__gt=0, run__recipe__plan=Plan.SINGLE)
        for row in once.values("run__model").annotate(
            tokens=Sum("tokens_in"), letters=Sum(Length("prompt__text"))
        ):  # fmt: skip
            self.letters[row["run__model"]] = row["letters"] / row["tokens"]
        self.paces: dict[tuple[int, ...], Pace | None] = {}
        self.prices: dict[int, Any] = {}

    def mean_out(self, cell: Cell) -> float | None:
        """Tokens that an output of this cell has, by earlier ones."""
        return self.means.get((cell.model.pk, cell.recipe.pk, cell.prompt_set.pk))

    def tokens_in(self, cell: Cell) -> tuple[int, str]:
        """Tokens that all outputs of a cell read, and how that is known.

        The least sure of the ways in which its prompts are counted is named.
        """
        key = (cell.model.pk, cell.recipe.pk)
        before = [self.counts.get((*key, prompt.pk)) for prompt in cell.prompts]
        if None not in before:
            return sum(map(int, before)) * cell.samples, COUNTED  # type: ignore[arg-type]
        way = cell.recipe.way
        read = [most_read(way, prompt.text) for prompt in cell.prompts]
        made = None
        if cell.model.endpoint_id is None:
            texts = [reading.text for reading in read]
            made = counted(cell.model.path, cell.model.revision, texts)
        letters = self.letters.get(cell.model.pk, LETTERS_A_TOKEN)
        tokens: Sequence[float] = made or [len(reading.text) / letters for reading in read]
        guessed = [reading.tokens(text) for reading, text in zip(read, tokens, strict=True)]
        each = [known or guess for known, guess in zip(before, guessed, strict=True)]
        return round(sum(each)) * cell.samples, TOKENIZED if made else ESTIMATED

    def pace(self, cell: Cell) -> Pace | None:
        """Tokens a second of the cell's last outputs, else of the model's. One query each."""
        model, recipe, prompt_set = cell.model.pk, cell.recipe.pk, cell.prompt_set.pk
        of_cell = {"run__recipe": recipe, "run__prompt_set": prompt_set}
        found = self._pace((model, recipe, prompt_set), of_cell)
        return found or self._pace((model,), {})

    def _pace(self, key: tuple[int, ...], where: Mapping[str, int]) -> Pace | None:
        if key not in self.paces:
            rows = self.outputs.filter(run__model=key[0], tokens_out__gt=0, **where)
            last = rows.order_by("-finished_at").values_list(
                "finished_at", "seconds", "tokens_out"
            )[:LAST_OUTPUTS]
            self.paces[key] = pace(
                [Finish(at, took or 0, out or 0) for at, took, out in last if at]
            )
        return self.paces[key]

    def dollars(self, model: LanguageModel, tokens_in: int, tokens_out: int) -> Decimal | None:
        """What so many tokens cost by the price of today."""
        if model.endpoint_id is None:
            return Decimal(0)
        if model.pk not in self.prices:
            self.prices[model.pk] = price_on(model, timezone.localdate())
        price = self.prices[model.pk]
        return price.dollars(tokens_in, tokens_out) if price is not None else None


def keyed(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[int, ...], float]:
    """Rows of keys with a `value` as a lookup; rows without a value are left out."""
    found = {}
    for row in rows:
        key = tuple(value for name, value in row.items() if name != "value")
        if row["value"] is not None:
            found[key] = row["value"]
    return found


PLAN_COLUMNS = ("model", "recipe", "prompt_set", "prompts", "samples", "outputs", "reused",
                "prompt_tokens", "prompt_tokens_by", "output_tokens", "upper_bound", "seconds",
                "dollars")  # fmt: skip


def plan_record(planned: Planned) -> dict[str, Any]:
    """A cell's plan as one record."""
    cell = planned.cell
    return {
        "model": cell.model.slug,
        "recipe": cell.recipe.slug,
        "prompt_set": cell.prompt_set.slug,
        "prompts": len(cell.prompts),
        "samples": cell.samples,
        "outputs": planned.outputs,
        "reused": planned.reused,
        "prompt_tokens": planned.tokens_in,
        "prompt_tokens_by": planned.tokens_in_by,
        "output_tokens": planned.tokens_out,
        "upper_bound": planned.is_bound,
        "seconds": None if planned.seconds is None else round(planned.seconds, 1),
        "dollars": None if planned.dollars is None else float(round(planned.dollars, 6)),
    }
