"""The charts above the tables of a board, with what they say as a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.common import charts

Records = Sequence[Mapping[str, Any]]

MOST_NAMES = 80
"""Letters up to which those who share the top are named."""


def interval_chart(
    definition: str, records: Records, names: Records
) -> charts.IntervalChart | None:
    """The shares of the rows that were asked, in the order of the board; None without any.

    Args:
        records: the rows of a board, as `board_records` gives them or as a snapshot keeps them.
        names: what the model and the recipe of each are called.
    """
    rows = [
        # A row of all recipes is called by its model alone.
        {**row, "called": f"{name['model']}, {name['recipe']}" if row["recipe"] else name["model"]}
        for row, name in zip(records, names, strict=True)
        if row["n"]
    ]
    if not rows:
        return None
    groups: dict[int, list[charts.Bar]] = {}
    for row in rows:
        groups.setdefault(row["rank"], []).append(
            charts.Bar(
                label=row["called"],
                note=f"{100 * row['share']:.0f}% ({100 * row['low']:.0f} to "
                f"{100 * row['high']:.0f}), n {row['n']:,}",
                estimate=row["share"],
                low=row["low"],
                high=row["high"],
                open=row["bound_high"] if row["undetermined"] else None,
                faint=bool(row.get("in_doubt")),
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


def title_of(definition: str, rows: Records) -> str:
    """What the board says of models, as a sentence. What people wrote has no rank, and no part."""
    rows = [row for row in rows if row["rank"] is not None]
    if not rows:
        return f"Under {definition}, no output of a model is judged yet."
    top = [row for row in rows if row["rank"] == 1]
    first, share = rows[0]["called"], f"{100 * rows[0]['share']:.0f}%"
    if len(rows) == 1:
        return f"Under {definition}, {share} of the judged outputs of {first} are reasoning."
    if len(top) == len(rows):
        return f"Under {definition}, none of the {len(rows)} rows can be told from the others."
    if len(top) == 1:
        lead = "leads" if rows[0].get("rank_high", 1) == 1 else "alone may lead"
        return f"Under {definition}, {first} {lead}, with {share}."
    names = " and ".join(row["called"] for row in top)
    who = names if len(names) <= MOST_NAMES else f"{len(top)} rows"
    return f"Under {definition}, {who} share the top of {len(rows)} rows; no test tells them apart."


def why_of(rows: Records) -> str:
    """How sure it is that the first row leads, and why; empty where no test tells that it does.

    A range of ranks ends above the rows that a test puts below: see `boards/ranks.py`.
    """
    asked = [row for row in rows if row["n"] and row["rank"] is not None]
    if len(asked) < 2 or sum(row["rank"] == 1 for row in asked) != 1:
        return ""
    first = asked[0]
    others = len(asked) - 1
    below = len(asked) - first["rank_high"]
    interval = f"95% interval {100 * first['low']:.0f} to {100 * first['high']:.0f}%"
    put = f"each of the {others} other rows" if others > 1 else "the other row"
    if below < others:
        put = f"{below} of the {others} other rows, and tell nothing of the rest"
    doubt = f" The share is in doubt, though: {first['in_doubt']}." if first.get("in_doubt") else ""
    return (
        f"That is its share of {first['n']:,} judged outputs ({interval}). Paired tests on prompts "
        f"that both rows answered, corrected for their number, put it above {put}.{doubt}"
    )
