"""Findings: entering one from a probe or from linked evidence, and withdrawing it."""

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.definitions.models import AnsweredBy
from evaluations.judgments.answers.actions import JudgmentRefused
from evaluations.judgments.models import Finding


def may_enter_findings(user: User | AnonymousUser) -> bool:
    """Staff to whom the administration gave it."""
    return user.is_staff and user.has_perm("judgments.add_finding")


def check_enters_findings(actor: User) -> None:
    """Raise PermissionError for everybody else."""
    if not may_enter_findings(actor):
        raise PermissionError("Only staff who may add findings may enter them.")


@transaction.atomic
def record_finding(*, finding: Finding, actor: User | None = None) -> Finding:
    """Store a finding from a probe or from linked evidence, superseding the earlier one.

    Raises:
        PermissionError: when *actor* may not enter any.
        JudgmentRefused: when judges answer this criterion, or the subject is incomplete.
    """
    if actor is not None:
        check_enters_findings(actor)
    if finding.criterion_version.criterion.answered_by == AnsweredBy.JUDGE:
        raise JudgmentRefused(f"“{finding.criterion_version.title}” is answered by judges.")
    earlier = (
        Finding.objects.select_for_update()
        .filter(
            criterion_version__criterion=finding.criterion_version.criterion,
            criterion_version__meaning=finding.criterion_version.meaning,
            output=finding.output,
            prompt=finding.prompt,
            model=finding.model,
            recipe=finding.recipe,
            family=finding.family,
            is_current=True,
        )
        .first()
    )
    if earlier:
        Finding.objects.filter(pk=earlier.pk).update(is_current=False)
    finding.pk = None
    finding.supersedes = earlier
    finding.created_by = actor
    finding.is_current = True
    try:
        with transaction.atomic():
            finding.save(force_insert=True)
    except IntegrityError as error:
        raise JudgmentRefused(
            "A finding is about exactly one output, one prompt, one model, or a model with a "
            "recipe and a family; linked evidence needs its link."
        ) from error
    return finding


def withdraw_finding(*, finding: Finding, actor: User) -> Finding:
    """Withdraw a finding: the question is open again.

    Raises:
        PermissionError: when *actor* is not staff who may change findings.
    """
    if not (actor.is_staff and actor.has_perm("judgments.change_finding")):
        raise PermissionError("Only staff who may change findings may withdraw them.")
    Finding.objects.filter(pk=finding.pk, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), is_current=False
    )
    finding.refresh_from_db(fields=["withdrawn_at", "is_current"])
    return finding
