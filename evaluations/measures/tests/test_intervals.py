import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluations.measures import (
    Interval,
    clopper_pearson,
    clustered_mean,
    clustered_standard_error,
    prompt_clustered,
    wilson,
)
from evaluations.measures.intervals import normal_quantile, student_quantile, wilson_ends

CLUSTERED = [1, 1, 1, 0, 0, 1, 0, 1, 0]
CLUSTERS = ["x", "x", "x", "y", "y", "z", "z", "z", "z"]

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def upper_tail(successes: int, n: int, share: float) -> float:
    """P(X >= successes), summed exactly."""
    p = Fraction(share)
    terms = (math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(successes, n + 1))
    return float(sum(terms, Fraction(0)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)],
)
def test_wilson_published(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert found.estimate == successes / n
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(81, 263, 0.2527, 0.3676), (0, 20, 0, 0.1684)]
)
def test_clopper_pearson_published(successes: int, n: int, low: float, high: float) -> None:
    found = clopper_pearson(successes, n)
    assert found.estimate == successes / n
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(counts, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_clopper_pearson_ends_where_the_tails_do(count: tuple[int, int], confidence: float) -> None:
    successes, n = count
    found = clopper_pearson(successes, n, confidence)
    tail = (1 - confidence) / 2
    if successes:
        assert upper_tail(successes, n, found.low) == pytest.approx(tail, rel=1e-9)
    else:
        assert found.low == 0
    if successes < n:
        assert 1 - upper_tail(successes + 1, n, found.high) == pytest.approx(tail, rel=1e-9)
    else:
        assert found.high == 1


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (1, 2, 0.012579117, 0.987420883),
        (10, 20, 0.271957850, 0.728042150),
        (87, 263, 0.274230293, 0.391231276),
        (333, 1000, 0.303817802, 0.363169218),
        (6666, 20000, 0.326766567, 0.339881922),
    ],
)
def test_clopper_pearson_to_nine_digits(successes: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(successes, n)[1:] == pytest.approx((low, high), abs=5e-10)


def test_clopper_pearson_in_closed_form_and_for_many() -> None:
    assert clopper_pearson(0, 1000).high == pytest.approx(1 - 0.025 ** (1 / 1000), rel=1e-9)
    exact, score = clopper_pearson(250_000, 1_000_000), wilson(250_000, 1_000_000)
    assert exact.low == pytest.approx(score.low, abs=2e-6)
    assert exact.high == pytest.approx(score.high, abs=2e-6)


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
@given(count=counts)
def test_shares_lie_within_and_mirror(method: object, count: tuple[int, int]) -> None:
    successes, n = count
    assert callable(method)
    found, mirrored = method(successes, n), method(n - successes, n)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-9)
    wide = method(successes, n, 0.99)
    assert wide.low <= found.low
    assert wide.high >= found.high


@given(counts)
def test_wilson_ends_solve_the_score_equation(count: tuple[int, int]) -> None:
    successes, n = count
    for end in wilson(successes, n)[1:]:
        if 0 < end < 1:
            score = abs(successes / n - end) / math.sqrt(end * (1 - end) / n)
            assert score == pytest.approx(1.959964, abs=1e-5)


def test_many_ends_at_once_are_each_by_itself() -> None:
    low, high = wilson_ends([0, 0.25, 0.5, 1, np.nan], [3, 8, 30, 3, 0], 0.9)
    expected = [wilson(0, 3, 0.9), wilson(2, 8, 0.9), wilson(15, 30, 0.9), wilson(3, 3, 0.9)]
    assert list(zip(low, high, strict=True))[:4] == [each[1:] for each in expected]
    assert np.isnan([low[4], high[4]]).all()


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 0), "n must be 1 or more"),
        ((3, 2), "between 0 and n = 2, not 3"),
        ((-1, 2), "between 0 and n"),
        ((1, 2, 95), "confidence must lie between 0 and 1, not 95"),
        ((1, 2, 0), "confidence"),
    ],
)
def test_wrong_counts_are_refused(method: object, arguments: tuple[int, ...], words: str) -> None:
    assert callable(method)
    with pytest.raises(ValueError, match=words):
        method(*arguments)


