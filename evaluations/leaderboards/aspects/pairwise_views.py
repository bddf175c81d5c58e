"""Ratings from pairwise comparisons, by a definition's wording or plainly: page, CSV and JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.common.templatetags.marks import signed
from evaluations.definitions.models import Definition, DefinitionVersion, as_dict
from evaluations.judgments.models import Comparison
from evaluations.leaderboards.aspects.pairwise import (
    OUTCOMES,
    Pairwise,
    PairwiseTally,
    Rated,
    comparisons_between,
    rate,
)
from evaluations.leaderboards.aspects.pairwise_charts import rating_chart, sentence_of
from evaluations.leaderboards.aspects.pairwise_rows import behind, comparisons_for, sides
from evaluations.leaderboards.boards.names import BoardRow
from evaluations.leaderboards.boards.pages import (
    asked_of,
    board_asked,
    by_from,
    form_context,
    readable,
)
from evaluations.leaderboards.boards.questions import (
    WHO,
    link,
    rows_of_question,
    saved_in_words,
    scope_in_words,
)
from evaluations.leaderboards.boards.rows import groups_of_board, rows_of_board, without_by
from evaluations.leaderboards.boards.standings import Question, matrix_for
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.prompts.models import Prompt

PAGE_SIZE = 25
WITHOUT_RULE = ("combine", "road")
"""Parameters of a board that say nothing where no rule is evaluated."""

COLUMNS = (
    "definition", "definition_version", "judges", "model", "recipe", "rank", "rank_high",
    "group", "rating", "low", "high", "preferred", "preferred_low", "preferred_high",
    "comparisons", "won", "lost", "tied", "neither", "neither_share", "neither_low", "neither_high",
)  # fmt: skip


@dataclass(frozen=True)
class Board:
    """The ratings by the judges that count, `judges` being one of `matrix.JUDGES`."""

    judges: str
    names: Mapping[int, BoardRow]
    found: Pairwise

    @cached_property
    def rows(self) -> list[tuple[BoardRow, PairwiseTally]]:
        """The compared rows, the highest rating first; where there are none, by their names."""
        rated = self.found.rated
        return sorted(
            ((row, self.found.tallies[number]) for number, row in self.names.items()
             if number in self.found.tallies),
            key=lambda item: -rated[item[0].number].rating.estimate
            if item[0].number in rated else float("inf"),
        )  # fmt: skip

    @property
    def sentence(self) -> str:
        return sentence_of(self.names, self.found)


@dataclass(frozen=True)
class PairwisePage:
    """What a URL asks of this view; `version` is None for the plain question."""

    version: DefinitionVersion | None
    question: Question
    fields: dict[str, str]
    matrix: Matrix
    board: Board

    @property
    def name(self) -> str:
        return self.version.definition.slug if self.version else "plain"


def asked_from(request: HttpRequest, slug: str) -> PairwisePage:
    version: DefinitionVersion | None = None
    if slug:
        version, question, fields = board_asked(request, slug, by=True)
    else:
        question, fields = asked_of(request, by=True)
    fields = {name: value for name, value in fields.items() if name not in WITHOUT_RULE}
    held = matrix_for(question)
    groups = groups_of_board(held, question, by_from(request))
    names = {row.number: row for row in rows_of_board(groups)}
    answers, right = comparisons_for(version.pk if version else None, question.beyond)
    compared = comparisons_between(answers, right, held, question.selection, groups)
    board = Board(question.selection.judges, names, rate(compared))
    return PairwisePage(version, replace(question, road="computed"), fields, held, board)


def in_words(question: Question) -> str:
    """Which comparisons count, for the page."""
    selection = question.selection
    rows = rows_of_question(question)
    blind = "blind or not" if selection.unblinded else "blind"
    return (
        f"Comparisons by {WHO[selection.judges]}, current and {blind}"
        f"{saved_in_words(question, rows)}; each counts once.{scope_in_words(question, rows)}"
    )


@require_safe
@readable
def pairwise(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Which rows are preferred in pairs, and how far that can be told."""
    asked = asked_from(request, slug)
    here = request.path
    definition = asked.version.definition if asked.version else None
    unversioned = {name: value for name, value in asked.fields.items() if name != "version"}
    judge = reverse("judge-pair") + (f"?direct={slug}" if slug else "")
    context = {
        "version": asked.version,
        "definition": definition,
        "drawn": drawn(asked.board, here, asked.fields),
        "any": asked.board.found.compared.size > 0,
        "others": [
            (each, link(reverse("leaderboard-pairwise", args=[each.slug]), unversioned))
            for each in compared_definitions()
            if each != definition
        ],
        "judge": judge,
        "up": link(reverse("leaderboard", args=[slug]), asked.fields)
        if slug
        else reverse("leaderboards"),
        "plain": link(reverse("pairwise"), unversioned),
        "here": here,
        "by": by_from(request),
        "by_links": {
            "recipe": link(here, without_by(asked.fields)),
            "model": link(here, asked.fields, by="model"),
        },
        "of_pairs": True,
        **form_context(request, asked.question, asked.fields),
        "as_of": newest(),
        **list_behind(request, asked),
    }
    return render(request, "leaderboards/pairwise.html", context)


