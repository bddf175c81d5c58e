"""Votes and intervals of a whole board at once, against the functions for one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluations.leaderboards.boards.votes import vote
from evaluations.leaderboards.matrix.answers import median_of_counts
from evaluations.measures.intervals import Interval, clustered_standard_error, prompt_clustered
from evaluations.measures.shares import intervals_of
from evaluations.rules import VERDICT_RULES, combine_judges, combine_verdicts
from evaluations.rules.answers import ANSWERS, CODES, answer, count_codes

rows = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(ANSWERS)), max_size=40)


@given(rows, st.sampled_from(VERDICT_RULES))
def test_a_vote_is_the_vote_on_each_output(rows: list[tuple[int, str]], how: str) -> None:
    verdicts = np.array([CODES[word] for _, word in rows], np.int8)
    found = vote(verdicts, np.array([place for place, _ in rows], np.intp), 5, how)
    for output in range(5):
        words = [word for place, word in rows if place == output]
        assert answer(int(found.codes[output])) == combine_verdicts(words, how=how)
        assert found.asked[output] == bool(words)


@given(rows)
def test_medians_of_counts_are_those_of_the_answers(rows: list[tuple[int, str]]) -> None:
    codes = np.array([CODES[word] for _, word in rows], np.int8)
    counts = count_codes(codes, np.array([place for place, _ in rows], np.intp), 5).T
    found = median_of_counts(counts.astype(np.uint8))
    for subject in range(5):
        words = [word for place, word in rows if place == subject]
        assert answer(int(found.codes[subject])) == combine_judges(words)
        assert found.asked[subject] == bool(words)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(1, 9)), max_size=60),
    st.lists(st.integers(0, 3), min_size=9, max_size=9),
)
def test_intervals_are_those_of_each_group(
    outputs: list[tuple[bool, int, int]], families: list[int]
) -> None:
    met = np.array([row[0] for row in outputs], np.bool_)
    groups = np.array([row[1] for row in outputs], np.intp)
    prompts = np.array([row[2] for row in outputs], np.int64)
    family = np.array([families[prompt - 1] for prompt in prompts.tolist()], np.int64)
    found = intervals_of(met, groups, 4, prompts, family)
    for group, interval in enumerate(found):
        here = groups == group
        if not here.any():
            assert interval is None
            continue
        clusters = np.where(family > 0, family, -prompts)[here]
        expected = prompt_clustered(met[here], prompts[here], clusters)
        share = met[here].mean()
        if abs(expected.estimate - share) > 1e-9:
            if len(set(clusters.tolist())) < 2:
                continue  # of one cluster no error can be estimated: Wilson, not compared here
            error = clustered_standard_error(met[here], clusters, small_sample=True)
            if error < 1e-9:
                continue
            half = stats.t.ppf(0.975, len(set(clusters.tolist())) - 1) * error
            expected = Interval(share, max(0.0, share - half), min(1.0, share + half))
        assert interval is not None
        np.testing.assert_allclose(interval, expected, atol=1e-12)
