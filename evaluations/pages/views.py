"""The front page: the question, the matrix, and one contested output."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.judges import visitor
from evaluations.leaderboards import matrix as judgments
from evaluations.leaderboards.between import likenesses, on_top
from evaluations.leaderboards.board_pages import as_of, yours
from evaluations.leaderboards.overview import FIRST_ROWS, most_contested, overview
from evaluations.leaderboards.presentation import columns_of, rows_of
from evaluations.runs.models import Output, OutputState


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page. All definitions are shown on request, five at first."""
    held = judgments.current()
    versions = list(DefinitionVersion.objects.published().with_pins())
    found = overview(held, also_judge=yours(request), versions=versions)
    columns = columns_of(found, request.GET.get("column"))
    show_all = request.GET.get("all") == "1"
    # First come the definitions with something to show, then the order of the catalogue.
    first = sorted(found.judged, key=lambda row: not any(c.standing.tally.n for c in row.cells))
    judged = found.judged if show_all else first[:FIRST_ROWS]
    groups = [("Settled by judging", rows_of(judged, columns, found.answerable))]
    if show_all:
        groups.append(
            ("Also need findings", rows_of(found.needing_findings, columns, found.answerable))
        )
    contested = most_contested(held, [row.version for row in found.judged])
    who = visitor(request)
    context = {
        "groups": groups,
        "columns": columns,
        "show_all": show_all,
        "shown": sum(len(rows) for _, rows in groups),
        "definitions": len(found.rows),
        "has_verdicts": found.has_verdicts,
        "written": int(held.written.sum()),
        "waiting": Output.objects.listed()
        .filter(state__in=[OutputState.PENDING, OutputState.LEASED])
        .count(),
        "contested": contested
        and {
            "output": Output.objects.for_reading().get(pk=contested[0]),
            "verdicts": [
                {"verdict": verdict, "label": version.definition.name,
                 "href": version.definition.get_absolute_url()}
                for verdict, side in (("reasoning", contested[1]), ("not-reasoning", contested[2]))
                for version in side[:4]
            ],
            "for": len(contested[1]),
            "against": len(contested[2]),
        },
        "on_top": on_top(found),
        "likeness": next((pair for pair in likenesses(found) if pair.tau is not None), None),
        "has_yours": any(cell["yours"] for _, rows in groups for row in rows
                         for cell in row["cells"]),
        "is_guest": who.is_guest,
        "as_of": as_of(),
    }  # fmt: skip
    return render(request, "pages/home.html", context)
