"""Measures against other people's implementations, on random data."""

from typing import get_args

import krippendorff
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from evaluations.measures.agreement import Level, cohen_kappa, krippendorff_alpha
from evaluations.measures.intervals import clopper_pearson, clustered_standard_error, wilson
from evaluations.measures.paired import clustered_p, holm, mcnemar_exact
from evaluations.measures.ranking import kendall_tau

SEEDS = range(20)


@pytest.mark.parametrize("level", get_args(Level))
@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_is_that_of_the_package_of_its_name(level: Level, seed: int) -> None:
    draw = np.random.default_rng(seed)
    ratings = draw.integers(1, 6, (int(draw.integers(2, 7)), 30)).astype(float)
    ratings[draw.random(ratings.shape) < 0.4] = np.nan
    expected = krippendorff.alpha(ratings, level_of_measurement=level)
    assert krippendorff_alpha(ratings, level) == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_kappas_are_those_of_statsmodels(seed: int) -> None:
    draw = np.random.default_rng(seed)
    table = draw.integers(1, 20, (4, 4))
    for weights, theirs in ((None, None), ("linear", "linear"), ("quadratic", "quadratic")):
        expected = cohens_kappa(table, wt=theirs, return_results=False)
        assert cohen_kappa(table, weights) == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_intervals_of_shares_are_those_of_statsmodels(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, 400))
    met = int(draw.integers(0, n + 1))
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "beta")):
        low, high = proportion_confint(met, n, alpha=0.1, method=method)
        assert ours(met, n, 0.9)[1:] == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_clustered_errors_and_tests_are_those_of_a_regression_on_nothing(seed: int) -> None:
    """A mean is the constant of a regression; Student's t with clusters less one."""
    draw = np.random.default_rng(seed)
    clusters = draw.integers(0, 12, 60)
    values = draw.normal(0.2, 1, 12)[clusters] + draw.normal(size=60)
    found = sm.OLS(values, np.ones(60)).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    error = clustered_standard_error(values, clusters, small_sample=True)
    assert error == pytest.approx(found.bse[0])
    count = len(np.unique(clusters))
    (p,) = clustered_p([values.mean()], [error], [count])
    assert p == pytest.approx(max(found.pvalues[0], 2.0 ** (1 - count)))


@pytest.mark.parametrize("seed", SEEDS)
def test_tests_and_corrections_are_those_of_statsmodels(seed: int) -> None:
    draw = np.random.default_rng(seed)
    b, c = draw.integers(0, 40, 2).tolist()
    table = [[10, b], [c, 10]]
    assert mcnemar_exact(b, c) == pytest.approx(mcnemar(table, exact=True).pvalue)
    p = draw.random(15) ** 3
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())


@pytest.mark.parametrize("seed", SEEDS)
def test_tau_is_that_of_scipy(seed: int) -> None:
    draw = np.random.default_rng(seed)
    one, other = draw.integers(0, 6, (2, 12))
    assert kendall_tau(one, other) == pytest.approx(stats.kendalltau(one, other).statistic)