def test_clustered_mean_published() -> None:
    found = clustered_mean(CLUSTERED, CLUSTERS)
    assert found.estimate == pytest.approx(0.555556, abs=1e-6)
    assert clustered_standard_error(CLUSTERED, CLUSTERS) == pytest.approx(0.194420, abs=5e-7)
    assert found.high - found.estimate == pytest.approx(1.959964 * 0.194420, abs=1e-6)
    assert found.estimate - found.low == pytest.approx(1.959964 * 0.194420, abs=1e-6)
    corrected = clustered_standard_error(CLUSTERED, CLUSTERS, small_sample=True)
    assert corrected == pytest.approx(0.238115, abs=5e-7)


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 3)), min_size=2, max_size=20))
def test_labels_and_order_do_not_matter(rows: list[tuple[float, int]]) -> None:
    values, clusters = [row[0] for row in rows], [row[1] for row in rows]
    if len(set(clusters)) < 2:
        with pytest.raises(ValueError, match="2 clusters"):
            clustered_mean(values, clusters)
        return
    found = clustered_mean(values, clusters)
    for labels in ([f"c{cluster}" for cluster in clusters], [-7 - cluster for cluster in clusters]):
        assert clustered_mean(values, labels) == pytest.approx(found, abs=1e-12)
    assert clustered_mean(values[::-1], clusters[::-1]) == pytest.approx(found, abs=1e-12)


def test_sparse_labels_are_not_counted_one_by_one() -> None:
    huge = [10**15 + ord(cluster) for cluster in CLUSTERS]
    assert clustered_mean(CLUSTERED, huge) == clustered_mean(CLUSTERED, CLUSTERS)


@pytest.mark.parametrize(
    ("values", "clusters", "words"),
    [
        ([], [], "shape"),
        ([1, 0], [1], "clusters must have the shape"),
        ([1, math.nan], [1, 2], "finite"),
        ([[1], [0]], [1, 2], "shape"),
    ],
)
def test_wrong_values_are_refused(values: list[float], clusters: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        clustered_mean(values, clusters)


def test_one_output_a_prompt_is_wilson() -> None:
    values = [1, 0, 1, 1]
    assert prompt_clustered(values, [1, 2, 3, 4]) == pytest.approx(wilson(3, 4))
    assert prompt_clustered(values, [1, 2, 3, 4], list("abcd")) == pytest.approx(wilson(3, 4))


def test_samples_are_averaged_within_their_prompt_first() -> None:
    found = prompt_clustered([1, 1, 1, 1, 0, 0, 1], list("aaaabbc"))
    # Prompt means 1, 0, 1: standard deviation sqrt(1/3), over sqrt(3).
    assert found.estimate == pytest.approx(2 / 3)
    assert (found.low, found.high) == (0, 1), "two degrees of freedom: t = 4.3"
    prompts = [f"{number}{prompt}" for number in range(4) for prompt in "aaaabbc"]
    more = prompt_clustered([1, 1, 1, 1, 0, 0, 1] * 4, prompts)
    half = stats.t.ppf(0.975, 11) * math.sqrt(8 / 3 / 11 / 12)
    assert more == pytest.approx((2 / 3, 2 / 3 - half, 2 / 3 + half))


def test_families_cluster_the_prompts() -> None:
    prompts, families = list("aabbccdd"), list("xxxxyyyy")
    values = [1, 1, 1, 0, 0, 0, 1, 0]
    # Prompt means 1, 1/2, 0, 1/2, their mean 1/2; family sums of residuals 1/2 and -1/2.
    found = prompt_clustered(values, prompts, families)
    assert found == (0.5, 0, 1), "two families say next to nothing"
    many = prompt_clustered(
        values * 5,
        [f"{n}{p}" for n in range(5) for p in prompts],
        [f"{n}{f}" for n in range(5) for f in families],
    )
    half = stats.t.ppf(0.975, 9) * math.sqrt(5 * 0.5) / 20 * math.sqrt(10 / 9)
    assert many == pytest.approx((0.5, 0.5 - half, 0.5 + half))
    one_each = prompt_clustered([1, 1, 0, 0, 1, 0], list("abcdef"), list("xxyyzz"))
    error = clustered_standard_error([1, 1, 0, 0, 1, 0], list("xxyyzz"), small_sample=True)
    assert one_each == (0.5, 0, 1)
    assert stats.t.ppf(0.975, 2) * error > 0.5


@pytest.mark.parametrize(
    ("values", "prompts", "families", "expected"),
    [
        ([1, 1, 1, 1], list("aabb"), None, wilson(2, 2)),
        ([0, 0, 0, 0], list("aabb"), None, wilson(0, 2)),
        ([1, 0, 0, 1, 1, 0, 0, 1], list("aabbccdd"), None, wilson(2, 4)),
        ([1, 0, 1, 0], list("abcd"), list("xxxx"), wilson(2, 4)),
    ],
)
def test_without_an_error_wilson_on_the_prompts(
    values: list[int],
    prompts: list[str],
    families: list[str] | None,
    expected: Interval,
) -> None:
    assert prompt_clustered(values, prompts, families) == pytest.approx(expected)


def test_one_prompt_is_wilson_on_one_even_where_its_samples_differ() -> None:
    z = 1.959964
    half = z / math.sqrt(1 + z * z) / 2
    found = prompt_clustered([1, 0], list("aa"))
    assert found == pytest.approx(
        Interval(0.5, 0.5 - half, 0.5 + half),
        abs=1e-6,
    )


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30),
    st.booleans(),
)
def test_prompt_clustered_stays_within_and_mirrors(
    rows: list[tuple[bool, int]], in_families: bool
) -> None:
    values = np.array([row[0] for row in rows], float)
    prompts = np.array([row[1] for row in rows])
    families = prompts // 2 if in_families else None
    found = prompt_clustered(values, prompts, families)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low < found.high
    mirrored = prompt_clustered(1 - values, prompts, families)
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-9)
    assert mirrored.high == pytest.approx(1 - found.low, abs=1e-9)


