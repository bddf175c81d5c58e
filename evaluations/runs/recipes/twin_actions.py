"""Launching the direct twin of a run."""

from typing import Any

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.runs.actions import RunRefused, launch_run
from evaluations.runs.models import Run
from evaluations.runs.recipes.actions import write_twin


@transaction.atomic
def launch_twin(*, run: Run, actor: User) -> Run:
    """A run with the direct twin of its recipe, on the same prompts with the same samples and
    seed; the one that exists, where there is one.

    Raises:
        RecipeRefused, RunRefused: with the reason, also where the set asks other prompts by now.
        PermissionError: when *actor* may not start runs.
    """
    recipe = write_twin(recipe=run.recipe, actor=actor)
    same: dict[str, Any] = {
        "model": run.model, "recipe": recipe, "prompt_set": run.prompt_set, "seed": run.seed,
        "samples": run.samples, "visibility": run.visibility,
    }  # fmt: skip
    there = Run.objects.to_judge().filter(**same, cancelled_at=None, withdrawn_at=None)
    if known := there.order_by("pk").first():
        return known
    asked = set(run.outputs.values_list("prompt", flat=True))
    if asked != set(run.prompt_set.prompts.to_be_asked().values_list("pk", flat=True)):
        raise RunRefused("The set asks other prompts by now, so its twin would not match this run.")
    return launch_run(**same, launched_by=actor)
