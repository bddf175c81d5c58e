"""Taking judgments out of the count; the rows stay."""

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.judgments.evidence import undo_marks
from evaluations.judgments.models import Judge, Judgment


@transaction.atomic
def withdraw_judgment(*, judgment: Judgment, actor: User) -> Judgment:
    """Withdraw a judgment: its answers count no longer, and earlier ones do not come back.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw judgments.")
    Judge.objects.select_for_update().get(pk=judgment.judge_id)
    judgment.answers.filter(is_current=True).update(is_current=False)
    Judgment.objects.filter(pk=judgment.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    undo_marks([judgment])
    judgment.refresh_from_db(fields=["withdrawn_at"])
    return judgment
