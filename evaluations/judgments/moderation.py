"""Taking judgments and findings out of the count; the rows stay."""

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.judgments.models import Finding, Judge, Judgment


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
    judgment.refresh_from_db(fields=["withdrawn_at"])
    return judgment


def withdraw_finding(*, finding: Finding, actor: User) -> Finding:
    """Withdraw a finding: the question is open again.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw findings.")
    Finding.objects.filter(pk=finding.pk, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), is_current=False
    )
    finding.refresh_from_db(fields=["withdrawn_at", "is_current"])
    return finding
