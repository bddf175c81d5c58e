"""How models are asked: words, sampling and plan, a row a version."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.grading import GRADERS
from evaluations.inference import ways
from evaluations.inference.engine import Sampling
from evaluations.runs import querysets


class Strategy(models.TextChoices):
    DIRECT = "direct", "direct"
    STEPS = "step-by-step", "step by step"


class Plan(models.TextChoices):
    SINGLE = ways.SINGLE, "one reply"
    BUDGET = ways.BUDGET, "a budget of thought, then the answer"
    EXTEND = ways.EXTEND, "made to go on"
    MAJORITY = ways.MAJORITY, "the answer that most of several replies give"
    BEST_OF = ways.BEST_OF, "the best of several replies by a grader"
    REVISE = ways.REVISE, "revised by the model itself"


ONE_REPLY = "Of a plan with several replies none are kept: choose one reply."
"""Why no log-probabilities are asked for."""


class Recipe(models.Model):
    """How a model is asked. A change of one that runs used is a new version: another row.

    PostgreSQL refuses any change of what decides how models are asked, once a run used it.
    """

    ASKS_BY = (
        "strategy", "system", "examples", "instruction", "prefill", "template_arguments",
        "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "stop", "max_new_tokens",
        "plan", "plan_number", "plan_words", "plan_grader", "logprobs", "effort", "summary",
    )  # fmt: skip
    """What decides how a model is asked."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    first = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="later"
    )
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    twin_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="twins"
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False,
        related_name="recipes",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True, null=True)
    is_archived = models.BooleanField("archived", default=False, help_text="In no choice any more.")

    strategy = models.CharField(max_length=20, choices=Strategy)
    system = models.TextField(blank=True, default="")
    examples = models.JSONField(default=list, blank=True)
    instruction = models.TextField(blank=True, default="")
    prefill = models.TextField(blank=True, default="")
    template_arguments = models.JSONField(default=dict, blank=True)
    temperature = models.FloatField(default=0.7)
    top_p = models.FloatField(default=0.95)
    top_k = models.PositiveIntegerField(default=0)
    min_p = models.FloatField(default=0)
    repetition_penalty = models.FloatField(default=1)
    stop = models.JSONField(default=list, blank=True)
    max_new_tokens = models.PositiveIntegerField(default=256)
    plan = models.CharField(max_length=10, choices=Plan, default=Plan.SINGLE)
    plan_number = models.PositiveIntegerField(default=0)
    plan_words = models.TextField(blank=True, default="")
    plan_grader = models.CharField(max_length=20, blank=True, default="")
    logprobs = models.BooleanField("log-probabilities", default=False, db_default=False)
    effort = models.CharField(
        max_length=10, blank=True, default="", db_default="",
        choices=[(each, each) for each in ways.EFFORTS],
    )  # fmt: skip
    summary = models.CharField(
        max_length=10, blank=True, default="", db_default="",
        choices=[(each, each) for each in ways.SUMMARIES],
    )  # fmt: skip
    samples = models.PositiveSmallIntegerField(default=1, help_text="Samples for each prompt.")
    position = models.PositiveSmallIntegerField(default=1000)

    objects = querysets.RecipeQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "version", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(strategy__in=Strategy.values), name="recipe_strategy_known"
            ),
            models.CheckConstraint(
                condition=Q(temperature__gte=0, temperature__lte=2), name="recipe_temperature_range"
            ),
            models.CheckConstraint(
                condition=Q(top_p__gt=0, top_p__lte=1), name="recipe_top_p_range"
            ),
            models.CheckConstraint(
                condition=Q(min_p__gte=0, min_p__lt=1), name="recipe_min_p_range"
            ),
            models.CheckConstraint(
                condition=Q(repetition_penalty__gt=0, repetition_penalty__lte=10),
                name="recipe_penalty_range",
            ),
            models.CheckConstraint(
                condition=Q(max_new_tokens__gte=1, max_new_tokens__lte=32768),
                name="recipe_token_budget",
            ),
            models.CheckConstraint(condition=Q(plan__in=Plan.values), name="recipe_plan_known"),
            models.CheckConstraint(
                condition=Q(plan=Plan.SINGLE, plan_number=0)
                | (~Q(plan=Plan.SINGLE) & Q(plan_number__gte=1)),
                name="recipe_plan_number",
            ),
            models.CheckConstraint(
                condition=~Q(plan__in=ways.CHOOSING) | Q(temperature__gt=0),
                name="recipe_choice_is_drawn",
            ),
            models.CheckConstraint(
                condition=Q(first=None, version=1) | Q(first__isnull=False, version__gt=1),
                name="recipe_version_of_its_first",
            ),
            models.UniqueConstraint("first", "version", name="recipe_version_once"),
            models.CheckConstraint(
                condition=Q(logprobs=False) | Q(plan=Plan.SINGLE), name="recipe_logprobs_of_one"
            ),
            models.CheckConstraint(
                condition=Q(effort__in=["", *ways.EFFORTS]), name="recipe_effort_known"
            ),
            models.CheckConstraint(
                condition=Q(summary__in=["", *ways.SUMMARIES]), name="recipe_summary_known"
            ),
            models.CheckConstraint(condition=Q(samples__gte=1), name="recipe_samples_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_greedy(self) -> bool:
        """Always takes the most likely token: every sample of a prompt is the same."""
        return self.temperature == 0

    @property
    def most_tokens(self) -> int:
        """The most tokens that one output costs, all stages together."""
        replies = {
            Plan.MAJORITY: self.plan_number,
            Plan.BEST_OF: self.plan_number,
            Plan.REVISE: self.plan_number + 1,
        }
        thought = self.plan_number if self.plan == Plan.BUDGET else 0
        return thought + replies.get(Plan(self.plan), 1) * self.max_new_tokens

    @property
    def way(self) -> ways.Way:
        """As engines and plans need it."""
        return ways.Way(
            strategy=self.strategy,
            system=self.system,
            examples=tuple((asked, replied) for asked, replied in self.examples),
            instruction=self.instruction,
            prefill=self.prefill,
            template_arguments=self.template_arguments,
            sampling=Sampling(
                temperature=self.temperature,
                top_p=self.top_p,
                top_k=self.top_k,
                min_p=self.min_p,
                repetition_penalty=self.repetition_penalty,
                stop=tuple(self.stop),
                max_new_tokens=self.max_new_tokens,
            ),
            plan=self.plan,
            number=self.plan_number,
            words=self.plan_words,
            grader=self.plan_grader,
            logprobs=self.logprobs,
            effort=self.effort,
            summary=self.summary,
        )

    def clean(self) -> None:
        """Raises ValidationError where plan, number and grader do not go together."""
        wrong: dict[str, Any] = {}
        if self.plan != Plan.SINGLE and not self.plan_number:
            wrong["plan_number"] = "This plan needs a number."
        if self.plan in ways.CHOOSING and self.temperature == 0:
            wrong["temperature"] = "At temperature 0 all replies are equal: choose one above 0."
        if self.plan_grader and self.plan_grader not in GRADERS:
            wrong["plan_grader"] = f"No grader is called {self.plan_grader}."
        if self.logprobs and self.plan != Plan.SINGLE:
            wrong["logprobs"] = ONE_REPLY
        if wrong:
            raise ValidationError(wrong)

    def get_absolute_url(self) -> str:
        return reverse("recipe", args=[self.slug])
