from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

if TYPE_CHECKING:
    from evaluations.runs.models import Output, Run  # noqa: F401


class RunQuerySet(models.QuerySet["Run"]):
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
        """Newest first, with progress; joins model, recipe and prompt set."""
        return (
            self.with_progress()
            .select_related("model", "recipe", "prompt_set")
            .order_by("-created_at", "-id")
        )


class OutputQuerySet(models.QuerySet["Output"]):
    def finished(self) -> "OutputQuerySet":
        """What models wrote and nobody withdrew; joins nothing."""
        return self.filter(state="done", withdrawn_at=None, run__withdrawn_at=None)

    def judgeable(self) -> "OutputQuerySet":
        """Finished outputs that do not give away which model wrote them; joins nothing."""
        return self.finished().filter(names_model=False)

    def for_reading(self) -> "OutputQuerySet":
        """All that an output's page names; joins run, model, recipe, prompt and its set."""
        return self.select_related(
            "run__model", "run__recipe", "prompt__prompt_set", "prompt__family", "environment"
        )

    def for_judging(self) -> "OutputQuerySet":
        """Only what a judge may see before judging; joins the prompt alone."""
        return self.select_related("prompt").defer("environment", "grade", "grade_note")
