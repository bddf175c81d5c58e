"""One definition's leaderboard: page, CSV and JSON."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.definitions.models import AnsweredBy, DefinitionVersion, as_dict
from evaluations.leaderboards.boards.charts import title_of, why_of
from evaluations.leaderboards.boards.counts import judges_behind, of_unknown_way
from evaluations.leaderboards.boards.criteria import direct_url, judge_url, lacks
from evaluations.leaderboards.boards.pages import (
    about,
    board_asked,
    by_from,
    form_context,
    readable,
    yours,
)
from evaluations.leaderboards.boards.questions import link
from evaluations.leaderboards.boards.ranks import ranking
from evaluations.leaderboards.boards.records import (
    Line,
    board_records,
    columns_of,
    heads,
    in_order,
    live_line,
)
from evaluations.leaderboards.boards.reliability import FLOOR, GOOD, LEAST_ITEMS
from evaluations.leaderboards.boards.rows import board_rows, groups_of_board, without_by
from evaluations.leaderboards.boards.standings import VERDICT_ORDER, matrix_for

LEAST_OUTPUTS, LEAST_JUDGES = 30, 2
"""With fewer a board is little to cite, and who freezes it is told."""

VIEWS = (
    ("Process and answer", "leaderboard-process"),
    ("Compute curves", "leaderboard-curves"),
    ("Two rows side by side", "leaderboard-pair"),
    ("Pairwise ratings", "leaderboard-pairwise"),
)
"""Label and URL name of the other ways to look at a board."""


@require_safe
@readable
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """One definition's leaderboard, with what counts under it and what it lacks."""
    version, question, fields = board_asked(request, slug, by=True, sharpens=True, with_people=True)
    by = by_from(request)
    held = matrix_for(question)
    rows = board_rows(version, held, question, yours(request), by, fields=fields)
    lines = [live_line(version, row) for row in rows]
    asked = [line for line in lines if line["n"]]
    of_models = [line for line in asked if not line["is_people"]]
    sort = named(request.GET, "sort")
    form = form_context(request, question, fields, sharpens=True)
    tests = ranking(version, held, question, groups_of_board(held, question, by))
    path = reverse("leaderboard", args=[slug])
    context = {
        "version": version,
        "definition": version.definition,
        "groups": in_order(lines, sort),
        "heads": heads(request.GET, sort, sharpened=question.sharpened),
        "sharpens": question.sharpened,
        "sharp": [line for line in lines if line.get("sharpened_share") is not None],
        "rows": rows,
        "title": title_of(version.definition.name, asked) if asked else "",
        "why": why_of(asked),
        "rests_on": rests_on(of_models, judges_behind(version, held, question)),
        "unasked": len(lines) - len(asked),
        "asked": asked,
        "tests": tests,
        "by_people": len(asked) > len(of_models),
        "any_doubt": any(line["in_doubt"] for line in asked),
        "floor": FLOOR,
        "good": GOOD,
        "least_items": LEAST_ITEMS,
        "lacks": None if asked else lacks(version, held, question),
        "direct_url": direct_url(version),
        "judge_url": judge_url(version),
        "other_versions": other_versions(version),
        "open_keys": [
            wording
            for wording in version.pinned
            if wording.criterion.answered_by != AnsweredBy.JUDGE
        ],
        "unknown_way": of_unknown_way(version, held, question),
        "by": by,
        "by_links": {
            "recipe": link(path, without_by(fields)),
            "model": link(path, fields, by="model"),
        },
        "views": views_of(slug, fields),
        "verdicts": VERDICT_ORDER,
        "address": request.build_absolute_uri(f"{path}{form['query']}"),
        "card": request.build_absolute_uri(link(reverse("leaderboard-card", args=[slug]), fields)),
        "embed": request.build_absolute_uri(
            link(reverse("leaderboard-embed", args=[slug]), fields)
        ),
        "permalink": request.build_absolute_uri(version.get_absolute_url()),
        "today": timezone.now(),
        **form,
    }
    return render(request, "leaderboards/leaderboard.html", context)


def rests_on(asked: Sequence[Line], judges: int) -> dict[str, Any]:
    """What a board rests on, for who would freeze it; `few` where that is little to cite."""
    outputs = sum(line["n"] for line in asked)
    return {
        "outputs": outputs,
        "judgments": sum(line["judgments"] for line in asked),
        "judges": judges,
        "least_outputs": LEAST_OUTPUTS,
        "least_judges": LEAST_JUDGES,
        "few": outputs < LEAST_OUTPUTS or judges < LEAST_JUDGES,
    }


def other_versions(version: DefinitionVersion) -> list[DefinitionVersion]:
    """The published versions of the same definition, the newest first; none where it is alone."""
    found = DefinitionVersion.objects.of_everyone().filter(definition=version.definition)
    return list(found.exclude(pk=version.pk).order_by("-number"))


def views_of(slug: str, fields: dict[str, str]) -> list[tuple[str, str]]:
    """The other ways to look at the same judgments: label and address."""
    kept = without_by(fields)
    return [(label, link(reverse(name, args=[slug]), kept)) for label, name in VIEWS]


def board_file(request: HttpRequest, slug: str) -> Table:
    """A board as a table. Raises Unreadable for days that are none."""
    version, question, _ = board_asked(request, slug, sharpens=True, with_people=True)
    by = by_from(request)
    held = matrix_for(question)
    rows = board_rows(version, held, question, None, by)
    return Table(
        f"leaderboard-{slug}",
        columns_of(question),
        board_records(version, rows),
        lambda rows: {
            "definition": as_dict(version),
            **about(question),
            "judgments_of_unknown_way": of_unknown_way(version, held, question),
            "by": "model" if by == "model" else "model and recipe",
            "rows": rows,
        },
    )


board_table = readable(board_file)
