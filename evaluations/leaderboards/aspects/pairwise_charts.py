"""The chart of pairwise ratings, with what it says as a sentence."""

from collections.abc import Mapping

from evaluations.common import charts
from evaluations.leaderboards.aspects.pairwise import Pairwise, Rated
from evaluations.leaderboards.boards.names import BoardRow

Names = Mapping[int, BoardRow]


def in_order(found: Pairwise) -> list[tuple[int, Rated]]:
    """Rated rows, the highest first."""
    return sorted(found.rated.items(), key=lambda item: -item[1].rating.estimate)


def rating_chart(names: Names, found: Pairwise) -> charts.IntervalChart | None:
    """How often each row is preferred to an average one; None where rows are not rated."""
    if not found.rated:
        return None
    groups: dict[int, list[charts.Bar]] = {}
    for number, rated in in_order(found):
        share = rated.preferred
        groups.setdefault(rated.group, []).append(
            charts.Bar(
                label=names[number].name,
                note=f"{100 * share.estimate:.0f}% ({100 * share.low:.0f} to "
                f"{100 * share.high:.0f}), n {found.tallies[number].comparisons:,}",
                estimate=share.estimate,
                low=share.low,
                high=share.high,
            )
        )
    return charts.interval_chart(
        name="ratings",
        title=sentence_of(names, found),
        description="Each row is a dot for how often it would be preferred to an average row "
        "where one of the two is preferred, with a line for the 95% interval, from 0 to 100%. A "
        "rule separates rank groups. The numbers are in the table below.",
        groups=list(groups.values()),
    )


def sentence_of(names: Names, found: Pairwise) -> str:
    """What the comparisons say, as a sentence."""
    if not found.compared.size:
        return "No two rows were compared yet."
    if found.unconnected:
        return f"Not rankable yet: the comparisons leave {len(found.unconnected)} groups apart."
    if not found.rated:
        return f"Not rankable yet: {found.reason}."
    order = in_order(found)
    top = [number for number, rated in order if rated.group == 0]
    if len(top) == len(order):
        return f"None of the {len(order)} compared rows can be told apart from the highest."
    name, share = names[top[0]].name, f"{100 * order[0][1].preferred.estimate:.0f}%"
    if len(top) == 1:
        return f"{name} is on top: preferred to an average row in {share} of decided comparisons."
    return (
        f"{len(top)} of {len(order)} compared rows share the top: "
        "no test tells them from the highest."
    )
