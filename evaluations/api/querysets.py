import hashlib
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from evaluations.api.models import ApiKey


def digest_of(key: str) -> str:
    """What is stored of a key. It is drawn at random, so that one pass of a hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def in_force(self) -> "ApiKeyQuerySet":
        """Keys that nobody revoked and that did not expire; joins nothing."""
        return self.filter(revoked_at=None, expires_on__gte=timezone.now().date())

    def sent(self, key: str) -> "ApiKey | None":
        """The key in force that a request brings, with its person, whose account is not closed."""
        known = self.in_force().filter(sha256=digest_of(key), person__is_active=True)
        return known.select_related("person").first()
