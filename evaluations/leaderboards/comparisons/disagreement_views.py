"""The page of disagreements: outputs that split definitions, and outputs that split judges."""

from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.tables import Table
from evaluations.leaderboards.boards.forms import question_from
from evaluations.leaderboards.boards.pages import about, form_context, readable
from evaluations.leaderboards.boards.questions import choice, fields_of
from evaluations.leaderboards.boards.standings import matrix_for
from evaluations.leaderboards.comparisons.deciding import AGREED
from evaluations.leaderboards.comparisons.decisive import decisive_questions
from evaluations.leaderboards.comparisons.disagreement import LISTS, Disagreement
from evaluations.leaderboards.comparisons.rows import EXCERPT, outputs_by_id
from evaluations.leaderboards.matrix.answers import Integers
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.runs.models import Output

TEMPLATE = "leaderboards/disagreements.html"
PAGE_SIZE = 10
FIRST_PARTS = 6
COLUMNS = (
    "list", "output", "prompt", "sample", "model", "recipe", "definitions_reasoning",
    "definitions_not_reasoning", "firm_reasoning", "firm_not_reasoning", "judge_pairs",
    "judge_pairs_agreeing", "criteria_parted", "reasoning", "partly",
    "not_reasoning", "undetermined", "reasoning_firmly", "not_reasoning_firmly", "answers", "url",
)  # fmt: skip


def disagreement_from(request: HttpRequest) -> Disagreement:
    """Every curated definition under the question of the URL. Three queries, and the matrix's."""
    versions = curated_versions()
    question = question_from(request.GET, request)
    return Disagreement(versions, matrix_for(question), question)


@require_safe
@readable
def disagreements(request: HttpRequest) -> HttpResponse:
    """Lists that are told apart: the words, the facts, and what nobody checked."""
    found = disagreement_from(request)
    which = choice(request.GET, "list", LISTS)
    places = found.listed(which)
    page = Paginator(places, PAGE_SIZE).get_page(request.GET.get("page"))
    here = reverse("disagreements")
    fields = fields_of(found.question)
    shown = {**fields, "list": which}
    context = {
        "found": found,
        "totals": found.totals,
        "agreed": AGREED,
        "which": which,
        "page": page,
        "rows": shown_rows(found, np.asarray(list(page), np.int64), which),
        **form_context(request, found.question, fields),
        "here": here,
        "lists": {name: f"{here}?{urlencode({**fields, 'list': name})}" for name in LISTS},
        "and_query": f"&{urlencode(fields)}" if fields else "",
        "files_query": f"?{urlencode(shown)}",
    }
    return render(request, TEMPLATE, context)


def shown_rows(found: Disagreement, places: Integers, which: str) -> list[dict[str, Any]]:
    """One page of a list: each output's own words, and the question that decides. One query."""
    rows = rows_of(found, places, EXCERPT)
    shown = np.flatnonzero(np.isin(found.matrix.output, [row["output"].pk for row in rows]))
    by_pk = dict(zip(found.matrix.output[shown].tolist(), shown.tolist(), strict=True))
    kept = np.array([by_pk[row["output"].pk] for row in rows], np.int64)
    questions = decisive_questions(found, kept, [row["parts"] for row in rows], which)
    for row, question in zip(rows, questions, strict=True):
        row["question"] = question
        first = question.split.wording if question else None
        row["other_parts"] = [part for part in row["parts"] if part.wording != first]
        row["more"] = len(row["other_parts"]) - FIRST_PARTS
    return rows


def rows_of(found: Disagreement, places: Integers, words: int = 0) -> list[dict[str, Any]]:
    """Outputs with all that is said of them, `words` characters of each. One query."""
    pks = found.matrix.output[places].tolist()
    outputs = outputs_by_id(pks, words)
    return [
        row_of(found, place, outputs[pk], parts)
        for place, pk, parts in zip(places.tolist(), pks, found.parts(places), strict=True)
        if pk in outputs
    ]


def row_of(found: Disagreement, place: int, output: Output, parts: list[Any]) -> dict[str, Any]:
    line = found.line(place)
    pairs, same = int(found.pairs[place]), int(found.same[place])
    return {
        "output": output,
        "line": [
            {
                "verdict": verdict,
                "label": version.definition.name,
                "href": reverse("definition", args=[version.definition.slug]),
                "slug": version.definition.slug,
                "firm": version in found.counted and bool(found.held(version)[0][place]),
            }
            for version, verdict in line
            if verdict != "undetermined"
        ],
        "uncounted": sum(
            version not in found.counted
            for version, verdict in line
            if verdict in ("reasoning", "not-reasoning")
        ),
        "open": [version.definition for version, verdict in line if verdict == "undetermined"],
        "reasoning": int(found.reasoning[place]),
        "not_reasoning": int(found.not_reasoning[place]),
        "firm": found.firm[:, place].tolist(),
        "pairs": pairs,
        "same": same,
        "share": same / pairs if pairs else None,
        "parts": parts,
    }


def records(request: HttpRequest, found: Disagreement, which: str) -> list[dict[str, Any]]:
    """One list as flat records, for CSV and JSON. One query."""
    places = found.listed(which)
    rows = []
    for row in rows_of(found, places):
        output: Output = row["output"]
        said: dict[str, list[str]] = {"reasoning": [], "partly": [], "not-reasoning": []}
        firm: dict[str, list[str]] = {verdict: [] for verdict in said}
        for item in row["line"]:
            said[item["verdict"]].append(item["slug"])
            if item["firm"]:
                firm[item["verdict"]].append(item["slug"])
        rows.append(
            {
                "list": which,
                "output": output.pk,
                "prompt": output.prompt.slug,
                "sample": output.sample + 1,
                "model": output.run.model.slug,
                "recipe": output.run.recipe.slug,
                "definitions_reasoning": row["reasoning"],
                "definitions_not_reasoning": row["not_reasoning"],
                "firm_reasoning": row["firm"][0],
                "firm_not_reasoning": row["firm"][1],
                "judge_pairs": row["pairs"],
                "judge_pairs_agreeing": row["same"],
                "criteria_parted": len(row["parts"]),
                "reasoning": " ".join(said["reasoning"]),
                "partly": " ".join(said["partly"]),
                "not_reasoning": " ".join(said["not-reasoning"]),
                "undetermined": " ".join(definition.slug for definition in row["open"]),
                "reasoning_firmly": " ".join(firm["reasoning"]),
                "not_reasoning_firmly": " ".join(firm["not-reasoning"]),
                "answers": "; ".join(
                    f"{part.wording.criterion.key}: "
                    + ", ".join(f"{count} {answer}" for answer, count in part.counts)
                    for part in row["parts"]
                ),
                "url": request.build_absolute_uri(output.get_absolute_url()),
            }
        )
    return rows


@readable
def disagreements_table(request: HttpRequest) -> Table:
    """One of the lists; as JSON with both counts."""
    which = choice(request.GET, "list", LISTS)
    found = disagreement_from(request)
    totals = found.totals
    return Table(
        f"disagreements-{which}",
        COLUMNS,
        records(request, found, which),
        lambda rows: {
            **about(found.question),
            "facts_agreed_from": AGREED,
            "asked": totals.asked,
            "split": totals.split,
            "by_words": totals.by_words,
            "by_facts": totals.by_facts,
            "unchecked": totals.unchecked,
            "judges_part": totals.parted,
            "list": which,
            "outputs": rows,
        },
    )
