"""The correction of model judges by people."""

import numpy as np
import pytest

from evaluations.measures.judges import prediction_powered_mean


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
