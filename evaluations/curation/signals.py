"""What happens below and reaches collections: accounts that go, statements that are reworded."""

from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from evaluations.accounts.models import User
from evaluations.curation.actions import forget_private
from evaluations.curation.models import Placement, Suggestion
from evaluations.debates.models import Statement


@receiver(pre_delete, sender=User)
def forget(instance: User, **_: Any) -> None:
    """An account that goes takes along what only its owner ever saw."""
    forget_private(instance)


@receiver(post_save, sender=Statement)
def lead_on(instance: Statement, created: bool, **_: Any) -> None:
    """Items and suggestions are of a statement in the words in which it stands; what is frozen is
    not theirs."""
    if created and instance.supersedes_id is not None:
        for model in (Placement, Suggestion):
            model._default_manager.filter(statement=instance.supersedes_id).update(
                statement=instance
            )