def test_repeating_every_sample_changes_nothing() -> None:
    values, prompts = [1, 0, 1, 1, 0, 0], [1, 1, 2, 2, 3, 3]
    assert prompt_clustered(values * 3, prompts * 3) == pytest.approx(
        prompt_clustered(values, prompts)
    )


def test_wrong_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        prompt_clustered([2, 0], [1, 2])
    with pytest.raises(ValueError, match="one family"):
        prompt_clustered([1, 0], [1, 1], ["x", "y"])
    with pytest.raises(ValueError, match="prompts must have the shape"):
        prompt_clustered([1, 0], [1])
    with pytest.raises(ValueError, match="families must have the shape"):
        prompt_clustered([1, 0], [1, 2], ["x"])


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [(0.5, 0.67448975020), (0.95, 1.95996398454), (0.999, 3.29052673149)],
)
def test_normal_quantiles_published(confidence: float, expected: float) -> None:
    assert normal_quantile(confidence) == pytest.approx(expected, rel=1e-10)


@given(st.floats(0.01, 0.999))
def test_few_degrees_have_quantiles_in_closed_form(confidence: float) -> None:
    one, two, four = student_quantile(confidence, [1, 2, 4])
    assert one == pytest.approx(math.tan(math.pi / 2 * confidence), rel=1e-9)
    assert two == pytest.approx(confidence * math.sqrt(2 / (1 - confidence**2)), rel=1e-9)
    root = math.sqrt(1 - confidence**2)
    inside = math.cos(math.acos(root) / 3) / root - 1
    assert four == pytest.approx(2 * math.sqrt(inside), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("confidence", "degrees", "expected"),
    [
        (0.95, 3, 3.18244630528),
        (0.95, 10, 2.22813885199),
        (0.95, 30, 2.04227245630),
        (0.95, 100, 1.98397151852),
        (0.95, 1000, 1.96233908082),
        (0.5, 5, 0.72668684380),
        (0.999, 7, 5.40788252086),
    ],
)
def test_student_quantiles_published(confidence: float, degrees: int, expected: float) -> None:
    assert student_quantile(confidence, degrees) == pytest.approx(expected, rel=1e-10)


def test_quantiles_of_no_distribution() -> None:
    assert np.isnan(student_quantile(0.95, [0, -1])).all()
    with pytest.raises(ValueError, match="between 0 and 1, not 1"):
        student_quantile(1.0, 3)


def test_no_process_loads_the_large_part_of_scipy() -> None:
    code = (
        "import importlib, pkgutil, sys, evaluations.measures as measures\n"
        "for module in pkgutil.iter_modules(measures.__path__):\n"
        "    importlib.import_module(f'evaluations.measures.{module.name}')\n"
        "assert 'scipy.special' in sys.modules\n"
        "assert not {'scipy.stats', 'scipy.optimize', 'scipy.sparse'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
