"""“Which definition is yours?”: one's own page, its tables, and what of it others may see."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.models import Judge
from evaluations.leaderboards.definition_pages.fidelity_views import COLUMNS, as_record
from evaluations.leaderboards.models import ShownDefinition
from evaluations.leaderboards.yours import actions
from evaluations.leaderboards.yours.calls import Calls, Closeness, calls_of, not_blind
from evaluations.leaderboards.yours.figures import SHOWN_ROWS, enough, figures_of
from evaluations.leaderboards.yours.forms import ShowForm
from evaluations.leaderboards.yours.settling import settling, spoilt_for, tied_pair

PARTED = ("definition", "output", "called", "verdict")
FIGURES = tuple(name for name in COLUMNS if name not in {"road", "pairs"})


@require_safe
@never_cache
def yours(request: HttpRequest) -> HttpResponse:
    """Which definition agrees with what this visitor calls reasoning, and what would settle it."""
    who = visitor(request)
    calls = calls_of(who.judge)
    rows = enough(calls, request.user)
    pair = chosen_pair(request, rows) or tied_pair(rows)
    found = settling(*pair, calls, spoilt_for(who.judge)) if pair else None
    to_settle = [*found.judged, *found.others] if found else []
    shown = None
    if who.user is not None:
        shown = ShownDefinition.objects.filter(owner=who.user).first()
    everything = request.GET.get("all") == "1"
    figures = figures_of(rows, calls, request.user, also=to_settle)
    open_to = figures["readable"]
    context = figures | {
        "judge": who.judge,
        "limit": None if everything else SHOWN_ROWS,
        "compared": [row.version for row in rows],
        "not_blind": not_blind(who.judge),
        "settling": found,
        "to_call": [open_to[key] for key in found.judged if key in open_to] if found else [],
        "to_judge": [open_to[key] for key in found.others if key in open_to] if found else [],
        "shown": shown,
        "form": ShowForm(initial=chosen_in(shown)),
    }
    return render(request, "leaderboards/yours.html", context)


def chosen_pair(
    request: HttpRequest, rows: Sequence[Closeness]
) -> tuple[DefinitionVersion, DefinitionVersion] | None:
    """The two definitions that the address asks to be told apart, if they are compared here."""
    by_slug = {row.version.definition.slug: row.version for row in rows}
    slugs = named(request.GET, "one"), named(request.GET, "other")
    if not all(slugs) or not rows:
        return None
    for slug in slugs:
        if slug not in by_slug:
            raise Http404(f"“{slug}” is none of the definitions that your calls are compared with.")
    one, other = (by_slug[slug] for slug in slugs)
    return (one, other) if one != other else None


def chosen_in(shown: ShownDefinition | None) -> dict[str, bool]:
    if shown is None:
        return {}
    return {
        "name": shown.shows_name,
        "everything": shown.shows_all,
        "outputs": shown.shows_outputs,
    }


def record_of(row: Closeness) -> dict[str, Any]:
    return as_record(row.version, row.fidelity) | {"tied_with_the_closest": row.tied}


def yours_table(request: HttpRequest) -> Table:
    calls = calls_of(visitor(request).judge)
    rows = [record_of(row) for row in enough(calls, request.user)]
    return own_table("which-definition-is-yours", rows, calls)


def own_table(name: str, rows: list[dict[str, Any]], calls: Calls) -> Table:
    columns = (*FIGURES, "tied_with_the_closest")
    return Table(
        name, columns, rows, lambda rows: {"calls": calls.called, "rows": rows}, public=False
    )


def parted_table(request: HttpRequest) -> Table:
    rows = [
        {
            "definition": row.version.definition.slug,
            "output": one.output,
            "called": one.called,
            "verdict": one.verdict,
        }
        for row in enough(calls_of(visitor(request).judge), request.user)
        for one in row.parted
    ]
    return Table("where-you-part", PARTED, rows, lambda rows: {"rows": rows}, public=False)


@login_required
@require_POST
def show(request: HttpRequest) -> HttpResponse:
    """Give what was ticked an address for others."""
    assert request.user.is_authenticated
    form = ShowForm(request.POST)
    if form.is_valid():
        actions.show(owner=request.user, **form.cleaned_data)
        messages.success(request, "The address below shows what you ticked, and nothing else.")
    return redirect("yours")


@login_required
@require_POST
def hide(request: HttpRequest) -> HttpResponse:
    """Take the address away."""
    assert request.user.is_authenticated
    if actions.hide(owner=request.user):
        messages.success(request, "Nobody can open that address any more.")
    return redirect("yours")


def shown_or_404(code: str) -> tuple[ShownDefinition, Calls]:
    """What somebody shows, with their public calls."""
    shown = get_object_or_404(ShownDefinition.objects.select_related("owner"), code=code)
    judge = Judge.objects.filter(user=shown.owner).first()
    return shown, calls_of(judge, for_everybody=True)


@require_safe
@never_cache
def yours_shown(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody's definition, as far as they chose to show it. Says nothing of what they called."""
    shown, calls = shown_or_404(code)
    rows = enough(calls, None)
    context = figures_of(rows, calls, request.user, shows_all=shown.shows_all) | {
        "shown": shown,
        "whose": shown.owner.shown_name if shown.shows_name else "",
    }
    return render(request, "leaderboards/yours_shown.html", context)


def shown_table(request: HttpRequest, code: str) -> Table:
    shown, calls = shown_or_404(code)
    rows = [row for row in enough(calls, None) if shown.shows_all or row.tied]
    return own_table("definition", [record_of(row) for row in rows], calls)
