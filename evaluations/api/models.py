"""Keys with which programs use the site as somebody. Of a key only its hash is stored."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.api.querysets import ApiKeyQuerySet

SHOWN: Final = 12
"""Characters of a key by which its owner knows it again."""


class Scope(models.TextChoices):
    """What a key may do: each may do what those before it may."""

    READ = "read", "Read, and work out what a rule would change"
    JUDGE = "judge", "Also judge"
    WRITE = "write", "Also add, propose, run and import"


class ApiKey(models.Model):
    """A key of one person. `kept` is what a browser's session would hold: what it was served."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60, help_text="Where it is used, for its owner alone.")
    prefix = models.CharField(max_length=SHOWN)
    sha256 = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField(help_text="The last day (UTC) on which it works.")
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    kept = models.JSONField(default=dict, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="api_key_scope_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def may(self, scope: str) -> bool:
        """Whether it was made for so much."""
        return Scope.values.index(self.scope) >= Scope.values.index(scope)
