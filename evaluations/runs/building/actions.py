"""Writing grids: trying, launching, dropping them."""

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience, read_by
from evaluations.accounts.visibility_actions import refusal
from evaluations.prompts.models import PromptSet
from evaluations.runs.actions import (
    FRESH_SEEDS,
    MAX_OUTPUTS_A_RUN,
    ONE_SAMPLE,
    RunRefused,
    ask,
    launch_run,
)
from evaluations.runs.building.cells import MOST_CELLS, cells_of, in_order, tried_of
from evaluations.runs.building.refusals import (
    grader_refusal,
    model_refusal,
    pause_refusal,
    recipe_refusal,
    set_refusal,
)
from evaluations.runs.models import Grid, LanguageModel, OutputState, Recipe

TRY_PRIORITY = 500
"""Above ordinary runs: somebody waits for what is tried."""


class AskedBefore(RunRefused):
    """The form was sent before with something else in it, and made `grid`; nothing is done."""

    def __init__(self, grid: Grid) -> None:
        became = "dropped" if grid.dropped_at else "tried" if grid.is_tried else "launched"
        instead = " in its place" if grid.is_tried else ""
        super().__init__(
            f"This form was sent before with something else in it, which is grid {grid.pk} and was "
            f"{became}. Nothing of that is changed. To ask what is here now{instead}, press the "
            "button again."
        )
        self.grid = grid


def may_steer_grid(grid: Grid, user: User | AnonymousUser) -> bool:
    """Whether *user* may launch, pause and cancel it: who put it together and still may, staff."""
    if not isinstance(user, User) or not user.may_run_models:
        return False
    return user.is_staff or grid.launched_by_id == user.pk


def check_steers(grid: Grid, actor: User) -> None:
    if not may_steer_grid(grid, actor):
        raise PermissionError("Only who put a grid together, and staff, may steer it.")


@transaction.atomic
def launch_grid(
    *,
    models: Iterable[LanguageModel],
    recipes: Iterable[Recipe],
    prompt_sets: Iterable[PromptSet],
    launched_by: User,
    form_token: uuid.UUID,
    samples: int | None = None,
    seed: int | None = None,
    visibility: str = "",
    publish_on: dt.date | None = None,
    reuses: bool = True,
    ceiling_dollars: Decimal | None = None,
    ceiling_tokens: int | None = None,
    asked: Mapping[str, Any] | None = None,
    tries: bool = False,
    instead_of: int | None = None,
) -> Grid:
    """Make a run for each cell, all with one seed; a form that is sent twice makes one grid.

    Of one that was tried the rest is launched where it is sent again to be launched.

    Args:
        samples: for each prompt; None as many as each recipe says. At temperature 0 it is one.
        visibility: who reads the runs; empty: whoever reads each prompt set.
        asked: what was typed, to come back to.
        tries: ask the first prompts alone, in private, until it is launched.
        instead_of: a grid that was only tried, and is dropped for this one.

    Raises:
        AskedBefore: when the form was sent before with something else in it.
        RunRefused: with the reason.
        PermissionError: when *launched_by* may not start runs.
    """
    if not launched_by.may_run_models:
        raise PermissionError("Only staff and researchers may start runs.")
    fields = {
        "launched_by": launched_by,
        "asked": dict(asked or {}),
        "visibility": visibility,
        "publish_on": publish_on,
        "reuses": reuses,
        "ceiling_dollars": ceiling_dollars,
        "ceiling_tokens": ceiling_tokens,
        "launched_at": None if tries else timezone.now(),
    }
    grid, created = Grid.objects.get_or_create(form_token=form_token, defaults=fields)
    if not created:
        check_steers(grid, launched_by)
        if grid.asked != fields["asked"] or grid.dropped_at is not None:
            raise AskedBefore(grid)
        return grid if tries or not grid.is_tried else launch_rest(grid=grid, actor=launched_by)
    cells = cells_of(models=models, recipes=recipes, prompt_sets=prompt_sets, samples=samples)
    if not cells:
        raise RunRefused("Choose at least one model, one recipe and one prompt set.")
    if len(cells) > MOST_CELLS:
        raise RunRefused(f"These are {len(cells)} cells; a grid has at most {MOST_CELLS}.")
    if (outputs := sum(cell.outputs for cell in cells)) > MAX_OUTPUTS_A_RUN:
        raise RunRefused(f"These are {outputs:,} outputs; a grid holds {MAX_OUTPUTS_A_RUN:,}.")
    if samples and samples > 1 and all(cell.recipe.is_greedy for cell in cells):
        raise RunRefused(ONE_SAMPLE)
    for why in map(pause_refusal, {cell.model.pk: cell.model for cell in cells}.values()):
        if why:
            raise RunRefused(why)
    drawn = secrets.randbelow(FRESH_SEEDS) if seed is None else seed
    first = tried_of(cells) if tries else []
    for cell in cells:
        run = launch_run(
            model=cell.model,
            recipe=cell.recipe,
            prompt_set=cell.prompt_set,
            samples=1 if tries else cell.samples,
            seed=drawn,
            priority=TRY_PRIORITY if tries else 0,
            launched_by=launched_by,
            visibility=Audience.PRIVATE if tries else visibility or None,
            publish_on=None if tries else publish_on,
            grid=grid,
            prompts=[p for p in first if p.prompt_set_id == cell.prompt_set.pk] if tries else None,
            reuse=reuses,
            readers=read_by(visibility or cell.prompt_set.visibility, publish_on),
        )
        # What it will be must be allowed now: nobody tries a grid that cannot be launched.
        run.visibility = visibility or cell.prompt_set.visibility
        if tries and (why := refusal(run, run.visibility, publish_on)):
            raise RunRefused(why)
        if tries:
            type(run).objects.filter(pk=run.pk).update(samples=cell.samples)
    if instead_of is not None:
        for tried in Grid.objects.filter(pk=instead_of, launched_at=None, dropped_at=None):
            # Whoever sent the form wrote its number: what is not theirs to drop stays.
            if may_steer_grid(tried, launched_by):
                drop_grid(grid=tried, actor=launched_by)
    return grid


