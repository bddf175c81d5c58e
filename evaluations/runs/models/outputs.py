"""Runs and what they wrote. The table of outputs is also the queue of work.

A run's outputs exist as rows from the moment it is launched. A worker claims rows under a lease
and finishes each exactly once; a finished output is frozen by PostgreSQL.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from evaluations.accounts.visibility import Shared, known_visibility
from evaluations.grading.versions import Versions, in_words
from evaluations.inference.answer import FOUND_HOW
from evaluations.inference.backends import BACKENDS, TRANSFORMERS
from evaluations.prompts.models import Grader, Prompt, PromptSet
from evaluations.runs import querysets


def backends() -> list[tuple[str, str]]:
    """The engines that a model may name, with words for each: the site's, and the operator's."""
    return [*BACKENDS.items(), *((path, path) for path in settings.INFERENCE_BACKENDS)]


class Strategy(models.TextChoices):
    DIRECT = "direct", "direct"
    STEPS = "step-by-step", "step by step"


class Purpose(models.TextChoices):
    """Why a run was made: to be judged, to judge, or to see whether its model works here."""

    ANSWERS = "answers", "outputs to be judged"
    JUDGING = "judging", "a model judge at work"
    TRIAL = "trial", "a model being tried"


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


class LanguageModel(models.Model):
    """A system under test: where its weights are and which engine loads them."""

    LOADED_BY = ("backend", "path", "revision", "gguf_file")  # another one where these differ

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    maker = models.CharField(max_length=120, blank=True)
    backend = models.CharField(max_length=200, default=TRANSFORMERS, choices=backends)
    path = models.CharField(
        max_length=300,
        help_text="A Hugging Face id, a local folder, or package:NAME for a model in a package.",
    )
    revision = models.CharField(max_length=80, blank=True)
    gguf_file = models.CharField(max_length=200, blank=True)
    parameters = models.CharField(max_length=20, blank=True)
    licence = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=1000)
    created_at = models.DateTimeField(auto_now_add=True)
    is_archived = models.BooleanField("archived", default=False, help_text="Not asked any more.")

    objects = querysets.LanguageModelQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Recipe(models.Model):
    """How a model is asked."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    strategy = models.CharField(max_length=20, choices=Strategy)
    temperature = models.FloatField(default=0.7)
    top_p = models.FloatField(default=0.95)
    max_new_tokens = models.PositiveIntegerField(default=256)
    samples = models.PositiveSmallIntegerField(default=1, help_text="Samples for each prompt.")
    position = models.PositiveSmallIntegerField(default=1000)

    objects = querysets.RecipeQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
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
                condition=Q(max_new_tokens__gte=1, max_new_tokens__lte=32768),
                name="recipe_token_budget",
            ),
            models.CheckConstraint(condition=Q(samples__gte=1), name="recipe_samples_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_greedy(self) -> bool:
        """Always takes the most likely token: every sample of a prompt is the same."""
        return self.temperature == 0


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

    objects = querysets.RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(samples__gte=1), name="run_samples_positive"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="run_purpose_known"
            ),
            *known_visibility("run"),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}: {self.model}, {self.recipe}, {self.prompt_set}"

    @property
    def held_by(self) -> PromptSet:
        return self.prompt_set

    def get_absolute_url(self) -> str:
        return reverse("run", args=[self.pk])


class Environment(models.Model):
    """Hardware, versions and hashes that an output was written under, stored once each."""

    digest = models.CharField(max_length=64, unique=True)
    data = models.JSONField()

    def __str__(self) -> str:
        return self.digest[:12]


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
    error = models.TextField(blank=True)
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
    """One try at an output, for the record: who tried, when, and how it ended."""

    output = models.ForeignKey(Output, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12)
    error = models.TextField(blank=True)
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
    grader = models.CharField(max_length=10, choices=Grader)
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
    def how_in_words(self) -> str:
        """How the answer was found, as it follows “what was graded”."""
        return FOUND_HOW.get(self.how, self.how)

    @property
    def found(self) -> str:
        """The part of the output's text that was graded; empty where that is not known."""
        return self.output.text[self.start : self.end] if self.start is not None else ""


class Worker(models.Model):
    """A worker process that said it is alive."""

    name = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=12)
    device = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    tokens = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


REPORT_REASONS = [
    ("personal-data", "It contains personal data"),
    ("harmful", "It is harmful"),
    ("copyright", "It copies a protected work"),
    ("broken", "It is broken or unreadable"),
    ("other", "Something else"),
]


class Report(models.Model):
    """A reader's complaint about an output, for the moderators."""

    output = models.ForeignKey(Output, models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=20, choices=REPORT_REASONS)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = querysets.ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.output}: {self.reason}"
