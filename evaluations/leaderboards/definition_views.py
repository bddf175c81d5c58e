"""Definitions and criteria: what they say, how their rule reads, and what came out."""

import json
from collections import Counter, defaultdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.tables import csv_response, json_response
from evaluations.definitions.models import (
    AnsweredBy,
    Criterion,
    CriterionVersion,
    Definition,
    DefinitionVersion,
    as_dict,
)
from evaluations.judgments.models import Answer, Value
from evaluations.leaderboards import matrix as judgments
from evaluations.leaderboards.matrix import Matrix, Selection
from evaluations.leaderboards.overview import overview
from evaluations.leaderboards.presentation import direct_url, judge_url
from evaluations.leaderboards.rule_criteria import agreements, lacks
from evaluations.leaderboards.standings import Question, rule_on_outputs
from evaluations.leaderboards.views import board_rows, version_in_force, yours
from evaluations.rules import CODES, Node, describe, tree

DEFINITION_COLUMNS = (
    "slug",
    "name",
    "version",
    "kind",
    "author",
    "year",
    "source",
    "link",
    "verification",
    "statement",
    "rule",
    "reading",
    "absence_policy",
    "partly_policy",
)


def titles_of(version: DefinitionVersion) -> dict[str, str]:
    """Criterion key to its short title; reads the prefetched pins."""
    return {w.criterion.key: w.title for w in version.criterion_versions.all()}


def as_tree(node: Node) -> dict[str, Any]:
    """A rule's node as `ui/rule_tree.html` takes it, each criterion linked to its page."""
    return {
        "kind": node.kind,
        "label": node.label,
        "value": node.value,
        "href": reverse("criterion", args=[node.key]) if node.key else "",
        "children": [as_tree(child) for child in node.children],
    }


@require_safe
def definitions(request: HttpRequest) -> HttpResponse:
    """Every definition, in the catalogue's order, with how much was judged under it."""
    held = judgments.current()
    found = overview(held)
    entries = []
    for row in found.rows:
        tallies = [cell.standing.tally for cell in row.cells]
        entries.append(
            {
                "version": row.version,
                "definition": row.version.definition,
                "n": sum(tally.n for tally in tallies),
                "met": sum(tally.met for tally in tallies),
                "counts": sum_counts(row.cells),
                "open_keys": row.open_keys,
            }
        )
    entries.sort(key=lambda entry: entry["definition"].position)
    groups = [
        ("Settled by judging", [entry for entry in entries if not entry["open_keys"]]),
        ("Also need findings", [entry for entry in entries if entry["open_keys"]]),
    ]
    return render(request, "leaderboards/definitions.html", {"groups": groups, "all": entries})


def sum_counts(cells: Any) -> dict[str, int]:
    """Verdicts over all models and recipes."""
    total: Counter[str] = Counter()
    for cell in cells:
        total.update(cell.standing.counts)
    return dict(total)


@require_safe
def definitions_csv(request: HttpRequest) -> HttpResponse:
    rows = [
        {**as_dict(version), "rule": json.dumps(version.rule)}
        for version in DefinitionVersion.objects.published()
    ]
    return csv_response(rows, DEFINITION_COLUMNS, "definitions.csv")


@require_safe
def definitions_json(request: HttpRequest) -> HttpResponse:
    rows = [as_dict(version) for version in DefinitionVersion.objects.published()]
    return json_response({"definitions": rows})


@require_safe
def definition(request: HttpRequest, slug: str) -> HttpResponse:
    """A definition's page: statement, rule, what counts under it, where to judge."""
    return definition_page(request, version_in_force(slug), current=True)


