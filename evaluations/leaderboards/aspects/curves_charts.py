"""The charts of compute curves, with what they say as a sentence."""

from collections.abc import Callable, Sequence

from evaluations.common import charts
from evaluations.leaderboards.aspects.curves import AtK, CurvePoint, Curves
from evaluations.leaderboards.boards.names import BoardRow
from evaluations.measures.intervals import Interval

MOST_LINES = 8
"""More lines than this cannot be told apart; a chart draws the highest, the table has all."""

Rows = Sequence[tuple[BoardRow, Curves]]


def per_cent(share: float) -> str:
    return f"{100 * share:.0f}%"


def against_tokens(
    rows: Rows, *, name: str, title: str, what: str, point: Callable[[Curves], CurvePoint]
) -> charts.LineChart | None:
    """A line a model through its recipes; None where no point has both tokens and share."""
    found: dict[int, tuple[str, list[tuple[charts.Point, str]]]] = {}
    for row, curves in rows:
        at = point(curves)
        if at.tokens is None or at.share is None:
            continue
        drawn = charts.Point(at.tokens, at.share.estimate, at.share.low, at.share.high)
        found.setdefault(row.model.pk, (row.model.name, []))[1].append((drawn, row.recipe.name))
    if not found:
        return None
    lines = []
    for model, points in found.values():
        points.sort(key=lambda item: item[0].x)
        recipes = " → ".join(recipe for _, recipe in points)
        lines.append(charts.Line(f"{model}: {recipes}", [at for at, _ in points]))
    drawn_lines = highest(lines)
    return charts.line_chart(
        name=name,
        title=title,
        description=f"{what}, with a band or a line for the 95% interval, over the mean tokens of "
        "these outputs. A numbered line joins the recipes of one model."
        f"{left_out(lines, drawn_lines)} The numbers are in the table below.",
        x_label="tokens an output",
        lines=drawn_lines,
    )


def against_k(
    rows: Rows, *, name: str, title: str, what: str, measure: Callable[[AtK], Interval | None]
) -> charts.LineChart | None:
    """A line a row over k; None where nothing is graded, or only one k is known."""
    lines = []
    for row, curves in rows:
        points = [
            charts.Point(at.k, value.estimate, value.low, value.high)
            for at in curves.samples.at
            if (value := measure(at)) is not None
        ]
        if points:
            lines.append(charts.Line(row.name, points))
    drawn = highest(lines)
    ks = sorted({point.x for line in drawn for point in line.points})
    if len(ks) < 2:
        return None
    return charts.line_chart(
        name=name,
        title=title,
        description=f"{what}, with bands for the 95% intervals, over k. A numbered line joins "
        f"the numbers of one row.{left_out(lines, drawn)} The numbers are in the table below.",
        x_label="k samples of a prompt",
        lines=drawn,
        x_values=ks if ks[-1] > charts.TIMES * ks[0] else thinned(ks),
    )


def highest(lines: Sequence[charts.Line]) -> list[charts.Line]:
    """The lines that reach highest, in the order given."""
    order = sorted(
        range(len(lines)), key=lambda place: -max(point.y for point in lines[place].points)
    )
    return [lines[place] for place in sorted(order[:MOST_LINES])]


def left_out(lines: Sequence[charts.Line], drawn: Sequence[charts.Line]) -> str:
    """What a chart does not draw, as a sentence with a space before it; empty where it is all."""
    if len(drawn) == len(lines):
        return ""
    return f" Only the {len(drawn)} of {len(lines)} lines that reach highest are drawn."


def thinned(ks: Sequence[float]) -> list[float]:
    """The values of k that are written at the axis: the ends, and others with room between."""
    room = (ks[-1] - ks[0]) / 10
    kept = [ks[0]]
    for k in ks[1:]:
        if k - kept[-1] >= room:
            kept.append(k)
    if kept[-1] != ks[-1]:
        kept[-1:] = [ks[-1]] if len(kept) > 1 else [kept[0], ks[-1]]
    return kept


def share_title(rows: Rows, definition: str, *, told: bool) -> str:
    """Which row has the highest share, and with how many tokens, if tests tell any rows apart."""
    if (found := best_of(rows, lambda row: row.verdicts)) is None:
        return f"No output with a known number of tokens was judged under {definition} yet."
    if not told:
        return f"Shares under {definition} against tokens: tests tell no row from another yet."
    share, tokens, name, equal = found
    if equal > 1:
        return f"Under {definition}, {equal} rows have the same highest share: {share}."
    return (
        f"Under {definition}, {name} has the highest share: {share}, "
        f"with {tokens} tokens an output."
    )


def best_of(rows: Rows, point: Callable[[Curves], CurvePoint]) -> tuple[str, str, str, int] | None:
    """Share, tokens and name of the row that is highest with the fewest, and how many are as high.

    None where no row has a share and known tokens.
    """
    found = [
        (at.share.estimate, -at.tokens, row.name)
        for row, curves in rows
        if (at := point(curves)).share is not None and at.tokens is not None
    ]
    if not found:
        return None
    share, tokens, name = max(found)
    return per_cent(share), f"{-tokens:,.0f}", name, sum(each[0] == share for each in found)


def right_title(rows: Rows) -> str:
    if (found := best_of(rows, lambda row: row.right)) is None:
        return "No output with a known number of tokens was graded yet."
    lowest = min(at.share.estimate for _, row in rows if (at := row.right).share is not None)
    least, most = per_cent(lowest), found[0]
    return f"Of a row’s graded outputs {most if least == most else f'{least} to {most}'} are right."


def samples_title(rows: Rows, measure: Callable[[AtK], Interval | None], what: str) -> str:
    """What the largest k that is known of any row gives, beside one sample."""
    found = [
        (at.k, value.estimate, row.name, one.estimate)
        for row, curves in rows
        for at in curves.samples.at
        if (value := measure(at)) is not None and (one := measure(curves.samples.at[0]))
    ]
    if not found:
        return "No output was graded yet."
    k, chance, name, alone = max(found)
    if k == 1:
        return "Each prompt has one graded sample of a row, so k = 1 is all that is known."
    return (
        f"Of {k} samples by {name}, {what} right on {per_cent(chance)} of prompts; "
        f"of one sample, {per_cent(alone)}."
    )
