"""A board's rows as flat records for CSV and JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.reliability import Reliability
from evaluations.leaderboards.boards.standings import Standing

COLUMNS = (
    "definition",
    "definition_version",
    "name",
    "model",
    "recipe",
    "outputs",
    "n",
    "met",
    "share",
    "low",
    "high",
    "reasoning",
    "partly",
    "not_reasoning",
    "undetermined",
    "bound_low",
    "bound_high",
    "coverage",
    "grade",
    "graded",
    "mean_tokens",
)


def as_record(version: DefinitionVersion, standing: Standing) -> dict[str, Any]:
    """A standing as one flat record, for CSV and JSON. Shares are 0 to 1, unknown is None."""
    tally, interval = standing.tally, standing.interval
    return {
        "definition": version.definition.slug,
        "definition_version": version.number,
        "name": version.definition.name,
        "model": standing.model.slug,
        "recipe": standing.recipe.slug,
        "outputs": tally.outputs,
        "n": tally.n,
        "met": tally.met,
        "share": tally.share,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "reasoning": standing.counts["reasoning"],
        "partly": standing.counts["partly"],
        "not_reasoning": standing.counts["not-reasoning"],
        "undetermined": standing.counts["undetermined"],
        "bound_low": tally.low,
        "bound_high": tally.high,
        "coverage": tally.coverage,
        "grade": standing.grade,
        "graded": standing.graded,
        "mean_tokens": standing.tokens,
    }


BOARD_COLUMNS = (
    *COLUMNS,
    "rank",
    "rank_high",
    "judgments",
    "undetermined_share",
    "partly_share",
    "right",
    "graded_by",
    "least_agreed",
    "alpha",
    "alpha_items",
    "alpha_values",
    "raw_agreement",
    "in_doubt",
)


def board_records(
    version: DefinitionVersion, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of a board as flat records, for CSV and JSON. Shares are 0 to 1, unknown is None."""
    return [board_record(version, row) for row in rows]


def board_record(version: DefinitionVersion, row: Mapping[str, Any]) -> dict[str, Any]:
    standing: Standing = row["standing"]
    agreement: Reliability | None = row["agreement"]
    return {
        **as_record(version, standing),
        "rank": row["rank"],
        "rank_high": row["rank_high"],
        "judgments": row["judgments"],
        "undetermined_share": standing.tally.undetermined_share,
        "partly_share": row["partly_share"],
        "right": row["right"],
        "graded_by": row["graded_by"],
        "least_agreed": agreement.key if agreement else "",
        "alpha": agreement.alpha if agreement else None,
        "alpha_items": agreement.items if agreement else None,
        "alpha_values": agreement.values if agreement else None,
        "raw_agreement": agreement.raw.share if agreement else None,
        "in_doubt": row["doubt"],
    }


def names_of(standing: Standing) -> dict[str, Any]:
    """Which model and recipe a record is about, and what they are called today."""
    return {
        "model_id": standing.model.pk,
        "model": standing.model.name,
        "recipe_id": standing.recipe.pk,
        "recipe": standing.recipe.name,
    }
