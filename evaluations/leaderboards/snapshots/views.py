"""Snapshots: freezing a board, its page and files, and the lists of them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.common.throttle import DAY, take
from evaluations.definitions.lookups import definition_or_404
from evaluations.definitions.models import Definition, DefinitionVersion, State, as_dict
from evaluations.judgments.models import Judgment
from evaluations.leaderboards.boards.charts import title_of, why_of
from evaluations.leaderboards.boards.forms import question_from
from evaluations.leaderboards.boards.questions import choice
from evaluations.leaderboards.boards.records import Line, heads, in_order, line_of
from evaluations.leaderboards.boards.reliability import FLOOR, GOOD, LEAST_ITEMS
from evaluations.leaderboards.boards.rows import BY
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.snapshots.actions import SnapshotRefused, freeze_board
from evaluations.leaderboards.snapshots.boards import (
    board_of,
    differences,
    kept_board,
    rows_by,
    ways_of,
)
from evaluations.leaderboards.snapshots.citations import (
    bibtex,
    model_judges_of,
    name_of,
    plain_citation,
)
from evaluations.leaderboards.snapshots.hash import METHOD_VERSION, METHODS, SET_APART_SINCE
from evaluations.leaderboards.snapshots.names import Named
from evaluations.runs.models import Run

FREEZES_A_DAY = 20
PAGE_SIZE = 50


def frozen(slug: str, name: Named) -> Snapshot:
    """The snapshot at an address, with its version and definition, or a 404."""
    day, digits = name
    return found_or_404(
        Snapshot.objects.of_definition(slug).named(day, digits),
        f"No board of “{slug}” was frozen as {day.isoformat()}-{digits}.",
    )


@require_POST
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    """Freeze the board that the form was on, and go to the snapshot."""
    definition = definition_or_404(request, slug)
    if not request.user.is_authenticated:
        query = (request.POST.get("query") or "").removeprefix("?")
        board = reverse("leaderboard", args=[slug])
        return redirect_to_login(f"{board}?{query}" if query else board)
    asked = QueryDict((request.POST.get("query") or "").removeprefix("?"))
    question, by = question_from(asked, request, sharpens=True), choice(asked, "by", BY)
    number = request.POST.get("version") or ""
    versions = DefinitionVersion.objects.filter(definition=definition).exclude(state=State.DRAFT)
    version = (
        versions.filter(number=number).select_related("definition").with_pins().first()
        if number.isdecimal() and len(number) < 5
        else None
    )
    if version is None:
        problem = f"“{definition.name}” has no published version “{number}”."
        in_force = versions.filter(is_current=True).first()
        return refused(request, definition, in_force, problem=problem, status=422)
    if not take(f"freezes:{request.user.pk}", capacity=FREEZES_A_DAY, refill_seconds=DAY):
        problem = f"You can freeze {FREEZES_A_DAY} boards a day. Please go on tomorrow."
        return refused(request, definition, version, problem=problem, status=429)
    try:
        snapshot = freeze_board(
            version=version,
            question=question,
            actor=request.user,
            by=by,
            title=request.POST.get("title") or "",
        )
    except SnapshotRefused as refusal:
        return refused(request, definition, version, problem=str(refusal), status=409)
    messages.success(request, "This board is frozen: its address and its numbers stay.")
    return HttpResponseRedirect(snapshot.get_absolute_url(), status=303)


def refused(
    request: HttpRequest,
    definition: Definition,
    version: DefinitionVersion | None,
    *,
    problem: str,
    status: int,
) -> HttpResponse:
    """The frozen boards of a definition with why this one is none of them, and the form as it
    was typed, for the board of *version*."""
    typed = {name: request.POST.get(name) or "" for name in ("query", "title")}
    again = {"number": version.number, **typed} if version is not None else None
    return listing(request, definition, problem=problem, again=again, status=status)


@require_safe
def snapshots(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Every snapshot, or those of one definition, the newest first."""
    return listing(request, definition_or_404(request, slug) if slug else None)


