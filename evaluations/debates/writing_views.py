"""Taking part: statements, evidence, rewording, carrying on, retiring. What is refused stays."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.parameters import whole_number, with_query
from evaluations.debates import actions, retiring_actions, views
from evaluations.debates.actions import closed_because
from evaluations.debates.choices import Role
from evaluations.debates.claims import written_output
from evaluations.debates.forms import EvidenceForm, StatementForm, WordsForm
from evaluations.debates.lookups import debate_about, named_in, statement_or_404
from evaluations.debates.models import Statement
from evaluations.debates.refusals import DebateRefused, NothingShown, SaidAlready, VerdictAgainst
from evaluations.debates.weighing.candidates import role_of
from evaluations.definitions.allowances import refusal
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.outputs.reveals import reveal_to
from evaluations.leaderboards.boards.pages import version_in_force

TEMPLATE: Final = "debates/state.html"
CHANGED: Final = (
    "Version {} came into force while you were writing. Read what changed; what you wrote stands "
    "below, and is about version {} when you send it now."
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def stating(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Make a statement about the version in force, with the first output that it rests on."""
    version = version_in_force(slug)
    if request.method != "POST":
        return desk(request, version, StatementForm(initial=begun_with(request, version)))
    form = StatementForm(request.POST)
    if not form.is_valid():
        return desk(request, version, form, status=422)
    said = form.cleaned_data
    draft = form.draft
    if said["version"] != version.number and not closed_because(version):
        form.add_error(None, CHANGED.format(version.number, version.number))
        return desk(request, version, form, status=409)
    # Whatever is answered says what the verdict on this output is.
    if draft is not None and (problem := reveal_to(request, [draft.output])):
        form.add_error("output", problem)
        return desk(request, version, form, status=429)
    quoted = Statement.objects.filter(pk=said["quotes"]).first() if said["quotes"] else None
    try:
        with transaction.atomic():
            words, shown = (said["kind"], said["text"]), [draft] if draft else []
            again = actions.sent_before(version, request.user, *words, shown)
            if why_not := "" if again else refusal(request, "state"):
                form.add_error(None, why_not)
                return desk(request, version, form, status=429)
            made = again or actions.state(
                author=request.user, version=version, kind=said["kind"], text=said["text"],
                evidence=shown, quotes=quoted, quote=said["quote"],
            )  # fmt: skip
    except DebateRefused as refused:
        return not_stated(request, version, form, refused)
    messages.success(request, "Said. You can reword it until somebody else has voted on it.")
    return HttpResponseRedirect(made.get_absolute_url(), status=303)


def begun_with(request: HttpRequest, version: DefinitionVersion) -> dict[str, Any]:
    """What the form opens with: an output and a role from a candidate, or a quotation."""
    quoted = quoted_in(request.GET.get("quotes", ""), version)
    return {
        "kind": request.GET.get("kind", "against"),
        "output": request.GET.get("output", "")[:200],
        "role": request.GET.get("role", ""),
        "quotes": quoted.pk if quoted else None,
        "quote": quoted.text if quoted else "",
        "version": version.number,
    }


def quoted_in(key: str, version: DefinitionVersion) -> Statement | None:
    number = whole_number(key)
    if number is None:
        return None
    rows = Statement.objects.standing().filter(version=version, pk=number)
    return rows.select_related("author").first()


def not_stated(
    request: HttpRequest, version: DefinitionVersion, form: StatementForm, refused: DebateRefused
) -> HttpResponse:
    """The form with why nothing was said: another that can be voted on, the verdict and the way
    out, or that the debate is closed."""
    field = {VerdictAgainst: "role", NothingShown: "output"}.get(type(refused))
    form.add_error(field, str(refused))
    same = refused.statement if isinstance(refused, SaidAlready) else None
    return desk(request, version, form, same=same, refused=refused, status=409)


def desk(
    request: HttpRequest,
    version: DefinitionVersion,
    form: StatementForm,
    *,
    same: Statement | None = None,
    refused: DebateRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "version": version,
        "definition": version.definition,
        "path": views.debate_path(version),
        "closed": closed_because(version),
        "to_the_edge": isinstance(refused, VerdictAgainst),
        "edge": Role.EDGE,
        "quoted": quoted_in(str(form["quotes"].value() or ""), version),
        "here": request.path,
    }
    if same is not None:
        found = debate_about(request, same.version)
        (context["entry"],) = found.entries_of([statement_or_404(same.pk)])
        context |= {"debate": found, "back": "statement"}
    # What was typed for an earlier version is sent for the one in force the next time.
    if form.is_bound:
        sent = request.POST.copy()
        sent["version"] = str(version.number)
        form.data = sent
    return render(request, TEMPLATE, context, status=status)


