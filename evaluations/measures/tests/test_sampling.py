"""pass@k, pass^k and majority@k against published numbers and against drawing every subset."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.measures.agreement import Undefined
from evaluations.measures.intervals import wilson
from evaluations.measures.sampling import (
    majority_at_k,
    over_kinds_of_prompts,
    pass_at_k,
    pass_hat_k,
)
from evaluations.measures.tests.bootstrap import drawn_again


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [(5, 2, 1, 0.4), (5, 2, 3, 0.9), (10, 3, 5, 0.9166666667), (200, 10, 100, 0.9992289739)],
)
def test_pass_at_k_as_published(n: int, c: int, k: int, expected: float) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"), [(5, 3, 3, 0.7), (10, 6, 5, 0.738095), (8, 4, 4, 0.5)]
)
def test_majority_at_k_as_published(n: int, c: int, k: int, expected: float) -> None:
    assert majority_at_k(n, c, k) == pytest.approx(expected, abs=1e-6)


@given(st.data())
def test_all_three_are_means_over_every_draw(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 7))
    c = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    draws = [sum(draw) for draw in combinations([1] * c + [0] * (n - c), k)]
    votes = [1.0 if 2 * right > k else 0.5 if 2 * right == k else 0.0 for right in draws]
    assert pass_at_k(n, c, k) == pytest.approx(sum(right > 0 for right in draws) / len(draws))
    assert pass_hat_k(n, c, k) == pytest.approx(sum(right == k for right in draws) / len(draws))
    assert majority_at_k(n, c, k) == pytest.approx(sum(votes) / len(draws))


def test_prompts_counted_by_kind_are_the_same_prompts() -> None:
    """The means are equal; the ends are those of other draws of the same bootstrap."""
    n, c = [5] * 60 + [8] * 20, [0, 1, 2, 2, 3, 5] * 10 + [1, 2, 4, 7] * 5
    kinds = sorted({*zip(n, c, strict=True)})
    prompts = [sum(pair == kind for pair in zip(n, c, strict=True)) for kind in kinds]
    measures = ((pass_at_k, 1), (pass_at_k, 4), (majority_at_k, 3))
    found = over_kinds_of_prompts(
        [[measure(*kind, k) for kind in kinds] for measure, k in measures], prompts
    )
    for interval, (measure, k) in zip(found, measures, strict=True):
        expected = drawn_again(measure, n, c, k)
        assert interval.estimate == pytest.approx(expected.estimate)
        assert interval.low == pytest.approx(expected.low, abs=0.01)
        assert interval.high == pytest.approx(expected.high, abs=0.01)
    assert found == over_kinds_of_prompts(
        [[measure(*kind, k) for kind in kinds] for measure, k in measures], prompts
    )


def test_prompts_that_are_all_alike_have_an_interval_with_a_width() -> None:
    """Drawing equal prompts again shows no spread, which is not to know the mean exactly."""
    never, always = over_kinds_of_prompts([[0.0, 0.0], [1.0, 1.0]], [20, 7])
    assert never == pytest.approx(wilson(0, 27))
    assert always == pytest.approx(wilson(27, 27))
    (some,) = over_kinds_of_prompts([[0.4]], [5])
    assert some == pytest.approx(wilson(2, 5))


def test_what_is_undefined_or_refused() -> None:
    with pytest.raises(Undefined, match="no prompt"):
        over_kinds_of_prompts([[]], [])
    with pytest.raises(ValueError, match=r"not \(1, 2\) and \(1,\)"):
        over_kinds_of_prompts([[0.1, 0.2]], [3])
    with pytest.raises(ValueError, match="must have a prompt"):
        over_kinds_of_prompts([[0.1, 0.2]], [3, 0])
    for measure in (pass_at_k, pass_hat_k, majority_at_k):
        with pytest.raises(Undefined, match="4 samples do not tell what 5"):
            measure(4, 2, 5)
        with pytest.raises(ValueError, match="3 of 2"):
            measure(2, 3, 1)
        with pytest.raises(ValueError, match="1 or more"):
            measure(2, 1, 0)