@require_safe
def definition_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The permalink of one version."""
    version = (
        DefinitionVersion.objects.exclude(state="draft")
        .select_related("definition")
        .with_pins()
        .filter(definition__slug=slug, number=number)
        .first()
    )
    if version is None:
        raise Http404(f"There is no version {number} of a definition “{slug}”.")
    return definition_page(request, version, current=version.is_current)


def definition_page(
    request: HttpRequest, version: DefinitionVersion, *, current: bool
) -> HttpResponse:
    held = judgments.current()
    titles = titles_of(version)
    wordings = {w.criterion.key: w for w in version.criterion_versions.all()}
    rows = board_rows(version, held, Question(), yours(request))
    context = {
        "version": version,
        "definition": version.definition,
        "current": current,
        "versions": version.definition.versions.exclude(state="draft").order_by("-number"),
        "related": version.definition.related.in_catalogue_order(),
        "rule_words": describe(version.rule, titles),
        "rule_tree": as_tree(tree(version.rule, titles=titles)),
        "criteria": [
            {"wording": wordings[key], "answers": answers_to(held, wordings[key])}
            for key in version.keys
            if key in wordings
        ],
        "rows": rows,
        "any_asked": any(row["standing"].tally.n for row in rows),
        "any_yours": any(row["yours"] for row in rows),
        "lacks": lacks(version, held),
        "agreements": agreements(version, held),
        "judge_url": judge_url(version),
        "direct_url": direct_url(version),
        "leaderboard_path": f"/leaderboards/{version.definition.slug}",
        "direct": direct_counts(version),
        "fidelity": fidelity(version, held),
    }
    return render(request, "leaderboards/definition.html", context)


def answers_to(held: Matrix, wording: CriterionVersion) -> dict[str, Any]:
    """How counted judges answered a criterion: counts by value, outputs and judges."""
    column = (wording.criterion.key, wording.meaning)
    counts: Counter[str] = Counter()
    judges: set[int] = set()
    values = {code: value for value, code in CODES.items()}
    for rows in held.answers_to(column):
        mask = rows.mask(Selection())
        counts.update(values[code] for code in rows.value[mask].tolist())
        judges.update(rows.judge[mask].tolist())
    return {
        "total": sum(counts.values()),
        "judges": len(judges),
        "parts": [(value, counts[value]) for value in Value.values],
    }


def direct_counts(version: DefinitionVersion) -> list[tuple[str, int]]:
    """How signed-in people classified outputs directly against this wording."""
    given = (
        Answer.objects.current()
        .direct()
        .filter(definition_version=version, judge__kind="person", judgment__blind=True)
    )
    counts = Counter(given.values_list("value", flat=True))
    return [(value, counts[value]) for value in Value.values] if counts else []


def fidelity(version: DefinitionVersion, held: Matrix) -> tuple[int, int] | None:
    """On how many outputs the computed verdict equals the direct one: (equal, both known)."""
    computed = rule_on_outputs(version, held)
    direct = rule_on_outputs(version, held, Question(road="direct"))
    both = (
        computed.asked
        & direct.asked
        & (computed.verdicts != CODES["cannot-tell"])
        & (direct.verdicts != CODES["cannot-tell"])
    )
    if not both.any():
        return None
    return int((computed.verdicts[both] == direct.verdicts[both]).sum()), int(both.sum())


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
    """Criterion key to the definitions whose rule in force uses it."""
    users: dict[str, list[Definition]] = defaultdict(list)
    for version in DefinitionVersion.objects.published():
        for key in version.keys:
            users[key].append(version.definition)
    return users


CRITERION_COLUMNS = (
    "key",
    "version",
    "meaning",
    "level",
    "answered_by",
    "process",
    "title",
    "question",
    "guidance",
    "positive_example",
    "positive_why",
    "negative_example",
    "negative_why",
    "used_by",
)


def criterion_records() -> list[dict[str, Any]]:
    """The current wording of every criterion with the definitions that use it. Two queries."""
    users = used_by()
    return [
        {
            "key": wording.criterion.key,
            "version": wording.number,
            "meaning": wording.meaning,
            "level": wording.criterion.level,
            "answered_by": wording.criterion.answered_by,
            "process": wording.criterion.process,
            "title": wording.title,
            "question": wording.question,
            "guidance": wording.guidance,
            "positive_example": wording.positive_example,
            "positive_why": wording.positive_why,
            "negative_example": wording.negative_example,
            "negative_why": wording.negative_why,
            "used_by": [definition.slug for definition in users[wording.criterion.key]],
        }
        for wording in CriterionVersion.objects.current()
    ]


@require_safe
def criteria_csv(request: HttpRequest) -> HttpResponse:
    rows = [{**row, "used_by": " ".join(row["used_by"])} for row in criterion_records()]
    return csv_response(rows, CRITERION_COLUMNS, "criteria.csv")


@require_safe
def criteria_json(request: HttpRequest) -> HttpResponse:
    return json_response({"criteria": criterion_records()})


@require_safe
def criterion(request: HttpRequest, key: str) -> HttpResponse:
    """One criterion: its wording and guidance, how it was answered, who uses it."""
    wording = CriterionVersion.objects.current().filter(criterion__key=key).first()
    if wording is None:
        raise Http404(f"There is no criterion “{key}”.")
    context = {
        "wording": wording,
        "criterion": wording.criterion,
        "versions": Criterion.objects.get(key=key).versions.order_by("-number"),
        "answers": answers_to(judgments.current(), wording),
        "used_by": used_by()[key],
        "judged": wording.criterion.answered_by == AnsweredBy.JUDGE,
        "judge_url": f"{reverse('judge-next')}?criteria={key}",
    }
    return render(request, "leaderboards/criterion.html", context)
