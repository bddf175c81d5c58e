"""Two definitions on the same outputs: where they part, and which criteria make the difference."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import combinations
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named
from evaluations.common.tables import Table, csv_response
from evaluations.definitions.counted import counted
from evaluations.definitions.diffs import words
from evaluations.definitions.models import CriterionVersion, DefinitionVersion, as_dict
from evaluations.leaderboards.boards.forms import question_from
from evaluations.leaderboards.boards.pages import about, form_context, readable
from evaluations.leaderboards.boards.questions import fields_of, link
from evaluations.leaderboards.boards.standings import (
    VERDICT_ORDER,
    Question,
    matrix_for,
    rule_on_outputs,
)
from evaluations.leaderboards.comparisons.before_after import (
    BOARD_COLUMNS,
    BeforeAfter,
    board,
    boards_asked,
    record_of,
)
from evaluations.leaderboards.comparisons.parting import Decided, Parting, Separating
from evaluations.leaderboards.comparisons.rows import (
    COLUMNS,
    cell_from,
    flow_of,
    flow_record,
    flow_totals,
    page_of,
    records,
)
from evaluations.leaderboards.logic.by_logic import as_json, by_logic
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.leaderboards.overview.between import Likeness, likeness_of_shares, tau_interval
from evaluations.measures.intervals import Interval
from evaluations.prompts.models import Prompt

TEMPLATE = "leaderboards/compare.html"
SUGGESTED = 6
PROMPTS = 10
ALIKE = 0.5
"""Statements with at least this share of words in common are shown as a word diff, too."""


@dataclass(frozen=True)
class SuggestedPair:
    """Two definitions and on how many of the outputs that both were asked on they part."""

    one: DefinitionVersion
    other: DefinitionVersion
    parted: int
    n: int

    @property
    def share(self) -> float:
        return self.parted / self.n


@dataclass
class ComparisonPage:
    """What a URL asks; without two definitions there is nothing to compare yet."""

    versions: list[DefinitionVersion]
    one: DefinitionVersion | None
    other: DefinitionVersion | None
    question: Question
    matrix: Matrix
    parting: Parting | None

    @cached_property
    def filters(self) -> dict[str, str]:
        """Which judgments and outputs count, as URL parameters."""
        return fields_of(self.question)

    @cached_property
    def parameters(self) -> dict[str, str]:
        chosen = {
            name: version.definition.slug
            for name, version in (("a", self.one), ("b", self.other))
            if version is not None
        }
        return {**chosen, **self.filters}

    @property
    def wordings(self) -> dict[str, CriterionVersion]:
        """Criterion key to its wording, as the definitions mean it."""
        first, second = (each.wordings if each else {} for each in (self.one, self.other))
        return {**second, **first}

    @property
    def titles(self) -> dict[str, str]:
        return {key: wording.title for key, wording in self.wordings.items()}


def comparison_from(request: HttpRequest) -> ComparisonPage:
    """Read the URL. Makes three queries and those of the matrix; 404 for an unknown definition."""
    data = request.GET
    versions = curated_versions()
    by_slug = {version.definition.slug: version for version in versions}
    chosen: list[DefinitionVersion | None] = []
    for name in ("a", "b"):
        slug = named(data, name)
        if slug and slug not in by_slug:
            others = DefinitionVersion.objects.others().with_pins()
            missing = f"There is no definition “{slug}”."
            by_slug[slug] = found_or_404(others, missing, definition__slug=slug)
            versions.append(by_slug[slug])
        chosen.append(by_slug.get(slug))
    one, other = chosen
    question = question_from(data, request)
    matrix = matrix_for(question)
    parting = None
    if one is not None and other is not None and one != other:
        parting = Parting(one, other, matrix, question, cell_from(data))
    return ComparisonPage(versions, one, other, question, matrix, parting)


def most_parted(
    versions: list[DefinitionVersion], matrix: Matrix, question: Question
) -> list[SuggestedPair]:
    """The pairs of definitions that part on the largest share of outputs."""
    rulings = [rule_on_outputs(version, matrix, question) for version in versions]
    found = []
    for (one, first), (other, second) in combinations(zip(versions, rulings, strict=True), 2):
        both = first.asked & second.asked
        n = int(np.count_nonzero(both))
        parted = int(np.count_nonzero(both & (first.verdicts != second.verdicts)))
        if parted:
            found.append(SuggestedPair(one, other, parted, n))
    return sorted(found, key=lambda pair: -pair.share)[:SUGGESTED]


def order_likeness(
    asked: ComparisonPage, rows: list[BeforeAfter]
) -> tuple[Likeness, Interval | None]:
    """Kendall's tau between both boards, and its interval by drawing prompts."""
    assert asked.one is not None
    assert asked.other is not None
    shares = np.array(
        [[row.before.tally.share, row.after.tally.share if row.after else None] for row in rows],
        np.float64,
    ).reshape(-1, 2)
    found = likeness_of_shares(asked.one, asked.other, *shares.T)
    if found.tau is None:
        return found, None
    columns = [(row.before.model, row.before.recipe) for row in rows]
    return found, tau_interval(asked.one, asked.other, columns, asked.matrix, asked.question)


@require_safe
@readable
def compare(request: HttpRequest) -> HttpResponse:
    """Choose two definitions, and see where their verdicts part and why."""
    asked = comparison_from(request)
    here = reverse("compare")
    query = urlencode(asked.parameters)
    context: dict[str, Any] = {
        **form_context(request, asked.question, asked.filters),
        "asked": asked,
        "versions": asked.versions,
        "kept": {"a": asked.one, "b": asked.other},
        "here": here,
        "board_query": link("", asked.filters),
        "query": query,
        "query_and": f"{query}&" if query else "",
        "verdicts": VERDICT_ORDER,
        "files_query": f"?{query}" if query else "",
    }
    if asked.parting is None:
        context["suggestions"] = most_parted(counted(asked.versions), asked.matrix, asked.question)
    else:
        context |= parting_context(request, asked, asked.parting)
    return render(request, TEMPLATE, context)


