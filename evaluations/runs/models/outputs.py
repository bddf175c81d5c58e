"""Runs and what they wrote. The table of outputs is also the queue of work.

A run's outputs exist as rows from the moment it is launched. A worker claims rows under a lease
and finishes each exactly once; a finished output is frozen by PostgreSQL.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from evaluations.accounts.visibility import NARROW, Audience, Shared, known_visibility
from evaluations.grading.versions import Versions, in_words
from evaluations.inference.answer import FOUND_HOW
from evaluations.prompts.models import Grader, Prompt, PromptSet
from evaluations.runs import querysets
from evaluations.runs.models.grids import Grid
from evaluations.runs.models.language_models import LanguageModel
from evaluations.runs.models.recipes import Recipe

if TYPE_CHECKING:
    from evaluations.accounts.models import User


class Purpose(models.TextChoices):
    """Why a run was made: to be judged, to judge, or to see whether its model works here."""

    ANSWERS = "answers", "outputs to be judged"
    JUDGING = "judging", "a model judge at work"
    TRIAL = "trial", "a model being tried"


class Pause(models.TextChoices):
    """Why no worker takes a run's outputs for now."""

    BY_HAND = "by-hand", "somebody paused it"
    DOLLARS = "dollars", "it reached its ceiling in dollars"
    TOKENS = "tokens", "it reached its ceiling in tokens"


class Visibility(models.TextChoices):
    """How much of the working can be read."""

    FULL = "full", "full"
    SUMMARY = "summary", "summary only"
    REDACTED = "redacted", "redacted"
    HIDDEN = "hidden", "hidden"
    NOT_WRITTEN = "not-written", "not written"


class OutputState(models.TextChoices):
    PENDING = "pending", "waiting"
    LEASED = "leased", "being written"
    DONE = "done", "written"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class Run(Shared):
    """A model asked with a recipe about a prompt set, never wider read than the set."""

    OWNER = "launched_by"

    model = models.ForeignKey(LanguageModel, models.PROTECT, related_name="runs")
    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="runs")
    prompt_set = models.ForeignKey(PromptSet, models.PROTECT, related_name="runs")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.ANSWERS)
    samples = models.PositiveSmallIntegerField(default=1)
    seed = models.BigIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, blank=True, related_name="runs")
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_for = models.CharField(
        max_length=8, choices=Pause, blank=True, default="", db_default=""
    )

    objects = querysets.RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(samples__gte=1), name="run_samples_positive"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="run_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_for="")
                | Q(paused_at__isnull=False, paused_for__in=Pause.values),
                name="run_pause_has_reason",
            ),
            *known_visibility("run"),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}: {self.model}, {self.recipe}, {self.prompt_set}"

    @property
    def held_by(self) -> PromptSet:
        return self.prompt_set

    def kept_from(self, readers: str) -> str:
        """What it has taken over from runs that fewer people read stays theirs. Makes a query."""
        fewer = NARROW[NARROW.index(Audience(readers)) + 1 :]
        if self.pk is None or not fewer:
            return ""
        runs = self.taken_from().filter(visibility__in=fewer)[:3]
        if not runs:
            return ""
        return (
            f"It has taken over outputs of runs that fewer people read ({in_numbers(runs)}"
            "), which would be read by more: change those first, or repeat this run without taking "
            "anything over."
        )

    def kept_from_people(self, people: Iterable["User"]) -> str:
        """Nobody reads here what it has taken over from a run that they may not read. A query for
        each of them."""
        sources = self.taken_from().filter(visibility=Audience.PRIVATE)
        for person in people:
            if runs := sources.exclude(pk__in=Run.objects.readable_by(person))[:3]:
                return (
                    f"It has taken over outputs of runs that “{person}” may not read "
                    f"({in_numbers(runs)}): invite them to those first, or repeat this run "
                    "without taking anything over. Nobody was invited."
                )
        return ""

    def taken_from(self) -> querysets.RunQuerySet:
        """The runs from which it has taken outputs over, in their order."""
        return Run.objects.filter(outputs__reused_as__run=self).distinct().order_by("pk")

    def get_absolute_url(self) -> str:
        return reverse("run", args=[self.pk])


def in_numbers(runs: Iterable[Run]) -> str:
    return ", ".join(str(run.pk) for run in runs)


class Environment(models.Model):
    """Hardware, versions and hashes that an output was written under, stored once each."""

    digest = models.CharField(max_length=64, unique=True)
    data = models.JSONField()

    def __str__(self) -> str:
        return self.digest[:12]

    @staticmethod
    def digest_of(data: Mapping[str, Any]) -> str:
        """SHA-256 of what is recorded, in hexadecimal."""
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Environment":
        """The row of what is recorded, made where there is none."""
        return cls.objects.get_or_create(digest=cls.digest_of(data), defaults={"data": data})[0]


