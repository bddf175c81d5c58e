import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.rules import ANSWERS, CODES, Tally, answer, code, met, tally, tally_groups

VERDICTS = np.array([2, 2, 1, 0, -1, 2, 0], np.int8)
ASKED = np.array([True, True, True, True, True, False, False])


@pytest.mark.parametrize(
    ("value", "policy", "expected"),
    [
        ("yes", "not-met", True),
        ("partly", "not-met", False),
        ("partly", "met", True),
        ("no", "met", False),
        ("cannot-tell", "met", False),
    ],
)
def test_met(value: str, policy: str, expected: bool) -> None:
    assert met(value, policy) is expected


def test_met_refuses_other_words() -> None:
    with pytest.raises(ValueError, match="partly_policy must be one of met, not-met"):
        met("yes", "sometimes")
    with pytest.raises(ValueError, match="an answer"):
        met("reasoning", "met")


def test_codes_and_answers_are_inverse() -> None:
    assert [answer(code(value)) for value in ANSWERS] == list(ANSWERS)
    with pytest.raises(ValueError, match="-1, 0, 1 or 2"):
        answer(3)


def test_undetermined_outputs_stay_in_the_denominator() -> None:
    found = tally(VERDICTS, ASKED)
    assert found == Tally(outputs=7, n=5, met=2, partly=1, not_met=2, undetermined=1)
    assert found.share == found.low == 0.4
    assert found.high == 0.6
    assert found.undetermined_share == 0.2
    assert found.coverage == 5 / 7


def test_partly_may_count_as_met() -> None:
    found = tally(VERDICTS, ASKED, partly_policy="met")
    assert (found.met, found.partly, found.not_met, found.share) == (3, 1, 1, 0.6)


def test_nothing_asked_gives_no_share() -> None:
    found = tally(VERDICTS, np.zeros(7, np.bool_))
    assert (found.n, found.share, found.low, found.high, found.coverage) == (0, None, None, None, 0)
    assert tally(np.zeros(0, np.int8), np.zeros(0, np.bool_)).coverage is None


@given(
    st.lists(
        st.tuples(st.sampled_from(ANSWERS), st.booleans(), st.integers(0, 3)),
        max_size=30,
    ),
    st.sampled_from(["met", "not-met"]),
)
def test_groups_are_tallied_as_if_alone(rows: list[tuple[str, bool, int]], policy: str) -> None:
    codes = np.array([CODES[row[0]] for row in rows], np.int8)
    asked = np.array([row[1] for row in rows], np.bool_)
    groups = np.array([row[2] for row in rows], np.intp)
    found = tally_groups(codes, asked, groups, 4, policy)
    for group, one in enumerate(found):
        here = groups == group
        assert one == tally(codes[here], asked[here], partly_policy=policy)
        assert one.met == sum(
            met(value, policy) for value, was_asked, where in rows if was_asked and where == group
        )
        assert one.met + one.not_met + one.undetermined == one.n <= one.outputs
        if one.low is not None and one.high is not None:
            assert 0 <= one.low <= one.high <= 1


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        tally(VERDICTS, ASKED[:3])
    with pytest.raises(ValueError, match="0 to 0"):
        tally_groups(VERDICTS, ASKED, np.ones(7, np.intp), 1)
    with pytest.raises(ValueError, match="partly_policy"):
        tally(VERDICTS, ASKED, partly_policy="half")
