"""Systems under test and how they are asked."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from evaluations.inference.backends import BACKENDS, OPENAI_COMPATIBLE, TRANSFORMERS
from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.runs import querysets
from evaluations.runs.models.endpoints import Endpoint


def backends() -> list[tuple[str, str]]:
    """The engines that a model may name, with words for each: the site's, and the operator's."""
    return [*BACKENDS.items(), *((path, path) for path in settings.INFERENCE_BACKENDS)]


class Strategy(models.TextChoices):
    DIRECT = "direct", "direct"
    STEPS = "step-by-step", "step by step"


class LanguageModel(models.Model):
    """A system under test: where its weights are and which engine loads them.

    One behind an endpoint has no weights here, and its path is its name there. While it is
    paused no worker takes its outputs.
    """

    # Another one where these differ.
    LOADED_BY = ("backend", "endpoint", "path", "revision", "gguf_file")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    maker = models.CharField(max_length=120, blank=True)
    backend = models.CharField(max_length=200, default=TRANSFORMERS, choices=backends)
    endpoint = models.ForeignKey(
        Endpoint, models.PROTECT, null=True, blank=True, related_name="models"
    )
    path = models.CharField(
        max_length=300,
        help_text="A Hugging Face id, a local folder, or package:NAME for a model in a package; "
        "of a model behind an endpoint its name there.",
    )
    revision = models.CharField(max_length=80, blank=True)
    gguf_file = models.CharField(max_length=200, blank=True)
    parameters = models.CharField(max_length=20, blank=True)
    licence = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=1000)
    created_at = models.DateTimeField(auto_now_add=True)
    is_archived = models.BooleanField("archived", default=False, help_text="Not asked any more.")
    paused_at = models.DateTimeField(null=True, editable=False)
    paused_until = models.DateTimeField(null=True, editable=False)
    pause_reason = models.TextField(blank=True, editable=False)

    objects = querysets.LanguageModelQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(backend=OPENAI_COMPATIBLE, endpoint__isnull=False)
                | (~Q(backend=OPENAI_COMPATIBLE) & Q(endpoint=None)),
                name="model_endpoint_with_its_engine",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError where engine and endpoint do not go together."""
        if (self.backend == OPENAI_COMPATIBLE) != (self.endpoint_id is not None):
            said = {
                True: "This engine asks a server: choose the endpoint.",
                False: "Only the engine for servers behind an endpoint takes one.",
            }
            raise ValidationError({"endpoint": said[self.endpoint_id is None]})

    @property
    def is_paused(self) -> bool:
        """Whether no worker asks it now; a pause that has an end is over then."""
        over = self.paused_until is not None and self.paused_until <= timezone.now()
        return self.paused_at is not None and not over

    @property
    def loaded_as(self) -> tuple[Any, ...]:
        """What an engine is made from: once it differs, what is loaded is another model.

        Reads the endpoint, which may be joined.
        """
        own = tuple(getattr(self, name) for name in self.LOADED_BY)
        return (*own, *(self.endpoint.asked_as(self.path) if self.endpoint else ()))

    def refusal(self, recipe: "Recipe") -> str:
        """Why it cannot be asked by a recipe; empty where it can.

        Reads the endpoint, which may be joined.
        """
        if self.endpoint is None:
            return ""
        takes = Capabilities.of(self.endpoint.record_of(self.path))
        return takes.refusal(temperature=recipe.temperature, top_p=recipe.top_p)


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
