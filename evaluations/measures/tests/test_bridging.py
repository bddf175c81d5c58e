"""Sides and bridging: figures worked out by hand, and how often chance alone makes a badge."""

import time
from collections.abc import Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from evaluations.measures.bridging import (
    AGREE,
    CLOSE,
    DISAGREE,
    NARROWER,
    NOT_PLACED,
    NOT_SAID,
    UNSURE,
    WIDER,
    Bridging,
    bridge,
    counting,
    place,
)
from evaluations.measures.intervals import wilson


def tallied(
    useful: Sequence[tuple[int, int]],
    *,
    agreement: Sequence[Sequence[int]] = (),
    had: bool = False,
    counts: Sequence[int] = (NARROWER, WIDER),
) -> Bridging:
    """One statement: of each side that counts, how many found it useful out of how many.

    `agreement`: of each side, how many agree, disagree and are unsure.
    """
    votes = [
        (side, int(vote < yes), NOT_SAID)
        for side, (yes, n) in zip(counts, useful, strict=False)
        for vote in range(n)
    ] + [
        (side, NOT_SAID, said)
        for side, numbers in zip(counts, agreement, strict=False)
        for said, number in zip((AGREE, DISAGREE, UNSURE), numbers, strict=False)
        for _ in range(number)
    ]
    columns = np.array(votes, np.int64).reshape(-1, 3).T
    return bridge(
        np.zeros(len(votes), np.int64), *columns, count=1, counting=counts, had_badge=[had]
    )


@pytest.mark.parametrize(
    ("yes", "n", "low"), [(3, 3, 0.439), (5, 6, 0.436), (4, 4, 0.510), (2, 2, 0.342), (4, 5, 0.376)]
)
def test_the_score_is_the_lower_end_of_the_side_that_finds_least(
    yes: int, n: int, low: float
) -> None:
    found = tallied([(90, 100), (yes, n)])
    assert found.score[0] == pytest.approx(low, abs=5e-4)
    assert found.score[0] == pytest.approx(wilson(yes, n).low)
    assert found.badge[0] == (low >= 0.40)


def test_the_badge_needs_so_many_of_each_number_of_votes() -> None:
    needed = {
        n: min((yes for yes in range(n + 1) if tallied([(yes, n)] * 2).badge[0]), default=None)
        for n in range(1, 12)
    }
    assert needed == {
        **{1: None, 2: None, 3: 3, 4: 4, 5: 5, 6: 5},
        **{7: 6, 8: 6, 9: 7, 10: 8, 11: 8},
    }


def test_a_badge_stays_until_the_score_is_below_what_loses_it() -> None:
    assert not tallied([(4, 5), (4, 5)]).badge[0]
    assert tallied([(4, 5), (4, 5)], had=True).badge[0]
    assert not tallied([(2, 2), (2, 2)], had=True).badge[0]
    assert not tallied([(9, 9), (0, 0)], had=True).badge[0]


def test_three_on_a_side_is_thin() -> None:
    assert tallied([(3, 3), (9, 9)]).thin[0]
    assert not tallied([(4, 4), (9, 9)]).thin[0]
    assert not tallied([(2, 3), (9, 9)]).thin[0]


def test_nothing_is_scored_before_two_sides_count_and_each_has_said() -> None:
    assert np.isnan(tallied([(9, 9)], counts=[WIDER]).score[0])
    alone = tallied([(9, 9), (0, 0)], agreement=[(9, 0, 0), (0, 0, 0)])
    assert np.isnan(alone.score[0])
    assert np.isnan(alone.common[0])
    assert not alone.badge[0]
    assert not alone.crux[0]
    nobody = bridge([], [], [], [], count=2, counting=[])
    assert np.isnan(nobody.score).all()
    assert not nobody.badge.any()
    assert nobody.undone_by.tolist() == [0, 0]


def test_one_loud_side_and_people_without_a_side_change_nothing() -> None:
    quiet, loud = tallied([(4, 4), (5, 6)]), tallied([(400, 400), (5, 6)])
    assert quiet.score[0] == loud.score[0]
    counted = bridge([0] * 6, [0, 0, 0, 2, 2, 2], [1] * 6, [-1] * 6, count=1, counting=(0, 2))
    with_others = bridge(
        [0] * 9,
        [0, 0, 0, 2, 2, 2, NOT_PLACED, NOT_PLACED, CLOSE],
        [1] * 6 + [0] * 3,
        [-1] * 9,
        count=1,
        counting=(0, 2),
    )
    assert with_others.score[0] == counted.score[0]
    assert with_others.rated.tolist() == [[3], [3]]