def parting_context(
    request: HttpRequest, asked: ComparisonPage, parting: Parting
) -> dict[str, Any]:
    assert asked.one is not None
    assert asked.other is not None
    titles = asked.titles
    order = parting.most_divisive_first().tolist()
    page, rows = page_of(parting, order, request.GET.get("page"), titles)
    boards = board(asked.one, asked.other, asked.matrix, asked.question)
    statements = asked.one.statement, asked.other.statement
    orders, tau_interval_found = order_likeness(asked, boards)
    separating = parting.separating()
    return {
        "parting": parting,
        "logic": by_logic(asked.one, asked.other, asked.matrix, asked.question, titles),
        "flow": flow_of(parting),
        "flow_totals": flow_totals(parting),
        "page": page,
        "flips": rows,
        "most_divisive": rows[0]["output"] if rows and page.number == 1 else None,
        "criteria": [
            {"decided": item, "title": titles.get(item.key) or item.key}
            for item in decided_when_parted(parting)
        ],
        "boards": boards,
        "orders": orders,
        "tau_interval": tau_interval_found,
        "kappa_known": not isinstance(parting.kappa, str),
        "paths": {
            name: link(
                reverse("leaderboard-outputs", args=[version.definition.slug]), asked.filters
            )
            for name, version in (("one", asked.one), ("other", asked.other))
        },
        "prompts": named_prompts(separating[:PROMPTS]),
        "prompts_in_all": len(separating),
        "diff": words(*statements) if alike(*statements) else None,
        "first_name": asked.one.definition.name,
        "second_name": asked.other.definition.name,
    }


def decided_when_parted(parting: Parting) -> list[Decided]:
    """The criteria that explain the difference; none where criteria do not decide."""
    if not all(side.explained for side in parting.sides):
        return []
    return parting.decided_by()


def alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.split(), other.split()).ratio() >= ALIKE


def named_prompts(found: list[Separating]) -> list[dict[str, Any]]:
    """Prompts with their titles. One query."""
    prompts = Prompt.objects.defer("text").in_bulk([item.prompt for item in found])
    return [{"prompt": prompts[item.prompt], "found": item} for item in found]


def both_of(asked: ComparisonPage) -> tuple[Parting, DefinitionVersion, DefinitionVersion]:
    """The two that are compared.

    Raises:
        Http404: where the URL does not name two.
    """
    if asked.parting is None or asked.one is None or asked.other is None:
        raise Http404("Name two definitions, with “a” and “b”.")
    return asked.parting, asked.one, asked.other


def a_or_b(column: str) -> str:
    """The name of a column of two boards where the one does not come before the other."""
    return column.replace("before_", "a_").replace("after_", "b_")


def as_a_and_b(record: Mapping[str, Any]) -> dict[str, Any]:
    return {a_or_b(name): value for name, value in record.items()}


@readable
def compare_table(request: HttpRequest) -> Table | HttpResponse:
    """The outputs on which the two part, most divisive first, in JSON with all the page says.

    With `table=board` the CSV holds their boards.
    """
    of_boards = boards_asked(request)
    asked = comparison_from(request)
    parting, one, other = both_of(asked)
    name = f"compare-{one.definition.slug}-{other.definition.slug}"
    if of_boards:
        both = [
            as_a_and_b(record_of(row)) for row in board(one, other, asked.matrix, asked.question)
        ]
        return csv_response(both, tuple(map(a_or_b, BOARD_COLUMNS)), f"{name}-board.csv")
    rows = records(request, parting, parting.most_divisive_first().tolist(), asked.titles)
    return Table(name, COLUMNS, rows, lambda rows: {**compared(asked), "outputs": rows})


def compared(asked: ComparisonPage) -> dict[str, Any]:
    """All that the page says of the two."""
    parting, one, other = both_of(asked)
    boards = board(one, other, asked.matrix, asked.question)
    kappa, kappa_ends = parting.kappa, parting.kappa_interval
    orders, tau_ends = order_likeness(asked, boards)
    separating = parting.separating()
    prompts = Prompt.objects.defer("text").in_bulk([item.prompt for item in separating])
    return {
        "a": as_dict(one),
        "b": as_dict(other),
        **about(asked.question),
        "by_logic": as_json(by_logic(one, other, asked.matrix, asked.question, asked.titles)),
        "n": parting.n,
        "parted": parting.changed,
        "verdicts": flow_record(parting),
        "kappa": kappa if isinstance(kappa, float) else None,
        "kappa_undefined": kappa if isinstance(kappa, str) else None,
        "kappa_low": kappa_ends.low if kappa_ends else None,
        "kappa_high": kappa_ends.high if kappa_ends else None,
        "tau": orders.tau,
        "tau_undefined": orders.undefined or None,
        "tau_low": tau_ends.low if tau_ends else None,
        "tau_high": tau_ends.high if tau_ends else None,
        "board": [as_a_and_b(record_of(row)) for row in boards],
        "criteria": [
            {
                "key": item.key,
                "in_a": item.in_first,
                "in_b": item.in_second,
                "decisive_in_a": item.first,
                "decisive_in_b": item.second,
                "decisive_in_either": item.either,
                "of": item.of,
                "agreement": item.agreement,
            }
            for item in decided_when_parted(parting)
        ],
        "prompts": [
            {
                "prompt": prompts[item.prompt].slug,
                "parted": item.parted,
                "n": item.n,
                "low": item.interval.low,
                "high": item.interval.high,
            }
            for item in separating
        ],
    }
