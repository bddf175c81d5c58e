"""The whole matrix of definitions by models."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.pages import about, asked_of, form_context, readable, yours
from evaluations.leaderboards.boards.questions import link, query_of, without_people
from evaluations.leaderboards.boards.records import COLUMNS, as_record
from evaluations.leaderboards.boards.standings import matrix_for
from evaluations.leaderboards.overview.between import on_top, still_needed
from evaluations.leaderboards.overview.between_views import between
from evaluations.leaderboards.overview.cells import table_context
from evaluations.leaderboards.overview.overview import by_mean_share, in_order, overview

OTHERS_A_PAGE = 25


@require_safe
@readable
def matrix_page(request: HttpRequest) -> HttpResponse:
    """Every curated definition on every model and recipe."""
    question, fields = asked_of(request, with_people=True)
    held = matrix_for(question)
    found = overview(held, question, also_judge=yours(request))
    # What is said of models is said of them alone.
    of_models = without_people(question)
    models = found
    if any(model.is_people for model, _ in found.columns):
        models = overview(held, of_models)
    sort = named(request.GET, "sort")
    found = in_order(found, sort)
    drawn = table_context(by_mean_share(found), query=query_of(question), road=question.road)
    context = {
        "overview": found,
        **drawn,
        "sort": sort,
        "sorts": sorts_of(drawn["columns"], request.GET),
        "between": between(request.GET, models, held, of_models, interval=False),
        "on_top": on_top(models, held, of_models),
        "others": DefinitionVersion.objects.others().count(),
        "still_needed": still_needed(models, held, of_models),
        "and_query": link("", fields).replace("?", "&"),
        **form_context(request, question, fields),
    }
    return render(request, "leaderboards/matrix.html", context)


def page_of_others(request: HttpRequest) -> Page[DefinitionVersion]:
    """Definitions that nobody marked, on the page that the address names."""
    others = DefinitionVersion.objects.others().with_pins()
    return Paginator(others, OTHERS_A_PAGE).get_page(request.GET.get("page"))


@require_safe
@readable
def others_page(request: HttpRequest) -> HttpResponse:
    """Definitions that visitors wrote and nobody marked: their boards, a page at a time."""
    question, fields = asked_of(request)
    page = page_of_others(request)
    found = overview(
        matrix_for(question), question, also_judge=yours(request), versions=list(page.object_list)
    )
    drawn = table_context(by_mean_share(found), query=query_of(question), road=question.road)
    context = {
        "page": page,
        **drawn,
        **form_context(request, question, fields),
    }
    context["query"] = link("", {**fields, "page": str(page.number)})
    return render(request, "leaderboards/others.html", context)


@readable
def others_table(request: HttpRequest) -> Table:
    """One page of the others; JSON says how many pages there are."""
    question, _ = asked_of(request)
    page = page_of_others(request)
    found = overview(matrix_for(question), question, versions=list(page.object_list))
    rows = [as_record(row.version, cell.standing) for row in found.rows for cell in row.cells]
    pages = {"page": page.number, "pages": page.paginator.num_pages}
    return Table("others", COLUMNS, rows, lambda rows: {**about(question), **pages, "rows": rows})


def sorts_of(columns: Sequence[dict[str, Any]], parameters: QueryDict) -> dict[str, str]:
    """The address of the page in each order, by its name: "name", "year" or a column's key."""
    kept = parameters.copy()
    orders = {}
    for name in ("", "name", "year", *(column["key"] for column in columns)):
        kept["sort"] = name
        orders[name] = f"?{kept.urlencode()}#matrix"
    for column in columns:
        column["sort"] = orders[column["key"]]
    return orders


@readable
def matrix_table(request: HttpRequest) -> Table:
    question, _ = asked_of(request, with_people=True)
    found = overview(matrix_for(question), question)
    rows = [as_record(row.version, cell.standing) for row in found.rows for cell in row.cells]
    return Table("matrix", COLUMNS, rows, lambda rows: {**about(question), "rows": rows})
