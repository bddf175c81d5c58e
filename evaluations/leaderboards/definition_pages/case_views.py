"""The worked cases: short replies made by hand, and what every curated definition says of them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.tables import Table
from evaluations.definitions.models import AnsweredBy, DefinitionVersion
from evaluations.leaderboards.definition_pages.cases import (
    CaseUnder,
    all_cases,
    cases_to_read,
    counts_of,
    under_all,
)
from evaluations.leaderboards.matrix.definitions import curated_versions

COLUMNS = ("case", "name", "definition", "version", "verdict", "why", "url")


def curated_on_cases() -> dict[str, CaseUnder]:
    """Every case under every curated definition. Makes three queries."""
    return under_all(curated_versions())


def open_case(key: str | None) -> dict[str, Any]:
    """The cases to read with the one that is open, for `leaderboards/case_open.html`.

    A key that names none of them opens the one on which most definitions stand on the smaller
    side, of those that say reasoning and those that say not by what anybody can read in it.
    """
    found = curated_on_cases()
    listed = [found[case.key] for case in cases_to_read()]
    keys = [each.case.key for each in listed]
    here = (
        keys.index(key) if key in keys else max(range(len(listed)), key=lambda n: split(listed[n]))
    )
    return {
        "cases": listed,
        "case": listed[here],
        "number": here + 1,
        "next_case": listed[(here + 1) % len(listed)].case,
    }


def split(found: CaseUnder) -> int:
    """How many definitions are on the smaller side of a case, by rules that ask no finding."""
    read = counts_of([said for said in found.said if read_by_judges(said.version)])
    return min(read["reasoning"], read["not-reasoning"])


def read_by_judges(version: DefinitionVersion) -> bool:
    wordings = version.wordings.values()
    return all(wording.criterion.answered_by == AnsweredBy.JUDGE for wording in wordings)


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """All cases: those to read as cards, then a mark for each definition on each of these."""
    found = curated_on_cases()
    listed = [found[case.key] for case in cases_to_read()]
    context = {
        "cases": listed,
        "rows": list(zip(*(each.said for each in listed), strict=True)),
        "others": [each for each in found.values() if not each.case.reply],
        "address": request.build_absolute_uri(reverse("cases")),
        "card": request.build_absolute_uri(reverse("case-card", args=[listed[0].case.key])),
    }
    return render(request, "leaderboards/cases.html", context)


def case_or_404(case_key: str) -> CaseUnder:
    """A case under every curated definition."""
    if case_key not in all_cases():
        raise Http404(f"There is no worked case “{case_key}”.")
    return curated_on_cases()[case_key]


@require_safe
def case(request: HttpRequest, case_key: str) -> HttpResponse:
    """One case, and why each definition says what it says of it."""
    found_here = case_or_404(case_key)
    keys = list(all_cases())
    here = keys.index(case_key)
    context = {
        "found": found_here,
        "case": found_here.case,
        "address": request.build_absolute_uri(found_here.case.get_absolute_url()),
        "embed": request.build_absolute_uri(reverse("case-embed", args=[case_key])),
        "card": request.build_absolute_uri(reverse("case-card", args=[case_key])),
        "previous_case": all_cases()[keys[here - 1]] if here else None,
        "next_case": all_cases()[keys[here + 1]] if here + 1 < len(keys) else None,
    }
    return render(request, "leaderboards/case.html", context)


def cases_table(request: HttpRequest) -> Table:
    """A row for each case and definition."""
    rows = [
        {
            "case": each.case.key,
            "name": each.case.name,
            "definition": said.version.definition.slug,
            "version": said.version.number,
            "verdict": said.verdict,
            "why": said.explanation.sentence,
            "url": request.build_absolute_uri(said.href),
        }
        for each in curated_on_cases().values()
        for said in each.said
    ]
    return Table("cases", COLUMNS, rows, lambda rows: {"made_by_hand": True, "rows": rows})
