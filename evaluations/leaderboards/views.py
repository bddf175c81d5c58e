"""Boards: the whole matrix, one definition's leaderboard, and the outputs behind a number."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluations.common.tables import csv_response, json_response
from evaluations.definitions.models import AnsweredBy, DefinitionVersion, as_dict
from evaluations.judgments.judges import visitor
from evaluations.judgments.models import Judgment
from evaluations.leaderboards import matrix as judgments
from evaluations.leaderboards.overview import (
    COLUMNS,
    as_record,
    lacks_of,
    outputs_of,
    overview,
)
from evaluations.leaderboards.presentation import columns_of, direct_url, judge_url, rows_of
from evaluations.leaderboards.questions import (
    COMBINE_WORDS,
    fields_of,
    in_words,
    model_and_recipe,
    query_of,
    question_from,
)
from evaluations.leaderboards.rule_criteria import lacks, least_agreed
from evaluations.leaderboards.standings import (
    VERDICT_ORDER,
    Question,
    Standing,
    leaderboard,
    outputs_with,
    with_judge,
)
from evaluations.runs.models import LanguageModel, Output, Recipe

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
                rows_of(found.judged, columns, found.answerable, query, question.road),
            ),
            (
                "Also need findings",
                "Some criteria of these rules take a probe or linked evidence.",
                rows_of(found.needing_findings, columns, found.answerable, query, question.road),
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
    rows = board_rows(version, held, question, yours(request))
    query = query_of(question)
    context = {
        "version": version,
        "definition": version.definition,
        "rows": rows,
        "any_asked": any(row["standing"].tally.n for row in rows),
        "lacks": lacks(version, held, question),
        "direct_url": direct_url(version),
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
        "address": request.build_absolute_uri(f"{request.path}?{query}" if query else request.path),
        "permalink": request.build_absolute_uri(version.get_absolute_url()),
        "today": timezone.now(),
    }
    return render(request, "leaderboards/leaderboard.html", context)


def board_rows(
    version: DefinitionVersion, held: judgments.Matrix, question: Question, also: int | None
) -> list[dict[str, Any]]:
    """The rows of a leaderboard as templates draw them.

    Each has its standing, the same with a guest's own judgments where those change it, what
    keeps its rule from being asked, and the criterion on which its judges agree least.
    """
    standings = leaderboard(version, held, question)
    mine: dict[tuple[int, int], Standing] = {}
    if also is not None:
        mine = with_visitor(version, held, question, also, standings)
    return [
        {
            "standing": row,
            "yours": mine.get((row.model.pk, row.recipe.pk)),
            "lacks": lacks_of(version, held, row, question),
            "least": least_agreed(version, held, question, outputs_of(held, row)),
        }
        for row in standings
    ]


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


@dataclass(frozen=True)
class Narrowed:
    """The outputs behind a number, with their verdicts and what the URL narrowed them by."""

    version: DefinitionVersion
    question: Question
    model: LanguageModel | None
    recipe: Recipe | None
    verdict: str
    verdicts: dict[int, str]
    outputs: QuerySet[Output]


def narrowed(request: HttpRequest, slug: str) -> Narrowed:
    """The outputs with a verdict, of one model and recipe if the URL names them, or a 404."""
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
    return Narrowed(version, question, model, recipe, verdict, found, outputs)


OUTPUT_COLUMNS = (
    "output",
    "definition",
    "definition_version",
    "verdict",
    "model",
    "recipe",
    "prompt",
    "sample",
    "url",
)


def output_records(request: HttpRequest, behind: Narrowed) -> list[dict[str, Any]]:
    """The outputs behind a number as flat records, for CSV and JSON."""
    return [
        {
            "output": output.pk,
            "definition": behind.version.definition.slug,
            "definition_version": behind.version.number,
            "verdict": behind.verdicts[output.pk],
            "model": output.run.model.slug,
            "recipe": output.run.recipe.slug,
            "prompt": output.prompt.slug,
            "sample": output.sample,
            "url": request.build_absolute_uri(output.get_absolute_url()),
        }
        for output in behind.outputs.defer("text", "trace", "answer", "environment__data")
    ]


@require_safe
def board_outputs_csv(request: HttpRequest, slug: str) -> HttpResponse:
    rows = output_records(request, narrowed(request, slug))
    return csv_response(rows, OUTPUT_COLUMNS, f"outputs-{slug}.csv")


@require_safe
def board_outputs_json(request: HttpRequest, slug: str) -> HttpResponse:
    behind = narrowed(request, slug)
    newest = as_of()
    return json_response(
        {
            "question": in_words(behind.question),
            "as_of": newest and newest.isoformat(),
            "outputs": output_records(request, behind),
        }
    )


@require_safe
def board_outputs(request: HttpRequest, slug: str) -> HttpResponse:
    """The outputs behind a number: those with a verdict, of one model and recipe if named."""
    behind = narrowed(request, slug)
    parameters = request.GET.copy()
    parameters.pop("page", None)
    page = Paginator(behind.outputs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "version": behind.version,
        "definition": behind.version.definition,
        "page": page,
        "rows": [{"output": output, "verdict": behind.verdicts[output.pk]} for output in page],
        "model": behind.model,
        "recipe": behind.recipe,
        "verdict": behind.verdict,
        "verdicts": VERDICT_ORDER,
        "question_words": in_words(behind.question),
        "files": request.path.removesuffix("/"),
        "query": f"?{parameters.urlencode()}" if parameters else "",
    }
    return render(request, "leaderboards/outputs.html", context)
