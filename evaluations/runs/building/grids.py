"""A grid as its page shows it: its cells with their progress, what was tried, what was spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.runs.building.ceilings import Spent, spent_by
from evaluations.runs.building.cells import TRIED
from evaluations.runs.endpoints.costs import with_cost
from evaluations.runs.endpoints.prices import Asked, FullBudget, at_full_budget
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

    `over` is what is being written now, at its full budget: the ceiling is looked at whenever a
    worker takes outputs, and what it took is written to its end.
    """

    grid: Grid
    spent: Spent
    over: FullBudget


def ceiling_of(grid: Grid) -> Ceiling:
    """Makes three queries, and one for each price that is looked up."""
    leased = Output.objects.filter(run__grid=grid, state=OutputState.LEASED)
    flying = leased.select_related("run__model", "run__recipe", "prompt")
    today = timezone.localdate()
    over = at_full_budget(
        Asked(
            model=each.run.model,
            recipe=each.run.recipe,
            letters=len(each.prompt.text),
            day=today,
        )
        for each in flying
    )
    return Ceiling(grid, spent_by(grid), over)


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
