from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count

if TYPE_CHECKING:
    from evaluations.prompts.models import Prompt, PromptSet  # noqa: F401


class PromptSetQuerySet(models.QuerySet["PromptSet"]):
    def listed(self) -> "PromptSetQuerySet":
        """Sets that people see: without those that hold what model judges are asked."""
        return self.filter(is_listed=True)

    def for_list(self) -> "PromptSetQuerySet":
        """Listed sets in catalogue order with `prompt_count`; joins nothing else."""
        return self.listed().annotate(prompt_count=Count("prompts")).order_by("position", "title")


class PromptQuerySet(models.QuerySet["Prompt"]):
    def to_be_asked(self) -> "PromptQuerySet":
        """Prompts that runs ask: without the archived."""
        return self.filter(is_archived=False)

    def for_list(self) -> "PromptQuerySet":
        """Prompts of listed sets in catalogue order; joins the set and the family."""
        return (
            self.filter(prompt_set__is_listed=True)
            .select_related("prompt_set", "family")
            .order_by("prompt_set__position", "position", "slug")
        )
