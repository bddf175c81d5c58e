"""Taking runs and outputs off the site, and closing readers' reports about them."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.common.decisions import barred, decided
from evaluations.runs.actions import cancel_run
from evaluations.runs.models import Output, OutputState, Report, Run


@transaction.atomic
def withdraw_run(*, run: Run, actor: User, reason: str = "", sentence: str = "") -> Run:
    """Take a run off the site: its outputs are no longer shown, judged or counted, and those
    that wait are not asked for.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may withdraw runs.")
    if Run.objects.filter(pk=run.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        if run.outputs.filter(state__in=[OutputState.PENDING, OutputState.LEASED]).exists():
            cancel_run(run=run, actor=actor)
        tell(actor, "withdraw", "run", run, reason, sentence)
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
    take_off(output, actor, reason, sentence)
    return output


def take_off(output: Output, actor: User, reason: str, sentence: str) -> None:
    """Withdraw an output, the one it was reused from and all copies: they are the same text.

    The log names the output, and the first one where that still stood.
    """
    first = output.reused_from_id or output.pk
    same = Output.objects.filter(Q(pk=first) | Q(reused_from=first))
    standing = same.filter(withdrawn_at=None).select_for_update(of=("self",))
    withdrawn = {each.pk: each for each in standing.select_related("run").defer("text", "trace")}
    now = timezone.now()
    same.filter(pk__in=withdrawn).update(withdrawn_at=now)
    Report.objects.open().filter(output__in=withdrawn).update(resolved_at=now)
    for key in sorted({output.pk, first} & set(withdrawn)):
        tell(actor, "withdraw", "output", withdrawn[key], reason, sentence)
    output.refresh_from_db(fields=["withdrawn_at"])


def tell(actor: User, verb: str, kind: str, row: Run | Output, reason: str, sentence: str) -> None:
    """Put it in the public log, which names nothing that is not public."""
    run = row if isinstance(row, Run) else row.run
    public = run.is_public
    decided.send(
        type(row), about=row, actor=actor, verb=verb, kind=kind,
        label=str(row) if public else f"A {kind} that is not public",
        url=row.get_absolute_url() if public else "", reason=reason, sentence=sentence,
        concerns=[run.launched_by_id],
    )  # fmt: skip


def may_not_decide(output: Output, actor: User) -> str:
    """Why somebody may not decide about the reports on an output; empty where they may.

    Moderators do not decide what they reported themselves, or about their own runs or texts. Staff
    may, since a small site has nobody else. A query or two.
    """
    if actor.is_staff:
        return ""
    if not actor.may_moderate:
        return "Reports are decided by moderators and staff."
    if output.run.launched_by_id == actor.pk:
        return "You started this run, so somebody else decides about it."
    if Report.objects.open().filter(output=output, reporter=actor).exists():
        return "You reported this output, so somebody else decides about it."
    return barred(output, actor)


@transaction.atomic
def decide_reports(
    *, output: Output, actor: User, withdraw: bool, reason: str, sentence: str
) -> None:
    """Close all open reports on an output: it stays, or it is taken off the site.

    Args:
        reason: a code of the public log.
        sentence: public, too.

    Raises:
        PermissionError: as `may_not_decide` says.
        ValueError: when no report on it is open any more.
    """
    if why_not := may_not_decide(output, actor):
        raise PermissionError(why_not)
    if not Report.objects.open().filter(output=output).update(resolved_at=timezone.now()):
        raise ValueError("No report on this output is open: somebody decided meanwhile.")
    if withdraw:
        take_off(output, actor, reason, sentence)
    else:
        tell(actor, "keep", "output", output, reason, sentence)
