"""Dawid and Skene on simulated judges, and the correction of model judges by people."""

import numpy as np
import pytest

from evaluations.measures.agreement import Undefined
from evaluations.measures.judges import dawid_skene, prediction_powered_mean


def simulated(accuracies: list[float], items: int = 600) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(5)
    truth = (chance.random(items) < 0.3).astype(float)
    right = chance.random((len(accuracies), items)) < np.array(accuracies)[:, None]
    return truth, np.where(right, truth, 1 - truth)


def test_judges_and_items_are_recovered() -> None:
    accuracies = [0.95, 0.85, 0.7, 0.9, 0.6]
    truth, ratings = simulated(accuracies)
    found = dawid_skene(ratings)
    assert found.classes.tolist() == [0, 1]
    assert found.prevalence[1] == pytest.approx(0.3, abs=0.05)
    for judge, accuracy in enumerate(accuracies):
        assert np.diag(found.confusion[judge]) == pytest.approx([accuracy] * 2, abs=0.1)
    guessed = found.items.argmax(axis=1) == truth
    majority = (ratings.mean(axis=0) > 0.5) == truth
    assert guessed.mean() > majority.mean(), "good judges weigh more than a majority"
    assert found.items.sum(axis=1) == pytest.approx(np.ones(600))
    assert found.confusion.sum(axis=2) == pytest.approx(np.ones((5, 2)))


def test_a_fixed_point_of_em() -> None:
    _, ratings = simulated([0.9, 0.8, 0.7])
    loose, tight = dawid_skene(ratings, tolerance=1e-4), dawid_skene(ratings, tolerance=1e-12)
    assert tight.rounds > loose.rounds
    assert tight.log_likelihood >= loose.log_likelihood
    share = tight.items.mean(axis=0)
    assert tight.prevalence == pytest.approx(share, abs=1e-4)


def test_a_judge_without_overlap_is_listed_and_not_estimated() -> None:
    nan = np.nan
    found = dawid_skene([[1, 1, 0, 0, nan], [1, 1, 0, 1, nan], [nan, nan, nan, nan, 1]])
    assert found.alone == (2,)
    assert np.isnan(found.confusion[2]).all()
    assert np.isnan(found.items[4]).all()
    assert not np.isnan(found.confusion[:2]).any()


def test_labels_do_not_matter() -> None:
    _, ratings = simulated([0.9, 0.8, 0.7], items=80)
    plain, named = dawid_skene(ratings), dawid_skene(ratings * 5 - 2)
    assert named.classes.tolist() == [-2, 3]
    assert named.items == pytest.approx(plain.items)


def test_what_is_undefined_or_refused() -> None:
    with pytest.raises(Undefined, match="no item was rated by two"):
        dawid_skene([[1, np.nan], [np.nan, 0]])
    with pytest.raises(Undefined, match="the same answer"):
        dawid_skene([[1, 1], [1, 1]])
    with pytest.raises(ValueError, match=r"\(judges, items\)"):
        dawid_skene([1, 2])
    with pytest.raises(ValueError, match="finite"):
        dawid_skene([[np.inf, 1], [1, 0]])
    with pytest.raises(ValueError, match="tolerance"):
        dawid_skene([[1, 0], [1, 0]], tolerance=0)


def test_people_correct_a_biased_model() -> None:
    chance = np.random.default_rng(8)
    inside = 0
    for _ in range(300):
        truth = (chance.random(440) < 0.4).astype(float)
        model = np.where(chance.random(440) < 0.8, truth, 1.0)  # too kind
        found = prediction_powered_mean(model[40:], model[:40], truth[:40])
        inside += found.low <= 0.4 <= found.high
    assert inside / 300 == pytest.approx(0.95, abs=0.05)
    with pytest.raises(ValueError, match="at least two"):
        prediction_powered_mean([1, 0], [1], [1])
    with pytest.raises(ValueError, match=r"\(m,\)"):
        prediction_powered_mean([1, 0], [1, 0], [1])
