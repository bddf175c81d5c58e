"""Taking runs and outputs off the site, and closing readers' reports about them."""

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.runs.models import Output, Report, Run


@transaction.atomic
def withdraw_run(*, run: Run, actor: User, reason: str = "", sentence: str = "") -> Run:
    """Take a run off the site: its outputs are no longer shown, judged or counted.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw runs.")
    if Run.objects.filter(pk=run.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        tell(actor, "run", run, reason, sentence)
    run.refresh_from_db(fields=["withdrawn_at"])
    return run


@transaction.atomic
def withdraw_output(*, output: Output, actor: User, reason: str = "", sentence: str = "") -> Output:
    """Take one output off the site; the answers about it stay stored and count no longer.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw outputs.")
    if Output.objects.filter(pk=output.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        tell(actor, "output", output, reason, sentence)
    output.refresh_from_db(fields=["withdrawn_at"])
    return output


def tell(actor: User, kind: str, row: Run | Output, reason: str, sentence: str) -> None:
    decided.send(
        type(row), actor=actor, verb="withdraw", kind=kind, label=str(row),
        url=row.get_absolute_url(), reason=reason, sentence=sentence,
    )  # fmt: skip


def resolve_report(*, report: Report, actor: User) -> Report:
    """Note that a report was dealt with.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may resolve reports.")
    Report.objects.filter(pk=report.pk, resolved_at=None).update(resolved_at=timezone.now())
    report.refresh_from_db(fields=["resolved_at"])
    return report
