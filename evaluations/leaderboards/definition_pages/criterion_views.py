"""Criteria: their wordings, how they were answered, and which definitions use them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.lookups import found_or_404
from evaluations.common.tables import Table
from evaluations.definitions.actions import WORDING
from evaluations.definitions.models import (
    AnsweredBy,
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
)
from evaluations.judgments.models import Value
from evaluations.leaderboards.definition_pages.criterion_agreement import agreement_on
from evaluations.leaderboards.matrix.answers import Answers, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.rules import CODES


def answers_to(held: Matrix, wording: CriterionVersion) -> dict[str, Any]:
    """How counted judges answered a criterion: counts by value, outputs and judges."""
    column = (wording.criterion.key, wording.meaning)
    given = [rows.counted(Selection()) for rows in held.answers_to(column)]
    counts = sum((Counter(how_often(rows)) for rows in given), Counter[str]())
    return {
        "total": counts.total(),
        "judges": len(np.unique(np.concatenate([rows.judge for rows in given]))) if given else 0,
        "parts": [(value, counts[value]) for value in Value.values],
    }


def how_often(rows: Answers) -> dict[str, int]:
    """How often each value was given, in the order of the answers."""
    return {value: int((rows.value == CODES[value]).sum()) for value in Value.values}


@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    """Every criterion with its wording, and the definitions that use it."""
    users = used_by()
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for wording in CriterionVersion.objects.current():
        groups[wording.criterion.get_level_display()].append(
            {"wording": wording, "used_by": users[wording.criterion.key]}
        )
    return render(request, "leaderboards/criteria.html", {"groups": dict(groups)})


def used_by() -> dict[str, list[Definition]]:
    """Criterion key to the curated definitions whose rule in force uses it."""
    users: dict[str, list[Definition]] = defaultdict(list)
    for version in DefinitionVersion.objects.curated():
        for key in version.keys:
            users[key].append(version.definition)
    return users


CRITERION_COLUMNS = (
    "key", "version", "meaning", "level", "answered_by", "process", *WORDING, "successors",
    "used_by",
)  # fmt: skip


def criterion_record(
    wording: CriterionVersion, users: Mapping[str, list[Definition]]
) -> dict[str, Any]:
    """A wording with the definitions that use its criterion, as one record."""
    criterion = wording.criterion
    return {
        "key": criterion.key,
        "version": wording.number,
        "meaning": wording.meaning,
        "level": criterion.level,
        "answered_by": criterion.answered_by,
        "process": criterion.process,
        **{name: getattr(wording, name) for name in WORDING},
        "successors": criterion.successors,
        "used_by": [definition.slug for definition in users.get(criterion.key, [])],
    }


def criteria_table(request: HttpRequest) -> Table:
    """The current wording of every criterion with the definitions that use it. Two queries."""
    users = used_by()
    found = [criterion_record(wording, users) for wording in CriterionVersion.objects.current()]
    lists = ("successors", "used_by")
    rows = [row | {name: " ".join(row[name]) for name in lists} for row in found]
    return Table("criteria", CRITERION_COLUMNS, rows, lambda _: {"criteria": found})


@require_safe
def criterion(request: HttpRequest, key: str) -> HttpResponse:
    """One criterion: its wording and guidance, how it was answered, who uses it."""
    wordings = CriterionVersion.objects.current()
    wording = found_or_404(wordings, f"There is no criterion “{key}”.", criterion__key=key)
    context = {
        "wording": wording,
        "criterion": wording.criterion,
        "versions": Criterion.objects.get(key=key).versions.order_by("-number"),
        "answers": answers_to(current_matrix(), wording),
        "agreement": agreement_on(current_matrix(), wording),
        "used_by": used_by()[key],
        "judged": wording.criterion.answered_by == AnsweredBy.JUDGE
        and not wording.criterion.successors,
        "judge_url": f"{reverse('judge-next')}?criteria={key}",
    }
    return render(request, "leaderboards/criterion.html", context)
