import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from evaluations.definitions.models import CriterionVersion
    from evaluations.judgments.models import Answer, Finding, Item, Judge, Judgment, Protocol  # noqa: F401
    from evaluations.runs.models import Output


class JudgmentQuerySet(models.QuerySet["Judgment"]):
    def standing(self) -> "JudgmentQuerySet":
        """Judgments that were not withdrawn; joins nothing."""
        return self.filter(withdrawn_at=None)


class AnswerQuerySet(models.QuerySet["Answer"]):
    def current(self) -> "AnswerQuerySet":
        """Answers in force; joins nothing."""
        return self.filter(is_current=True)

    def computed(self) -> "AnswerQuerySet":
        """Answers to criteria, from which verdicts are computed."""
        return self.filter(criterion__isnull=False)

    def direct(self) -> "AnswerQuerySet":
        """Direct classifications against a definition's wording."""
        return self.filter(definition_version__isnull=False)

    def to(self, wordings: Iterable["CriterionVersion"]) -> "AnswerQuerySet":
        """Answers to these questions, in these wordings or others that mean the same."""
        same = Q(pk__in=[])
        for wording in wordings:
            same |= Q(criterion=wording.criterion_id, criterion_version__meaning=wording.meaning)
        return self.filter(same)

    def given(self, judge: "Judge | None", undone: uuid.UUID | None) -> "AnswerQuerySet":
        """A judge's answers in force, and those of the form *undone*; joins the criterion.

        By age, so that what was undone yields to what was saved after it.
        """
        wanted = Q(is_current=True) | Q(judgment__form_token=undone)
        return self.filter(wanted, judge=judge).select_related("criterion").order_by("id")

    def on(self, output: Any) -> "AnswerQuerySet":
        """Current answers about an output or about its prompt; joins judge and criterion."""
        return (
            self.current()
            .filter(Q(output=output) | Q(prompt_id=output.prompt_id))
            .select_related(
                "judgment",
                "judge__user",
                "criterion",
                "criterion_version",
                "definition_version__definition",
            )
            .order_by("judge_id", "criterion__position")
        )


class FindingQuerySet(models.QuerySet["Finding"]):
    def current(self) -> "FindingQuerySet":
        """Findings in force; joins the criterion."""
        return self.filter(is_current=True, withdrawn_at=None).select_related(
            "criterion_version__criterion"
        )

    def about(self, output: "Output") -> "FindingQuerySet":
        """Findings that concern an output: on itself, its prompt, its model, or its family.

        Expects the output's run and prompt to be joined.
        """
        return self.current().filter(
            Q(output=output)
            | Q(prompt=output.prompt_id)
            | Q(model=output.run.model_id, recipe=None)
            | Q(
                model=output.run.model_id,
                recipe=output.run.recipe_id,
                family=output.prompt.family_id,
                family__isnull=False,
            )
        )


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def open(self) -> "ProtocolQuerySet":
        """Protocols that can be judged under now; joins nothing."""
        return self.filter(opened_at__isnull=False, closed_at=None)


class ItemQuerySet(models.QuerySet["Item"]):
    def for_judging(self) -> "ItemQuerySet":
        """What the judging page needs of an item; joins its version and protocol."""
        return self.select_related("version__protocol")