def test_how_few_votes_undo_a_badge_is_what_trying_them_all_finds() -> None:
    assert tallied([(3, 3), (3, 3)]).undone_by[0] == 1
    assert tallied([(4, 5), (4, 5)]).undone_by[0] == 0
    for yes, n in product(range(1, 41), range(1, 41)):
        if yes > n or not tallied([(yes, n), (99, 99)]).badge[0]:
            continue
        tried = next(k for k in range(1, n + 1) if wilson(yes - k, n).low < 0.37)
        assert tallied([(yes, n), (99, 99)]).undone_by[0] == tried
        assert wilson(yes, n + tried - 1).low >= 0.37, "votes that are added do less"


def test_a_crux_needs_sides_that_part_and_both_find_it_useful() -> None:
    useful, parted = [(2, 4), (4, 4)], [(4, 0, 0), (0, 4, 0)]
    assert tallied(useful, agreement=parted).crux[0]
    assert tallied(useful, agreement=[(4, 0, 2), (0, 4, 5)]).crux[0], "unsure is no side of it"
    assert not tallied([(1, 4), (4, 4)], agreement=parted).crux[0]
    assert not tallied(useful, agreement=[(3, 0, 0), (0, 3, 0)]).crux[0]
    assert not tallied(useful, agreement=[(4, 0, 0), (1, 4, 0)]).crux[0]
    third = tallied(
        [(4, 4)] * 3, agreement=[(2, 2, 0), (4, 0, 0), (0, 4, 0)], counts=[NARROWER, CLOSE, WIDER]
    )
    assert third.crux[0]


def test_common_ground_is_the_least_side_that_agrees_among_all_who_answered() -> None:
    ground = tallied([], agreement=[(5, 1, 0), (8, 0, 0)])
    assert ground.common[0] == pytest.approx(wilson(5, 6).low)
    assert ground.common_ground[0]
    assert not ground.common_thin[0]
    assert tallied([], agreement=[(3, 0, 0), (8, 0, 0)]).common_thin[0]
    assert not tallied([], agreement=[(5, 0, 9), (8, 0, 0)]).common_ground[0]


def test_three_placed_voters_make_a_side_count() -> None:
    assert counting([WIDER] * 3 + [NARROWER] * 2 + [NOT_PLACED] * 9) == (WIDER,)
    assert counting([WIDER] * 3 + [NARROWER] * 3 + [CLOSE]) == (NARROWER, WIDER)
    assert counting([]) == ()


@pytest.mark.parametrize(
    ("differences", "side"),
    [
        ([1] * 3 + [0] * 7, WIDER),
        ([-1] * 3 + [0] * 7, NARROWER),
        ([1, 1, 0.5] + [0] * 7, CLOSE),
        ([0.5] * 6 + [0] * 4, WIDER),
        ([1] * 3 + [-1] * 3 + [0] * 4, CLOSE),
        ([1] * 9, NOT_PLACED),
        ([1] * 4 + [0] * 16, CLOSE),
        ([1] * 5 + [0] * 15, WIDER),
        ([], NOT_PLACED),
    ],
)
def test_a_side_is_how_far_somebody_leans(differences: list[float], side: int) -> None:
    verdicts = [0 if d > 0 else 1 for d in differences]
    calls = [v + d for v, d in zip(verdicts, differences, strict=True)]
    n = len(differences)
    found = place([1] * n + [0], [*calls, 1], [*verdicts, np.nan], people=2)
    assert found.side.tolist() == [NOT_PLACED, side]
    assert found.calls.tolist() == [0, n]
    assert found.left.tolist() == [10, max(0, 10 - n)]
    assert found.lean[1] == pytest.approx(sum(differences))


