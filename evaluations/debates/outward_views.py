"""What leaves a debate: frozen debates with their citation, and files."""

import json
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.folding import folded_among
from evaluations.common.tables import Table
from evaluations.common.throttle import DAY, take
from evaluations.debates import views
from evaluations.debates.choices import WITHHELD
from evaluations.debates.freezing_actions import freeze
from evaluations.debates.lookups import snapshot_or_404
from evaluations.debates.models import DebateSnapshot, Statement
from evaluations.debates.records import lines_of
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.weighing.checks import readable
from evaluations.leaderboards.boards.pages import version_asked
from evaluations.leaderboards.snapshots.citations import SITE, counted, entry
from evaluations.leaderboards.snapshots.hash import site_salt
from evaluations.leaderboards.snapshots.names import Named

FREEZES_A_DAY: Final = 20


@require_POST
@login_required
def freezing(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    """Freeze the debate as it is, and go to the frozen one."""
    version = version_asked(request, slug)
    if not take(f"freezes:{request.user.pk}", capacity=FREEZES_A_DAY, refill_seconds=DAY):
        problem = f"You can freeze {FREEZES_A_DAY} times a day. Please go on tomorrow."
        return views.show(request, version, problem=problem, status=429)
    try:
        made = freeze(version=version, actor=request.user)
    except DebateRefused as refused:
        return views.show(request, version, problem=str(refused), status=409)
    messages.success(request, "This debate is frozen: its address and its numbers stay.")
    return HttpResponseRedirect(made.get_absolute_url(), status=303)


def shown_contents(found: DebateSnapshot) -> dict[str, Any]:
    """What was frozen, without the words that readers folded or that were retired for abuse or
    personal data since, and those of outputs that not everybody reads any more."""
    keys = [row["statement"] for row in found.contents["statements"]]
    gone = set(
        Statement.objects.filter(pk__in=keys, retired_for__in=WITHHELD).values_list("pk", flat=True)
    )
    folded = folded_among(Statement, keys, None)
    here = readable(it["output"] for row in found.contents["statements"] for it in row["evidence"])
    rows = [
        {
            **row,
            "evidence": [
                it if it["output"] in here else {**it, "quote": ""} for it in row["evidence"]
            ],
            **({"text": folded[key]} if (key := row["statement"]) in folded else {}),
            **({"text": "", "withheld": True} if key in gone else {}),
        }
        for row in found.contents["statements"]
    ]
    return {**found.contents, "statements": rows}


@require_safe
def snapshot(request: HttpRequest, slug: str, name: Named) -> HttpResponse:
    """A debate as it stood on a day, with how it is cited."""
    found = snapshot_or_404(slug, name)
    contents = shown_contents(found)
    address = request.build_absolute_uri(found.get_absolute_url())
    number = counted(len(contents["statements"]), "statement")
    title = f"Debate about “{contents['name']}”, version {contents['version']}"
    note = f"Frozen on {found.day.isoformat()} with {number}; CC BY 4.0; SHA-256 {found.digest}"
    cited = (
        f"{SITE} ({found.day.year}). {title}, frozen on {found.day.day} {found.day:%B %Y} with "
        f"{number}. CC BY 4.0. SHA-256 {found.digest}. {address}"
    )
    context = {
        "snapshot": found,
        "contents": contents,
        "definition": found.version.definition,
        "path": found.get_absolute_url().removesuffix("/"),
        "debate_path": views.debate_path(found.version),
        "citation": cited.partition(found.digest),
        "bibtex": entry(
            f"bywhatdefinition-debate-{slug}-{found.name}",
            title=title, author=SITE, day=found.day, address=address, note=note,
        ),
    }  # fmt: skip
    return render(request, "debates/snapshot.html", context)


def snapshot_table(request: HttpRequest, slug: str, name: Named) -> Table:
    """What was frozen, as JSON all of what was hashed, but for what was withheld since."""
    found = snapshot_or_404(slug, name)
    contents = shown_contents(found)
    return views.table_of(
        f"debate-{slug}-{found.name}",
        contents["statements"],
        {"sha256": found.digest, "contents": contents},
    )


@require_safe
@never_cache
def lines(request: HttpRequest, slug: str) -> HttpResponse:
    """Every row of a debate, one JSON object a line, people by pseudonyms."""
    version = version_asked(request, slug)
    body = "".join(
        json.dumps(row, ensure_ascii=False) + "\n" for row in lines_of(version, site_salt())
    )
    response = HttpResponse(body, content_type="application/jsonlines; charset=utf-8")
    name = f"debate-{slug}-v{version.number}.jsonl"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