class Output(models.Model):
    """One sample: waiting, being written, or what the model wrote."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="outputs")
    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="outputs")
    sample = models.PositiveSmallIntegerField(default=0)
    seed = models.BigIntegerField()

    state = models.CharField(max_length=10, choices=OutputState, default=OutputState.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    alone = models.BooleanField(default=False, help_text="To be run by itself: suspected of harm.")

    text = models.TextField(blank=True)
    trace = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    trace_visibility = models.CharField(max_length=12, choices=Visibility, blank=True)
    tokens_in = models.PositiveIntegerField(null=True, blank=True)
    tokens_out = models.PositiveIntegerField(null=True, blank=True)
    stop_reason = models.CharField(max_length=10, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    prompt_digest = models.CharField(max_length=64, blank=True)
    environment = models.ForeignKey(Environment, models.PROTECT, null=True, blank=True)
    names_model = models.BooleanField(
        default=False, help_text="Gives away which model wrote it: masked before it is judged."
    )
    choice = models.JSONField(
        null=True, blank=True, help_text="Of a plan that chooses: which reply, by what, and ties."
    )
    error = models.TextField(blank=True)
    reused_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reused_as"
    )
    origin_key = models.CharField(
        max_length=64, null=True, blank=True, help_text="Of one that was imported: whence."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = querysets.OutputQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("run", "prompt", "sample", name="output_once_a_sample"),
            models.CheckConstraint(
                condition=Q(state__in=OutputState.values), name="output_state_known"
            ),
            models.CheckConstraint(
                condition=Q(trace_visibility="") | Q(trace_visibility__in=Visibility.values),
                name="output_visibility_known",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", leased_until__isnull=False) | ~Q(state="leased"),
                name="output_lease_has_end",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "failed"]) | Q(finished_at__isnull=False),
                name="output_end_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(trace_visibility=""),
                name="output_done_has_visibility",
            ),
            models.CheckConstraint(
                condition=Q(reused_from=None) | Q(state="done"), name="output_reused_is_done"
            ),
            models.UniqueConstraint(
                "origin_key", condition=Q(origin_key__isnull=False), name="output_origin_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="output_waiting", condition=Q(state__in=["pending", "leased"])
            ),
            models.Index(fields=["run", "state"], name="output_by_run_state"),
            models.Index(
                fields=["prompt"],
                name="output_done_by_prompt",
                condition=Q(state="done", withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"Output {self.pk}"

    @property
    def grade(self) -> "Grade | None":
        """The current grade; fetch `grades` before it is asked of many."""
        return next((grade for grade in self.grades.all() if grade.is_current), None)

    def get_absolute_url(self) -> str:
        return reverse("output", args=[self.pk])


class Attempt(models.Model):
    """One try at an output, for the record: who tried, when, and how it ended.

    Of a model behind an endpoint also what it wrote before it was cut, the tokens that were
    counted, their cost in dollars, and the calls (`evaluations.inference.engine.Try`).
    """

    output = models.ForeignKey(Output, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12)
    error = models.TextField(blank=True)
    text = models.TextField(blank=True, db_default="")
    tokens_in = models.PositiveIntegerField(null=True, blank=True)
    tokens_out = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    calls = models.JSONField(null=True, blank=True)
    ended_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["output", "number"]
        constraints = [models.UniqueConstraint("output", "number", name="attempt_number")]

    def __str__(self) -> str:
        return f"{self.output_id}, attempt {self.number}: {self.outcome}"


class Step(models.Model):
    """A piece of a trace: code points `start` to `end` under one segmentation version."""

    output = models.ForeignKey(Output, models.CASCADE, related_name="steps")
    segmentation = models.PositiveSmallIntegerField(default=1)
    index = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["output", "segmentation", "index"]
        constraints = [
            models.UniqueConstraint("output", "segmentation", "index", name="step_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="step_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.output_id}, step {self.index + 1}"


class Grade(models.Model):
    """What a grader said of an output; grading anew adds a row, and the earlier one stays.

    The answer was found in code points `start` to `end` - 1 of the output's text, `how` as in
    `evaluations.inference.answer`; both are unknown for imported outputs and those of before.
    Without a `score` the output could not be graded, and `note` says why.
    """

    output = models.ForeignKey(Output, models.CASCADE, related_name="grades")
    grader = models.CharField(max_length=20, choices=Grader)
    grader_version = models.PositiveSmallIntegerField(null=True, blank=True)
    answer_version = models.PositiveSmallIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    how = models.CharField(max_length=10, blank=True)
    score = models.FloatField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["output", "-id"]
        constraints = [
            models.UniqueConstraint(
                "output", condition=Q(is_current=True), name="grade_one_current_an_output"
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=0, score__lte=1), name="grade_score_range"
            ),
            models.CheckConstraint(
                condition=Q(start=None, end=None) | Q(start__isnull=False, end__gte=F("start")),
                name="grade_span_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.output_id}: {self.score}, by {self.versions}"

    @property
    def versions(self) -> str:
        return in_words([Versions(self.grader, self.grader_version, self.answer_version)])

    @property
    def why_not(self) -> str:
        """Why there is no score, without what its note says of the reference; else empty."""
        if self.score is not None:
            return ""
        why = self.note.removeprefix("not graded: ")
        return "the reference cannot be used" if "reference" in why else why

    @property
    def how_in_words(self) -> str:
        """How the answer was found, as it follows “what was graded”."""
        return FOUND_HOW.get(self.how, self.how)

    @property
    def found(self) -> str:
        """The part of the output's text that was graded; empty where that is not known."""
        return self.output.text[self.start : self.end] if self.start is not None else ""
