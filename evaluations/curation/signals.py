"""An account that goes takes along what only its owner ever saw."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from evaluations.accounts.models import User
from evaluations.curation.actions import forget_private


@receiver(pre_delete, sender=User)
def forget(instance: User, **_: Any) -> None:
    forget_private(instance)
