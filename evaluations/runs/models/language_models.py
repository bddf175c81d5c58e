"""Systems under test: where their weights are, and which engine loads them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from evaluations.inference.abilities import Abilities
from evaluations.inference.backends import ABILITIES, BACKENDS, OPENAI_COMPATIBLE, TRANSFORMERS
from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.runs import querysets
from evaluations.runs.models.endpoints import Endpoint
from evaluations.runs.models.recipes import Recipe


def backends() -> list[tuple[str, str]]:
    """The engines that a model may name, with words for each: the site's, and the operator's."""
    return [*BACKENDS.items(), *((path, path) for path in settings.INFERENCE_BACKENDS)]


class LanguageModel(models.Model):
    """A system under test: where its weights are and which engine loads them.

    One behind an endpoint has no weights here, and its path is its name there. While it is
    paused no worker takes its outputs. One row stands for people who write by hand: it is told
    from models wherever rows are, and no sentence about models speaks of it.
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
    is_people = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="No model: people, by hand."
    )
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
            ),
            models.CheckConstraint(
                condition=Q(is_people=False) | Q(backend=""), name="model_people_have_no_engine"
            ),
            models.UniqueConstraint(
                "is_people", condition=Q(is_people=True), name="model_people_once"
            ),
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

    @property
    def abilities(self) -> Abilities:
        """What its engine can do that not all can; at an endpoint what its probe showed.

        Reads the endpoint, which may be joined.
        """
        if self.endpoint is None:
            return ABILITIES.get(self.backend, Abilities())
        return self.takes.abilities(self.endpoint.dialect)

    @property
    def takes(self) -> Capabilities:
        """What a probe of it found, at its endpoint."""
        return Capabilities.of(self.endpoint.record_of(self.path) if self.endpoint else {})

    def refusal(self, recipe: Recipe) -> str:
        """Why it cannot be asked by a recipe; empty where it can.

        Reads the endpoint, which may be joined.
        """
        if why := self.abilities.refusal(recipe.way.needs()):
            return why
        if self.endpoint is None:
            return ""
        return self.takes.refusal(
            temperature=recipe.temperature,
            top_p=recipe.top_p,
            effort=recipe.effort,
            summary=recipe.summary,
        )
