"""Columns of ratings that stand for several items give what the items written out give."""

import numpy as np
import pytest

from evaluations.measures.agreement import (
    Level,
    Undefined,
    alpha_interval,
    gwet_ac1,
    krippendorff_alpha,
    pairable_values,
)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_column_may_stand_for_many_items(level: Level) -> None:
    columns, times = (
        np.array([[0, 0, 2], [0, 1, np.nan], [0, 2, np.nan], [np.nan, 2, 0]]),
        [4, 3, 2],
    )
    written_out = np.repeat(columns, times, axis=1)
    assert krippendorff_alpha(columns, level, times) == pytest.approx(
        krippendorff_alpha(written_out, level)
    )
    assert alpha_interval(columns, level, times=times) == pytest.approx(
        alpha_interval(written_out, level)
    )
    assert gwet_ac1(columns, 3, times) == pytest.approx(gwet_ac1(written_out, 3))
    assert pairable_values(columns, times) == pairable_values(written_out) == 4 * 3 + 3 * 4 + 2 * 2


@pytest.mark.parametrize("times", [[1], [1, 0], [1, 1.5], [[1, 1]]])
def test_times_are_counts_of_the_items(times: list[float]) -> None:
    with pytest.raises(ValueError, match="whole number"):
        krippendorff_alpha([[0, 1], [1, 1]], "nominal", times)


def test_one_column_that_stands_for_two_items_has_an_interval() -> None:
    found = alpha_interval([[0], [1]], "nominal", times=[2])
    assert found.low <= found.estimate <= found.high
    with pytest.raises(Undefined, match="only one item"):
        alpha_interval([[0], [1]], "nominal", times=[1])