@require_POST
@never_cache
def opening(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what others found of an output, as a reveal that is recorded; or begin a draft on it."""
    version = version_in_force(slug)
    number = whole_number(request.POST.get("version", ""))
    about = number if number is not None else version.number
    query = request.GET.urlencode()
    back = with_query(f"/debates/{slug}/v/{about}/", query)
    output = written_output(whole_number(request.POST.get("output", "")))
    if output is None:
        return views.show(
            request, version, problem="This output was withdrawn or is not public.", status=409
        )
    if problem := reveal_to(request, [output]):
        return views.show(request, version, problem=problem, status=429)
    if request.POST.get("press") == "draft":
        form = reverse("debate-state", args=[slug])
        back = f"{form}?output={output.pk}&role={role_of(version, output)}"
    elif statement := whole_number(request.POST.get("statement", "")):
        alone = with_query(reverse("statement", args=[statement]), query)
        is_alone = request.POST.get("back") == "statement"
        back = alone if is_alone else f"{back}#statement-{statement}"
    else:
        back += "#candidates"
    return HttpResponseRedirect(back, status=303)


@require_POST
@login_required
def adding_evidence(request: AuthenticatedHttpRequest, statement_id: int) -> HttpResponse:
    """Show one more output for one's statement."""
    said = statement_or_404(statement_id)
    form = EvidenceForm(request.POST)
    if not form.is_valid() or form.draft is None:
        return views.show_statement(request, said, evidence_form=form, status=422)
    if problem := reveal_to(request, [form.draft.output]):
        return views.show_statement(request, said, problem=problem, status=429)
    try:
        actions.add_evidence(statement=said, author=request.user, draft=form.draft)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except DebateRefused as refused:
        form.add_error("role" if isinstance(refused, VerdictAgainst) else None, str(refused))
        return views.show_statement(request, said, evidence_form=form, status=409)
    messages.success(request, "Added: it stays with the statement.")
    return HttpResponseRedirect(said.get_absolute_url(), status=303)


@require_POST
@login_required
def rewording(request: AuthenticatedHttpRequest, statement_id: int) -> HttpResponse:
    """Say one's statement in other words."""
    said = statement_or_404(statement_id)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return views.show_statement(request, said, words_form=form, status=422)
    try:
        with transaction.atomic():
            if why_not := refusal(request, "reword"):
                form.add_error(None, why_not)
                return views.show_statement(request, said, words_form=form, status=429)
            made = actions.reword(
                statement=said, author=request.user, text=form.cleaned_data["text"]
            )
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except DebateRefused as refused:
        form.add_error(None, str(refused))
        return views.show_statement(
            request, said, words_form=form, problem=str(refused), status=409
        )
    messages.success(request, "Reworded. The earlier words keep their address.")
    return HttpResponseRedirect(made.get_absolute_url(), status=303)


@require_POST
@login_required
def carrying(request: AuthenticatedHttpRequest, statement_id: int) -> HttpResponse:
    """Say of the version in force what one said of an earlier one."""
    said = statement_or_404(statement_id)
    try:
        with transaction.atomic():
            if why_not := refusal(request, "state"):
                return views.show_statement(request, said, problem=why_not, status=429)
            made = actions.carry(statement=said, author=request.user)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except DebateRefused as refused:
        return views.show_statement(request, said, problem=str(refused), status=409)
    messages.success(request, f"It is said of version {made.version.number} too.")
    return HttpResponseRedirect(made.get_absolute_url(), status=303)


@require_POST
@login_required
def retiring(request: AuthenticatedHttpRequest, statement_id: int) -> HttpResponse:
    """Retire a statement or bring it back: one's own, or as a moderator."""
    said = statement_or_404(statement_id)
    sentence = request.POST.get("sentence", "")
    try:
        if request.POST.get("press") == "restore":
            retiring_actions.restore(statement=said, actor=request.user, sentence=sentence)
            messages.success(request, "It stands again.")
        else:
            reason = request.POST.get("reason", "other")
            retiring_actions.retire(
                statement=said, actor=request.user, sentence=sentence, reason=reason,
                into=named_in(request.POST.get("into", "")),
            )  # fmt: skip
            messages.success(request, "Retired: it leaves the rankings and keeps its address.")
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except DebateRefused as refused:
        return views.show_statement(request, said, problem=str(refused), status=409)
    return HttpResponseRedirect(said.get_absolute_url(), status=303)
