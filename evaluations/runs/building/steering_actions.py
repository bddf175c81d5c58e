"""Steering what was launched: pause and go on, a ceiling, more samples."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.prompts.models import Prompt
from evaluations.runs.actions import MAX_OUTPUTS_A_RUN, ONE_SAMPLE, RunRefused, ask, may_steer
from evaluations.runs.building.actions import check_steers
from evaluations.runs.building.ceilings import Spent, spent_by
from evaluations.runs.building.refusals import model_refusal, recipe_refusal, set_refusal
from evaluations.runs.doorbell import ring_on_commit
from evaluations.runs.models import Grid, Pause, Run

AT_CEILING = (Pause.DOLLARS, Pause.TOKENS)


def check_may_steer(run: Run, actor: User) -> None:
    if not may_steer(run, actor):
        raise PermissionError("Only who launched a run, and staff, may steer it.")


@transaction.atomic
def pause_run(*, run: Run, actor: User) -> None:
    """Have no worker take what waits; what is being written is written to its end."""
    check_may_steer(run, actor)
    Run.objects.filter(pk=run.pk, paused_at=None).update(
        paused_at=timezone.now(), paused_for=Pause.BY_HAND
    )


@transaction.atomic
def go_on(*, run: Run, actor: User) -> None:
    """End a run's pause.

    Raises:
        RunRefused: where its ceiling would pause it again at once.
    """
    check_may_steer(run, actor)
    if run.grid is not None and is_reached(run.grid, spent_by(run.grid)):
        then = "press Go on again" if run.paused_for == Pause.BY_HAND else "the run goes on"
        raise RunRefused(f"Its ceiling is reached: raise it, and {then}.")
    Run.objects.filter(pk=run.pk).update(paused_at=None, paused_for="")
    ring_on_commit()


def is_reached(grid: Grid, spent: Spent) -> bool:
    """Whether a grid has spent one of its ceilings."""
    in_dollars, in_tokens = grid.ceiling_dollars, grid.ceiling_tokens
    return (in_dollars is not None and spent.dollars >= in_dollars) or (
        in_tokens is not None and spent.tokens >= in_tokens
    )


@transaction.atomic
def set_ceiling(*, grid: Grid, dollars: Decimal | None, tokens: int | None, actor: User) -> None:
    """Change a grid's ceilings; None is none. Runs that were paused by one go on.

    Raises:
        RunRefused: where as much is spent already.
    """
    check_steers(grid, actor)
    grid = Grid.objects.select_for_update().get(pk=grid.pk)
    grid.ceiling_dollars, grid.ceiling_tokens = dollars, tokens
    spent = spent_by(grid)
    if is_reached(grid, spent):
        raise RunRefused(
            f"${spent.dollars.normalize():f} and {spent.tokens:,} tokens are spent already: "
            "choose more than that."
        )
    grid.save(update_fields=["ceiling_dollars", "ceiling_tokens"])
    grid.runs.filter(paused_for__in=AT_CEILING).update(paused_at=None, paused_for="")
    ring_on_commit()


@transaction.atomic
def more_samples(*, run: Run, samples: int, actor: User) -> int:
    """Ask each prompt of a run so often in all, with seeds of the run's; returns how many are new.

    A second call changes nothing.

    Raises:
        RunRefused: with the reason.
    """
    check_may_steer(run, actor)
    run = Run.objects.select_for_update(of=("self",)).select_related(
        "model__endpoint", "recipe", "prompt_set", "grid"
    ).get(pk=run.pk)  # fmt: skip
    prompts = list(Prompt.objects.filter(outputs__run=run, is_archived=False).distinct())
    if run.grid is not None and run.grid.launched_at is None:
        raise RunRefused("It is only tried so far: launch the rest first.")
    if run.cancelled_at is not None or run.withdrawn_at is not None:
        raise RunRefused("It was cancelled. Queue its outputs again first, or repeat it.")
    for why in (
        model_refusal(run.model),
        recipe_refusal(run.model, run.recipe),
        set_refusal(run.prompt_set, len(prompts)),
    ):
        if why:
            raise RunRefused(why)
    if run.recipe.is_greedy and samples > 1:
        raise RunRefused(ONE_SAMPLE)
    if samples < run.samples:
        raise RunRefused(f"It has {run.samples} samples of each prompt already, and they stay.")
    if len(prompts) * samples > MAX_OUTPUTS_A_RUN:
        raise RunRefused(f"A run holds at most {MAX_OUTPUTS_A_RUN:,} outputs.")
    run.samples = samples
    run.save(update_fields=["samples"])
    return ask(run=run, prompts=prompts, reuse=run.grid is not None and run.grid.reuses)
