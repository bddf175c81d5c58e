"""Servers that models are asked at: where, what they cost, what they were found to take."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

MILLION = 1_000_000


class Dialect(models.TextChoices):
    CHAT = "chat", "chat completions"
    RESPONSES = "responses", "responses"


class Endpoint(models.Model):
    """A server that speaks OpenAI's protocol. Its key stays in the environment of the workers.

    `capabilities` are what probes found, by the name of the model there.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    address = models.CharField(
        max_length=300,
        help_text="With the version, such as https://api.example.org/v1, and without a key.",
    )
    dialect = models.CharField(max_length=10, choices=Dialect, default=Dialect.CHAT)
    key_variable = models.CharField(
        "environment variable of the key",
        max_length=80,
        blank=True,
        validators=[
            RegexValidator(
                r"\AENDPOINT_KEY_[A-Z0-9_]+\Z",
                "Give the name of a variable, not the key itself: ENDPOINT_KEY_ and capitals.",
            )
        ],
        help_text="Its name, such as ENDPOINT_KEY_EXAMPLE, which the workers must have; never the "
        "key. Empty where the server asks for none.",
    )
    capabilities = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dialect__in=Dialect.values), name="endpoint_dialect_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def record_of(self, model: str) -> dict[str, Any]:
        """What a probe found a model there to take; empty where none did."""
        record: dict[str, Any] = self.capabilities.get(model, {})
        return record

    def asked_as(self, model: str) -> tuple[Any, ...]:
        """What decides how the server is asked for a model."""
        return self.address, self.dialect, self.key_variable, self.record_of(model)

    def get_absolute_url(self) -> str:
        return reverse("endpoint", args=[self.slug])


class Price(models.Model):
    """What an endpoint charges from a day on, for one model there or for all without their own."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="prices")
    model = models.CharField(
        "model there",
        max_length=300,
        blank=True,
        help_text="Its name at the endpoint; empty for all that have no price of their own.",
    )
    since = models.DateField(default=timezone.localdate)
    tokens_in = models.DecimalField(
        "dollars for a million tokens read",
        max_digits=12,
        decimal_places=6,
        validators=[MinValueValidator(0)],
    )
    tokens_out = models.DecimalField(
        "dollars for a million tokens written",
        max_digits=12,
        decimal_places=6,
        validators=[MinValueValidator(0)],
        help_text="Thoughts that are not shown count too.",
    )

    class Meta:
        ordering = ["endpoint", "model", "-since"]
        constraints = [
            models.UniqueConstraint("endpoint", "model", "since", name="price_once_a_day"),
            models.CheckConstraint(
                condition=Q(tokens_in__gte=0, tokens_out__gte=0), name="price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint}, {self.model or 'every model'}, since {self.since}"

    def dollars(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost."""
        cost: Decimal = (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / MILLION
        return cost


class Probe(models.Model):
    """Up to 22 small calls that show what a model at an endpoint takes, made by a worker.

    `calls` are what was sent and what came, as they were, for staff alone; `found` is what
    became the model's record there.
    """

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="probes")
    model = models.CharField("model there", max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    calls = models.JSONField(default=list, blank=True)
    found = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["id"], name="probe_waiting", condition=Q(finished_at=None))]

    def __str__(self) -> str:
        return f"Probe {self.pk} of {self.endpoint}"
