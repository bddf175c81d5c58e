"""Every written output, found by what it is, what is in it and what definitions say of it."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.items.questions import answered_by_judges
from evaluations.judgments.judges.visitors import visitor
from evaluations.leaderboards.boards.forms import QuestionForm
from evaluations.leaderboards.boards.pages import form_context, readable
from evaluations.leaderboards.boards.questions import fields_of, in_words
from evaluations.leaderboards.listing.forms import SIDES, VERDICTS, FilterForm, filters_from
from evaluations.leaderboards.listing.outputs import (
    NOT_ASKED,
    Filters,
    by_what_they_are,
    is_judged,
    listed,
    seen_by,
    verdicts_for,
)
from evaluations.runs.models import Output
from evaluations.runs.openings import with_opening

PAGE_SIZE = 25
WHAT_IT_IS = ("trace", "judged")
SCOPE = ("domain", "prompt_set", "model", "recipe")
COLUMNS = (
    "output", "model", "recipe", "prompt_set", "domain", "prompt", "sample", "trace_visibility",
    "tokens_out", "stop_reason", "judged", "url",
)  # fmt: skip


@require_safe
@never_cache
@readable
def outputs(request: HttpRequest) -> HttpResponse:
    """A page of the outputs that the address asks for, with the form that asks."""
    filters, form = filters_from(request)
    page: Page[Any] = Paginator(listed(filters), PAGE_SIZE).get_page(request.GET.get("page"))
    parameters = request.GET.copy()
    parameters.pop("page", None)
    fields = fields_of(filters.question)
    form.offer(definitions_offered(filters))
    asking = form_context(request, filters.question, fields, is_dated=False)
    context = {
        **asking,
        "filters": filters,
        "filter_form": form,
        "page": page,
        "rows": rows_of(request, filters, list(page)),
        "sides": [form[name] for side in SIDES for name in side],
        "what_it_is": [
            *(field for field in asking["offered"] if field.name in SCOPE),
            *(form[name] for name in WHAT_IT_IS),
        ],
        "is_chosen": any(request.GET.get(name) for name in (*SCOPE, *WHAT_IT_IS)),
        # The form of what counts keeps the filters, and the filters keep what counts.
        "offered": [field for field in asking["offered"] if field.name not in SCOPE],
        "chosen_rows": {
            name: value
            for name, value in request.GET.items()
            if value and (name in FilterForm.base_fields or name in SCOPE)
        },
        "kept": {name: value for name, value in fields.items() if name not in SCOPE},
        "with_findings": with_findings(filters) if not page.object_list else [],
        "is_narrowed": any(
            request.GET.get(name) for name in (*FilterForm.base_fields, *QuestionForm.base_fields)
        ),
        "query": f"?{parameters.urlencode()}" if parameters else "",
    }
    status = 422 if form.without_definition else 200
    return render(request, "leaderboards/listing.html", context, status=status)


def definitions_offered(filters: Filters) -> dict[str, str]:
    """The curated definitions, and those that the address names: slug to name."""
    curated = DefinitionVersion.objects.curated()
    offered = dict(curated.values_list("definition__slug", "definition__name"))
    named = (asked.version.definition for asked in filters.asked)
    return offered | {it.slug: it.name for it in named}


def with_findings(filters: Filters) -> list[DefinitionVersion]:
    """The versions asked for whose rules need what no judge gives. One query, none unasked."""
    by_judges = answered_by_judges() if filters.asked else set()
    return [it.version for it in filters.asked if not by_judges.issuperset(it.version.keys)]


def rows_of(request: HttpRequest, filters: Filters, keys: list[int]) -> list[dict[str, Any]]:
    """What the page shows of some outputs; verdicts only of those that the visitor judged, or
    whose answers they had shown to them."""
    # The matrix may be a moment old: what is to be read no more is passed over.
    found = with_opening(written(by_what_they_are(filters).filter(pk__in=keys))).in_bulk()
    seen = seen_by(visitor(request).judge, keys) if filters.asked else set()
    verdicts = verdicts_for(filters) if seen else []
    return [
        {
            "output": found[key],
            "verdicts": [
                verdict_in_words(asked.version, said.get(key, NOT_ASKED))
                for asked, said in zip(filters.asked, verdicts, strict=False)
                if key in seen
            ],
        }
        for key in keys
        if key in found
    ]


def verdict_in_words(version: DefinitionVersion, verdict: str) -> dict[str, str]:
    """What stands beside an output, as `ui/verdict_line.html` draws it."""
    definition = version.definition
    label = definition.name
    if verdict == NOT_ASKED:
        label += f": {VERDICTS[NOT_ASKED]}"
    return {"verdict": verdict, "label": label, "href": definition.get_absolute_url()}


def written(found: QuerySet[Output]) -> QuerySet[Output]:
    """Adds all that a row names: joins run, model, recipe, prompt and its set, and `is_judged`."""
    return found.select_related("run__model", "run__recipe", "prompt__prompt_set").annotate(
        is_judged=is_judged()
    )


def records(request: HttpRequest, filters: Filters, keys: Iterable[int]) -> list[dict[str, Any]]:
    """Some outputs as flat records without verdicts, the newest first. One query."""
    names = (
        "pk", "run__model__slug", "run__recipe__slug", "prompt__prompt_set__slug",
        "prompt__prompt_set__domain", "prompt__slug", "sample", "trace_visibility", "tokens_out",
        "stop_reason", "is_judged",
    )  # fmt: skip
    found = written(by_what_they_are(filters).filter(pk__in=list(keys)))
    site = request.build_absolute_uri("/").removesuffix("/")
    rows = []
    for values in found.order_by("-pk").values_list(*names):
        row = dict(zip(COLUMNS, values, strict=False))
        row["sample"] += 1
        rows.append({**row, "url": site + reverse("output", args=[row["output"]])})
    return rows


@readable
def outputs_table(request: HttpRequest) -> Table:
    """The same outputs as a file, without verdicts: who reads them may be about to judge."""
    filters, _ = filters_from(request)
    rows = records(request, filters, listed(filters))
    asked = {"question": in_words(filters.question)} if filters.asked else {}
    return Table("outputs", COLUMNS, rows, lambda rows: {**asked, "outputs": rows})
