"""How close each rule is to what people say: the page of all definitions, as CSV and as JSON."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.tables import Table
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.review.fidelity import Fidelity
from evaluations.leaderboards.boards.criteria import direct_url
from evaluations.leaderboards.definition_pages.fidelity import fidelity_to, said_beside, spoken_on
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.matrix.definitions import curated_versions
from evaluations.leaderboards.snapshots.hash import pseudonym, site_salt

ROADS = {"direct": "classified by the wording", "holistic": "“I would call this reasoning”"}
COLUMNS = (
    "definition", "definition_version", "name", "road", "pairs", "settled", "equal", "share", "low",
    "high", "undetermined", "cannot_tell",
)  # fmt: skip


SAID = ("definition", "definition_version", "road", "output", "judge", "said", "computed")


def both_roads() -> list[dict[str, Any]]:
    """Each curated definition with its fidelity on either road, None where nobody did both."""
    spoken = spoken_on(current_matrix())
    return [
        {
            "version": version,
            "direct": fidelity_to(version, spoken, holistic=False),
            "holistic": fidelity_to(version, spoken, holistic=True),
        }
        for version in curated_versions()
    ]


def as_record(version: DefinitionVersion, found: Fidelity) -> dict[str, Any]:
    """One definition and road as a flat record. Shares are 0 to 1, unknown is None."""
    equal = sum(found.table[place][place] for place in range(len(found.table) - 1))
    return {
        "definition": version.definition.slug,
        "definition_version": version.number,
        "name": version.definition.name,
        "road": "holistic" if found.holistic else "direct",
        "pairs": found.pairs,
        "settled": found.settled,
        "equal": equal,
        "share": found.share.estimate if found.share else None,
        "low": found.share.low if found.share else None,
        "high": found.share.high if found.share else None,
        "undetermined": found.undetermined,
        "cannot_tell": found.cannot_tell,
    }


def fidelity_table(request: HttpRequest) -> Table:
    rows = [
        as_record(row["version"], row[road])
        for row in both_roads()
        for road in ROADS
        if row[road] is not None
    ]
    return Table("fidelity", COLUMNS, rows, lambda rows: {"rows": rows})


def said_records() -> Iterator[dict[str, Any]]:
    """Every judgment that the page counts, its judge named as in the answers behind a board."""
    spoken = spoken_on(current_matrix())
    salt = site_salt()
    names = {judge: pseudonym(salt, judge) for judge in set(spoken.judges.tolist())}
    for version in curated_versions():
        for road in ROADS:
            pairs = said_beside(version, spoken, holistic=road == "holistic")
            for judge, output, said, computed in pairs:
                yield {
                    "definition": version.definition.slug,
                    "definition_version": version.number,
                    "road": road,
                    "output": output,
                    "judge": names[judge],
                    "said": said,
                    "computed": computed,
                }


def said_table(request: HttpRequest) -> Table:
    return Table("fidelity-judgments", SAID, said_records(), lambda rows: {"rows": rows})


@require_safe
def fidelity_page(request: HttpRequest) -> HttpResponse:
    """All definitions: the rule beside the wording, and beside the bare word."""
    rows = both_roads()
    heard = [row for row in rows if row["direct"] or row["holistic"]]
    context = {
        "rows": sorted(heard, key=closeness),
        "judge_direct": direct_url(rows[0]["version"]) if rows else reverse("judge-next"),
        "silent": [row["version"] for row in rows if not (row["direct"] or row["holistic"])],
    }
    return render(request, "leaderboards/fidelity.html", context)


def closeness(row: dict[str, Any]) -> tuple[float, float]:
    """Sorts the definition whose rule is closest to the bare word first, then to its wording."""

    def share(found: Fidelity | None) -> float:
        return found.share.estimate if found is not None and found.share is not None else -1.0

    return -share(row["holistic"]), -share(row["direct"])
