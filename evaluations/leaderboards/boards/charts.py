"""The charts above the tables of a board, with what they say as a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.common import charts
from evaluations.leaderboards.boards.standings import Standing


@dataclass(frozen=True)
class Shown:
    """A row that was asked, as the chart takes it; shares from 0 to 1.

    `open` is the share if every undetermined output were met, None where there is none.
    """

    name: str
    rank: int
    share: float
    low: float
    high: float
    n: int
    open: float | None
    doubt: bool


def rows_shown(rows: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """The rows of `boards.board_rows` on which the rule was asked, in their order."""
    found = []
    for row in rows:
        standing: Standing = row["standing"]
        share, interval = standing.tally.share, standing.interval
        if share is None or interval is None:
            continue
        found.append(
            Shown(
                name=name_of(
                    standing.model.name, standing.recipe.name if standing.recipe.slug else ""
                ),
                rank=row["rank"],
                share=share,
                low=interval.low,
                high=interval.high,
                n=standing.tally.n,
                open=standing.tally.high if standing.tally.undetermined else None,
                doubt=bool(row["doubt"]),
            )
        )
    return found


def records_shown(
    records: Sequence[Mapping[str, Any]], names: Sequence[Mapping[str, Any]]
) -> list[Shown]:
    """The same from the records of a frozen board, and what its rows were called."""
    return [
        Shown(
            name=name_of(name["model"], name["recipe"] if record["recipe"] else ""),
            rank=record["rank"],
            share=record["share"],
            low=record["low"],
            high=record["high"],
            n=record["n"],
            open=record["bound_high"] if record["undetermined"] else None,
            doubt=bool(record.get("in_doubt")),
        )
        for record, name in zip(records, names, strict=True)
        if record["n"]
    ]


def name_of(model: str, recipe: str) -> str:
    """A row's name: the model, with its recipe where the row is about one."""
    return f"{model}, {recipe}" if recipe else model


def interval_chart(definition: str, rows: Sequence[Shown]) -> charts.IntervalChart:
    """The shares of the rows that were asked, in the order of the board."""
    groups: dict[int, list[charts.Bar]] = {}
    for row in rows:
        groups.setdefault(row.rank, []).append(
            charts.Bar(
                label=row.name,
                note=f"{100 * row.share:.0f}% ({100 * row.low:.0f} to {100 * row.high:.0f}), "
                f"n {row.n:,}",
                estimate=row.share,
                low=row.low,
                high=row.high,
                open=row.open,
                faint=row.doubt,
            )
        )
    return charts.interval_chart(
        name="shares",
        title=title_of(definition, rows),
        description="Each row is a dot for the share of outputs that count as reasoning, with a "
        "line for its 95% interval, from 0 to 100%; a hollow dot with a thin line is in doubt, "
        "and a dashed line reaches to where the share would be if every undetermined output were "
        "met. A rule separates ranks. The numbers are in the table below.",
        groups=list(groups.values()),
    )


def title_of(definition: str, rows: Sequence[Shown]) -> str:
    """What the board says, as a sentence."""
    top = [row for row in rows if row.rank == 1]
    first = rows[0]
    share = f"{100 * first.share:.0f}%"
    if len(rows) == 1:
        return f"Under {definition}, {share} of the judged outputs of {first.name} are reasoning."
    if len(top) == len(rows):
        return f"Under {definition}, none of the {len(rows)} rows can be told from the others."
    if len(top) == 1:
        return f"Under {definition}, {first.name} alone has rank 1, with {share}."
    return (
        f"Under {definition}, {len(top)} of {len(rows)} rows share the top; no test tells them "
        "apart."
    )
