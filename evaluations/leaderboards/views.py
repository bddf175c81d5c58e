"""Boards: the whole matrix, one definition's leaderboard, and the outputs behind a number."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common.tables import csv_response, json_response
from evaluations.definitions.models import AnsweredBy, DefinitionVersion, as_dict
from evaluations.judgments.judges import visitor
from evaluations.judgments.models import Judgment
from evaluations.leaderboards import matrix as judgments
from evaluations.leaderboards.overview import COLUMNS, as_record, overview
from evaluations.leaderboards.presentation import columns_of, judge_url, rows_of
from evaluations.leaderboards.questions import (
    COMBINE_WORDS,
    fields_of,
    in_words,
    model_and_recipe,
    query_of,
    question_from,
)
from evaluations.leaderboards.standings import (
    VERDICT_ORDER,
    Question,
    Standing,
    lacking,
    leaderboard,
    outputs_with,
    with_judge,
)
from evaluations.runs.models import Output

PAGE_SIZE = 25
MET = "met"


def version_in_force(slug: str) -> DefinitionVersion:
    """The published version of a definition with its pins, or a 404 that names it."""
    version = (
        DefinitionVersion.objects.published().with_pins().filter(definition__slug=slug).first()
    )
    if version is None:
        raise Http404(f"There is no definition “{slug}”.")
    return version


def as_of() -> Any:
    """When the newest judgment was saved; None before the first."""
    return Judgment.objects.aggregate(newest=Max("created_at"))["newest"]


def yours(request: HttpRequest) -> int | None:
    """The judge of a guest, whose judgments the default board leaves out."""
    who = visitor(request)
    return who.judge.pk if who.is_guest and who.judge is not None else None


@require_safe
def matrix_page(request: HttpRequest) -> HttpResponse:
    """Every definition on every model and recipe."""
    question = question_from(request.GET)
    found = overview(judgments.current(), question, also_judge=yours(request))
    columns = columns_of(found, request.GET.get("column"))
    query = query_of(question)
    context = {
        "overview": found,
        "columns": columns,
        "groups": [
            (
                "Settled by judging",
                "Judges answer every criterion of these rules.",
                rows_of(found.judged, columns, found.answerable, query),
            ),
            (
                "Also need findings",
                "Some criteria of these rules take a probe or linked evidence.",
                rows_of(found.needing_findings, columns, found.answerable, query),
            ),
        ],
        "question": question,
        "question_words": in_words(question),
        "combine_words": COMBINE_WORDS,
        "fields": fields_of(question),
        "query": f"?{query}" if query else "",
        "as_of": as_of(),
    }
    return render(request, "leaderboards/matrix.html", context)


def matrix_records(request: HttpRequest) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The matrix as flat records, with what they were asked."""
    question = question_from(request.GET)
    found = overview(judgments.current(), question)
    rows = [as_record(row.version, cell.standing) for row in found.rows for cell in row.cells]
    newest = as_of()
    return {"question": in_words(question), "as_of": newest and newest.isoformat()}, rows


@require_safe
def matrix_csv(request: HttpRequest) -> HttpResponse:
    _, rows = matrix_records(request)
    return csv_response(rows, COLUMNS, "matrix.csv")


@require_safe
def matrix_json(request: HttpRequest) -> HttpResponse:
    about, rows = matrix_records(request)
    return json_response({**about, "rows": rows})


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """One definition's leaderboard, with what counts under it and what it lacks."""
    version = version_in_force(slug)
    question = question_from(request.GET)
    held = judgments.current()
    standings = leaderboard(version, held, question)
    mine: dict[tuple[int, int], Standing] = {}
    also = yours(request)
    if also is not None:
        mine = with_visitor(version, held, question, also, standings)
    query = query_of(question)
    context = {
        "version": version,
        "definition": version.definition,
        "rows": [
            {"standing": row, "yours": mine.get((row.model.pk, row.recipe.pk))} for row in standings
        ],
        "any_asked": any(row.tally.n for row in standings),
        "lacking": lacking(version, held, question),
        "judge_url": judge_url(version),
        "open_keys": [
            wording
            for wording in version.criterion_versions.all()
            if wording.criterion.answered_by != AnsweredBy.JUDGE
        ],
        "question": question,
        "question_words": in_words(question),
        "combine_words": COMBINE_WORDS,
        "query": f"?{query}" if query else "",
        "and_query": f"&{query}" if query else "",
        "as_of": as_of(),
        "verdicts": VERDICT_ORDER,
    }
    return render(request, "leaderboards/leaderboard.html", context)


def with_visitor(
    version: DefinitionVersion,
    held: judgments.Matrix,
    question: Question,
    judge: int,
    plain: list[Standing],
) -> dict[tuple[int, int], Standing]:
    """The standings that change when a guest's own judgments are added."""
    before = {(row.model.pk, row.recipe.pk): row.tally for row in plain}
    return {
        (row.model.pk, row.recipe.pk): row
        for row in leaderboard(version, held, with_judge(question, judge))
        if row.tally != before[row.model.pk, row.recipe.pk]
    }


@require_safe
def board_csv(request: HttpRequest, slug: str) -> HttpResponse:
    version = version_in_force(slug)
    standings = leaderboard(version, judgments.current(), question_from(request.GET))
    return csv_response(
        [as_record(version, row) for row in standings], COLUMNS, f"leaderboard-{slug}.csv"
    )


@require_safe
def board_json(request: HttpRequest, slug: str) -> HttpResponse:
    version = version_in_force(slug)
    question = question_from(request.GET)
    newest = as_of()
    return json_response(
        {
            "definition": as_dict(version),
            "question": in_words(question),
            "as_of": newest.isoformat() if newest else None,
            "rows": [
                as_record(version, row)
                for row in leaderboard(version, judgments.current(), question)
            ],
        }
    )


def met_verdicts(version: DefinitionVersion) -> set[str]:
    """The verdicts that a definition counts as met in its share."""
    return {"reasoning", "partly"} if version.partly_policy == "met" else {"reasoning"}


@require_safe
def board_outputs(request: HttpRequest, slug: str) -> HttpResponse:
    """The outputs behind a number: those with a verdict, of one model and recipe if named."""
    version = version_in_force(slug)
    question = question_from(request.GET)
    model, recipe = model_and_recipe(request.GET)
    verdict = request.GET.get("verdict", "")
    choices = (*VERDICT_ORDER, MET)
    if verdict and verdict not in choices:
        raise Http404(f"“{verdict}” is no verdict: choose {', '.join(choices)}.")
    found = outputs_with(version, judgments.current(), question)
    outputs = Output.objects.filter(pk__in=found).for_reading().order_by("pk")
    if verdict:
        wanted = met_verdicts(version) if verdict == MET else {verdict}
        outputs = outputs.filter(pk__in=[pk for pk, said in found.items() if said in wanted])
    if model is not None:
        outputs = outputs.filter(run__model=model)
    if recipe is not None:
        outputs = outputs.filter(run__recipe=recipe)
    page = Paginator(outputs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "version": version,
        "definition": version.definition,
        "page": page,
        "rows": [{"output": output, "verdict": found[output.pk]} for output in page],
        "model": model,
        "recipe": recipe,
        "verdict": verdict,
        "verdicts": VERDICT_ORDER,
        "question_words": in_words(question),
    }
    return render(request, "leaderboards/outputs.html", context)
