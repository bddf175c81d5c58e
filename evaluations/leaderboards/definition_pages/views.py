"""Definitions: what they say, how their rule reads, and what came out."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluations.common.tables import Table
from evaluations.definitions.lookups import version_or_404
from evaluations.definitions.models import (
    AnsweredBy,
    CriterionVersion,
    DefinitionVersion,
    Proposal,
    State,
    as_dict,
)
from evaluations.definitions.moves import acts_as_owner
from evaluations.definitions.rule_editor import titles_of
from evaluations.judgments.models import Protocol
from evaluations.leaderboards.boards.criteria import direct_url, judge_url, lacks
from evaluations.leaderboards.boards.pages import version_in_force, yours
from evaluations.leaderboards.boards.questions import link
from evaluations.leaderboards.boards.reliability import FLOOR, LEAST_ITEMS, reliability_overall
from evaluations.leaderboards.boards.rows import board_rows
from evaluations.leaderboards.boards.standings import Question
from evaluations.leaderboards.comparisons.disagreement import Disagreement
from evaluations.leaderboards.definition_pages.cases import cases_under
from evaluations.leaderboards.definition_pages.criterion_agreement import agreement_on
from evaluations.leaderboards.definition_pages.criterion_views import answers_to, how_often
from evaluations.leaderboards.definition_pages.fidelity import Closer, fidelity_to, spoken_on
from evaluations.leaderboards.logic.by_logic import entailments_of
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.models import Snapshot
from evaluations.leaderboards.overview.overview import overview
from evaluations.rules import Node, describe, tree
from evaluations.runs.models import Output

FORKS = 25
"""How many forks of a definition its page names."""
DEFINITION_COLUMNS = (
    "slug", "name", "version", "kind", "curated", "forked_from", "author", "year", "source", "link",
    "verification", *DefinitionVersion.WRITTEN, "written_by", "published_at",
)  # fmt: skip


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
    """Every curated definition, in the catalogue's order, with how much was judged under it."""
    held = current_matrix()
    found = overview(held)
    entries = []
    for row in sorted(found.rows, key=lambda row: row.version.definition.position):
        tallies = [cell.standing.tally for cell in row.cells]
        entries.append(
            {
                "version": row.version,
                "definition": row.version.definition,
                "n": sum(tally.n for tally in tallies),
                "met": sum(tally.met for tally in tallies),
                "open_keys": row.open_keys,
            }
        )
    groups = [
        ("Settled by judging", [entry for entry in entries if not entry["open_keys"]]),
        ("Also need findings", [entry for entry in entries if entry["open_keys"]]),
    ]
    former = DefinitionVersion.objects.in_force().filter(state__in=[State.RETIRED, State.MERGED])
    context = {
        "groups": groups,
        "all": entries,
        "others": DefinitionVersion.objects.others().count(),
        "former": former.select_related("definition__merged_into"),
        "waiting": Proposal.objects.waiting_for(request.user).count()
        if request.user.is_authenticated
        else 0,
    }
    return render(request, "leaderboards/definitions.html", context)


def definitions_table(request: HttpRequest) -> Table:
    versions = DefinitionVersion.objects.published().select_related("forked_from__definition")
    found = [as_dict(version) for version in versions]
    rows = [{**row, "rule": json.dumps(row["rule"])} for row in found]
    return Table("definitions", DEFINITION_COLUMNS, rows, lambda _: {"definitions": found})


@require_safe
def definition(request: HttpRequest, slug: str) -> HttpResponse:
    """A definition's page: statement, rule, what counts under it, where to judge."""
    return definition_page(request, version_in_force(slug), current=True)


