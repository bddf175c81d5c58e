"""Two rows of a board side by side: the page, and their shared prompts as CSV and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

import numpy as np
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations.common import charts
from evaluations.common.parameters import named
from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion, as_dict
from evaluations.leaderboards.aspects.model_pairs import POWER, SHOWN, ModelPair, OnPrompt
from evaluations.leaderboards.boards.names import BoardRow
from evaluations.leaderboards.boards.pages import (
    about,
    board_asked,
    board_context,
    by_from,
    readable,
)
from evaluations.leaderboards.boards.questions import choice, link
from evaluations.leaderboards.boards.rows import groups_of_board, rows_of_board
from evaluations.leaderboards.boards.standings import Question, matrix_for
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.prompts.models import Prompt

PAGE_SIZE = 25
COLUMNS = (
    "definition", "definition_version", "prompt", "family", "a", "b", "a_share", "b_share",
    "difference", "a_outputs", "b_outputs",
)  # fmt: skip


@dataclass(frozen=True)
class ModelPairPage:
    """What a URL asks of this view; `pair` is None until two different rows are chosen.

    `absent` are the names of chosen rows that have no output under these choices.
    """

    version: DefinitionVersion
    question: Question
    fields: dict[str, str]
    rows: Sequence[BoardRow]
    a: BoardRow | None
    b: BoardRow | None
    absent: list[str]
    pair: ModelPair | None

    @property
    def chosen(self) -> dict[str, str]:
        """The rows as URL parameters."""
        return {name: row.key for name, row in (("a", self.a), ("b", self.b)) if row is not None}


def asked_from(request: HttpRequest, slug: str) -> ModelPairPage:
    version, question, fields = board_asked(request, slug, by=True)
    held = matrix_for(question)
    groups = groups_of_board(held, question, by_from(request))
    rows = rows_of_board(groups)
    by_key = {row.key: row for row in rows}
    keys = [named(request.GET, name) for name in ("a", "b")]
    a, b = (by_key.get(key) for key in keys)
    absent = names_of_absent([key for key in keys if key and key not in by_key], request, held)
    pair = None
    if a is not None and b is not None and a != b:
        pair = ModelPair(version, held, question, groups, a.number, b.number)
    return ModelPairPage(version, question, fields, rows, a, b, absent, pair)


def names_of_absent(keys: Sequence[str], request: HttpRequest, held: Matrix) -> list[str]:
    """Names of rows that are on the board without its narrowing, or a 404 for what is no row."""
    if not keys:
        return []
    everywhere = rows_of_board(groups_of_board(held, Question(), by_from(request)))
    by_key = {row.key: row for row in everywhere}
    for key in keys:
        if key not in by_key:
            raise Http404(f"There is no row “{key}” on this board.")
    return [by_key[key].name for key in keys]


@require_safe
@readable
def pair(request: HttpRequest, slug: str) -> HttpResponse:
    """How far two rows are apart, whether a test tells them apart, and where they part."""
    asked = asked_from(request, slug)
    shown = choice(request.GET, "show", SHOWN)
    here = request.path
    found = asked.pair
    context: dict[str, Any] = {
        **board_context(request, asked.version, asked.question, asked.fields),
        "asked": asked,
        "pair": found,
        "by": by_from(request),
        "here": here,
    }
    if found is not None and asked.a is not None and asked.b is not None:
        sides = {"a": asked.a.key, "b": asked.b.key}
        context |= {
            "swap": link(here, asked.fields, a=sides["b"], b=sides["a"]),
            "query": link("", asked.fields, **sides),
        }
    if found is not None and found.prompts:
        context |= outcome(found, asked, shown, here, request.GET.get("page"))
    return render(request, "leaderboards/pair.html", context)


def outcome(
    found: ModelPair, asked: ModelPairPage, shown: str, here: str, page_number: str | None
) -> dict[str, Any]:
    """What the page says of two rows with prompts in common."""
    page: Page[Any] = Paginator(found.listed(shown), PAGE_SIZE).get_page(page_number)
    on_page = found.on_prompts(np.asarray(page.object_list))
    prompts = Prompt.objects.in_bulk([each.prompt for each in on_page])
    return {
        "shares": found.shares(),
        "chart": chart_of(found, asked),
        "needed": found.needed,
        "power": POWER,
        "shown": shown,
        "choices": [
            {
                "shown": name,
                "count": count,
                "href": link(here, asked.fields, **asked.chosen, show=name) + "#prompts",
            }
            for name, count in found.counts().items()
        ],
        "page": page,
        "prompts": [
            {"prompt": prompts[each.prompt], "both": each, "points": points(each.difference)}
            for each in on_page
        ],
        "difference_words": points(found.test.difference),
        "interval_words": interval_words(found),
    }


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    rounded = round(100 * difference)
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded)}"


def interval_words(found: ModelPair) -> str:
    interval = found.interval
    return f"{points(interval.low)} to {points(interval.high)}" if interval else ""


def chart_of(found: ModelPair, asked: ModelPairPage) -> charts.IntervalChart:
    """The difference with its interval, from −100 to +100 points."""
    assert asked.a is not None
    assert asked.b is not None
    mean, interval = found.test.difference, found.interval
    bar = charts.Bar(
        label="Difference",
        note=f"{points(mean)} points"
        + (f" ({interval_words(found)})" if interval else "")
        + f", {found.prompts:,} prompts",
        estimate=mean,
        low=interval.low if interval else mean,
        high=interval.high if interval else mean,
    )
    return charts.interval_chart(
        name="difference",
        title=title_of(found, asked),
        description="A dot for the mean difference of the two shares over the prompts that both "
        "answered, in percentage points, with a line for its 95% interval. Right of the middle "
        "the first row is higher.",
        groups=[[bar]],
        low=-1.0,
        high=1.0,
    )


def title_of(found: ModelPair, asked: ModelPairPage) -> str:
    """What the comparison says, as a sentence."""
    assert asked.a is not None
    assert asked.b is not None
    name, test = asked.version.definition.name, found.test
    higher, lower = (asked.a, asked.b) if test.difference >= 0 else (asked.b, asked.a)
    apart = abs(round(100 * test.difference))
    points = {0: "less than a point", 1: "1 point"}.get(apart, f"{apart} points")
    if isclose(test.difference, 0, abs_tol=1e-9):  # means of shares, added up in any order
        return f"Under {name}, {higher.name} and {lower.name} have the same share."
    beginning = f"Under {name}, {higher.name} is {points} above {lower.name}"
    if test.p is None:
        return f"{beginning}; one prompt or family alone tells nothing about others."
    if found.on_board:
        return f"{beginning}, and the paired tests of the board tell them apart."
    if found.told_apart:
        return f"{beginning}; a test of these two alone tells them apart, the board’s do not."
    return f"{beginning}, and no paired test tells them apart."


def records(asked: ModelPairPage) -> list[dict[str, Any]]:
    """Every prompt that both answered as a flat record, the largest difference first."""
    found = asked.pair
    if found is None or not found.prompts:
        return []
    each = found.on_prompts(np.concatenate([found.listed("parting"), found.listed("alike")]))
    prompts = Prompt.objects.select_related("family").in_bulk([it.prompt for it in each])
    return [record(asked, it, prompts) for it in each]


def record(asked: ModelPairPage, it: OnPrompt, prompts: Mapping[int, Prompt]) -> dict[str, Any]:
    prompt = prompts[it.prompt]
    return {
        "definition": asked.version.definition.slug,
        "definition_version": asked.version.number,
        "prompt": prompt.slug,
        "family": prompt.family.slug if prompt.family else "",
        **asked.chosen,
        "a_share": it.a,
        "b_share": it.b,
        "difference": it.difference,
        "a_outputs": " ".join(str(one.output) for one in it.outputs_a),
        "b_outputs": " ".join(str(one.output) for one in it.outputs_b),
    }


@readable
def pair_table(request: HttpRequest, slug: str) -> Table:
    asked = asked_from(request, slug)
    return Table(
        f"pair-{slug}",
        COLUMNS,
        records(asked),
        lambda rows: {
            "definition": as_dict(asked.version),
            **about(asked.question),
            **asked.chosen,
            "comparison": summary(asked.pair),
            "prompts": rows,
        },
    )


def summary(found: ModelPair | None) -> dict[str, Any] | None:
    """What the test says; None without a prompt in common. Shares are 0 to 1."""
    if found is None or not found.prompts:
        return None
    test, needed, interval = found.test, found.needed, found.interval
    one, other = found.shares()
    return {
        "prompts": test.prompts,
        "a_share": one,
        "b_share": other,
        "difference": test.difference,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "a_higher": test.more,
        "b_higher": test.less,
        "one_output_each": test.exact,
        "p": test.p,
        "exact_p": found.sign_p,
        "told_apart_on_board": found.on_board,
        "comparisons_on_board": found.board.comparisons,
        "needed": None
        if needed is None
        else {
            "prompts": needed.prompts,
            "more_prompts": needed.more,
            "outputs": needed.outputs,
            "judgments": needed.judgments,
            "power": POWER,
        },
        "waiting_prompts": found.waiting,
    }
