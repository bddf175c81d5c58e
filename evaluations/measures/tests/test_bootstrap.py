"""Drawing prompts again, and what comes of it."""

import numpy as np
import pytest

from evaluations.measures.agreement import Undefined, cohen_kappa, cohen_kappas
from evaluations.measures.bootstrap import RESAMPLES, drawn_prompts, percentile_interval


def test_each_draw_has_as_many_prompts_and_all_draw_alike() -> None:
    drawn = drawn_prompts(7)
    assert drawn.shape == (RESAMPLES, 7)
    assert (drawn.sum(axis=1) == 7).all()
    assert drawn.std() > 0
    assert np.array_equal(drawn, drawn_prompts(7))


def test_ends_are_percentiles_of_what_is_defined() -> None:
    draws = np.concatenate([np.arange(101.0), np.full(50, np.nan)])
    assert percentile_interval(40.0, draws) == pytest.approx((40, 2.5, 97.5))
    assert percentile_interval(1.0, np.concatenate([draws, np.full(60, np.nan)])) is None
    assert percentile_interval(1.0, np.ones(9)) is None, "no spread is no certainty"


def test_kappas_of_many_tables_are_each_by_itself() -> None:
    tables = np.random.default_rng(4).integers(0, 5, (60, 3, 3))
    tables[0], tables[1] = 0, np.diag([7, 0, 0])
    for table, found in zip(tables, cohen_kappas(tables), strict=True):
        try:
            assert found == pytest.approx(cohen_kappa(table))
        except Undefined:
            assert np.isnan(found)
    assert np.isnan(cohen_kappas(tables)[:2]).all()
    with pytest.raises(ValueError, match="must have shape"):
        cohen_kappas(tables[0])