@require_safe
def definition_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The permalink of one version."""
    version = version_or_404(slug, str(number))
    return definition_page(request, version, current=version.is_current)


def definition_page(
    request: HttpRequest, version: DefinitionVersion, *, current: bool
) -> HttpResponse:
    held = current_matrix()
    wordings = version.wordings
    titles = titles_of(wordings.values())
    fields = {} if current else {"version": str(version.number)}
    rows = board_rows(version, held, Question(), yours(request), fields=fields)
    definition = version.definition
    slug = definition.slug
    versions = list(
        definition.versions.exclude(state="draft").select_related("author").order_by("-number")
    )
    authors = authors_of(version, versions)
    context = {
        "version": version,
        "definition": definition,
        "current": current,
        "versions": versions,
        "authors": authors,
        "origin": version.origin,
        "shown_author": version.origin.author or ", ".join(authors),
        "related": definition.related.in_catalogue_order(),
        "rule_words": describe(version.rule, titles),
        "rule_tree": as_tree(tree(version.rule, titles=titles)),
        "cases": cases_under(version.rule, version.absence_policy, list(wordings.values())),
        "criteria": [
            {"wording": wordings[key], "answers": answers_to(held, wordings[key])}
            for key in version.keys
            if key in wordings
        ],
        "rows": rows,
        "any_asked": any(row["standing"].tally.n for row in rows),
        "any_doubt": any(row["doubt"] for row in rows[:5]),
        "any_yours": any(row["yours"] for row in rows),
        "lacks": lacks(version, held),
        "reliabilities": [
            (each, agreement_on(held, each.wording))
            for each in reliability_overall(version, held, Question())
            if each.items and each.wording is not None
        ],
        "floor": FLOOR,
        "least_items": LEAST_ITEMS,
        "judge_url": judge_url(version),
        "direct_url": direct_url(version),
        "leaderboard_path": f"/leaderboards/{definition.slug}",
        "board_query": "" if current else f"?version={version.number}",
        "direct": direct_counts(version, held),
        "fidelity": fidelity_of(version, held),
        "forks": DefinitionVersion.objects.published()
        .filter(forked_from__definition=definition)
        .select_related("definition")[:FORKS],
        "open_proposals": definition.proposals.filter(state="open").count(),
        "owns": acts_as_owner(definition, request.user),
        "divisive": most_divided(version, held),
        "protocols": Protocol.objects.public()
        .open()
        .filter(
            versions__is_current=True,
            versions__protocoldefinition__definition_version__definition=definition,
        )
        .exclude(access="invited")
        .distinct(),
        "by_logic": [
            {
                "way": each.way,
                "other": each.other,
                "record": each.record,
                "url": each.url_from(version),
            }
            for each in (entailments_of(version, held) if current else ())
        ],
        "snapshots": Snapshot.objects.of_definition(definition.slug).count(),
        "address": request.build_absolute_uri(version.get_absolute_url()),
        "card": request.build_absolute_uri(link(reverse("definition-card", args=[slug]), fields)),
        "today": timezone.now(),
    }
    return render(request, "leaderboards/definition.html", context)


def authors_of(version: DefinitionVersion, versions: Sequence[DefinitionVersion]) -> list[str]:
    """Who wrote this version and those before it here, the first author first."""
    names = [
        each.author.shown_name
        for each in reversed(versions)
        if each.author is not None and each.number <= version.number
    ]
    return list(dict.fromkeys(names))


def most_divided(version: DefinitionVersion, held: Matrix, limit: int = 3) -> list[dict[str, Any]]:
    """The outputs on which judges part most about this rule's criteria. Makes one query."""
    split = Disagreement([version], held, Question())
    places = split.by_facts[:limit]
    outputs = Output.objects.for_reading().in_bulk(held.output[places].tolist())
    return [
        {"output": outputs[pk], "parts": parts}
        for pk, parts in zip(held.output[places].tolist(), split.parts(places), strict=True)
    ]


def fidelity_of(version: DefinitionVersion, held: Matrix) -> list[dict[str, Any]]:
    """The rule beside the wording and beside the bare word, each with what would bring it closer.

    A road on which nobody was heard is left out. Makes no query until an answer changes.
    """
    return held.figures.once(("fidelity", version.pk), lambda: worked_out(version, held))


def worked_out(version: DefinitionVersion, held: Matrix) -> list[dict[str, Any]]:
    """The same, worked out anew: some sixty rules are tried."""
    spoken = spoken_on(held)
    by_judges = CriterionVersion.objects.offered().filter(criterion__answered_by=AnsweredBy.JUDGE)
    others = list(by_judges)
    found = []
    for holistic in (False, True):
        fidelity = fidelity_to(version, spoken, holistic=holistic)
        if fidelity is not None:
            changes = Closer(version, spoken, holistic).changes(others)
            found.append(
                {
                    "holistic": holistic,
                    "fidelity": fidelity,
                    "changes": [(change, what_if_url(version, change.rule)) for change in changes],
                }
            )
    return found


def what_if_url(version: DefinitionVersion, rule: Any) -> str:
    """The page that says what another rule would change."""
    query = urlencode({"rule": json.dumps(rule, separators=(",", ":"))})
    return f"{version.definition.get_absolute_url()}what-if/?{query}"


def direct_counts(version: DefinitionVersion, held: Matrix) -> list[tuple[str, int]]:
    """How those whom boards count classified outputs directly against this wording."""
    rows = held.direct.get(version.pk)
    counts = how_often(rows.counted(Selection())) if rows is not None else {}
    return list(counts.items()) if any(counts.values()) else []
