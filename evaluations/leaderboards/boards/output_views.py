"""The outputs behind a number of a board."""

from dataclasses import dataclass

import numpy as np
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.forms import question_from
from evaluations.leaderboards.boards.pages import about, readable, version_asked
from evaluations.leaderboards.boards.questions import in_words, link
from evaluations.leaderboards.boards.rows import RIGHT
from evaluations.leaderboards.boards.standings import (
    VERDICT_OF,
    VERDICT_ORDER,
    Question,
    matrix_for,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.people import in_rows
from evaluations.runs.models import Output

PAGE_SIZE = 25
MET = "met"
NOT_ASKED = "not-asked"
GRADES = {
    "any": "that were graded",
    "right": "graded right",
    "wrong": "not graded right",
    "none": "without a grade",
}
OUTPUT_COLUMNS = (
    "output", "definition", "definition_version", "verdict", "model", "recipe", "prompt", "sample",
    "trace_visibility", "url",
)  # fmt: skip


@dataclass(frozen=True)
class Narrowed:
    """The outputs behind a number, in the order of their keys, with their verdicts.

    `verdicts` has "not-asked" where the rule was not asked, which only `everything` lists.
    """

    version: DefinitionVersion
    question: Question
    verdict: str
    grade: str
    everything: bool
    outputs: list[int]
    verdicts: dict[int, str]


def one_of(request: HttpRequest, name: str, choices: tuple[str, ...], what: str) -> str:
    """A URL parameter that is empty or a choice, or a 404 that lists them."""
    value = request.GET.get(name, "")
    if value and value not in choices:
        raise Http404(f"“{value}” is no {what}: choose {', '.join(choices)}.")
    return value


def narrowed(request: HttpRequest, slug: str) -> Narrowed:
    """The outputs that the URL narrows a board to, or a 404."""
    version = version_asked(request, slug)
    question = question_from(request.GET, request, with_people=True)
    verdict = one_of(request, "verdict", (*VERDICT_ORDER, MET), "verdict")
    grade = one_of(request, "grade", tuple(GRADES), "grade")
    everything = one_of(request, "of", ("all",), "choice for “of”") == "all" and not verdict
    held = matrix_for(question)
    ruling = rule_on_outputs(version, held, question)
    here = in_rows(held, question.scope)
    if not everything:
        here = here & ruling.asked
    if verdict:
        wanted = met_verdicts(version) if verdict == MET else {verdict}
        here &= np.isin(
            ruling.verdicts, [code for code, word in VERDICT_OF.items() if word in wanted]
        )
    if grade:
        here &= graded(held, grade)
    places = np.flatnonzero(here)
    return Narrowed(
        version=version,
        question=question,
        verdict=verdict,
        grade=grade,
        everything=everything,
        outputs=held.output[places].tolist(),
        verdicts={
            pk: VERDICT_OF[code] if asked else NOT_ASKED
            for pk, code, asked in zip(
                held.output[places].tolist(),
                ruling.verdicts[places].tolist(),
                ruling.asked[places].tolist(),
                strict=True,
            )
        },
    )


def graded(held: Matrix, grade: str) -> Flags:
    """Outputs with a grade, a right one, one that is not right, or none."""
    some: Flags = ~np.isnan(held.grade)
    right: Flags = held.grade == RIGHT
    return {"any": some, "right": right, "wrong": some & ~right, "none": ~some}[grade]


def met_verdicts(version: DefinitionVersion) -> set[str]:
    """The verdicts that a definition counts as met in its share."""
    return {"reasoning", "partly"} if version.partly_policy == "met" else {"reasoning"}


@readable
def outputs_table(request: HttpRequest, slug: str) -> Table:
    """The outputs behind a number."""
    behind = narrowed(request, slug)
    listed = (
        Output.objects.filter(pk__in=behind.outputs)
        .order_by("pk")
        .values_list(
            "pk",
            "run__model__slug",
            "run__recipe__slug",
            "prompt__slug",
            "sample",
            "trace_visibility",
        )
    )
    site = request.build_absolute_uri("/").removesuffix("/")
    rows = [
        {
            "output": pk,
            "definition": behind.version.definition.slug,
            "definition_version": behind.version.number,
            "verdict": behind.verdicts[pk],
            "model": model,
            "recipe": recipe,
            "prompt": prompt,
            "sample": sample + 1,
            "trace_visibility": visibility,
            "url": site + reverse("output", args=[pk]),
        }
        for pk, model, recipe, prompt, sample, visibility in listed
    ]
    data = about(behind.question)
    return Table(f"outputs-{slug}", OUTPUT_COLUMNS, rows, lambda rows: {**data, "outputs": rows})


@require_safe
@readable
def board_outputs(request: HttpRequest, slug: str) -> HttpResponse:
    """The outputs behind a number, a page of them at a time."""
    behind = narrowed(request, slug)
    parameters = request.GET.copy()
    parameters.pop("page", None)
    page: Page[int] = Paginator(behind.outputs, PAGE_SIZE).get_page(request.GET.get("page"))
    found = Output.objects.for_reading().in_bulk(list(page))
    context = {
        "version": behind.version,
        "definition": behind.version.definition,
        "page": page,
        "rows": [{"output": found[pk], "verdict": behind.verdicts[pk]} for pk in page],
        "heading": heading(behind),
        "board": board_url(behind),
        "verdict": behind.verdict,
        "everything": behind.everything,
        "verdicts": VERDICT_ORDER,
        "question_words": in_words(behind.question),
        "query": f"?{parameters.urlencode()}" if parameters else "",
    }
    return render(request, "leaderboards/outputs.html", context)


def board_url(behind: Narrowed) -> str:
    """The board that the outputs are behind, under the same question."""
    version = behind.version
    more = {} if version.is_current else {"version": str(version.number)}
    return link(reverse("leaderboard", args=[version.definition.slug]), behind.question, **more)


def heading(behind: Narrowed) -> str:
    """How many outputs, and which."""
    count = len(behind.outputs)
    words = [f"{count:,} output{'' if count == 1 else 's'}"]
    if behind.verdict == MET:
        words.append("that counts as reasoning" if count == 1 else "that count as reasoning")
    elif behind.verdict:
        words.append(f"with the verdict “{behind.verdict.replace('-', ' ')}”")
    elif not behind.everything:
        words.append("on which the whole rule was asked")
    if behind.grade:
        words.append(GRADES[behind.grade])
    return ", ".join([" ".join(words[:2]), *words[2:]])
