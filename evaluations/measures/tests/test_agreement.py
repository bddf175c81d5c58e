from collections import Counter
from itertools import permutations
from typing import get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluations.measures.agreement import (
    Level,
    Undefined,
    alpha_interval,
    cohen_kappa,
    gwet_ac1,
    kappa_interval,
    krippendorff_alpha,
    pairable_values,
    raw_agreement,
)

NAN = float("nan")
LEVELS = get_args(Level)


def answers(*judges: str) -> np.ndarray:
    """A row a judge; a character an item; `.` where there is no answer; letters from 1."""
    return np.array(
        [
            [NAN if c == "." else float(c) if c.isdigit() else ord(c) - 96.0 for c in judge]
            for judge in judges
        ]
    )


FOUR = answers("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
COHEN = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]

ratings = st.integers(2, 5).flatmap(
    lambda judges: st.lists(
        st.lists(st.sampled_from([NAN, 0, 1, 2, 4]), min_size=judges, max_size=judges),
        min_size=2,
        max_size=12,
    ).map(lambda items: np.array(items, np.float64).T)
)


def by_pairs(ratings: np.ndarray, level: Level) -> float | None:
    """Alpha as the definition has it, pair by pair; None where it is not defined."""
    items = [[v for v in item if not np.isnan(v)] for item in ratings.T]
    items = [item for item in items if len(item) >= 2]
    pooled = sorted(v for item in items for v in item)
    count = Counter(pooled)

    def distance(one: float, other: float) -> float:
        if one == other:
            return 0.0
        if level == "nominal":
            return 1.0
        if level == "interval":
            return (one - other) ** 2
        if level == "ratio":
            return ((one - other) / (one + other)) ** 2
        between = sum(count[v] for v in count if min(one, other) <= v <= max(one, other))
        return (between - (count[one] + count[other]) / 2) ** 2

    if len(count) < 2:
        return None
    observed = sum(
        sum(distance(a, b) for a, b in permutations(item, 2)) / (len(item) - 1) for item in items
    ) / len(pooled)
    expected = sum(distance(a, b) for a, b in permutations(pooled, 2)) / (
        len(pooled) * (len(pooled) - 1)
    )
    return 1 - observed / expected


def defined(ratings: np.ndarray, level: Level) -> float:
    try:
        return krippendorff_alpha(ratings, level)
    except Undefined:
        assume(False)
        raise


@pytest.mark.parametrize(
    ("level", "alpha"),
    [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107), ("ratio", 0.797403)],
)
def test_alpha_of_four_observers_published(level: Level, alpha: float) -> None:
    assert krippendorff_alpha(FOUR, level) == pytest.approx(alpha, abs=5e-7)


@pytest.mark.parametrize(
    ("judges", "alpha"),
    [
        (("0100000010", "1110010000"), 0.095238),
        (("aabbdcccedda", "babbbccceddd"), 0.691964),
    ],
)
def test_alpha_of_two_observers_published(judges: tuple[str, str], alpha: float) -> None:
    assert krippendorff_alpha(answers(*judges), "nominal") == pytest.approx(alpha, abs=5e-7)


def test_ac1_published() -> None:
    assert gwet_ac1(FOUR) == pytest.approx(0.77544, abs=5e-6)


def test_cohen_published() -> None:
    assert cohen_kappa(COHEN) == pytest.approx(0.484163, abs=5e-7)
    assert cohen_kappa(COHEN, "linear") == pytest.approx(0.470120, abs=5e-7)


def test_cohen_weighted_by_squares_is_worked_out_by_hand() -> None:
    # Observed 4*1 + 1*4 + 1*1 = 9; expected (5*(13*1 + 6*4) + 8*(6*1) + 6*(13*1)) / 19 = 311/19.
    assert cohen_kappa(COHEN, "quadratic") == pytest.approx(1 - 9 * 19 / 311)


