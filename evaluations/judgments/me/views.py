"""A judge's own pages: figures, history, everything to take along, and leaving."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.tables import csv_response
from evaluations.common.throttle import HOUR, take
from evaluations.judgments.answers.actions import Stale, undo_judgment
from evaluations.judgments.items import repeats
from evaluations.judgments.items.questions import uncalled
from evaluations.judgments.judges.visitors import Visitor, visitor
from evaluations.judgments.loop.forms import TokenForm
from evaluations.judgments.me import export as own_export
from evaluations.judgments.me import figures
from evaluations.judgments.me.forms import LeaveForm
from evaluations.judgments.me.history import entries, forms_of
from evaluations.judgments.me.leave import LeaveRefused, forget_guest
from evaluations.judgments.me.leave import leave as delete_account
from evaluations.judgments.models import GuestCheck
from evaluations.judgments.pairs.actions import undo_comparison

FORMS_A_PAGE = 25
TRIES_AN_HOUR = 10


@require_safe
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """How much, how fast and how consistently this visitor judged, and how like others."""
    who = visitor(request)
    context: dict[str, Any] = {"is_guest": who.is_guest, "judge": who.judge}
    if who.judge is not None:
        agreements, calibration = figures.with_others(who.judge)
        context |= {
            "counts": figures.counts(who.judge),
            "seconds": figures.median_seconds(who.judge),
            "days": figures.days_in_a_row(who.judge),
            "consistency": repeats.consistency(who.judge),
            "agreements": agreements,
            "calibration": calibration,
            "fewest": figures.FEWEST_PAIRS,
            "not_counted": not_counted(who),
            "uncalled": uncalled(who.judge).count(),
            "asides": who.judge.set_aside.in_force(),
        }
    return render(request, "judgments/me.html", context)


def not_counted(who: Visitor) -> int:
    """How many of a guest's judgments wait for an account before they count."""
    if who.judge is None or not who.is_guest:
        return 0
    return who.judge.judgments.standing().exclude(guest_check=GuestCheck.COUNTED).count()


@require_safe
@never_cache
def history(request: HttpRequest) -> HttpResponse:
    """Every form this visitor saved, newest first."""
    who = visitor(request)
    context: dict[str, Any] = {"is_guest": who.is_guest}
    if who.judge is not None:
        page = Paginator(forms_of(who.judge), FORMS_A_PAGE).get_page(request.GET.get("page"))
        tokens = [form["form_token"] for form in page.object_list]
        context |= {"page": page, "entries": entries(who.judge, tokens)}
    return render(request, "judgments/history.html", context)


@require_POST
def undo_form(request: HttpRequest) -> HttpResponse:
    """Withdraw what one form stored, and say so on the history; or say why not."""
    judge = visitor(request).judge
    form = TokenForm(request.POST)
    undone: object = None
    stale = False
    if form.is_valid() and judge is not None:
        token = form.cleaned_data["form_token"]
        known = judge.judgments.standing().filter(form_token=token).exists()
        try:
            if known:
                undo_judgment(judge=judge, form_token=token)
            undone = undo_comparison(judge=judge, form_token=token) or known
        except Stale:
            stale = True
    if stale:
        messages.warning(
            request,
            "That could not be undone: you saved newer answers to the same questions. Undo those "
            "first, or change them.",
        )
    elif undone:
        messages.success(request, "Undone. What it had replaced is in force again.")
    else:
        messages.warning(
            request,
            "That could not be undone: it is undone already, or was not saved by you.",
        )
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect("judge-history")


@require_safe
@never_cache
def export(request: HttpRequest, form: str) -> HttpResponse:
    """All that this visitor saved: nested as JSON, or as CSV with a row an answer."""
    judge = visitor(request).judge
    if form == "csv":
        rows = own_export.rows(judge) if judge is not None else iter(())
        return csv_response(rows, own_export.COLUMNS, "judgments.csv")
    data = own_export.nested(judge) if judge is not None else own_export.NOTHING
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = 'attachment; filename="judgments.json"'
    return response


@sensitive_post_parameters("password")
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """Delete the account, or forget the guest of this browser; judgments stay or not."""
    who = visitor(request)
    context: dict[str, Any] = {"is_guest": who.is_guest, "judge": who.judge}
    if who.is_guest and who.judge is None:
        return render(request, "judgments/leave.html", context)
    form = LeaveForm(who.user, request.POST if request.method == "POST" else None)
    problem, status = "", 200
    if form.is_bound:
        # Counted before the password is looked at: a session left open is not a place to guess.
        if who.user is not None and not take(
            f"leave:{who.user.pk}", capacity=TRIES_AN_HOUR, refill_seconds=HOUR
        ):
            problem, status = "Too many tries: wait some minutes, then try again.", 429
        elif form.is_valid():
            try:
                return left(request, who, form.cleaned_data["choice"])
            except LeaveRefused as refusal:
                problem, status = str(refusal), 409
        else:
            status = 422
    context |= {
        "form": form,
        "problem": problem,
        "counts": figures.counts(who.judge) if who.judge is not None else None,
    }
    return render(request, "judgments/leave.html", context, status=status)


def left(request: HttpRequest, who: Visitor, choice: str) -> HttpResponse:
    """Do it, sign out, and say so on the front page."""
    if who.user is not None:
        delete_account(user=who.user, choice=choice)
        said = "Your account is deleted."
    else:
        assert who.judge is not None
        forget_guest(guest=who.judge, choice=choice)
        said = "This browser is forgotten."
    logout(request)
    kept = "withdrawn" if choice == "withdraw" else "kept without your name"
    messages.success(request, f"{said} Your judgments are {kept}.")
    return redirect("home")