@transaction.atomic
def launch_rest(*, grid: Grid, actor: User) -> Grid:
    """Launch a grid that was tried: all its prompts are asked, and its readers are as asked.

    What was tried is part of it. A cell that was cancelled or withdrawn meanwhile stays as it is.
    A second call changes nothing.

    Raises:
        RunRefused: when it was dropped, when no cell stands, or when it cannot be read by whom it
            was meant for any more.
    """
    check_steers(grid, actor)
    grid = Grid.objects.select_for_update().get(pk=grid.pk)
    if grid.dropped_at is not None:
        raise RunRefused("This grid was dropped. Put it together again.")
    if grid.launched_at is not None:
        return grid
    standing = grid.runs.filter(cancelled_at=None, withdrawn_at=None)
    if not standing.exists():
        raise RunRefused("All of its runs were cancelled. Put it together again.")
    for run in standing.select_related("model__endpoint", "recipe", "prompt_set"):
        audience = grid.visibility or run.prompt_set.visibility
        prompts = list(in_order(run.prompt_set))
        for why in (
            refusal(run, audience, grid.publish_on),
            model_refusal(run.model),
            recipe_refusal(run.model, run.recipe),
            pause_refusal(run.model),
            set_refusal(run.prompt_set, len(prompts)),
            grader_refusal(run.recipe.way, (each.grader for each in prompts)),
        ):
            if why:
                raise RunRefused(why)
        run.visibility, run.publish_on, run.priority = audience, grid.publish_on, 0
        run.save(update_fields=["visibility", "publish_on", "priority"])
        ask(run=run, prompts=prompts, reuse=grid.reuses)
    grid.launched_at = timezone.now()
    grid.save(update_fields=["launched_at"])
    return grid


@transaction.atomic
def drop_grid(*, grid: Grid, actor: User) -> None:
    """Give up a grid that was only tried: its runs are cancelled and withdrawn.

    Raises:
        RunRefused: where it was launched meanwhile.
    """
    check_steers(grid, actor)
    grid = Grid.objects.select_for_update().get(pk=grid.pk)
    if grid.launched_at is not None:
        raise RunRefused("It was launched meanwhile, so it is not dropped: cancel what waits.")
    if grid.dropped_at is not None:
        return
    now = timezone.now()
    for run in grid.runs.all():
        run.outputs.filter(state=OutputState.PENDING).update(state=OutputState.CANCELLED)
    grid.runs.filter(withdrawn_at=None).update(withdrawn_at=now, cancelled_at=now)
    grid.dropped_at = now
    grid.save(update_fields=["dropped_at"])