def newest() -> Any:
    """When the newest comparison was saved; None before the first."""
    return (
        Comparison.objects.for_everybody()
        .order_by("-id")
        .values_list("created_at", flat=True)
        .first()
    )


def compared_definitions() -> list[Definition]:
    """Definitions by whose wording in force somebody compared. One query."""
    compared = Comparison.objects.for_everybody().filter(
        is_current=True, definition_version__isnull=False
    )
    versions = DefinitionVersion.objects.in_force().filter(
        pk__in=compared.values("definition_version")
    )
    return [version.definition for version in versions.select_related("definition")]


def drawn(board: Board, here: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """A board as the template draws it: rows in rank groups, those without a rating last."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for row, tally in board.rows:
        rated = board.found.rated.get(row.number)
        groups.setdefault(rated.group if rated else -1, []).append(
            {
                "row": row,
                "tally": tally,
                "rated": rated,
                **rating_words(rated),
                "links": {
                    outcome: link(here, fields, row=row.key, outcome=outcome) + "#comparisons"
                    for outcome in ("", *OUTCOMES)
                },
                "all": link(here, fields, row=row.key) + "#comparisons",
            }
        )
    return {
        "board": board,
        "groups": list(groups.values()),
        "chart": rating_chart(board.names, board.found),
        "unconnected": [[board.names[row].name for row in part]
                        for part in board.found.unconnected],
    }  # fmt: skip


def rating_words(rated: Rated | None) -> dict[str, str]:
    """A rating and the ends of its interval with two places; nothing where there is none."""
    if rated is None:
        return {}
    names = ("rating", "rating_low", "rating_high")
    return dict(zip(names, map(signed, rated.rating), strict=True))


def list_behind(request: HttpRequest, asked: PairwisePage) -> dict[str, Any]:
    """The comparisons behind a number, a page at a time, where the URL names a row."""
    key, outcome = named(request.GET, "row"), named(request.GET, "outcome")
    if not key:
        return {}
    board = asked.board
    if outcome and outcome not in OUTCOMES:
        raise Http404(f"There is no list of the outcome “{outcome}” here.")
    row = next((each for each in board.names.values() if each.key == key), None)
    if row is None:
        raise Http404(f"There is no row “{key}” on this board.")
    compared = board.found.compared
    page: Page[Any] = Paginator(
        behind(compared, row.number, outcome), PAGE_SIZE
    ).get_page(request.GET.get("page"))  # fmt: skip
    on_page = sides(compared, asked.matrix, np.asarray(page.object_list))
    prompts = Prompt.objects.in_bulk({each.prompt for each in on_page})
    return {
        "row": row,
        "outcome": outcome,
        "page": page,
        "comparisons": [
            {"side": each, "prompt": prompts[each.prompt], "opponent": board.names[each.opponent]}
            for each in on_page
        ],
    }


def records(asked: PairwisePage) -> list[dict[str, Any]]:
    """The rows as flat records. Shares are 0 to 1, ratings are logarithms; unknown is None."""
    version, board = asked.version, asked.board
    found = []
    for row, tally in board.rows:
        rated = board.found.rated.get(row.number)
        found.append(
            {
                "definition": version.definition.slug if version else "",
                "definition_version": version.number if version else None,
                "judges": board.judges,
                "model": row.model.slug,
                "recipe": row.recipe.slug,
                "rank": rated.rank if rated else None,
                "rank_high": rated.rank_high if rated else None,
                "group": rated.group + 1 if rated else None,
                "rating": rated.rating.estimate if rated else None,
                "low": rated.rating.low if rated else None,
                "high": rated.rating.high if rated else None,
                "preferred": rated.preferred.estimate if rated else None,
                "preferred_low": rated.preferred.low if rated else None,
                "preferred_high": rated.preferred.high if rated else None,
                "comparisons": tally.comparisons,
                "won": tally.won,
                "lost": tally.lost,
                "tied": tally.tied,
                "neither": tally.neither,
                "neither_share": tally.floor.estimate,
                "neither_low": tally.floor.low,
                "neither_high": tally.floor.high,
            }
        )

    return found


@readable
def pairwise_table(request: HttpRequest, slug: str = "") -> Table:
    asked = asked_from(request, slug)
    saved = newest()
    return Table(
        f"pairwise-{asked.name}",
        COLUMNS,
        records(asked),
        lambda rows: {
            "definition": as_dict(asked.version) if asked.version else None,
            "question": in_words(asked.question),
            "as_of": saved and date_format(saved, "c"),
            "board": summary(asked.board),
            "rows": rows,
        },
    )


def summary(board: Board) -> dict[str, Any]:
    """What holds of all rows of a board, and why they are not ranked where they are not."""
    found = board.found
    return {
        "judges": board.judges,
        "number_of_judges": found.compared.judges,
        "comparisons": found.compared.size,
        "comparisons_within_a_row": found.compared.within,
        "tie": found.tie,
        "clustered_by_judge": found.clustered if found.rated else None,
        "not_rankable": found.reason or None,
        "unconnected": [[board.names[row].key for row in part] for part in found.unconnected],
    }
