"""The charts above the tables of a board, with what they say as a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.common import charts
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.standings import Standing


def name_of(standing: Standing) -> str:
    """A row's name: the model, with its recipe where the row is about one."""
    recipe = f", {standing.recipe.name}" if standing.recipe.slug else ""
    return f"{standing.model.name}{recipe}"


def interval_chart(
    version: DefinitionVersion, rows: Sequence[Mapping[str, Any]]
) -> charts.IntervalChart:
    """The shares of the rows that were asked, in the order of the board."""
    groups: dict[int, list[charts.Bar]] = {}
    for row in rows:
        standing: Standing = row["standing"]
        share, interval = standing.tally.share, standing.interval
        assert share is not None
        assert interval is not None
        groups.setdefault(row["rank"], []).append(
            charts.Bar(
                label=name_of(standing),
                note=f"{100 * share:.0f}% ({100 * interval.low:.0f} to "
                f"{100 * interval.high:.0f}), n {standing.tally.n:,}",
                estimate=share,
                low=interval.low,
                high=interval.high,
                open=standing.tally.high if standing.tally.undetermined else None,
                faint=bool(row["doubt"]),
            )
        )
    return charts.interval_chart(
        name="shares",
        title=title_of(version, rows),
        description="Each row is a dot for the share of outputs that count as reasoning, with a "
        "line for its 95% interval, from 0 to 100%; the dashed line reaches to where the share "
        "would be if every undetermined output were met. A rule separates ranks. The numbers "
        "are in the table below.",
        groups=list(groups.values()),
    )


def title_of(version: DefinitionVersion, rows: Sequence[Mapping[str, Any]]) -> str:
    """What the board says, as a sentence."""
    name = version.definition.name
    top = [row["standing"] for row in rows if row["rank"] == 1]
    first: Standing = rows[0]["standing"]
    share = f"{100 * (first.tally.share or 0):.0f}%"
    if len(rows) == 1:
        return f"Under {name}, {share} of the judged outputs of {name_of(first)} are reasoning."
    if len(top) == len(rows):
        return f"Under {name}, none of the {len(rows)} rows can be told apart from the others."
    if len(top) == 1:
        return f"Under {name}, {name_of(first)} is on top with {share}."
    return f"Under {name}, {len(top)} of {len(rows)} rows share the top; no test tells them apart."
