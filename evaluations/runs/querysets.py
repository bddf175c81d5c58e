from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

if TYPE_CHECKING:
    from evaluations.runs.models import Output, Recipe, Run  # noqa: F401

JUDGING_RECIPE = "model-judge"


class RecipeQuerySet(models.QuerySet["Recipe"]):
    def listed(self) -> "RecipeQuerySet":
        """Recipes that people choose from: without those of model judges and of imports."""
        return self.exclude(slug=JUDGING_RECIPE).exclude(slug__startswith="imported-")


class RunQuerySet(models.QuerySet["Run"]):
    def listed(self) -> "RunQuerySet":
        """Runs whose outputs are to be judged: without model judges at work; joins nothing."""
        return self.filter(purpose="answers")

    def with_progress(self) -> "RunQuerySet":
        """Adds how many outputs are `total`, `waiting`, `running`, `done` and `failed`."""
        return self.annotate(
            total=Count("outputs"),
            waiting=Count("outputs", filter=Q(outputs__state="pending")),
            running=Count("outputs", filter=Q(outputs__state="leased")),
            done=Count("outputs", filter=Q(outputs__state="done")),
            failed=Count("outputs", filter=Q(outputs__state="failed")),
        )

    def for_list(self) -> "RunQuerySet":
        """Newest first, with progress; joins model, recipe and prompt set.

        Without model judges at work, as in every list.
        """
        return (
            self.listed()
            .with_progress()
            .select_related("model", "recipe", "prompt_set")
            .order_by("-created_at", "-id")
        )


class OutputQuerySet(models.QuerySet["Output"]):
    def listed(self) -> "OutputQuerySet":
        """Outputs to be judged: without the replies of model judges; joins nothing."""
        return self.filter(run__purpose="answers")

    def finished(self) -> "OutputQuerySet":
        """What models wrote to be judged and nobody withdrew; joins nothing."""
        return self.listed().filter(state="done", withdrawn_at=None, run__withdrawn_at=None)

    def for_reading(self) -> "OutputQuerySet":
        """All that an output's page names; joins run, model, recipe, prompt and its set."""
        return self.select_related(
            "run__model", "run__recipe", "prompt__prompt_set", "prompt__family", "environment"
        )

    def for_judging(self) -> "OutputQuerySet":
        """Only what a judge may see before judging; joins the prompt alone."""
        return self.select_related("prompt").defer("environment", "grade", "grade_note")
