"""Charts as numbers: where an axis begins and ends, and labels that do not cover each other."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evaluations.common.charts import (
    BOTTOM,
    HEIGHT,
    LABEL_GAP,
    Line,
    LineChart,
    Point,
    line_chart,
    round_factors,
    round_steps,
)


def drawn(*lines: list[tuple[float, float]]) -> LineChart:
    return line_chart(
        name="it", title="", description="", x_label="tokens",
        lines=[
            Line(f"line {n}", [Point(x, y, max(0, y - 0.1), min(1, y + 0.1)) for x, y in points])
            for n, points in enumerate(lines)
        ],
    )  # fmt: skip


def test_an_axis_spans_the_data() -> None:
    chart = drawn([(1000, 0.2), (1400, 0.6)])
    assert not chart.log
    assert chart.x_ticks[0].text == "1,000", "not from nothing"
    first, last = (float(dot.x[:-1]) for dot in chart.paths[0].dots)
    assert last - first > 60, "the points take most of the width"


def test_more_than_ten_times_makes_equal_factors() -> None:
    assert not drawn([(10, 0.2), (100, 0.6)]).log
    chart = drawn([(10, 0.2), (100, 0.4), (1000, 0.6)])
    assert chart.log
    first, middle, last = (float(dot.x[:-1]) for dot in chart.paths[0].dots)
    assert abs((middle - first) - (last - middle)) < 0.1
    assert [tick.text for tick in chart.x_ticks] == ["10", "20", "50", "100", "200", "500", "1,000"]


@given(st.floats(0.5, 1e6), st.floats(1, 1e5))
def test_the_values_at_an_axis_are_few_and_enclose_or_meet_the_data(
    low: float, times: float
) -> None:
    high = low * times
    steps = round_steps(low, high)
    assert steps[0] <= low <= high <= steps[-1] * (1 + 1e-9)
    assert 2 <= len(steps) <= 7
    factors = round_factors(low, high)
    assert 2 <= len(factors) <= 9
    assert all(low <= value <= high for value in factors)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_never_cover_each_other_and_stay_in_the_plot(ends: list[float]) -> None:
    chart = drawn(*[[(1, 0.5), (2, end)] for end in ends])
    heights = sorted(path.label_y for path in chart.paths)
    assert all(b - a >= LABEL_GAP - 0.2 for a, b in pairwise(heights))
    assert heights[0] >= 0
    assert heights[-1] <= HEIGHT - BOTTOM
    order = sorted(chart.paths, key=lambda path: path.label_y)
    assert [path.end.y for path in order] == sorted(path.end.y for path in order)


def test_intervals_are_bands_where_a_line_has_several_points() -> None:
    both, alone = drawn([(1, 0.5), (2, 0.6)], [(1, 0.2)]).paths
    corners = [tuple(map(float, corner.split(","))) for corner in both.band.split()]
    assert len(corners) == 4
    assert corners[0][0] == corners[3][0]
    assert corners[0][1] < both.dots[0].y < corners[3][1], "high above, low below"
    assert alone.band == ""
