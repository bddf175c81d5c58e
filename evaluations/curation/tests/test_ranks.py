"""Ranks between ranks: always room, and text order is their order."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.curation.ranks import DIGITS, between, spread

RANKS = st.text(st.sampled_from(DIGITS), min_size=1, max_size=8).filter(
    lambda text: not text.endswith("0")
)


@given(RANKS, RANKS)
def test_there_is_room_between_any_two(one: str, other: str) -> None:
    low, high = sorted((one, other))
    if low == high:
        with pytest.raises(ValueError, match="nothing between"):
            between(low, high)
        return
    made = between(low, high)
    assert low < made < high
    assert not made.endswith("0")


@given(RANKS)
def test_there_is_room_before_the_first_and_behind_the_last(rank: str) -> None:
    assert "" < between("", rank) < rank < between(rank, "")


def test_a_thousand_moves_keep_the_order() -> None:
    dice = random.Random(3)
    ranks = [between("", "")]
    for _ in range(1000):
        place = dice.randrange(len(ranks) + 1)
        low = ranks[place - 1] if place else ""
        ranks.insert(place, between(low, ranks[place] if place < len(ranks) else ""))
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


@pytest.mark.parametrize("count", [0, 1, 2, 60, 61, 62, 500, 5000])
def test_fresh_ranks_are_short_in_order_and_leave_room(count: int) -> None:
    ranks = spread(count)
    assert len(set(ranks)) == count
    assert ranks == sorted(ranks)
    assert all(len(rank) <= 3 and not rank.endswith("0") for rank in ranks)
    for low, high in zip(["", *ranks], [*ranks, ""], strict=True):
        assert low < between(low, high)
