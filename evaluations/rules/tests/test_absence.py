import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.rules import (
    ABSENCE_POLICIES,
    CODES,
    VISIBILITIES,
    WITHHELD,
    apply_absence_policy,
    apply_absence_policy_arrays,
)
from evaluations.rules.tests.strategies import KEYS, answers_to

GIVEN = {"a": "yes", "b": "partly", "c": "no", "d": "cannot-tell", "x": "cannot-tell"}
PROCESS = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize("visibility", ["summary", "redacted", "hidden"])
def test_what_must_be_shown_and_is_withheld_is_no(visibility: str) -> None:
    seen = apply_absence_policy(
        GIVEN, policy="must-be-shown", visibility=visibility, process=PROCESS
    )
    assert seen == {"a": "yes", "b": "partly", "c": "no", "d": "no", "e": "no", "x": "cannot-tell"}


@pytest.mark.parametrize("visibility", ["full", "not-written"])
def test_a_trace_that_is_shown_or_was_never_written_changes_nothing(visibility: str) -> None:
    seen = apply_absence_policy(
        GIVEN, policy="must-be-shown", visibility=visibility, process=PROCESS
    )
    assert seen == GIVEN
    assert seen is not GIVEN


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_what_may_be_latent_stays_open(visibility: str) -> None:
    seen = apply_absence_policy(
        GIVEN, policy="may-be-latent", visibility=visibility, process=PROCESS
    )
    assert seen == GIVEN


def test_other_words_are_refused() -> None:
    with pytest.raises(ValueError, match="policy must be one of must-be-shown, may-be-latent"):
        apply_absence_policy({}, policy="latent", visibility="full", process=())
    with pytest.raises(ValueError, match="visibility must be one of"):
        apply_absence_policy({}, policy="must-be-shown", visibility="none", process=())
    with pytest.raises(ValueError, match="an answer must be one of"):
        apply_absence_policy({"a": "?"}, policy="must-be-shown", visibility="full", process=())


@given(
    st.lists(st.tuples(answers_to(KEYS), st.sampled_from(VISIBILITIES)), min_size=1, max_size=6),
    st.sampled_from(ABSENCE_POLICIES),
    st.sets(st.sampled_from(KEYS)),
    st.sets(st.sampled_from(KEYS)),
)
def test_arrays_agree_with_single_answers(
    rows: list[tuple[dict[str, str], str]], policy: str, process: set[str], dropped: set[str]
) -> None:
    rows = [
        ({key: value for key, value in answers.items() if key not in dropped}, visibility)
        for answers, visibility in rows
    ]
    columns = {
        key: np.array([CODES[answers.get(key, "cannot-tell")] for answers, _ in rows], np.int8)
        for key in KEYS
        if key not in dropped
    }
    originals = {key: column.copy() for key, column in columns.items()}
    withheld = np.array([visibility in WITHHELD for _, visibility in rows])
    seen = apply_absence_policy_arrays(columns, policy=policy, withheld=withheld, process=process)
    for index, (answers, visibility) in enumerate(rows):
        expected = apply_absence_policy(
            answers, policy=policy, visibility=visibility, process=process
        )
        for key in KEYS:
            value = seen[key][index] if key in seen else -1
            assert value == CODES[expected.get(key, "cannot-tell")]
    assert all((columns[key] == original).all() for key, original in originals.items())


def test_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        apply_absence_policy_arrays(
            {"a": np.zeros(2, np.int8)},
            policy="must-be-shown",
            withheld=np.array([True]),
            process=("a",),
        )
