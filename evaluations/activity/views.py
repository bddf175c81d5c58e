"""The public log of decisions, and what moderators see and do about one account."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.accounts.gates import moderators_only
from evaluations.accounts.models import User
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.activity import actions
from evaluations.activity.addresses import as_named
from evaluations.activity.flags.months import OF_A_MONTH, by_month
from evaluations.activity.forms import DecisionForm, WhyForm
from evaluations.activity.models import Decision, FlagReason
from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion, Proposal
from evaluations.runs import moderation as runs_moderation
from evaluations.runs.models import Output, Report

A_PAGE = 50
COLUMNS = ("day", "decision", "what", "name", "reason", "sentence", "by", "appeal")


def as_record(decision: Decision) -> dict[str, Any]:
    """A decision as the public log has it; what is withheld stays empty."""
    return {
        "day": decision.created_at.date(),
        "decision": decision.verb,
        "what": decision.kind,
        "name": "" if decision.is_withheld else decision.label,
        "reason": decision.reason,
        "sentence": decision.sentence,
        "by": decision.by,
        "appeal": decision.objection.outcome if decision.objection else "",
    }


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """What was retired, withdrawn or suspended here, and why; for everybody."""
    page = Paginator(Decision.objects.for_log(), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "activity/log.html", {"page": page, "rows": as_named(page)})


def log_table(request: HttpRequest) -> Table:
    rows = [as_record(decision) for decision in as_named(Decision.objects.for_log())]
    return Table("moderation", COLUMNS, rows, lambda rows: {"decisions": rows})


@require_safe
def months(request: HttpRequest) -> HttpResponse:
    """Flags and what became of them, month by month; for everybody."""
    rows = [{**row, "counts": [row[each] for each in FlagReason.values]} for row in by_month()]
    return render(request, "activity/months.html", {"rows": rows, "reasons": FlagReason.choices})


def months_table(request: HttpRequest) -> Table:
    return Table("moderation-months", OF_A_MONTH, by_month(), lambda rows: {"months": rows})


@moderators_only
def account(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One account: what it published, and the buttons to suspend it or retire all of that."""
    person = found_or_404(User.objects.all(), f"There is no account {pk}.", pk=pk)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            done = decide(request, person, form.cleaned_data)
        except PermissionError as error:
            raise PermissionDenied(str(error)) from error
        except ValueError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect("moderation-account", pk)
    published = DefinitionVersion.objects.published().filter(definition__owner=person)
    context = {
        "person": person,
        "form": form,
        "why_not": actions.may_not_suspend(person, request.user),
        "published": published,
        "proposed": Proposal.objects.for_list().filter(proposer=person),
        "decisions": Decision.objects.filter(kind="account", label=person.get_username()),
    }
    status = 422 if form.is_bound else 200
    return render(request, "activity/account.html", context, status=status)


def decide(request: AuthenticatedHttpRequest, person: User, said: dict[str, Any]) -> str:
    """Do what was pressed; what was done, in words.

    Raises:
        PermissionError, ValueError: as the actions do.
    """
    why = {"person": person, "actor": request.user, "sentence": said["sentence"]}
    match request.POST.get("press"):
        case "suspend":
            days = said["days"] or 7
            kept = actions.suspend(**why, reason=said["reason"], days=days)
            return f"The account is suspended until {kept.suspended_until:%-d %B %Y, %H:%M} UTC."
        case "lift":
            actions.lift(**why)
            return "The suspension is lifted."
        case "retire":
            retired = actions.retire_all(**why, reason=said["reason"])
            return f"Retired: {len(retired)} definition{'s' if len(retired) != 1 else ''}."
    raise ValueError("Choose what to do: suspend, lift or retire.")


@require_safe
@moderators_only
def reports(request: HttpRequest) -> HttpResponse:
    """Outputs that readers reported and nobody decided about yet, the longest waiting first.

    Those of private runs wait for who may read them.
    """
    readable = Output.objects.readable_by(request.user)
    waiting = (
        Report.objects.open()
        .filter(output__in=readable)
        .select_related("output__run__model", "output__prompt")
    )
    page = Paginator(waiting, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "activity/reports.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@moderators_only
def report(request: AuthenticatedHttpRequest, output_id: int) -> HttpResponse:
    """What readers say against one output, and the buttons to keep it or to withdraw it."""
    output = found_or_404(
        Output.objects.readable_by(request.user), f"There is no output {output_id}.", pk=output_id
    )
    waiting = list(Report.objects.open().filter(output=output))
    why_not = runs_moderation.may_not_decide(output, request.user)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        press = request.POST.get("press")
        try:
            if press not in ("keep", "withdraw"):
                raise ValueError("Choose what to do: keep or withdraw.")
            runs_moderation.decide_reports(
                output=output, actor=request.user, withdraw=press == "withdraw", **form.cleaned_data
            )
        except PermissionError as error:
            raise PermissionDenied(str(error)) from error
        except ValueError as error:
            form.add_error(None, str(error))
        else:
            done = "is withdrawn" if press == "withdraw" else "stays"
            messages.success(request, f"The output {done}; the log says why.")
            return redirect("moderation-reports")
    context = {"output": output, "waiting": waiting, "why_not": why_not, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "activity/report.html", context, status=status)