def test_two_categories_have_one_kappa_whatever_the_weights() -> None:
    table = [[20, 5], [10, 15]]
    assert cohen_kappa(table) == pytest.approx(0.4)
    assert cohen_kappa(table, "linear") == pytest.approx(0.4)
    assert cohen_kappa(table, "quadratic") == pytest.approx(0.4)


@given(ratings, st.sampled_from(LEVELS))
def test_alpha_is_its_definition(ratings: np.ndarray, level: Level) -> None:
    expected = by_pairs(ratings, level)
    if expected is None:
        with pytest.raises(Undefined):
            krippendorff_alpha(ratings, level)
    else:
        assert krippendorff_alpha(ratings, level) == pytest.approx(expected, abs=1e-12)


@given(ratings, st.sampled_from(LEVELS), st.sampled_from([0, 1, 3, 9]), st.data())
def test_an_item_with_one_rating_changes_nothing(
    ratings: np.ndarray, level: Level, answer: int, data: st.DataObject
) -> None:
    item = np.full((len(ratings), 1), NAN)
    item[data.draw(st.integers(0, len(ratings) - 1))] = answer
    more = np.hstack([item, ratings])
    assert krippendorff_alpha_or_reason(more, level) == krippendorff_alpha_or_reason(ratings, level)
    assert pairable_values(more) == pairable_values(ratings)


def krippendorff_alpha_or_reason(ratings: np.ndarray, level: Level) -> float | str:
    try:
        return krippendorff_alpha(ratings, level)
    except Undefined as reason:
        return str(reason)


@given(ratings, st.permutations([0, 1, 2, 4]))
def test_relabelling_changes_nothing_at_level_nominal(
    ratings: np.ndarray, names: list[int]
) -> None:
    renamed = ratings.copy()
    for old, new in zip([0, 1, 2, 4], names, strict=True):
        renamed[ratings == old] = new
    alpha = defined(ratings, "nominal")
    assert krippendorff_alpha(renamed, "nominal") == pytest.approx(alpha, abs=1e-12)
    assert gwet_ac1(renamed) == pytest.approx(gwet_ac1(ratings))


@given(ratings, st.floats(-50, 50), st.floats(0.1, 20), st.booleans())
def test_affine_maps_change_nothing_at_level_interval(
    ratings: np.ndarray, shift: float, scale: float, mirrored: bool
) -> None:
    mapped = shift + ratings * (-scale if mirrored else scale)
    alpha = defined(ratings, "interval")
    assert krippendorff_alpha(mapped, "interval") == pytest.approx(alpha, abs=1e-9)


@given(ratings)
def test_rising_maps_change_nothing_at_level_ordinal(ratings: np.ndarray) -> None:
    alpha = defined(ratings, "ordinal")
    assert krippendorff_alpha(np.exp(ratings), "ordinal") == pytest.approx(alpha, abs=1e-12)


@given(ratings, st.floats(0.1, 20))
def test_scale_changes_nothing_at_level_ratio(ratings: np.ndarray, scale: float) -> None:
    alpha = defined(ratings, "ratio")
    assert krippendorff_alpha(ratings * scale, "ratio") == pytest.approx(alpha, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(5))