def sides_of(rng: np.random.Generator, n: int, above: float, below: float) -> npt.NDArray[np.int64]:
    """Sides of 40,000 people who call so many more outputs reasoning, and so many fewer."""
    people = 40_000
    drawn = rng.random(people * n)
    calls = np.where(drawn < above, 1, np.where(drawn < above + below, 0, 0.5))
    return place(np.repeat(np.arange(people), n), calls, _verdicts(calls), people).side


def _verdicts(calls: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(calls == 1, 0.0, np.where(calls == 0, 1.0, 0.5))


@pytest.mark.parametrize(("n", "wrongly", "leaner"), [(10, 0.036, 0.86), (20, 0.012, 0.95)])
def test_how_often_people_are_placed_by_chance(n: int, wrongly: float, leaner: float) -> None:
    rng = np.random.default_rng(2)
    assert (sides_of(rng, n, 0.1, 0.1) == WIDER).mean() == pytest.approx(wrongly, abs=0.004)
    assert (sides_of(rng, n, 0.5, 0.05) == WIDER).mean() == pytest.approx(leaner, abs=0.01)


@pytest.mark.parametrize(
    ("voters", "false"), [(3, 0.37), (4, 0.10), (5, 0.02), (6, 0.15), (7, 0.05), (8, 0.15)]
)
def test_how_often_forty_statements_of_one_side_give_a_false_badge(
    voters: int, false: float
) -> None:
    """Each loved by one side (nine in ten) and not by the other (one in four)."""
    debates, statements = 1_000, 40
    rng = np.random.default_rng(voters)
    count = debates * statements
    statement = np.repeat(np.arange(count), 2 * voters)
    side = np.tile(np.repeat([NARROWER, WIDER], voters), count)
    useful = (rng.random(side.size) < np.where(side == NARROWER, 0.9, 0.25)).astype(np.int64)
    found = bridge(
        statement, side, useful, np.full(side.size, NOT_SAID), count=count, counting=(0, 2)
    )
    share = found.badge.reshape(debates, statements).any(axis=1).mean()
    assert share == pytest.approx(false, abs=0.035)


@pytest.mark.parametrize("voters", [4, 5, 6, 8])
@pytest.mark.parametrize("agrees", [0.5, 0.8])
def test_indifference_seldom_makes_a_crux(voters: int, agrees: float) -> None:
    count = 20_000
    rng = np.random.default_rng(voters)
    side = np.tile(np.repeat([NARROWER, WIDER], voters), count)
    said = (rng.random(side.size) < agrees).astype(np.int64)
    found = bridge(
        np.repeat(np.arange(count), 2 * voters), side, np.ones(side.size, np.int64), said,
        count=count, counting=(0, 2),
    )  # fmt: skip
    assert found.crux.mean() < 0.01


def test_two_hundred_thousand_votes_take_milliseconds() -> None:
    rng = np.random.default_rng(1)
    votes, count = 200_000, 300
    drawn = [rng.integers(low, high, votes) for low, high in ((0, count), (-1, 3), (-1, 2))]
    said = rng.integers(-1, 3, votes)
    spent = []
    for _ in range(5):
        began = time.process_time()
        found = bridge(*drawn, said, count=count, counting=(0, 1, 2))
        spent.append(time.process_time() - began)
    assert found.rated.sum() == np.count_nonzero((drawn[1] >= 0) & (drawn[2] >= 0))
    assert min(spent) < 0.1, "20 ms are aimed at; a loaded machine may take longer"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"statements": [5]}, "statements must lie"),
        ({"sides": [3]}, "sides must lie"),
        ({"useful": [2]}, "useful must lie"),
        ({"agreement": [3]}, "agreement must lie"),
        ({"sides": [0, 1]}, "one shape"),
        ({"useful": [0.5]}, "whole numbers"),
        ({"counting": (0, 0)}, "sides that count"),
        ({"had_badge": [True, True]}, "had_badge"),
    ],
)
def test_what_is_no_vote_is_refused(change: dict[str, object], says: str) -> None:
    given = {"statements": [0], "sides": [0], "useful": [1], "agreement": [1], "counting": (0, 1)}
    with pytest.raises(ValueError, match=says):
        bridge(**{"count": 1, **given, **change})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="between 0 and 1"):
        place([0], [2], [1], people=1)
    with pytest.raises(ValueError, match="one shape"):
        place([0, 0], [1], [1], people=1)
