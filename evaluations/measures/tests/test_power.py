import math
import time
from itertools import pairwise

import numpy as np
import pytest

from evaluations.measures.agreement import Level, Undefined, alpha_interval, krippendorff_alpha
from evaluations.measures.power import judges_for_interval

NAN = float("nan")


def study(judges: int, items: int, seed: int, alpha: float = 0.4) -> np.ndarray:
    """Answers 0, 1, 2 of judges who are expected to agree with this alpha, at any level."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.array([0.5, 0.2, 0.3]) * (1 - alpha) / alpha, size=items)
    draws = rng.random((judges, items, 1))
    return (draws > shares.cumsum(axis=1)[:, :2]).sum(axis=2).astype(np.float64)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_widths_are_those_of_studies_really_made(level: Level) -> None:
    pilot = study(3, 200, seed=1)
    found = dict(judges_for_interval(pilot, level, 0.001, judges=[2, 5, 10]))
    alpha = krippendorff_alpha(pilot, level)
    for judges, width in found.items():
        made = [alpha_interval(study(judges, 200, seed, alpha), level) for seed in range(15)]
        assert width == pytest.approx(np.mean([one.high - one.low for one in made]), rel=0.15)


def test_more_judges_make_it_narrower_and_the_list_ends_at_the_first_that_does() -> None:
    pilot = study(3, 200, seed=2)
    found = judges_for_interval(pilot, "nominal", 0.001)
    assert [judges for judges, _ in found] == list(range(2, 11))
    widths = [width for _, width in found]
    assert widths[0] > 1.5 * widths[-1]
    assert all(later < 1.03 * earlier for earlier, later in pairwise(widths))
    wanted = (widths[2] + widths[3]) / 2
    stopped = judges_for_interval(pilot, "nominal", wanted)
    assert stopped == found[:4]
    assert stopped[-1][1] <= wanted < stopped[-2][1]


def test_numbers_of_judges_are_tried_in_ascending_order() -> None:
    found = judges_for_interval(study(3, 50, seed=2), "nominal", 0.001, judges=[7, 3, 3])
    assert [judges for judges, _ in found] == [3, 7]


def test_the_same_seed_gives_the_same_widths() -> None:
    pilot = study(3, 60, seed=3)
    first = judges_for_interval(pilot, "ordinal", 0.001, seed=4)
    assert first == judges_for_interval(pilot, "ordinal", 0.001, seed=4)
    assert first != judges_for_interval(pilot, "ordinal", 0.001, seed=5)


def test_four_times_the_items_halve_the_width() -> None:
    pilot = study(3, 150, seed=4)
    widths = [
        judges_for_interval(pilot, "nominal", 0.001, judges=[3], items=items)[0][1]
        for items in (150, 600, 2400)
    ]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.15)
    assert widths[1] / widths[2] == pytest.approx(2)


def test_a_higher_confidence_is_wider() -> None:
    pilot = study(3, 100, seed=4)
    [(_, narrow)] = judges_for_interval(pilot, "nominal", 0.001, 0.8, judges=[3])
    [(_, wide)] = judges_for_interval(pilot, "nominal", 0.001, 0.95, judges=[3])
    assert wide > 1.3 * narrow


def test_items_without_an_answer_do_not_count() -> None:
    pilot = study(3, 60, seed=5)
    padded = np.hstack([pilot, np.full((3, 500), NAN)])
    assert judges_for_interval(padded, "nominal", 0.2) == judges_for_interval(pilot, "nominal", 0.2)


def test_judges_who_never_agree_and_judges_who_always_do() -> None:
    for pilot in ([[0, 0, 1, 1], [1, 1, 0, 0]], [[0, 0, 1, 1], [0, 0, 1, 1]]):
        found = judges_for_interval(pilot, "nominal", 0.001, judges=[2, 3])
        assert all(0 <= width < math.inf for _, width in found)


def test_200_items_take_less_than_a_second() -> None:
    pilot = study(3, 200, seed=6)
    started = time.process_time()
    assert len(judges_for_interval(pilot, "ordinal", 1e-6)) == 9
    assert time.process_time() - started < 1


def test_a_study_that_is_too_small_to_show_two_answers_has_no_width() -> None:
    pilot = np.zeros((2, 500))
    pilot[:, 0] = 1
    assert judges_for_interval(pilot, "nominal", 0.5, judges=[2], items=2) == [(2, math.inf)]


def test_undefined_as_alpha_is() -> None:
    with pytest.raises(Undefined, match="every judge gave the same answer"):
        judges_for_interval([[1, 1], [1, 1]], "nominal", 0.1)
    with pytest.raises(Undefined, match="no item has two answers"):
        judges_for_interval([[1, NAN], [NAN, 0]], "nominal", 0.1)


def test_bad_input_says_what_was_expected() -> None:
    pilot = study(3, 20, seed=7)
    with pytest.raises(ValueError, match=r"2 or more, not \[1, 2\]"):
        judges_for_interval(pilot, "nominal", 0.1, judges=[2, 1])
    with pytest.raises(ValueError, match=r"2 or more, not \[\]"):
        judges_for_interval(pilot, "nominal", 0.1, judges=[])
    for width in (0, NAN):
        with pytest.raises(ValueError, match="width must be above 0"):
            judges_for_interval(pilot, "nominal", width)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1, not 95"):
        judges_for_interval(pilot, "nominal", 0.1, confidence=95)
    with pytest.raises(ValueError, match="items must be 2 or more, not 1"):
        judges_for_interval(pilot, "nominal", 0.1, items=1)
    with pytest.raises(ValueError, match=r"shape \(judges, items\)"):
        judges_for_interval([1, 2], "nominal", 0.1)
