"""Texts that are alike in their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.measures.likeness import Likeness, most_alike, resemblance

TEXTS = st.lists(st.lists(st.sampled_from("abc"), max_size=8).map(" ".join), max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("A dog ran home.", "a dog, ran home", 1.0),
        ("a b c d", "a b c e", 1 / 3),
        ("a b c", "c b a", 0.0),
        ("Yes", "yes!", 1.0),
        ("", "", 1.0),
        ("one two", "one two three", 0.0),
    ],
)
def test_resemblance(one: str, other: str, share: float) -> None:
    assert resemblance(one, other) == resemblance(other, one) == pytest.approx(share)


@given(texts=TEXTS, others=TEXTS, least=st.floats(0.01, 1))
def test_the_most_alike_is_found_as_by_comparing_all(
    texts: list[str], others: list[str], least: float
) -> None:
    everything = texts + others
    expected = {}
    for place, text in enumerate(texts):
        among = [*range(place), *range(len(texts), len(everything))]
        shares = [(-resemblance(text, everything[other]), other) for other in among]
        if shares and -min(shares)[0] >= least:
            expected[place] = Likeness(min(shares)[1], pytest.approx(-min(shares)[0]))
    assert most_alike(texts, others, least=least) == expected


def test_texts_of_a_group_are_not_compared() -> None:
    texts = ["a b c d", "a b c d", "a b c d"]
    assert most_alike(texts, groups=["one", "one", "two"], least=0.5) == {2: Likeness(0, 1.0)}
    assert list(most_alike(texts, groups=["", "", "two"], least=0.5)) == [1, 2]
    assert list(most_alike(texts[:1], ["a b c d"], groups=["one"], least=0.5)) == [0]
