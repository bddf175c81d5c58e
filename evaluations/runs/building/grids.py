"""A grid as its page shows it: its cells with their progress, what was tried, what was spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser

from evaluations.accounts.models import User
from evaluations.runs.building.ceilings import Spent, spent_by
from evaluations.runs.building.cells import TRIED
from evaluations.runs.building.plan import guessed_in
from evaluations.runs.endpoints.costs import MILLION, price_on, with_cost
from evaluations.runs.models import Grid, Output, OutputState, Run, SentPrompt
from evaluations.runs.progress import RunProgress
from evaluations.runs.records import RUN_COLUMNS, run_record


@dataclass(frozen=True)
class CellRow:
    run: Run
    progress: RunProgress


def rows_of(grid: Grid, reader: User | AnonymousUser) -> list[CellRow]:
    """The cells that *reader* may read, in the order in which they were chosen. One query."""
    runs = Run.objects.filter(grid=grid).readable_by(reader).for_list().order_by("pk")
    return [CellRow(run, RunProgress.of(run)) for run in runs]


def whole(rows: Sequence[CellRow]) -> RunProgress:
    """The progress of all cells together."""
    names = ("waiting", "running", "done", "failed", "cancelled")
    sums: dict[str, int] = {
        name: sum(getattr(row.progress, name) for row in rows) for name in names
    }
    unfinished = [row.progress for row in rows if row.progress.unfinished]
    return RunProgress(
        **sums,
        stopped=bool(rows) and all(row.progress.stopped for row in rows),
        paused=bool(unfinished) and all(each.paused for each in unfinished),
    )


@dataclass(frozen=True)
class Ceiling:
    """What a grid has spent, its ceilings, and by how much it may pass them at most.

    `over_tokens` and `over_dollars` are of what is being written now, at its full budget: the
    ceiling is looked at whenever a worker takes outputs, and what it took is written to its end.
    The dollars are with what is read, of which the tokens are guessed.
    """

    grid: Grid
    spent: Spent
    over_outputs: int
    over_tokens: int
    over_dollars: Decimal | None


def ceiling_of(grid: Grid) -> Ceiling:
    """Makes two queries, and one for each endpoint's model that is being asked."""
    leased = Output.objects.filter(run__grid=grid, state=OutputState.LEASED)
    outputs = tokens = 0
    dollars: Decimal | None = Decimal(0)
    flying = leased.select_related("run__model", "run__recipe", "prompt")
    prices: dict[int, Any] = {}
    for output in flying:
        model, budget = output.run.model, output.run.recipe.most_tokens
        outputs += 1
        tokens += budget
        if model.endpoint_id is None or dollars is None:
            continue
        if model.pk not in prices:
            prices[model.pk] = price_on(model, output.created_at.date())
        price = prices[model.pk]
        if price is None:
            dollars = None
            continue
        read = price.tokens_in * guessed_in(output.run.recipe, output.prompt.text)
        dollars += (read + price.tokens_out * budget) / MILLION
    return Ceiling(grid, spent_by(grid), outputs, tokens, dollars)


@dataclass(frozen=True)
class TriedOutput:
    """One of the outputs that were asked first, with the prompt exactly as it was sent."""

    output: Output
    sent: str
    dollars: Decimal | None


def tried_outputs(grid: Grid, reader: User | AnonymousUser) -> list[TriedOutput]:
    """The first outputs of each cell that *reader* may read, cell by cell. Three queries."""
    outputs = list(
        with_cost(Output.objects.filter(run__grid=grid, sample=0))
        .readable_by(reader)
        .for_reading()
        .prefetch_related("grades", "steps")
        .order_by("run_id", "pk")
    )
    kept: dict[int, list[Output]] = {}
    for output in outputs:
        if len(kept.setdefault(output.run_id, [])) < TRIED:
            kept[output.run_id].append(output)
    shown = [output for of_run in kept.values() for output in of_run]
    digests = {output.prompt_digest for output in shown} - {""}
    sent = dict(SentPrompt.objects.filter(digest__in=digests).values_list("digest", "text"))
    return [
        TriedOutput(each, sent.get(each.prompt_digest, ""), vars(each)["cost"]) for each in shown
    ]


GRID_COLUMNS = RUN_COLUMNS


def grid_records(rows: Sequence[CellRow]) -> list[dict[str, Any]]:
    return [run_record(row.run) for row in rows]