def test_random_raters_with_unequal_counts_do_not_agree(level: Level, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratings = rng.choice([0.0, 1.0, 2.0], p=[0.6, 0.1, 0.3], size=(8, 500))
    ratings[np.arange(8)[:, None] >= rng.integers(1, 9, size=500)] = NAN
    assert abs(krippendorff_alpha(ratings, level)) < 0.1


@pytest.mark.parametrize("level", LEVELS)
def test_interval_holds_its_estimate_and_repeats(level: Level) -> None:
    found = alpha_interval(FOUR, level)
    assert found.estimate == krippendorff_alpha(FOUR, level)
    assert found.low < found.estimate < found.high <= 1
    assert found == alpha_interval(FOUR, level)
    assert found != alpha_interval(FOUR, level, seed=1)
    narrower = alpha_interval(FOUR, level, confidence=0.5)
    assert found.low < narrower.low < narrower.high < found.high


@given(ratings, st.sampled_from(LEVELS))
def test_interval_never_leaves_its_estimate_out(ratings: np.ndarray, level: Level) -> None:
    try:
        found = alpha_interval(ratings, level, resamples=30)
    except Undefined:
        assume(False)
    assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_interval_covers_about_as_often_as_stated(level: Level) -> None:
    rng = np.random.default_rng(5)

    def study(items: int) -> np.ndarray:
        # Half the items are clear, half are coin flips: alpha is 0.5.
        clear, side = rng.random(items) < 0.5, rng.random(items) < 0.5
        return np.where(clear, side, rng.random((4, items)) < 0.5).astype(np.float64)

    found = [alpha_interval(study(100), level, confidence=0.9, resamples=200) for _ in range(200)]
    covered = sum(one.low <= 0.5 <= one.high for one in found)
    assert 165 <= covered <= 195


@pytest.mark.parametrize("level", LEVELS)
def test_interval_is_that_of_drawing_items_one_by_one(level: Level) -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 60)
    ratings = np.where(rng.random((4, 60)) < 0.6, truth, rng.integers(0, 3, (4, 60))) * 1.0
    ratings[3, :20] = NAN
    drawn = [krippendorff_alpha(ratings[:, rng.integers(0, 60, 60)], level) for _ in range(1000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    found = alpha_interval(ratings, level)
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


@pytest.mark.parametrize(
    ("known", "unknown", "expected"),
    [
        # One of three pairs of the first item, the pair of the second; the third has one answer.
        ([[2, 1], [2, 0], [1, 0]], [0, 0, 0], 2 / 4),
        ([[1, 1]], [0], 0),
        ([[2, 0]], [0], 1),
        ([[2, 0], [0, 0]], [1, 2], 1 / 4),
    ],
)
def test_raw_agreement_is_the_share_of_all_pairs(
    known: list[list[int]], unknown: list[int], expected: float
) -> None:
    assert raw_agreement(np.array(known), np.array(unknown)) == expected


def test_raw_agreement_is_undefined_without_pairs() -> None:
    with pytest.raises(Undefined, match="^no item has two answers$"):
        raw_agreement(np.array([[1, 0]]), np.array([0]))


def test_ac1_holds_up_under_skew_where_alpha_falls() -> None:
    ratings = answers("1" * 98 + "01", "1" * 98 + "10")
    assert krippendorff_alpha(ratings, "nominal") < 0
    assert gwet_ac1(ratings) > 0.97


def test_ac1_with_more_categories_than_were_used() -> None:
    assert gwet_ac1(answers("0000", "0000"), categories=2) == 1
    assert gwet_ac1(FOUR, categories=5) == gwet_ac1(FOUR)
    assert gwet_ac1(FOUR, categories=9) > gwet_ac1(FOUR)
    with pytest.raises(ValueError, match="categories must be 5 or more, not 4"):
        gwet_ac1(FOUR, categories=4)


def test_pairable_values() -> None:
    assert pairable_values(FOUR) == 40
    assert pairable_values(answers("1.", ".1")) == 0
    assert pairable_values(np.empty((0, 3))) == 0


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "ratings", [answers("12.", "..1"), answers("..."), answers("1234"), np.empty((3, 0))]
)
def test_undefined_without_pairs(ratings: np.ndarray, level: Level) -> None:
    for measure in (krippendorff_alpha, alpha_interval):
        with pytest.raises(Undefined, match="^no item has two answers$"):
            measure(ratings, level)
    with pytest.raises(Undefined, match="^no item has two answers$"):
        gwet_ac1(ratings)


@pytest.mark.parametrize("level", LEVELS)
def test_undefined_where_all_answers_are_the_same(level: Level) -> None:
    # The item that has another answer has only that one.
    for ratings in (answers("111", "11."), answers("1114", "111.")):
        for measure in (krippendorff_alpha, alpha_interval):
            with pytest.raises(Undefined, match="^every judge gave the same answer$"):
                measure(ratings, level)
    with pytest.raises(Undefined, match="^every judge gave the same answer$"):
        gwet_ac1(answers("111", "11."))


def test_interval_undefined_for_one_item() -> None:
    with pytest.raises(Undefined, match="only one item has two answers"):
        alpha_interval(answers("01", "1."), "nominal")


def test_kappas_undefined() -> None:
    for weights in (None, "linear", "quadratic"):
        with pytest.raises(Undefined, match="every judge gave the same answer"):
            cohen_kappa([[0, 0], [0, 7]], weights)
        with pytest.raises(Undefined, match="no item has two answers"):
            cohen_kappa([[0, 0], [0, 0]], weights)


def test_judges_who_each_keep_to_another_answer_have_kappa_0() -> None:
    assert cohen_kappa([[0, 7], [0, 0]]) == 0


def test_bad_input_says_what_was_expected() -> None:
    for measure in (gwet_ac1, pairable_values):
        with pytest.raises(ValueError, match=r"shape \(judges, items\), not \(3,\)"):
            measure([1, 2, 3])
        with pytest.raises(ValueError, match="finite"):
            measure([[1, float("inf")], [1, 1]])
    with pytest.raises(ValueError, match=r"shape \(judges, items\), not \(\)"):
        krippendorff_alpha(1, "nominal")
    with pytest.raises(ValueError, match="nominal, ordinal, interval, ratio, not 'cardinal'"):
        krippendorff_alpha(FOUR, "cardinal")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="0 or more, not -1"):
        krippendorff_alpha([[-1, 2], [2, 2]], "ratio")
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1, not 95"):
        alpha_interval(FOUR, "nominal", confidence=95)
    with pytest.raises(ValueError, match="resamples must be 1 or more, not 0"):
        alpha_interval(FOUR, "nominal", resamples=0)
    with pytest.raises(ValueError, match=r"shape \(categories, categories\), not \(4,\)"):
        cohen_kappa([1, 2, 3, 4])
    with pytest.raises(ValueError, match=r"shape \(categories, categories\), not \(1, 2\)"):
        cohen_kappa([[1, 2]])
    with pytest.raises(ValueError, match="table must hold whole numbers of 0 or more"):
        cohen_kappa([[1, -2], [0, 1]])
    with pytest.raises(ValueError, match="not 'cubic'"):
        cohen_kappa(COHEN, "cubic")  # type: ignore[arg-type]


def test_kappa_with_the_interval_of_drawing_items_again() -> None:
    chance = np.random.default_rng(5)
    held = 0
    truth = 1 - 0.2 / 0.5  # two judges of even answers who differ on a fifth
    for _ in range(200):
        first = chance.random(150) < 0.5
        second = np.where(chance.random(150) < 0.2, ~first, first)
        tables = np.zeros((4, 2, 2))
        for kind, (one, other) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            tables[kind, one, other] = 1
        times = np.bincount(2 * first + second, minlength=4)
        found = kappa_interval(tables, times)
        assert found is not None
        assert found.estimate == pytest.approx(cohen_kappa(np.einsum("k,kij->ij", times, tables)))
        held += found.low <= truth <= found.high
    assert held / 200 == pytest.approx(0.95, abs=0.05)
    # Judges who never differ leave no spread: what is not judged is not known for that.
    assert kappa_interval(np.eye(2)[:, None] * np.eye(2), [5, 5]) is None
    with pytest.raises(Undefined):
        kappa_interval(np.ones((1, 1, 1)), [3])
    with pytest.raises(ValueError, match="times"):
        kappa_interval(np.ones((2, 2, 2)), [3])
