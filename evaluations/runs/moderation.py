"""Taking runs and outputs off the site, and closing readers' reports about them."""

from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.runs.models import Output, Report, Run


def withdraw_run(*, run: Run, actor: User) -> Run:
    """Take a run off the site: its outputs are no longer shown, judged or counted.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw runs.")
    Run.objects.filter(pk=run.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    run.refresh_from_db(fields=["withdrawn_at"])
    return run


def withdraw_output(*, output: Output, actor: User) -> Output:
    """Take one output off the site; the answers about it stay stored and count no longer.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw outputs.")
    Output.objects.filter(pk=output.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    output.refresh_from_db(fields=["withdrawn_at"])
    return output


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