def listing(
    request: HttpRequest,
    definition: Definition | None,
    *,
    problem: str = "",
    again: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = listed(definition)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    path = (
        reverse("definition-snapshots", args=[definition.slug])
        if definition
        else reverse("snapshots")
    )
    context = {
        "definition": definition,
        "page": page,
        "path": path.removesuffix("/"),
        "problem": problem,
        "again": again,
    }
    return render(request, "leaderboards/snapshots.html", context, status=status)


def listed(definition: Definition | None) -> Any:
    rows = Snapshot.objects.listed()
    return rows.of_definition(definition.slug) if definition else rows


COUNTED = ("method_version", "outputs", "answers", "findings", "judgments", "judges")
LIST_COLUMNS = (
    "definition", "definition_version", "name", "title", "frozen_at", "hash", *COUNTED,
    "withdrawn_at", "withdrawn_reason", "question", "url",
)  # fmt: skip


def snapshots_table(request: HttpRequest, slug: str = "") -> Table:
    name = f"snapshots-{slug}" if slug else "snapshots"
    found = listed(definition_or_404(request, slug) if slug else None)
    rows = [list_record(request, row) for row in found]
    return Table(name, LIST_COLUMNS, rows, lambda rows: {"snapshots": rows})


def list_record(request: HttpRequest, row: Snapshot) -> dict[str, Any]:
    """A snapshot as lists name it."""
    return {
        "definition": row.version.definition.slug,
        "definition_version": row.version.number,
        "name": row.name,
        "title": row.title,
        **facts_of(row),
        "question": row.question_words,
        "url": request.build_absolute_uri(row.get_absolute_url()),
    }


def facts_of(snapshot: Snapshot) -> dict[str, Any]:
    """When and from what a snapshot was made, as flat values."""
    withdrawn = snapshot.withdrawn_at
    return {
        "frozen_at": snapshot.created_at.isoformat(),
        "hash": snapshot.digest,
        **{name: getattr(snapshot, name) for name in COUNTED},
        "withdrawn_at": withdrawn.isoformat() if withdrawn else None,
        "withdrawn_reason": snapshot.withdrawn_reason or None,
    }


@require_safe
def snapshot(request: HttpRequest, slug: str, name: Named) -> HttpResponse:
    """A frozen board: its numbers, what it rests on, how to cite and how to check it."""
    row = frozen(slug, name)
    address = request.build_absolute_uri(row.get_absolute_url())
    fields = dict(row.question)
    if row.method_version < SET_APART_SINCE:
        fields |= {"apart": "1", "chosen": "1"}
    if not row.version.is_current:
        fields["version"] = str(row.version.number)
    query = urlencode(fields)
    groups = groups_of(row)
    asked = [line for group in groups for line in group if line["n"]]
    sharpens = ways_of(row.question).sharpened
    context = {
        "snapshot": row,
        "version": row.version,
        "definition": row.version.definition,
        "groups": groups,
        "name": name_of(row),
        "heads": heads(None, sharpened=sharpens),
        "sharpens": sharpens,
        "sharp": [line for line in asked if line.get("sharpened_share") is not None],
        "asked": asked,
        "title": title_of(name_of(row), asked) if asked else "",
        "why": why_of(asked),
        "floor": FLOOR,
        "good": GOOD,
        "least_items": LEAST_ITEMS,
        "any_doubt": any(line.get("in_doubt") for line in asked),
        "board_url": reverse("leaderboard", args=[slug]) + (f"?{query}" if query else ""),
        "path": row.get_absolute_url().removesuffix("/"),
        "citation": plain_citation(row, address).partition(row.digest),
        "bibtex": bibtex(row, address),
        "method": METHODS.get(row.method_version, ""),
        "runs": runs_of(row),
        "graded_by": row.rows.get("graded_by"),
        "model_judges": model_judges_of(row),
        "since": since(row),
    }
    return render(request, "leaderboards/snapshot.html", context)


def groups_of(row: Snapshot) -> list[list[Line]]:
    """The frozen records as the table draws them, under the names of that day, rank by rank."""
    pinned = row.version.criterion_versions.select_related("criterion")
    titles = {wording.criterion.key: wording.title for wording in pinned}
    titles["direct"] = "Classification by the wording"
    lines = [
        line_of(record, names, titles.get(record.get("least_agreed"), ""))
        for record, names in zip(row.rows["records"], row.names, strict=True)
    ]
    return in_order(lines, "")


def runs_of(row: Snapshot) -> list[dict[str, Any]]:
    """The runs that its outputs are from, with how many of them were withdrawn since."""
    counts = {part["run"]: part["outputs"] for part in row.runs}
    runs = (
        Run.objects.public().filter(pk__in=counts).select_related("model", "recipe", "prompt_set")
    )
    gone = dict(
        Run.objects.filter(pk__in=counts, outputs__withdrawn_at__isnull=False)
        .values_list("pk")
        .annotate(gone=Count("outputs"))
        .order_by()
    )
    return [
        {"run": run, "outputs": counts[run.pk], "withdrawn": gone.get(run.pk, 0)}
        for run in runs.order_by("pk")
    ]


def since(row: Snapshot) -> dict[str, Any]:
    """What happened after the freezing: judgments of the site, and rows that read differently.

    `differing` is None where the board cannot be asked any more in the same words.
    """
    saved = Judgment.objects.for_everybody()
    found: dict[str, Any] = {
        "newer": saved.standing().filter(pk__gt=row.newest_judgment).count(),
        "withdrawn": saved.filter(
            withdrawn_at__gt=row.created_at, pk__lte=row.newest_judgment
        ).count(),
        "differing": None,
    }
    if row.method_version != METHOD_VERSION:
        return found
    try:
        question = question_from(QueryDict(urlencode(row.question)), sharpens=True)
    except Http404:
        return found
    versions = DefinitionVersion.objects.select_related("definition").with_pins()
    version = versions.get(pk=row.version_id)
    board = board_of(version, current_matrix(), question, rows_by(row.question))
    found["differing"] = differences(kept_board(row), board)
    return found


def snapshot_table(request: HttpRequest, slug: str, name: Named) -> Table:
    return snapshot_file(request, frozen(slug, name))


def snapshot_file(request: HttpRequest, row: Snapshot) -> Table:
    """A frozen board as a table, with all that it says of itself."""
    address = request.build_absolute_uri(row.get_absolute_url())
    columns = row.rows["columns"]
    return Table(
        f"{row.version.definition.slug}-{row.name}",
        columns,
        row.rows["records"],
        lambda records: {
            "url": address,
            "title": row.title,
            "definition": as_dict(row.version),
            "rule": row.rule,
            "question": {"parameters": row.question, "words": row.question_words},
            "method": METHODS.get(row.method_version, ""),
            **facts_of(row),
            "graded_by": row.rows.get("graded_by") or None,
            "runs": [
                {
                    "run": part["run"].pk,
                    "outputs": part["outputs"],
                    "withdrawn_at": part["run"].withdrawn_at
                    and part["run"].withdrawn_at.isoformat(),
                    "outputs_withdrawn": part["withdrawn"],
                }
                for part in runs_of(row)
            ],
            "citation": plain_citation(row, address),
            "bibtex": bibtex(row, address),
            "rows": [{name: record.get(name) for name in columns} for record in records],
        },
    )


@require_safe
def snapshot_bib(request: HttpRequest, slug: str, name: Named) -> HttpResponse:
    row = frozen(slug, name)
    entry = bibtex(row, request.build_absolute_uri(row.get_absolute_url()))
    response = HttpResponse(entry, content_type="application/x-bibtex; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{row.name}.bib"'
    return response
